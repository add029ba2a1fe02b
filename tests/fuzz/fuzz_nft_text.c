/* SPDX-License-Identifier: Apache-2.0 */
/* A target for libFuzzer: what nft list ruleset prints. */
#include "fuzz/dump_target.h"
#include "nat/nft_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct nat_dump_format format = {
		.name = "nft list ruleset",
		.begins = nft_text_begins,
		.length = nft_text_length,
		.read = nft_text_read,
	};

	return dump_target(&format, data, size);
}
