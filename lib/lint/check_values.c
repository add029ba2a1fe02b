/* SPDX-License-Identifier: Apache-2.0 */
/* The checks about keys and values. */
#include "lint/check_values.h"

const struct ipmasq_check check_values[] = {
	{
		.code = "unknown-key",
		.severity = IPMASQ_WARNING,
		.summary = "a key is ignored because it is none of the known ones",
		.help = "A misspelled key has no effect, and its default applies. When it is\n"
			"similar to a known key, the message names that key.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDR: [10.0.0.0/8]\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n",
	},
	{
		.code = "key-case",
		.severity = IPMASQ_WARNING,
		.summary = "a key differs in case from the way it is usually written",
		.help = "The key is understood. Under profiles whose agents match keys without\n"
			"regard to case, which are all but default, this is a note. Programs\n"
			"that compare keys exactly, such as editors with a schema, take it for\n"
			"another key.\n\n"
			"Bad:\n\n"
			"    NonMasqueradeCIDRs: [10.0.0.0/8]\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n",
	},
	{
		.code = "unsupported-key",
		.severity = IPMASQ_WARNING,
		.summary = "the profile's agent does not know the key",
		.help = "The agent that --profile names would ignore the key, so it is ignored\n"
			"here too and has no effect.\n\n"
			"Bad:\n\n"
			"    # ipmasq-lint --profile gke\n"
			"    masqOutBound: false\n\n"
			"Fixed:\n\n"
			"    # ipmasq-lint --profile gke\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n",
	},
	{
		.code = "duplicate-key",
		.severity = IPMASQ_ERROR,
		.summary = "a key is given twice",
		.help = "Programs differ in which of the two values they use. Spellings that\n"
			"differ only in case are the same key.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n"
			"    nonMasqueradeCIDRs: [172.16.0.0/12]\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8, 172.16.0.0/12]\n",
	},
	{
		.code = "type",
		.severity = IPMASQ_ERROR,
		.summary = "a value does not have the type that its key takes",
		.help = "Lists are lists, even with one entry; true and false are written without\n"
			"quotes.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: 10.0.0.0/8\n"
			"    masqLinkLocal: \"true\"\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n"
			"    masqLinkLocal: true\n",
	},
	{
		.code = "item",
		.severity = IPMASQ_ERROR,
		.summary = "an item of a list is not a string",
		.help = "A dash with nothing after it makes a null item. The agents of the\n"
			"profiles cce, kubernetes and gke read it as an entry of their default\n"
			"list, which is hardly meant.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs:\n"
			"      - 10.0.0.0/8\n"
			"      -\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs:\n"
			"      - 10.0.0.0/8\n",
	},
	{
		.code = "integer",
		.severity = IPMASQ_ERROR,
		.summary = "cidrLimit is not a whole number of at least 0",
		.help = "Write decimal digits without a sign, quotes or leading zeros. YAML reads\n"
			"numbers with leading zeros as octal.\n\n"
			"Bad:\n\n"
			"    cidrLimit: \"100\"\n\n"
			"Fixed:\n\n"
			"    cidrLimit: 100\n",
	},
	{
		.code = "duration",
		.severity = IPMASQ_ERROR,
		.summary = "resyncInterval is not a duration longer than zero",
		.help = "A duration is a sum of numbers with the units ns, us, ms, s, m or h:\n"
			"90s, 1m30s, 1.5h. A number without a unit has no meaning.\n\n"
			"Bad:\n\n"
			"    resyncInterval: 60\n\n"
			"Fixed:\n\n"
			"    resyncInterval: 60s\n",
	},
	{
		.code = "empty-cidr",
		.severity = IPMASQ_ERROR,
		.summary = "an entry is an empty string",
		.help = "An entry is a CIDR: an address, a slash and a prefix length.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: [\"\"]\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: []\n"
			"    masqOutBound: false\n",
	},
	{
		.code = "blanks",
		.severity = IPMASQ_ERROR,
		.summary = "a CIDR has blanks around it",
		.help = "Blanks inside quotes are part of the string, so it is no CIDR.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: [\" 10.0.0.0/8\"]\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [\"10.0.0.0/8\"]\n",
	},
	{
		.code = "bare-address",
		.severity = IPMASQ_ERROR,
		.summary = "an address has no prefix length",
		.help = "A CIDR has a prefix length. That of a single host is 32, or 128 for\n"
			"IPv6.\n\n"
			"Bad:\n\n"
			"    masqueradeCIDRs: [10.1.2.3]\n\n"
			"Fixed:\n\n"
			"    masqueradeCIDRs: [10.1.2.3/32]\n",
	},
	{
		.code = "bad-address",
		.severity = IPMASQ_ERROR,
		.summary = "an entry does not start with an IPv4 or IPv6 address",
		.help = "An IPv4 address has four numbers, each at most 255. Short forms such as\n"
			"10/8 mean different things to different programs.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: [10.1/16]\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [10.1.0.0/16]\n",
	},
	{
		.code = "leading-zero",
		.severity = IPMASQ_ERROR,
		.summary = "a number of an address starts with a zero",
		.help = "Some programs read 010 as ten, others as octal, which is eight.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: [010.0.0.0/8]\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n",
	},
	{
		.code = "zone",
		.severity = IPMASQ_ERROR,
		.summary = "an IPv6 address has a zone",
		.help = "A zone (%eth0) names an interface of one host. A rule matches addresses\n"
			"only.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: [\"fd00::%eth0/64\"]\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [\"fd00::/64\"]\n",
	},
	{
		.code = "netmask",
		.severity = IPMASQ_ERROR,
		.summary = "a netmask is used in place of the prefix length",
		.help = "The length of a CIDR is the number of its leading bits.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/255.0.0.0]\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n",
	},
	{
		.code = "bad-length",
		.severity = IPMASQ_ERROR,
		.summary = "the prefix length is not a number, or too large",
		.help = "A prefix length is decimal digits, up to 32 for IPv4 and 128 for IPv6.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/33]\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/32]\n",
	},
	{
		.code = "host-bits",
		.severity = IPMASQ_ERROR,
		.summary = "a CIDR has bits set after its prefix length",
		.help = "10.10.10.10/8 may be intended as 10.0.0.0/8 or as 10.10.10.10/32. The\n"
			"suggestion is the first. Check that it is what you intend. Under the\n"
			"profile cilium, whose agent reads it so, it is a note.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: [10.10.10.10/8]\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n",
	},
	{
		.code = "mapped-address",
		.severity = IPMASQ_ERROR,
		.summary = "an IPv4-mapped IPv6 address never matches",
		.help = "On a node, traffic to ::ffff:10.0.0.1 is IPv4 traffic to 10.0.0.1. No\n"
			"IPv6 rule sees it.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: [\"::ffff:10.0.0.0/104\"]\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n",
	},
	{
		.code = "several-entries",
		.severity = IPMASQ_ERROR,
		.summary = "an item of a list is more than one CIDR",
		.help = "Each CIDR is an item of its own: on a line that starts with a dash, or\n"
			"between commas in brackets. In one item they are one text, which is no\n"
			"CIDR.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs:\n"
			"      - 10.0.0.0/8, 172.16.0.0/12\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs:\n"
			"      - 10.0.0.0/8\n"
			"      - 172.16.0.0/12\n",
	},
	{
		.code = "host-name",
		.severity = IPMASQ_ERROR,
		.summary = "a host name is used in place of a CIDR",
		.help = "Rules match addresses. Only the profile cce allows names in a list.\n"
			"There, a name that is not resolved is a warning, and the entry is left\n"
			"out. --hosts gives the addresses of names.\n\n"
			"Bad:\n\n"
			"    masqueradeCIDRs: [db.example.com]\n\n"
			"Fixed:\n\n"
			"    masqueradeCIDRs: [198.18.0.7/32]\n",
	},
	{
		.code = "cidr-limit",
		.severity = IPMASQ_ERROR,
		.summary = "nonMasqueradeCIDRs has more entries than allowed",
		.help = "cidrLimit bounds the number of entries. The profiles kubernetes and gke\n"
			"have a limit of 64 without it, and cce and aks have one of 64 that it\n"
			"does not change, aks for each file.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8, 172.16.0.0/12]\n"
			"    cidrLimit: 1\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8, 172.16.0.0/12]\n"
			"    cidrLimit: 100\n",
	},
	{
		.code = "family-off",
		.severity = IPMASQ_WARNING,
		.summary = "an IPv6 entry has no effect while IPv6 is off",
		.help = "There are no IPv6 rules, so the entry has no effect. The agents of the\n"
			"profiles kubernetes, gke and aks refuse such a file; with those profiles\n"
			"it is an error.\n\n"
			"Bad:\n\n"
			"    # ipmasq-lint --ipv6=off\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8, \"fd00::/8\"]\n\n"
			"Fixed:\n\n"
			"    # ipmasq-lint --ipv6=off\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n",
	},
	{
		.code = "conflict",
		.severity = IPMASQ_ERROR,
		.summary = "inputs give different values for a switch",
		.help = "Several inputs make one configuration, which cannot both masquerade and\n"
			"not. With the profile aks it is not an error: its agent takes the switch\n"
			"as true.\n\n"
			"Bad:\n\n"
			"    masqLinkLocal: true   # a.yaml\n"
			"    masqLinkLocal: false  # b.yaml\n\n"
			"Fixed:\n\n"
			"    masqLinkLocal: true   # a.yaml\n"
			"    masqLinkLocal: true   # b.yaml\n",
	},
	{
		.code = "smallest-wins",
		.severity = IPMASQ_NOTE,
		.summary = "inputs give different numbers",
		.help = "Several inputs make one configuration: the shortest resyncInterval and\n"
			"the smallest cidrLimit apply.\n\n"
			"Bad:\n\n"
			"    resyncInterval: 60s  # a.yaml\n"
			"    resyncInterval: 30s  # b.yaml\n\n"
			"Fixed:\n\n"
			"    resyncInterval: 30s  # a.yaml\n"
			"    resyncInterval: 30s  # b.yaml\n",
	},
	{ 0 },
};
