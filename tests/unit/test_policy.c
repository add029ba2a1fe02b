/* SPDX-License-Identifier: Apache-2.0 */
/* Policies: the tables of ipmasq.conf(5), row by row, through the public interface. */
#include <stdlib.h>
#include <string.h>

#include "util/common.h"
#include "support/read.h"
#include "support/sources.h"
#include "support/unit.h"

#define SECOND 1000000000u

struct setup {
	/* NULL: default. */
	const char *profile;
	/* Texts, named A, B, C... */
	const char *inputs[4];
	/* IPMASQ_AUTO: not set. */
	enum ipmasq_mode ipv6;
	bool reserved_ranges;
};

/* Findings as "severity code file:line:column", one per line. */
static void list_findings(const struct ipmasq_diags *diags, char *text, size_t size)
{
	text[0] = '\0';
	for (size_t i = 0; i < ipmasq_diags_count(diags); i++) {
		const struct ipmasq_finding finding = finding_at(diags, i);
		size_t at = strlen(text);

		snprintf(text + at, size - at, "%s%s %s %s:%u:%u", at ? "\n" : "",
			 ipmasq_severity_name(finding.severity), finding.code,
			 finding.place.file ? finding.place.file : "-", finding.place.line,
			 finding.place.column);
	}
}

static int make_policy(const struct setup *setup, char *findings, size_t size,
		       struct ipmasq_policy **policy)
{
	struct ipmasq_options *options = NULL;
	struct ipmasq_config *config = NULL;
	struct ipmasq_diags *diags = NULL;
	int r = ipmasq_options_new(&options);

	*policy = NULL;
	if (r == 0)
		r = ipmasq_diags_new(&diags);
	if (r == 0 && setup->profile)
		r = ipmasq_options_set_profile(options, setup->profile, diags);
	if (r == 0 && setup->ipv6 != IPMASQ_AUTO)
		r = ipmasq_options_set_mode(options, IPMASQ_FEATURE_IPV6, setup->ipv6);
	if (r == 0)
		r = ipmasq_options_set_mode(options, IPMASQ_FEATURE_RESERVED_RANGES,
					    setup->reserved_ranges ? IPMASQ_ON : IPMASQ_OFF);
	if (r == 0)
		r = ipmasq_config_new(options, &config);
	for (size_t i = 0; i < ARRAY_SIZE(setup->inputs) && setup->inputs[i] && r != -ENOMEM; i++) {
		char name[] = { (char)('A' + i), '\0' };

		r = ipmasq_config_load(
			config, DATA_SOURCE(name, setup->inputs[i], strlen(setup->inputs[i])),
			diags);
	}
	if (r == 0 || r == -EINVAL)
		r = ipmasq_policy_new(config, options, diags, policy);
	list_findings(diags, findings, size);
	ipmasq_config_free(config);
	ipmasq_options_free(options);
	ipmasq_diags_free(diags);
	return r;
}

/* The decision for @address, as "VERDICT origin cidr-or-dash place". */
static void decide(const struct ipmasq_policy *policy, const char *address, const char *source,
		   char *text, size_t size)
{
	struct ipmasq_decision *decision = NULL;
	enum ipmasq_family family = IPMASQ_IPV4;
	struct ipmasq_entry_details entry;
	uint8_t dst[16];
	uint8_t src[16];

	text[0] = '\0';
	if (ipmasq_parse_address(address, &family, dst) < 0 ||
	    (source && ipmasq_parse_address(source, &family, src) < 0) ||
	    ipmasq_policy_explain(policy, family, dst, source ? src : NULL, &decision) < 0)
		return;
	entry = entry_of(decision->entry);
	CHECK(entry.verdict == ipmasq_entry_verdict(decision->entry), "ipmasq_entry_verdict()");
	CHECK(entry.family == family, "of the address's family");
	snprintf(text, size, "%s %s %s", ipmasq_verdict_name(entry.verdict),
		 ipmasq_origin_name(entry.origin), entry.cidr[0] ? entry.cidr : "-");
	if (entry.place.file)
		snprintf(text + strlen(text), size - strlen(text), " %s:%u:%u", entry.place.file,
			 entry.place.line, entry.place.column);
	ipmasq_decision_free(decision);
}

