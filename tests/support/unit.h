/* SPDX-License-Identifier: Apache-2.0 */
/* One suite a program: runs its tests with CUnit and fails when one of them does. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <CUnit/Basic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit_test {
	const char *name; /* says the behaviour */
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

/* Where all that is many would take minutes, as under valgrind: IPMASQ_SMALL in the environment. */
static inline bool unit_small(void)
{
	return getenv("IPMASQ_SMALL") != NULL;
}

static inline size_t unit_many(size_t count)
{
	return unit_small() ? count / 20 : count;
}

/* @what: which row or round, for the one who reads the failure. Both yield whether it holds. */
#define CHECK(condition, what)		  unit_check(condition, #condition, what, __FILE__, __LINE__)
#define CHECK_STRING(got, expected, what) unit_check_string(got, expected, what, __FILE__, __LINE__)

/* CUnit's basic runner reports success whatever its assertions said; this returns what main() is
 * to return. */
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
	/* A suite of which nothing ran has shown nothing. */
	if (CU_get_number_of_asserts() == 0)
		failures++;
	CU_cleanup_registry();
	return failures > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
