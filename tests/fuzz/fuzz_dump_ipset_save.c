/* SPDX-License-Identifier: Apache-2.0 */
/* A target for libFuzzer: ipset save. See dumping.h for its inputs. */
#include "fuzz/dumping.h"
#include "nat/read_ipset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct nat_dump_format format = { .name = "ipset save",
						       .begins = read_ipset_save_begins,
						       .length = read_ipset_save_length,
						       .read = read_ipset_save };

	fuzz_dump(&format, data, size);
	return 0;
}
