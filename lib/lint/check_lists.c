/* SPDX-License-Identifier: Apache-2.0 */
/* The checks about the entries of lists. */
#include "lint/check_lists.h"

const struct ipmasq_check check_lists[] = {
	{
		.code = "duplicate-entry",
		.severity = IPMASQ_WARNING,
		.summary = "an entry is in its list twice",
		.help = "The second one has no effect. With several inputs, the same entry in two\n"
			"of them is not a finding.\n\n"
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
		.help = "The list has all of its addresses without it. Perhaps the wider entry is\n"
			"wider than intended.\n\n"
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
		.help = "masqueradeCIDRs comes before nonMasqueradeCIDRs. An entry of\n"
			"nonMasqueradeCIDRs whose addresses are all in masqueradeCIDRs has no\n"
			"effect: that traffic is masqueraded. When the link-local range wins\n"
			"instead, the verdict is the same, and this is a note.\n\n"
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
		.help = "masqueradeCIDRs is for exceptions from nonMasqueradeCIDRs, so a smaller\n"
			"part is not a finding. When it takes at least half of an entry, the\n"
			"entry keeps much less than it seems to.\n\n"
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
		.help = "One entry would do the same. Several are not wrong, but a shorter list\n"
			"is easier to check.\n\n"
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
		.summary = "an entry covers all addresses of its family",
		.help = "With 0.0.0.0/0 or ::/0, the other entries of its family and the steps\n"
			"after the list have no effect. As the only entry of nonMasqueradeCIDRs,\n"
			"it turns masquerading off, also under profiles without masqOutBound.\n\n"
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
		.summary = "an entry is in a range that pods send no traffic to",
		.help = "Loopback never leaves the host; nobody answers at the unspecified\n"
			"address or in the ranges for documentation and examples; 240.0.0.0/4 was\n"
			"never assigned; and a node does not forward multicast unless a program\n"
			"for multicast routing runs there. The entry may have been copied from an "
			"example. In\n"
			"nonMasqueradeCIDRs, multicast and the ranges that\n"
			"--nomasq-all-reserved-ranges adds are not a finding.\n\n"
			"Bad:\n\n"
			"    masqueradeCIDRs: [203.0.113.0/24]\n\n"
			"Fixed:\n\n"
			"    masqueradeCIDRs: [10.20.0.0/16]\n",
	},
	{
		.code = "limit-64",
		.severity = IPMASQ_NOTE,
		.summary = "the agents of other profiles refuse so long a list",
		.help = "The agents of the profiles cce and aks refuse more than 64 entries of\n"
			"nonMasqueradeCIDRs, and those of kubernetes and gke do unless the file\n"
			"gives a higher cidrLimit. There is no such limit here, but the file\n"
			"would not work there.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs:  # 65 of them\n\n"
			"Fixed:\n\n"
			"    cidrLimit: 100\n"
			"    nonMasqueradeCIDRs:  # 65 of them\n",
	},
	{ 0 },
};
