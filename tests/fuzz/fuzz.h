/* SPDX-License-Identifier: Apache-2.0 */
/* What the targets of libFuzzer share. */
#ifndef IPMASQ_TESTS_FUZZ_H
#define IPMASQ_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Also where assert() does nothing. */
#define INSIST(condition)                 \
	do {                              \
		if (!(condition))         \
			__builtin_trap(); \
	} while (0)

/* Each target defines it; its name is libFuzzer's. Takes one input; 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
