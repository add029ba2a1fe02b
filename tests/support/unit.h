/* SPDX-License-Identifier: Apache-2.0 */
/* Checks and the main function for unit tests. Each program is one suite, which runs with CUnit. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <CUnit/Basic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit_test {
	/* The behaviour that is tested. */
	const char *name;
	void (*run)(void);
};

static inline bool unit_check(bool holds, const char *condition, const char *what, const char *file,
			      unsigned int line)
{
	char text[4096] = "";

	if (!holds)
		snprintf(text, sizeof(text), "%s (%s)", condition, what);
	return CU_assertImplementation(holds, line, text, file, "", CU_FALSE);
}

static inline bool unit_check_string(const char *got, const char *expected, const char *what,
				     const char *file, unsigned int line)
{
	bool holds = got && expected ? strcmp(got, expected) == 0 : got == expected;
	char text[4096] = "";

	if (!holds)
		snprintf(text, sizeof(text), "got \"%s\", expected \"%s\" (%s)", got ? got : "NULL",
			 expected ? expected : "NULL", what);
	return CU_assertImplementation(holds, line, text, file, "", CU_FALSE);
}

/* With IPMASQ_SMALL in the environment, tests that would take minutes, as under valgrind, do less.
 */
static inline bool unit_small(void)
{
	return getenv("IPMASQ_SMALL") != NULL;
}

static inline size_t unit_many(size_t count)
{
	return unit_small() ? count / 20 : count;
}

/* @what names the row or round in the message of a failure. Both return whether the check holds. */
#define CHECK(condition, what)		  unit_check(condition, #condition, what, __FILE__, __LINE__)
#define CHECK_STRING(got, expected, what) unit_check_string(got, expected, what, __FILE__, __LINE__)

/* Returns the exit status for main(). CUnit's basic runner reports success even if assertions fail.
 */
static inline int unit_main(const char *suite_name, const struct unit_test *tests, size_t count)
{
	unsigned int failures;
	CU_pSuite suite;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return EXIT_FAILURE;
	suite = CU_add_suite(suite_name, NULL, NULL);
	for (size_t i = 0; suite && i < count; i++)
		if (!CU_add_test(suite, tests[i].name, tests[i].run))
			suite = NULL;
	if (!suite) {
		fprintf(stderr, "%s: the tests cannot be set up\n", suite_name);
		CU_cleanup_registry();
		return EXIT_FAILURE;
	}
	CU_basic_set_mode(CU_BRM_NORMAL);
	failures = CU_basic_run_tests() == CUE_SUCCESS ? CU_get_number_of_failures() : 1;
	/* A suite without assertions proves nothing. */
	if (CU_get_number_of_asserts() == 0)
		failures++;
	CU_cleanup_registry();
	return failures > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
