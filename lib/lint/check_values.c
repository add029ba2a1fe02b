/* SPDX-License-Identifier: Apache-2.0 */
/* The checks about keys and values. */
#include "lint/check_values.h"

const struct ipmasq_check check_values[] = {
	{
		.code = "unknown-key",
		.severity = IPMASQ_WARNING,
		.summary = "a key that no agent knows is ignored",
		.help = "A misspelt key has no effect, and the default applies in its place.\n"
			"When a known key is near, the message names it.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDR: [10.0.0.0/8]\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n",
	},
	{
		.code = "key-case",
		.severity = IPMASQ_WARNING,
		.summary = "a key is spelt in another case than agents know it",
		.help = "The key is understood here, but several agents compare keys letter by\n"
			"letter and would ignore this one.\n\n"
			"Bad:\n\n"
			"    NonMasqueradeCIDRs: [10.0.0.0/8]\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n",
	},
	{
		.code = "unsupported-key",
		.severity = IPMASQ_WARNING,
		.summary = "the profile's agent does not know the key",
		.help = "The agent that --profile names would ignore the key, and so it is\n"
			"ignored here. What the key was to achieve does not happen.\n\n"
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
		.summary = "a key stands there twice",
		.help = "Which of the two counts differs between programs. Spellings that\n"
			"differ in their case only are the same key.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n"
			"    nonMasqueradeCIDRs: [172.16.0.0/12]\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8, 172.16.0.0/12]\n",
	},
	{
		.code = "type",
		.severity = IPMASQ_ERROR,
		.summary = "a value is not of the type that its key takes",
		.help = "Lists are lists, even of one entry; true and false stand without\n"
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
		.summary = "an item of a list is no text",
		.help = "A null item, as a dash with nothing behind it makes one, is refused by\n"
			"agents too.\n\n"
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
		.summary = "cidrLimit is no whole number from 0 up",
		.help = "Decimal digits, without a sign, quotes or leading zeros, which YAML\n"
			"reads as octal.\n\n"
			"Bad:\n\n"
			"    cidrLimit: \"100\"\n\n"
			"Fixed:\n\n"
			"    cidrLimit: 100\n",
	},
	{
		.code = "duration",
		.severity = IPMASQ_ERROR,
		.summary = "resyncInterval is no duration longer than zero",
		.help = "Numbers with the units ns, us, ms, s, m or h, added up: 90s, 1m30s,\n"
			"1.5h. A bare number has no meaning.\n\n"
			"Bad:\n\n"
			"    resyncInterval: 60\n\n"
			"Fixed:\n\n"
			"    resyncInterval: 60s\n",
	},
	{
		.code = "empty-cidr",
		.severity = IPMASQ_ERROR,
		.summary = "an entry is an empty text",
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
		.help = "Within quotes a blank is a part of the text, and no agent takes it\n"
			"off.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: [\" 10.0.0.0/8\"]\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [\"10.0.0.0/8\"]\n",
	},
	{
		.code = "bare-address",
		.severity = IPMASQ_ERROR,
		.summary = "an address stands without a prefix length",
		.help = "Agents refuse an address alone. A single host has the length 32, or\n"
			"128 for IPv6.\n\n"
			"Bad:\n\n"
			"    masqueradeCIDRs: [10.1.2.3]\n\n"
			"Fixed:\n\n"
			"    masqueradeCIDRs: [10.1.2.3/32]\n",
	},
	{
		.code = "bad-address",
		.severity = IPMASQ_ERROR,
		.summary = "an entry does not start with an IPv4 or IPv6 address",
		.help = "All four numbers of an IPv4 address must be there, each at most 255;\n"
			"short forms such as 10/8 mean different things to different programs.\n\n"
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
		.help = "A zone (%eth0) names an interface of one host. A rule matches\n"
			"addresses only.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: [\"fd00::%eth0/64\"]\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [\"fd00::/64\"]\n",
	},
	{
		.code = "netmask",
		.severity = IPMASQ_ERROR,
		.summary = "a netmask stands where the prefix length belongs",
		.help = "Agents take a prefix length only.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/255.0.0.0]\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n",
	},
	{
		.code = "bad-length",
		.severity = IPMASQ_ERROR,
		.summary = "the prefix length is no number, or too large",
		.help = "Decimal digits, up to 32 for IPv4 and 128 for IPv6.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/33]\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/32]\n",
	},
	{
		.code = "host-bits",
		.severity = IPMASQ_ERROR,
		.summary = "a CIDR has bits set after its prefix length",
		.help = "10.10.10.10/8 may have been meant as 10.0.0.0/8 or as 10.10.10.10/32.\n"
			"Agents that take it mean the first, so that is what is suggested; look\n"
			"whether it is what you meant.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: [10.10.10.10/8]\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n",
	},
	{
		.code = "mapped-address",
		.severity = IPMASQ_ERROR,
		.summary = "an IPv4-mapped IPv6 address, which never matches",
		.help = "On a node the traffic to ::ffff:10.0.0.1 is IPv4 traffic to 10.0.0.1.\n"
			"No IPv6 rule sees it.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: [\"::ffff:10.0.0.0/104\"]\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n",
	},
	{
		.code = "host-name",
		.severity = IPMASQ_ERROR,
		.summary = "a host name stands where a CIDR belongs",
		.help = "Rules match addresses. The profile cce alone lets names stand in a\n"
			"list: there it is a warning, for a name that is not resolved. It is left\n"
			"out then. --hosts says what names stand for.\n\n"
			"Bad:\n\n"
			"    masqueradeCIDRs: [db.example.com]\n\n"
			"Fixed:\n\n"
			"    masqueradeCIDRs: [198.18.0.7/32]\n",
	},
	{
		.code = "cidr-limit",
		.severity = IPMASQ_ERROR,
		.summary = "nonMasqueradeCIDRs has more entries than allowed",
		.help = "cidrLimit bounds the number of entries. Some agents have a limit of\n"
			"their own, 64, unless the file gives a higher one.\n\n"
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
		.summary = "an IPv6 entry while IPv6 is off has no effect",
		.help = "There are no IPv6 rules, so nothing looks at the entry. The agents of\n"
			"the profiles kubernetes and gke refuse such a file, and then it is an\n"
			"error.\n\n"
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
		.summary = "inputs that are united give different values for a switch",
		.help = "One configuration cannot both masquerade and not. Under the profile\n"
			"aks, whose agent takes such a switch as true, it is no error.\n\n"
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
		.summary = "inputs that are united give different numbers",
		.help = "The shortest resyncInterval and the smallest cidrLimit apply.\n\n"
			"Bad:\n\n"
			"    resyncInterval: 60s  # a.yaml\n"
			"    resyncInterval: 30s  # b.yaml\n\n"
			"Fixed:\n\n"
			"    resyncInterval: 30s  # a.yaml\n"
			"    resyncInterval: 30s  # b.yaml\n",
	},
	{ 0 },
};
