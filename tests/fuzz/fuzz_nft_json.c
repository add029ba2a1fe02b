/* SPDX-License-Identifier: Apache-2.0 */
/* A target for libFuzzer: what nft -j list ruleset prints. */
#include "fuzz/dump_target.h"
#include "nat/nft_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct nat_dump_format format = {
		.name = "nft -j list ruleset",
		.begins = nft_json_begins,
		.length = nft_json_length,
		.read = nft_json_read,
	};

	return dump_target(&format, data, size);
}
