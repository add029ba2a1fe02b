/* SPDX-License-Identifier: Apache-2.0 */
/* A target for libFuzzer: iptables -S. See dumping.h for its inputs. */
#include "fuzz/dumping.h"
#include "nat/read_save.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct nat_dump_format format = { .name = "iptables -S",
						       .begins = read_rules_begins,
						       .length = read_rules_length,
						       .read = read_rules };

	fuzz_dump(&format, data, size);
	return 0;
}
