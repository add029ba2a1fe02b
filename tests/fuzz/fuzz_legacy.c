/* SPDX-License-Identifier: Apache-2.0 */
/* A target for libFuzzer: the legacy nat table, as the kernel sends it. */
#include "fuzz/fuzz.h"
#include "fuzz/observing.h"
#include "node/kernel/legacy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	observe_twice(legacy_reader_new, data, size);
	return 0;
}