#define EVERYTHING                  \
	"nonMasqueradeSrcCIDRs:\n"  \
	"- 10.5.0.0/16\n"           \
	"- fd05::/16\n"             \
	"masqueradeCIDRs:\n"        \
	"- 10.10.10.10/32\n"        \
	"- 169.254.169.254/32\n"    \
	"- fe80::1/128\n"           \
	"- fd10::/16\n"             \
	"nonMasqueradeCIDRs:\n"     \
	"- 10.0.0.0/8\n"            \
	"- fd00::/8\n"              \
	"masqOutBound: true\n"      \
	"masqOutBoundIPv6: false\n" \
	"masqLinkLocal: false\n"

static const struct {
	const char *what;
	struct setup setup;
	const char *address;
	const char *source;
	const char *expected;
} decisions[] = {
	/* The decision order, both families. */
	{ "1: source",
	  { .inputs = { EVERYTHING } },
	  "10.10.10.10",
	  "10.5.0.1",
	  "RETURN nonMasqueradeSrcCIDRs 10.5.0.0/16 A:2:3" },
	{ "1: source",
	  { .inputs = { EVERYTHING } },
	  "fd10::1",
	  "fd05::1",
	  "RETURN nonMasqueradeSrcCIDRs fd05::/16 A:3:3" },
	{ "1: another source",
	  { .inputs = { EVERYTHING } },
	  "10.10.10.10",
	  "10.6.0.1",
	  "MASQUERADE masqueradeCIDRs 10.10.10.10/32 A:5:3" },
	{ "2: beats nonMasqueradeCIDRs",
	  { .inputs = { EVERYTHING } },
	  "10.10.10.10",
	  NULL,
	  "MASQUERADE masqueradeCIDRs 10.10.10.10/32 A:5:3" },
	{ "2: beats link-local",
	  { .inputs = { EVERYTHING } },
	  "169.254.169.254",
	  NULL,
	  "MASQUERADE masqueradeCIDRs 169.254.169.254/32 A:6:3" },
	{ "2: beats link-local",
	  { .inputs = { EVERYTHING } },
	  "fe80::1",
	  NULL,
	  "MASQUERADE masqueradeCIDRs fe80::1/128 A:7:3" },
	{ "2: beats nonMasqueradeCIDRs",
	  { .inputs = { EVERYTHING } },
	  "fd10::1",
	  NULL,
	  "MASQUERADE masqueradeCIDRs fd10::/16 A:8:3" },
	{ "3: link-local, switch written",
	  { .inputs = { EVERYTHING } },
	  "169.254.1.1",
	  NULL,
	  "RETURN link-local 169.254.0.0/16 A:14:16" },
	{ "3: link-local, built in",
	  { .inputs = { EVERYTHING } },
	  "fe80::2",
	  NULL,
	  "RETURN link-local fe80::/10" },
	{ "3: link-local masqueraded",
	  { .inputs = { "masqLinkLocal: true\n" } },
	  "169.254.1.1",
	  NULL,
	  "MASQUERADE masqOutBound -" },
	{ "3: one switch for each family",
	  { .inputs = { "masqLinkLocal: true\n" } },
	  "fe80::1",
	  NULL,
	  "RETURN link-local fe80::/10" },
	{ "3: link-local masqueraded",
	  { .inputs = { "masqLinkLocalIPv6: true\n" } },
	  "fe80::1",
	  NULL,
	  "MASQUERADE masqOutBoundIPv6 -" },
	{ "4: kept",
	  { .inputs = { EVERYTHING } },
	  "10.0.0.1",
	  NULL,
	  "RETURN nonMasqueradeCIDRs 10.0.0.0/8 A:10:3" },
	{ "4: kept",
	  { .inputs = { EVERYTHING } },
	  "fd00::1",
	  NULL,
	  "RETURN nonMasqueradeCIDRs fd00::/8 A:11:3" },
	{ "5: outbound",
	  { .inputs = { EVERYTHING } },
	  "8.8.8.8",
	  NULL,
	  "MASQUERADE masqOutBound - A:12:15" },
	{ "5: outbound",
	  { .inputs = { "masqOutBoundIPv6: true\n" } },
	  "2001:db8::1",
	  NULL,
	  "MASQUERADE masqOutBoundIPv6 - A:1:19" },
	{ "6: nothing",
	  { .inputs = { EVERYTHING } },
	  "2001:db8::1",
	  NULL,
	  "RETURN none - A:13:19" },
	{ "6: nothing",
	  { .inputs = { "masqOutBound: false\n" } },
	  "8.8.8.8",
	  NULL,
	  "RETURN none - A:1:15" },

	/* The first entry in the order written decides, not the longest. */
	{ "first match",
	  { .inputs = { "nonMasqueradeCIDRs: [10.0.0.0/8, 10.1.0.0/16]\n" } },
	  "10.1.0.1",
	  NULL,
	  "RETURN nonMasqueradeCIDRs 10.0.0.0/8 A:1:22" },

	/* Defaults and nulls. */
	{ "no file",
	  { .inputs = { NULL } },
	  "10.10.10.10",
	  NULL,
	  "RETURN nonMasqueradeCIDRs 10.0.0.0/8" },
	{ "no file",
	  { .inputs = { NULL } },
	  "172.31.255.255",
	  NULL,
	  "RETURN nonMasqueradeCIDRs 172.16.0.0/12" },
	{ "no file",
	  { .inputs = { NULL } },
	  "192.168.1.1",
	  NULL,
	  "RETURN nonMasqueradeCIDRs 192.168.0.0/16" },
	{ "no file", { .inputs = { NULL } }, "172.32.0.0", NULL, "MASQUERADE masqOutBound -" },
	{ "no file", { .inputs = { NULL } }, "2001:db8::1", NULL, "MASQUERADE masqOutBoundIPv6 -" },
	{ "empty file",
	  { .inputs = { "" } },
	  "10.0.0.1",
	  NULL,
	  "RETURN nonMasqueradeCIDRs 10.0.0.0/8" },
	{ "comments only",
	  { .inputs = { "# nothing\n" } },
	  "10.0.0.1",
	  NULL,
	  "RETURN nonMasqueradeCIDRs 10.0.0.0/8" },
	{ "a list replaces the default",
	  { .inputs = { "nonMasqueradeCIDRs: [10.1.0.0/16]\n" } },
	  "10.0.0.1",
	  NULL,
	  "MASQUERADE masqOutBound -" },
	{ "an empty list",
	  { .inputs = { "nonMasqueradeCIDRs: []\n" } },
	  "10.0.0.1",
	  NULL,
	  "MASQUERADE masqOutBound -" },
	{ "null is an empty list",
	  { .inputs = { "nonMasqueradeCIDRs:\n" } },
	  "10.0.0.1",
	  NULL,
	  "MASQUERADE masqOutBound -" },
	{ "null is an empty list",
	  { .inputs = { "masqueradeCIDRs: ~\n" } },
	  "10.0.0.1",
	  NULL,
	  "RETURN nonMasqueradeCIDRs 10.0.0.0/8" },
	{ "null is not set",
	  { .inputs = { "masqOutBound: null\n" } },
	  "8.8.8.8",
	  NULL,
	  "MASQUERADE masqOutBound -" },
	{ "null is not set",
	  { .inputs = { "masqLinkLocal: ~\n" } },
	  "169.254.0.1",
	  NULL,
	  "RETURN link-local 169.254.0.0/16" },
	{ "other keys leave the default",
	  { .inputs = { "masqueradeCIDRs: [10.1.0.0/16]\n" } },
	  "10.0.0.1",
	  NULL,
	  "RETURN nonMasqueradeCIDRs 10.0.0.0/8" },

	/* Profiles. */
	{ "cce", { .profile = "cce" }, "8.8.8.8", NULL, "RETURN none -" },
	{ "cce", { .profile = "cce" }, "2001:db8::1", NULL, "MASQUERADE masqOutBoundIPv6 -" },
	{ "cce",
	  { .profile = "cce", .inputs = { "masqOutBound: true\n" } },
	  "8.8.8.8",
	  NULL,
	  "MASQUERADE masqOutBound - A:1:15" },
	{ "kubernetes", { .profile = "kubernetes" }, "8.8.8.8", NULL, "MASQUERADE masqOutBound -" },
	{ "kubernetes ignores the switch",
	  { .profile = "kubernetes", .inputs = { "masqOutBound: false\n" } },
	  "8.8.8.8",
	  NULL,
	  "MASQUERADE masqOutBound -" },
	{ "gke ignores the switch",
	  { .profile = "gke", .inputs = { "masqOutBound: false\n" } },
	  "8.8.8.8",
	  NULL,
	  "MASQUERADE masqOutBound -" },
	{ "tke ignores the switch",
	  { .profile = "tke", .inputs = { "masqOutBound: false\n" } },
	  "8.8.8.8",
	  NULL,
	  "MASQUERADE masqOutBound -" },
	{ "aks ignores the switch",
	  { .profile = "aks", .inputs = { "masqOutBound: false\n" } },
	  "8.8.8.8",
	  NULL,
	  "MASQUERADE masqOutBound -" },
	{ "kubernetes ignores masqueradeCIDRs",
	  { .profile = "kubernetes", .inputs = { "masqueradeCIDRs: [10.1.0.0/16]\n" } },
	  "10.1.0.1",
	  NULL,
	  "RETURN nonMasqueradeCIDRs 10.0.0.0/8" },
	{ "tke knows sources",
	  { .profile = "tke", .inputs = { "{\"NonMasqueradeSrcCIDRs\": [\"10.1.0.0/16\"]}" } },
	  "8.8.8.8",
	  "10.1.0.1",
	  "RETURN nonMasqueradeSrcCIDRs 10.1.0.0/16 A:1:28" },
	{ "cce ignores sources",
	  { .profile = "cce",
	    .inputs = { "nonMasqueradeSrcCIDRs: [10.1.0.0/16]\nmasqOutBound: on\n" } },
	  "8.8.8.8",
	  "10.1.0.1",
	  "MASQUERADE masqOutBound - A:2:15" },

	/* Reserved ranges, in the default list only. */
	{ "reserved",
	  { .reserved_ranges = true },
	  "100.64.0.1",
	  NULL,
	  "RETURN nonMasqueradeCIDRs 100.64.0.0/10" },
	{ "reserved",
	  { .reserved_ranges = true },
	  "192.0.0.1",
	  NULL,
	  "RETURN nonMasqueradeCIDRs 192.0.0.0/24" },
	{ "reserved",
	  { .reserved_ranges = true },
	  "192.0.2.1",
	  NULL,
	  "RETURN nonMasqueradeCIDRs 192.0.2.0/24" },
	{ "reserved",
	  { .reserved_ranges = true },
	  "192.88.99.1",
	  NULL,
	  "RETURN nonMasqueradeCIDRs 192.88.99.0/24" },
	{ "reserved",
	  { .reserved_ranges = true },
	  "198.19.255.255",
	  NULL,
	  "RETURN nonMasqueradeCIDRs 198.18.0.0/15" },
	{ "reserved",
	  { .reserved_ranges = true },
	  "198.51.100.1",
	  NULL,
	  "RETURN nonMasqueradeCIDRs 198.51.100.0/24" },
	{ "reserved",
	  { .reserved_ranges = true },
	  "203.0.113.1",
	  NULL,
	  "RETURN nonMasqueradeCIDRs 203.0.113.0/24" },
	{ "reserved",
	  { .reserved_ranges = true },
	  "255.255.255.255",
	  NULL,
	  "RETURN nonMasqueradeCIDRs 240.0.0.0/4" },
	{ "reserved, with the private ones",
	  { .reserved_ranges = true },
	  "10.0.0.1",
	  NULL,
	  "RETURN nonMasqueradeCIDRs 10.0.0.0/8" },
	{ "reserved, but a list is given",
	  { .reserved_ranges = true, .inputs = { "nonMasqueradeCIDRs: [10.0.0.0/8]\n" } },
	  "100.64.0.1",
	  NULL,
	  "MASQUERADE masqOutBound -" },

	/* Several inputs. */
	{ "lists are united",
	  { .inputs = { "nonMasqueradeCIDRs: [10.1.0.0/16]\n",
			"nonMasqueradeCIDRs: [10.2.0.0/16]\n" } },
	  "10.2.0.1",
	  NULL,
	  "RETURN nonMasqueradeCIDRs 10.2.0.0/16 B:1:22" },
	{ "the first of duplicates stays",
	  { .inputs = { "nonMasqueradeCIDRs: [10.1.0.0/16]\n",
			"nonMasqueradeCIDRs: [10.2.0.0/16, 10.1.0.0/16]\n" } },
	  "10.1.0.1",
	  NULL,
	  "RETURN nonMasqueradeCIDRs 10.1.0.0/16 A:1:22" },
	{ "a list given in one input replaces the default",
	  { .inputs = { "masqOutBound: true\n", "nonMasqueradeCIDRs: []\n" } },
	  "10.1.0.1",
	  NULL,
	  "MASQUERADE masqOutBound - A:1:15" },
	{ "switches that agree",
	  { .inputs = { "masqOutBound: false\n", "", "masqOutBound: no\n" } },
	  "8.8.8.8",
	  NULL,
	  "RETURN none - A:1:15" },
	{ "aks: switches are OR'ed",
	  { .profile = "aks", .inputs = { "masqLinkLocal: false\n", "masqLinkLocal: true\n" } },
	  "169.254.0.1",
	  NULL,
	  "MASQUERADE masqOutBound -" },
	{ "aks: switches are OR'ed, whatever their order",
	  { .profile = "aks", .inputs = { "masqLinkLocal: true\n", "masqLinkLocal: false\n" } },
	  "169.254.0.1",
	  NULL,
	  "MASQUERADE masqOutBound -" },
};

