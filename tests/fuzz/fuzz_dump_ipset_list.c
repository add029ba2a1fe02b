/* SPDX-License-Identifier: Apache-2.0 */
/* A target for libFuzzer: ipset list. See dumping.h for its inputs. */
#include "fuzz/dumping.h"
#include "nat/read_ipset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct nat_dump_format format = { .name = "ipset list",
						       .begins = read_ipset_list_begins,
						       .length = read_ipset_list_length,
						       .read = read_ipset_list };

	fuzz_dump(&format, data, size);
	return 0;
}
