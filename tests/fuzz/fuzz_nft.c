/* SPDX-License-Identifier: Apache-2.0 */
/* A target for libFuzzer: the nat table of nf_tables, as the kernel sends it. */
#include "fuzz/fuzz.h"
#include "fuzz/observing.h"
#include "node/kernel/nft.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	observe_twice(nft_reader_new, data, size);
	return 0;
}