static void test_decisions(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(decisions); i++) {
		struct ipmasq_policy *policy;
		char findings[512];
		char text[256] = "";

		if (CHECK(make_policy(&decisions[i].setup, findings, sizeof(findings), &policy) ==
				  0,
			  decisions[i].what))
			decide(policy, decisions[i].address, decisions[i].source, text,
			       sizeof(text));
		CHECK_STRING(text, decisions[i].expected, decisions[i].what);
		ipmasq_policy_free(policy);
	}
}

static const struct {
	const char *what;
	struct setup setup;
	int result;
	const char *findings;
} checks[] = {
	{ "no findings", { .inputs = { EVERYTHING } }, 0, "" },
	{ "conflict",
	  { .inputs = { "masqOutBound: true\n", "\nmasqOutBound: false\n" } },
	  -EINVAL,
	  "error conflict B:2:15" },
	{ "conflicts of all switches",
	  { .inputs = { "masqLinkLocal: true\nmasqLinkLocalIPv6: true\nmasqOutBoundIPv6: true\n",
			"masqLinkLocal: false\nmasqLinkLocalIPv6: false\nmasqOutBoundIPv6: "
			"false\n" } },
	  -EINVAL,
	  "error conflict B:1:16\nerror conflict B:2:20\nerror conflict B:3:19" },
	{ "aks has no conflicts",
	  { .profile = "aks", .inputs = { "masqLinkLocal: true\n", "masqLinkLocal: false\n" } },
	  0,
	  "" },
	{ "the shortest interval wins",
	  { .inputs = { "resyncInterval: 60s\n", "resyncInterval: 30s\n" } },
	  0,
	  "note smallest-wins B:1:17" },
	{ "equal intervals need no note",
	  { .inputs = { "resyncInterval: 60s\n", "resyncInterval: 1m\n" } },
	  0,
	  "" },
	{ "at the limit",
	  { .inputs = { "cidrLimit: 1\nnonMasqueradeCIDRs: [10.0.0.0/8]\n" } },
	  0,
	  "" },
	{ "above the limit",
	  { .inputs = { "cidrLimit: 1\nnonMasqueradeCIDRs: [10.0.0.0/8, 11.0.0.0/8]\n" } },
	  -EINVAL,
	  "error cidr-limit A:2:34" },
	{ "no entry allowed",
	  { .inputs = { "cidrLimit: 0\nnonMasqueradeCIDRs: [10.0.0.0/8]\n" } },
	  -EINVAL,
	  "error cidr-limit A:2:22" },
	{ "the limit counts this list only",
	  { .inputs = { "cidrLimit: 0\nmasqueradeCIDRs: [10.0.0.0/8]\nnonMasqueradeCIDRs: []\n" } },
	  0,
	  "" },
	{ "the limit does not count the default", { .inputs = { "cidrLimit: 0\n" } }, 0, "" },
	{ "the limit counts all inputs",
	  { .inputs = { "cidrLimit: 1\nnonMasqueradeCIDRs: [10.0.0.0/8]\n",
			"nonMasqueradeCIDRs: [11.0.0.0/8]\n" } },
	  -EINVAL,
	  "error cidr-limit B:1:22" },
	{ "the smallest limit wins",
	  { .inputs = { "cidrLimit: 9\nnonMasqueradeCIDRs: [10.0.0.0/8]\n", "cidrLimit: 1\n" } },
	  0,
	  "note smallest-wins B:1:12" },
	{ "kubernetes: IPv6 while it is off",
	  { .profile = "kubernetes",
	    .inputs = { "nonMasqueradeCIDRs: [10.0.0.0/8, 'fd00::/8']\n" } },
	  -EINVAL,
	  "error family-off A:1:34" },
	{ "gke: IPv6 while it is off",
	  { .profile = "gke", .inputs = { "nonMasqueradeCIDRs: ['fd00::/8']\n" } },
	  -EINVAL,
	  "error family-off A:1:22" },
	{ "kubernetes: IPv6 turned on",
	  { .profile = "kubernetes",
	    .ipv6 = IPMASQ_ON,
	    .inputs = { "nonMasqueradeCIDRs: ['fd00::/8']\n" } },
	  0,
	  "" },
	{ "tke: IPv6 has no effect",
	  { .profile = "tke", .inputs = { "nonMasqueradeCIDRs: ['fd00::/8']\n" } },
	  0,
	  "warning family-off A:1:22" },
	{ "default: IPv6 turned off",
	  { .ipv6 = IPMASQ_OFF, .inputs = { "nonMasqueradeCIDRs: ['fd00::/8']\n" } },
	  0,
	  "warning family-off A:1:22" },
	{ "kubernetes: other agents' keys",
	  { .profile = "kubernetes",
	    .inputs = { "masqueradeCIDRs: []\nmasqOutBound: true\nmasqOutBoundIPv6: true\n"
			"nonMasqueradeSrcCIDRs: []\nmasqLinkLocal: true\nmasqLinkLocalIPv6: true\n"
			"resyncInterval: 60s\ncidrLimit: 9\nnonMasqueradeCIDRs: []\n" } },
	  0,
	  "warning unsupported-key A:1:1\nwarning unsupported-key A:2:1\n"
	  "warning unsupported-key A:3:1\nwarning unsupported-key A:4:1" },
	{ "kubernetes: ignored keys are not checked",
	  { .profile = "kubernetes", .inputs = { "masqOutBound: \"maybe\"\n" } },
	  0,
	  "warning unsupported-key A:1:1" },
	{ "aks: the agent has a flag for the interval",
	  { .profile = "aks", .inputs = { "resyncInterval: 60s\ncidrLimit: 1\n" } },
	  0,
	  "warning unsupported-key A:1:1\nwarning unsupported-key A:2:1" },
	{ "cce: a host name without known addresses is left out",
	  { .profile = "cce", .inputs = { "nonMasqueradeCIDRs: [db.example.com, 10.0.0.0/8]\n" } },
	  0,
	  "warning host-name A:1:22" },
	{ "default: a host name is an error",
	  { .inputs = { "nonMasqueradeCIDRs: [db.example.com, 10.0.0.0/8]\n" } },
	  -EINVAL,
	  "error host-name A:1:22" },
	{ "tke: PascalCase",
	  { .profile = "tke",
	    .inputs = { "{\"NonMasqueradeCIDRs\": [], \"MasqLinkLocal\": true}" } },
	  0,
	  "" },
	{ "default: PascalCase",
	  { .inputs = { "{\"NonMasqueradeCIDRs\": []}" } },
	  0,
	  "warning key-case A:1:2" },
	{ "a rejected input makes the whole configuration unusable",
	  { .inputs = { "masqOutBound: 5\n", "masqOutBound: true\n" } },
	  -EINVAL,
	  "error type A:1:15" },
};

