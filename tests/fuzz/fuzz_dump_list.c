/* SPDX-License-Identifier: Apache-2.0 */
/* A target for libFuzzer: iptables -L. See dumping.h for its inputs. */
#include "fuzz/dumping.h"
#include "nat/read_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct nat_dump_format format = { .name = "iptables -L",
						       .begins = read_list_begins,
						       .length = read_list_length,
						       .read = read_list };

	fuzz_dump(&format, data, size);
	return 0;
}
