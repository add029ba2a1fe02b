/* SPDX-License-Identifier: Apache-2.0 */
/* The checks about what a configuration does as a whole, and about the run itself. */
#include "lint/check_meanings.h"

const struct ipmasq_check check_meanings[] = {
	{
		.code = "null-list",
		.severity = IPMASQ_WARNING,
		.summary = "nonMasqueradeCIDRs is null, which means empty",
		.help = "A key with nothing after it is given all the same: the list is empty,\n"
			"and the default, the private ranges, does not apply. So even traffic\n"
			"between pods is masqueraded. When masqOutBound is off it is not, and\n"
			"this is a note. The other lists are empty by default.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs:\n"
			"    masqLinkLocal: true\n\n"
			"Fixed:\n\n"
			"    masqLinkLocal: true\n",
	},
	{
		.code = "empty-list-masquerades-all",
		.severity = IPMASQ_WARNING,
		.summary = "an empty nonMasqueradeCIDRs keeps no pod's address",
		.help = "The empty list replaces the default, the private ranges, and\n"
			"masqOutBound is on. So IPv4 traffic of pods is masqueraded, except to\n"
			"link-local addresses unless masqLinkLocal is on, and including that\n"
			"between pods: their peers and network policies see the node's address.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: []\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: []\n"
			"    masqOutBound: false\n",
	},
	{
		.code = "nothing-masqueraded",
		.severity = IPMASQ_NOTE,
		.summary = "no address of a family is ever masqueraded",
		.help = "The file does not turn masqOutBound or masqOutBoundIPv6 off, but its\n"
			"entries or the defaults of the profile have the same effect. Pods whose\n"
			"addresses are not routable outside the cluster get no answers from\n"
			"there.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: [0.0.0.0/0]\n\n"
			"Fixed:\n\n"
			"    masqOutBound: false\n",
	},
	{
		.code = "everything-masqueraded",
		.severity = IPMASQ_WARNING,
		.summary = "traffic to every address of a family is masqueraded",
		.help = "Only link-local addresses are left out, unless masqLinkLocal or\n"
			"masqLinkLocalIPv6 is on. Traffic between pods loses its source too:\n"
			"their peers and network policies see the node's address. A list that is\n"
			"given replaces the default for both families, even when it has entries\n"
			"of only one. Under the profiles aks and cilium, a file without the list\n"
			"means an empty one.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: [\"fd00::/8\"]\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8, \"fd00::/8\"]\n",
	},
	{
		.code = "ipv6-unlisted",
		.severity = IPMASQ_WARNING,
		.summary = "IPv6 is masqueraded without any exception",
		.help = "The default of nonMasqueradeCIDRs has only IPv4 ranges. When pods have\n"
			"IPv6 addresses, traffic between them is masqueraded. Reported when an\n"
			"entry of another list, or a range of --pod-cidr, --node-cidr or\n"
			"--service-cidr is IPv6. With masqOutBoundIPv6 or masqLinkLocalIPv6\n"
			"alone, or with --ipv6=on, it is a note. On a node that has an IPv6\n"
			"address, ipmasq-apply warns of the same.\n\n"
			"Bad:\n\n"
			"    masqueradeCIDRs: [\"fd00:20::/48\"]\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n\n"
			"Fixed:\n\n"
			"    masqueradeCIDRs: [\"fd00:20::/48\"]\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8, \"fd00::/8\"]\n",
	},
	{
		.code = "interval-short",
		.severity = IPMASQ_NOTE,
		.summary = "resyncInterval is shorter than ten seconds",
		.help = "Each check takes time on the node. ipmasq-apply --watch applies changes\n"
			"of the file at once, without waiting for the interval.\n\n"
			"Bad:\n\n"
			"    resyncInterval: 1s\n\n"
			"Fixed:\n\n"
			"    resyncInterval: 60s\n",
	},
	{
		.code = "interval-long",
		.severity = IPMASQ_NOTE,
		.summary = "resyncInterval is longer than an hour",
		.help = "Rules that something else removes are missing for that long.\n\n"
			"Bad:\n\n"
			"    resyncInterval: 24h\n\n"
			"Fixed:\n\n"
			"    resyncInterval: 5m\n",
	},
	{
		.code = "pod-range-masqueraded",
		.severity = IPMASQ_WARNING,
		.summary = "traffic to pods would be masqueraded",
		.help = "Pods would see a node's address instead of each other's, and so would\n"
			"network policies and logs. The addresses of clients whose traffic one\n"
			"node passes on to a pod of another node are lost too. Checked for the\n"
			"ranges of --pod-cidr.\n\n"
			"Bad:\n\n"
			"    # ipmasq-lint --pod-cidr 10.244.0.0/16\n"
			"    nonMasqueradeCIDRs: [10.244.0.0/17]\n\n"
			"Fixed:\n\n"
			"    # ipmasq-lint --pod-cidr 10.244.0.0/16\n"
			"    nonMasqueradeCIDRs: [10.244.0.0/16]\n",
	},
	{
		.code = "node-range-masqueraded",
		.severity = IPMASQ_WARNING,
		.summary = "traffic to nodes would be masqueraded",
		.help = "Programs on a node, such as the kubelet, and pods that use the node's\n"
			"network would see another node's address instead of the pod's. Checked\n"
			"for the ranges of --node-cidr.\n\n"
			"Bad:\n\n"
			"    # ipmasq-lint --node-cidr 192.168.7.0/24\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n\n"
			"Fixed:\n\n"
			"    # ipmasq-lint --node-cidr 192.168.7.0/24\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8, 192.168.0.0/16]\n",
	},
	{
		.code = "service-range-masqueraded",
		.severity = IPMASQ_WARNING,
		.summary = "traffic to services would be masqueraded",
		.help = "Most traffic to a service already has the address of a pod when it meets\n"
			"these rules. Traffic that leaves the node with the address of the\n"
			"service would be masqueraded. Checked for the ranges of "
			"--service-cidr.\n\n"
			"Bad:\n\n"
			"    # ipmasq-lint --service-cidr 172.20.0.0/16\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n\n"
			"Fixed:\n\n"
			"    # ipmasq-lint --service-cidr 172.20.0.0/16\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8, 172.20.0.0/16]\n",
	},
	{
		.code = "bad-ignore",
		.severity = IPMASQ_WARNING,
		.summary = "a comment to ipmasq-lint is not understood",
		.help = "A comment on the line of a finding, or alone on the line above it,\n"
			"leaves the finding out unless it is an error: # ipmasq-lint:\n"
			"ignore=CODE[,CODE...] REASON. With another word, or a code that does not\n"
			"exist, nothing is left out.\n\n"
			"Bad:\n\n"
			"    masqLinkLoca: true  # ipmasq-lint: ignore=unknow-key for later\n\n"
			"Fixed:\n\n"
			"    masqLinkLoca: true  # ipmasq-lint: ignore=unknown-key for later\n",
	},
	{
		.code = "unused-ignore",
		.severity = IPMASQ_NOTE,
		.summary = "a comment to ipmasq-lint has no effect",
		.help = "There is no such finding on this line any more, or it is an error.\n"
			"Errors cause the configuration to be rejected and are never left out.\n\n"
			"Bad:\n\n"
			"    masqLinkLocal: true  # ipmasq-lint: ignore=unknown-key\n\n"
			"Fixed:\n\n"
			"    masqLinkLocal: true\n",
	},
	{
		.code = "baseline",
		.severity = IPMASQ_NOTE,
		.summary = "a summary of all changes since the --baseline",
		.help = "The number of CIDRs, and of addresses that change from RETURN to\n"
			"MASQUERADE and back. Each CIDR is a finding verdict-change of its own.\n\n"
			"Bad:\n\n"
			"    ipmasq-lint --baseline old.yaml new.yaml\n\n"
			"Fixed:\n\n"
			"    ipmasq-lint --baseline new.yaml new.yaml\n",
	},
	{
		.code = "verdict-change",
		.severity = IPMASQ_NOTE,
		.summary = "a range has another verdict than in the --baseline",
		.help = "Together these findings are the fewest CIDRs. Each names the entries\n"
			"that decide before and after, and is at the position of the latter.\n\n"
			"Bad:\n\n"
			"    ipmasq-lint --baseline old.yaml new.yaml\n\n"
			"Fixed:\n\n"
			"    ipmasq-lint --baseline new.yaml new.yaml\n",
	},
	{ 0 },
};
