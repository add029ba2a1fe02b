/* SPDX-License-Identifier: Apache-2.0 */
/* The checks about podCIDRs. */
#include "lint/check_pods.h"

const struct ipmasq_check check_pods[] = {
	{
		.code = "pods-kept",
		.severity = IPMASQ_WARNING,
		.summary = "nonMasqueradeSrcCIDRs has an entry of podCIDRs",
		.help = "The two lists say opposite things about the same pods. An entry of\n"
			"podCIDRs whose addresses are all in nonMasqueradeSrcCIDRs has no effect:\n"
			"its pods keep their address either way. When only a part of it is there,\n"
			"the entry has an exception, and this is a note.\n\n"
			"Bad:\n\n"
			"    podCIDRs: [10.244.0.0/16, 10.245.0.0/16]\n"
			"    nonMasqueradeSrcCIDRs: [10.245.0.0/16]\n\n"
			"Fixed:\n\n"
			"    podCIDRs: [10.244.0.0/16]\n",
	},
	{
		.code = "outside-pods",
		.severity = IPMASQ_WARNING,
		.summary = "an entry of nonMasqueradeSrcCIDRs is outside of podCIDRs",
		.help = "Sources that are in no entry of podCIDRs are left alone by the first\n"
			"step, so the entry never decides.\n\n"
			"Bad:\n\n"
			"    podCIDRs: [10.244.0.0/16]\n"
			"    nonMasqueradeSrcCIDRs: [10.254.7.0/24]\n\n"
			"Fixed:\n\n"
			"    podCIDRs: [10.244.0.0/16]\n",
	},
	{
		.code = "pod-family-missing",
		.severity = IPMASQ_WARNING,
		.summary = "podCIDRs has entries of only one family",
		.help = "Every source of a family that podCIDRs has no entry of is treated as a\n"
			"pod. So clients that a NodePort or load balancer brings in lose their\n"
			"address in that family. Reported for IPv6 when the options or another\n"
			"key show that it is used.\n\n"
			"Bad:\n\n"
			"    podCIDRs: [10.244.0.0/16]\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8, \"fd00::/8\"]\n\n"
			"Fixed:\n\n"
			"    podCIDRs: [10.244.0.0/16, \"fd00:244::/56\"]\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8, \"fd00::/8\"]\n",
	},
	{
		.code = "pod-range-left-out",
		.severity = IPMASQ_WARNING,
		.summary = "podCIDRs does not have all pods",
		.help = "Nothing that these pods send is masqueraded. Where their addresses are\n"
			"not routable outside the cluster, they get no answers from there.\n"
			"Checked for the ranges of --pod-cidr.\n\n"
			"Bad:\n\n"
			"    # ipmasq-lint --pod-cidr 10.244.0.0/16\n"
			"    podCIDRs: [10.244.0.0/17]\n\n"
			"Fixed:\n\n"
			"    # ipmasq-lint --pod-cidr 10.244.0.0/16\n"
			"    podCIDRs: [10.244.0.0/16]\n",
	},
	{
		.code = "pod-cidrs-missing",
		.severity = IPMASQ_NOTE,
		.summary = "clients from outside lose their address on the way to pods",
		.help = "These rules meet all traffic that leaves for another address than the\n"
			"node's, not only that of pods. Where traffic to pods is masqueraded, "
			"pods\n"
			"see the node's address in place of that of a client which a NodePort or\n"
			"load balancer brings in. Reported when a range of --pod-cidr is\n"
			"masqueraded, or all of a family. podCIDRs, a key of this project, leaves\n"
			"everything alone that does not come from pods.\n\n"
			"Bad:\n\n"
			"    # ipmasq-lint --pod-cidr 172.20.0.0/16\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n\n"
			"Fixed:\n\n"
			"    # ipmasq-lint --pod-cidr 172.20.0.0/16\n"
			"    podCIDRs: [172.20.0.0/16]\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8, 172.20.0.0/16]\n",
	},
	{ 0 },
};
