/* SPDX-License-Identifier: Apache-2.0 */
/* The checks about what a configuration does as a whole, and about the run itself. */
#include "lint/check_meanings.h"

const struct ipmasq_check check_meanings[] = {
	{
		.code = "null-list",
		.severity = IPMASQ_WARNING,
		.summary = "nonMasqueradeCIDRs is null, which means empty",
		.help = "A key with nothing behind it looks as if it were not given, but it is:\n"
			"the list is empty, and the default, the private ranges, does not apply.\n"
			"So even traffic between pods is masqueraded; where masqOutBound is off "
			"it\n"
			"is not, and this is a note. The other lists are empty by default.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs:\n"
			"    masqLinkLocal: true\n\n"
			"Fixed:\n\n"
			"    masqLinkLocal: true\n",
	},
	{
		.code = "empty-list-masquerades-all",
		.severity = IPMASQ_WARNING,
		.summary = "an empty nonMasqueradeCIDRs masquerades all",
		.help = "The empty list replaces the default, the private ranges, and\n"
			"masqOutBound is on. So all IPv4 traffic of pods is masqueraded, that\n"
			"between pods included: their peers, and network policies, see the\n"
			"node's address.\n\n"
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
		.help = "Though the file does not say so by turning masqOutBound or\n"
			"masqOutBoundIPv6 off. Pods whose addresses are not routable will get\n"
			"no answer from outside the cluster.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: [0.0.0.0/0]\n\n"
			"Fixed:\n\n"
			"    masqOutBound: false\n",
	},
	{
		.code = "everything-masqueraded",
		.severity = IPMASQ_WARNING,
		.summary = "every address of a family is masqueraded",
		.help = "Link-local ones aside. Traffic between pods loses its source too:\n"
			"their peers, and network policies, see the node's address. A list that\n"
			"is given replaces the default for both families, also when it has\n"
			"entries of one only.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: [\"fd00::/8\"]\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8, \"fd00::/8\"]\n",
	},
	{
		.code = "ipv6-unlisted",
		.severity = IPMASQ_NOTE,
		.summary = "IPv6 is masqueraded, and no IPv6 range is kept from it",
		.help = "The default of nonMasqueradeCIDRs has IPv4 ranges only. Where pods\n"
			"have IPv6 addresses, the traffic between them is masqueraded. Reported\n"
			"when the configuration or the command line speaks of IPv6: by\n"
			"masqOutBoundIPv6, by an entry elsewhere, or by --ipv6=on.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n"
			"    masqOutBoundIPv6: true\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8, \"fd00::/8\"]\n"
			"    masqOutBoundIPv6: true\n",
	},
	{
		.code = "interval-short",
		.severity = IPMASQ_NOTE,
		.summary = "resyncInterval is shorter than ten seconds",
		.help = "At each interval an agent runs iptables programs that hold the lock of\n"
			"the whole node. Changes of the file do not wait for it with\n"
			"ipmasq-apply --watch.\n\n"
			"Bad:\n\n"
			"    resyncInterval: 1s\n\n"
			"Fixed:\n\n"
			"    resyncInterval: 60s\n",
	},
	{
		.code = "interval-long",
		.severity = IPMASQ_NOTE,
		.summary = "resyncInterval is longer than an hour",
		.help = "Rules that somebody else removed stay away for so long.\n\n"
			"Bad:\n\n"
			"    resyncInterval: 24h\n\n"
			"Fixed:\n\n"
			"    resyncInterval: 5m\n",
	},
	{
		.code = "pod-range-masqueraded",
		.severity = IPMASQ_WARNING,
		.summary = "traffic to pods would be masqueraded",
		.help = "Pods would see a node's address in place of each other's, and with it\n"
			"network policies and logs; addresses of clients that a node passes on\n"
			"to a pod elsewhere are lost too. Looked at for the ranges that\n"
			"--pod-cidr gives.\n\n"
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
		.help = "What runs on a node, such as the kubelet, and pods that use the node's\n"
			"network, would see another node's address in place of the pod's.\n"
			"Looked at for the ranges that --node-cidr gives.\n\n"
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
		.help = "Most of it has the address of a pod by the time that these rules see\n"
			"it. Where a service's own address leaves the node, it would be\n"
			"masqueraded. Looked at for the ranges that --service-cidr gives.\n\n"
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
		.help = "A finding below an error is left out for a comment on its line, or\n"
			"alone on the line above: # ipmasq-lint: ignore=CODE[,CODE...] REASON.\n"
			"Another word, or a code that does not exist, leaves nothing out.\n\n"
			"Bad:\n\n"
			"    masqLinkLoca: true  # ipmasq-lint: ignore=unknow-key for later\n\n"
			"Fixed:\n\n"
			"    masqLinkLoca: true  # ipmasq-lint: ignore=unknown-key for later\n",
	},
	{
		.code = "unused-ignore",
		.severity = IPMASQ_NOTE,
		.summary = "a comment to ipmasq-lint leaves nothing out",
		.help = "There is no such finding on this line, or no longer; or it is an\n"
			"error. Errors make the configuration rejected, and are not to be left\n"
			"out.\n\n"
			"Bad:\n\n"
			"    masqLinkLocal: true  # ipmasq-lint: ignore=unknown-key\n\n"
			"Fixed:\n\n"
			"    masqLinkLocal: true\n",
	},
	{
		.code = "baseline",
		.severity = IPMASQ_NOTE,
		.summary = "how much changes against the configuration of --baseline",
		.help = "The number of CIDRs and of addresses that change from RETURN to\n"
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
			"that decide before and after, and stands at the place of the latter.\n\n"
			"Bad:\n\n"
			"    ipmasq-lint --baseline old.yaml new.yaml\n\n"
			"Fixed:\n\n"
			"    ipmasq-lint --baseline new.yaml new.yaml\n",
	},
	{ 0 },
};
