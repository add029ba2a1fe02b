/* SPDX-License-Identifier: Apache-2.0 */
/* Values in and out of range, and checks that use them, for the suites about wrong arguments. */
#ifndef TESTS_ARGUMENTS_H
#define TESTS_ARGUMENTS_H

#include <errno.h>
#include <limits.h>

#include "support/unit.h"
#include "util/common.h"

/* Values for an enum that starts at 0, and for one that starts at 1. */
static const int around[] = { -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 255, 256, INT_MIN, INT_MAX };

/* Checks that exactly the values from @first to @last have names, all different. */
#define CHECK_NAMES(type, name, first, last)                                                \
	do {                                                                                \
		const char *before = NULL;                                                  \
                                                                                            \
		for (size_t n = 0; n < ARRAY_SIZE(around); n++) {                           \
			const char *word = name((enum type)around[n]);                      \
			bool known = around[n] >= (int)(first) && around[n] <= (int)(last); \
                                                                                            \
			CHECK((word != NULL) == known, #name);                              \
			CHECK(!word || !before || strcmp(word, before) != 0, #name);        \
			before = word;                                                      \
		}                                                                           \
	} while (0)

/* Checks that @call, which uses `value`, returns 0 from @first to @last, and -EINVAL otherwise. */
#define CHECK_ENUM(type, first, last, call)                                                 \
	do {                                                                                \
		for (size_t n = 0; n < ARRAY_SIZE(around); n++) {                           \
			enum type value = (enum type)around[n];                             \
			bool known = around[n] >= (int)(first) && around[n] <= (int)(last); \
                                                                                            \
			CHECK((call) == (known ? 0 : -EINVAL), #call);                      \
		}                                                                           \
	} while (0)

/* Valid and invalid families. */
static const enum ipmasq_family families[] = {
	IPMASQ_IPV4, IPMASQ_IPV6, -1, 0, 1, 2, 3, 5, 7, 9, 10, 256 + 4, INT_MIN, INT_MAX,
};

/* Checks that @call, which uses `value`, returns 0 for a family, and -EINVAL otherwise. After
 * success, @release frees what it made. */
#define CHECK_FAMILY(call, release)                                                       \
	do {                                                                              \
		for (size_t n = 0; n < ARRAY_SIZE(families); n++) {                       \
			enum ipmasq_family value = families[n];                           \
			int returned = call;                                              \
                                                                                          \
			CHECK(returned == (family_is_known(value) ? 0 : -EINVAL), #call); \
			if (returned == 0)                                                \
				release;                                                  \
		}                                                                         \
	} while (0)

#endif