static void test_findings(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		struct ipmasq_policy *policy;
		char findings[1024];
		int r = make_policy(&checks[i].setup, findings, sizeof(findings), &policy);

		CHECK(r == checks[i].result, checks[i].what);
		CHECK_STRING(findings, checks[i].findings, checks[i].what);
		ipmasq_policy_free(policy);
	}
}

/* 64 entries pass. 65 do not, unless the file raises the limit. */
static void test_limit_of_the_kubernetes_agents(void)
{
	static const struct {
		const char *profile;
		const char *head;
		int entries;
		int result;
	} rows[] = {
		{ "kubernetes", "", 64, 0 },
		{ "kubernetes", "", 65, -EINVAL },
		{ "kubernetes", "cidrLimit: 65\n", 65, 0 },
		{ "gke", "", 64, 0 },
		{ "gke", "", 65, -EINVAL },
		{ "default", "", 65, 0 },
		{ "cce", "", 64, 0 },
		{ "cce", "", 65, -EINVAL },
		{ "cce", "cidrLimit: 65\n", 65, -EINVAL },
		{ "tke", "", 65, 0 },
		{ "aks", "", 64, 0 },
		{ "aks", "", 65, -EINVAL },
		{ "cilium", "", 65, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct setup setup = { .profile = rows[i].profile };
		struct ipmasq_policy *policy;
		char findings[512];
		char input[8192];
		size_t at = (size_t)snprintf(input, sizeof(input), "%snonMasqueradeCIDRs:\n",
					     rows[i].head);

		for (int j = 0; j < rows[i].entries; j++)
			at += (size_t)snprintf(input + at, sizeof(input) - at, "- 10.%d.0.0/16\n",
					       j);
		setup.inputs[0] = input;
		CHECK(make_policy(&setup, findings, sizeof(findings), &policy) == rows[i].result,
		      rows[i].profile);
		ipmasq_policy_free(policy);
	}
}

/* Chain, IPv6 and interval of each profile. */
static void test_profiles(void)
{
	static const struct {
		const char *name;
		const char *chain;
		enum ipmasq_mode ipv6;
		bool random_fully;
	} rows[] = {
		{ "default", "IP-MASQ-AGENT", IPMASQ_AUTO, true },
		{ "cce", "IP-MASQ-AGENT", IPMASQ_ON, false },
		{ "kubernetes", "IP-MASQ-AGENT", IPMASQ_OFF, true },
		{ "gke", "IP-MASQ", IPMASQ_OFF, true },
		{ "tke", "IP-MASQ-AGENT", IPMASQ_OFF, false },
		{ "aks", "IP-MASQ-AGENT", IPMASQ_OFF, false },
		{ "cilium", "", IPMASQ_ON, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct setup setup = { .profile = rows[i].name,
				       .inputs = { "nonMasqueradeCIDRs: []\n" } };
		struct ipmasq_ruleset *ruleset = NULL;
		struct ipmasq_policy *policy;
		char findings[512];
		char *script = NULL;

		CHECK_STRING(ipmasq_profile_name(i), rows[i].name, "the table's order");
		if (!CHECK(make_policy(&setup, findings, sizeof(findings), &policy) == 0,
			   rows[i].name))
			continue;
		CHECK_STRING(settings_of(policy).profile, rows[i].name, rows[i].name);
		CHECK_STRING(settings_of(policy).chain, rows[i].chain, rows[i].name);
		CHECK(settings_of(policy).ipv6 == rows[i].ipv6, rows[i].name);
		CHECK(settings_of(policy).resync_interval == 60ull * SECOND, rows[i].name);
		if (!rows[i].chain[0]) {
			CHECK(ipmasq_ruleset_new(policy, IPMASQ_IPV6, 0, &ruleset) == -EOPNOTSUPP,
			      rows[i].name);
			ipmasq_policy_free(policy);
			continue;
		}
		CHECK(ipmasq_ruleset_new(policy, IPMASQ_IPV6, 0, &ruleset) == 0, rows[i].name);
		CHECK(ipmasq_ruleset_script(ruleset, &script, NULL) == 0, rows[i].name);
		CHECK((strstr(script, "--random-fully") != NULL) == rows[i].random_fully,
		      rows[i].name);
		free(script);
		ipmasq_ruleset_free(ruleset);
		ipmasq_policy_free(policy);
	}
	CHECK(ipmasq_profile_name(ARRAY_SIZE(rows)) == NULL, "no other profiles");
}

static void test_chain_names(void)
{
	static const struct {
		const char *name;
		int result;
	} rows[] = {
		{ "IP-MASQ-AGENT", 0 },
		{ "A", 0 },
		{ "1234567890123456789012345678", 0 },
		{ "12345678901234567890123456789", -EINVAL },
		{ "", -EINVAL },
		{ "-A", -EINVAL },
		{ "!A", -EINVAL },
		{ "A B", -EINVAL },
		{ "A\tB", -EINVAL },
		{ "A\nB", -EINVAL },
		{ "A\"B", -EINVAL },
		{ "PREROUTING", -EINVAL },
		{ "INPUT", -EINVAL },
		{ "OUTPUT", -EINVAL },
		{ "POSTROUTING", -EINVAL },
		{ "FORWARD", -EINVAL },
		{ "RETURN", -EINVAL },
		{ "ACCEPT", -EINVAL },
		{ "DROP", -EINVAL },
		{ "MASQUERADE", -EINVAL },
		{ "SNAT", -EINVAL },
		{ "ip-masq.1~x", 0 },
	};
	struct ipmasq_options *options = NULL;
	struct ipmasq_policy *policy = NULL;

	if (!CHECK(ipmasq_options_new(&options) == 0, "options"))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		CHECK(ipmasq_options_set_chain(options, rows[i].name, NULL) == rows[i].result,
		      rows[i].name);
	/* After a refused name, the last good one is kept. */
	CHECK(ipmasq_policy_new(NULL, options, NULL, &policy) == 0, "policy");
	CHECK_STRING(settings_of(policy).chain, "ip-masq.1~x", "the option wins");
	ipmasq_policy_free(policy);
	CHECK(ipmasq_options_set_profile(options, "nobody", NULL) == -EINVAL, "profile");
	ipmasq_options_free(options);
}

static void test_policy_outlives_its_configuration(void)
{
	struct setup setup = { .inputs = { EVERYTHING } };
	struct ipmasq_policy *policy;
	char findings[512];

	if (!CHECK(make_policy(&setup, findings, sizeof(findings), &policy) == 0, "policy"))
		return;
	/* make_policy() has freed the configuration; the checks below read the name of its file. */
	CHECK(ipmasq_policy_entry_count(policy, IPMASQ_IPV4) == 6, "entries");
	CHECK_STRING(entry_of(ipmasq_policy_entry(policy, IPMASQ_IPV4, 0)).place.file, "A", "name");
	CHECK(ipmasq_policy_entry(policy, IPMASQ_IPV4, 6) == NULL, "past the end");
	ipmasq_policy_free(policy);
}

static void test_overrides(void)
{
	struct setup setup = { .inputs = { EVERYTHING } };
	struct ipmasq_decision *decision = NULL;
	struct ipmasq_policy *policy;
	char findings[512];
	uint8_t address[16];
	enum ipmasq_family family;

	if (!CHECK(make_policy(&setup, findings, sizeof(findings), &policy) == 0, "policy"))
		return;
	ipmasq_parse_address("10.10.10.10", &family, address);
	CHECK(ipmasq_policy_explain(policy, family, address, NULL, &decision) == 0, "explain");
	if (CHECK(decision->override_count == 2, "two more match")) {
		CHECK(entry_of(decision->overrides[0]).origin == IPMASQ_ORIGIN_NON_MASQUERADE,
		      "first");
		CHECK(entry_of(decision->overrides[1]).origin == IPMASQ_ORIGIN_OUT_BOUND, "second");
	}
	ipmasq_decision_free(decision);
	ipmasq_policy_free(policy);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "decisions: order, defaults, nulls, profiles, several inputs", test_decisions },
		{ "findings and rejections", test_findings },
		{ "the limit of 64 entries of some agents", test_limit_of_the_kubernetes_agents },
		{ "each profile's chain, IPv6, interval and ports", test_profiles },
		{ "chain names", test_chain_names },
		{ "a policy outlives its configuration", test_policy_outlives_its_configuration },
		{ "entries that would decide without the first one", test_overrides },
	};

	return unit_main("policy", tests, ARRAY_SIZE(tests));
}
