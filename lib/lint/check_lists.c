/* SPDX-License-Identifier: Apache-2.0 */
/* The checks about the entries of lists. */
#include "lint/check_lists.h"

const struct ipmasq_check check_lists[] = {
	{
		.code = "duplicate-entry",
		.severity = IPMASQ_WARNING,
		.summary = "an entry stands in its list again",
		.help = "The second one has no effect. Where several inputs are united, the\n"
			"same entry in two of them is no finding.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs:\n"
			"      - 10.0.0.0/8\n"
			"      - 192.168.0.0/16\n"
			"      - 10.0.0.0/8\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs:\n"
			"      - 10.0.0.0/8\n"
			"      - 192.168.0.0/16\n",
	},
	{
		.code = "covered-entry",
		.severity = IPMASQ_NOTE,
		.summary = "an entry lies inside a wider one of its list",
		.help = "All of its addresses are in the list anyway. That it stands there may\n"
			"mean that the wider one is wider than its author knew.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs:\n"
			"      - 10.0.0.0/8\n"
			"      - 10.244.0.0/16\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs:\n"
			"      - 10.0.0.0/8\n",
	},
	{
		.code = "shadowed-entry",
		.severity = IPMASQ_WARNING,
		.summary = "an entry can never decide, since earlier steps win",
		.help = "masqueradeCIDRs is asked before nonMasqueradeCIDRs. An entry of the\n"
			"latter whose addresses are all in the former has no effect: that\n"
			"traffic is masqueraded. Where it is link-local that comes first, the\n"
			"verdict is the same and this is a note.\n\n"
			"Bad:\n\n"
			"    masqueradeCIDRs: [10.0.0.0/8]\n"
			"    nonMasqueradeCIDRs:\n"
			"      - 10.244.0.0/16\n"
			"      - 192.168.0.0/16\n\n"
			"Fixed:\n\n"
			"    masqueradeCIDRs: [10.10.0.0/16]\n"
			"    nonMasqueradeCIDRs:\n"
			"      - 10.244.0.0/16\n"
			"      - 192.168.0.0/16\n",
	},
	{
		.code = "shadowed-part",
		.severity = IPMASQ_NOTE,
		.summary = "masqueradeCIDRs takes half of an entry or more",
		.help = "masqueradeCIDRs is there to take exceptions out of nonMasqueradeCIDRs,\n"
			"so a smaller part is no finding. When at least half of an entry's\n"
			"addresses never come to it, the entry promises more than it does.\n\n"
			"Bad:\n\n"
			"    masqueradeCIDRs: [10.0.0.0/9]\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [10.128.0.0/9]\n",
	},
	{
		.code = "mergeable-entries",
		.severity = IPMASQ_NOTE,
		.summary = "entries of a list make up one prefix together",
		.help = "One entry would say the same. Nothing is wrong with several, but\n"
			"shorter lists are easier to check.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs:\n"
			"      - 10.0.0.0/9\n"
			"      - 10.128.0.0/9\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs:\n"
			"      - 10.0.0.0/8\n",
	},
	{
		.code = "universal-entry",
		.severity = IPMASQ_NOTE,
		.summary = "an entry has all addresses of its family",
		.help = "0.0.0.0/0 or ::/0 makes the other entries of its family, and what is\n"
			"asked after the list, meaningless. As the only entry of\n"
			"nonMasqueradeCIDRs it is how masquerading is turned off for agents\n"
			"that have no masqOutBound.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs:\n"
			"      - 10.0.0.0/8\n"
			"      - 0.0.0.0/0\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs:\n"
			"      - 10.0.0.0/8\n",
	},
	{
		.code = "special-range",
		.severity = IPMASQ_NOTE,
		.summary = "an entry is of a range that no traffic of pods goes to",
		.help = "Loopback never leaves the host, nobody answers at an unspecified\n"
			"address or in the ranges that are for documentation and examples, and\n"
			"240.0.0.0/4 was never assigned; multicast is left alone unless\n"
			"masqueradeCIDRs has it. Such an entry may have been copied from an\n"
			"example. In nonMasqueradeCIDRs the ranges that\n"
			"--nomasq-all-reserved-ranges adds, and multicast, are no finding.\n\n"
			"Bad:\n\n"
			"    masqueradeCIDRs: [203.0.113.0/24]\n\n"
			"Fixed:\n\n"
			"    masqueradeCIDRs: [10.20.0.0/16]\n",
	},
	{
		.code = "limit-64",
		.severity = IPMASQ_NOTE,
		.summary = "a list that other agents refuse without a cidrLimit",
		.help = "Several agents take 64 entries of nonMasqueradeCIDRs at most, unless\n"
			"the file gives a higher cidrLimit. Here there is no such limit, but\n"
			"the file would not work there.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs:  # 65 of them\n\n"
			"Fixed:\n\n"
			"    cidrLimit: 100\n"
			"    nonMasqueradeCIDRs:  # 65 of them\n",
	},
	{ 0 },
};
