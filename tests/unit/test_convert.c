/* SPDX-License-Identifier: Apache-2.0 */
/* Policies in the words of other agents: they mean the same, compared with an oracle, and no
 * shorter lists would, compared with all lists that there are. */
#include <arpa/inet.h>

#include "util/common.h"
#include "sim/oracle.h"
#include "support/convert_check.h"
#include "support/read.h"
#include "support/unit.h"

static const enum ipmasq_family families[] = { IPMASQ_IPV4, IPMASQ_IPV6 };

/* Known texts and refusals */

struct known {
	const char *what;
	const char *from;
	enum ipmasq_mode from_ipv6;
	const char *text;
	const char *to;
	enum ipmasq_mode to_ipv6;
	/* Without comments; or how the reasons begin. */
	const char *expected;
	int result;
};

#define DEFAULTS "- 10.0.0.0/8\n- 172.16.0.0/12\n- 192.168.0.0/16\n"

static const struct known known[] = {
	{ "the defaults", "kubernetes", IPMASQ_AUTO, "", "kubernetes", IPMASQ_AUTO,
	  "nonMasqueradeCIDRs:\n" DEFAULTS, 0 },
	/* The list of AKS is empty where it is not given, as is that of Cilium. */
	{ "no entries", "aks", IPMASQ_AUTO, "", "kubernetes", IPMASQ_AUTO,
	  "nonMasqueradeCIDRs: []\n", 0 },
	{ "an exception, written out", "default", IPMASQ_OFF,
	  "nonMasqueradeCIDRs: [10.0.0.0/30]\nmasqueradeCIDRs: [10.0.0.2/32]", "kubernetes",
	  IPMASQ_OFF, "nonMasqueradeCIDRs:\n- 10.0.0.0/31\n- 10.0.0.3/32\n", 0 },
	{ "and back", "kubernetes", IPMASQ_OFF,
	  "nonMasqueradeCIDRs: [10.0.0.0/32, 10.0.0.1/32, 10.0.0.3/32, 10.0.0.4/30]", "cce",
	  IPMASQ_OFF,
	  "masqueradeCIDRs:\n- 10.0.0.2/32\nnonMasqueradeCIDRs:\n- 10.0.0.0/29\nmasqOutBound: "
	  "true\n",
	  0 },
	{ "no exception where it is no shorter", "kubernetes", IPMASQ_OFF,
	  "nonMasqueradeCIDRs: [10.0.0.0/31, 10.0.0.3/32]", "default", IPMASQ_OFF,
	  "nonMasqueradeCIDRs:\n- 10.0.0.0/31\n- 10.0.0.3/32\nmasqOutBound: true\n", 0 },
	{ "an exception in link-local", "default", IPMASQ_OFF,
	  "nonMasqueradeCIDRs: []\nmasqueradeCIDRs: [169.254.128.0/17]", "kubernetes", IPMASQ_OFF,
	  "nonMasqueradeCIDRs:\n- 169.254.0.0/17\nmasqLinkLocal: true\n", 0 },
	{ "link-local is masqueraded", "default", IPMASQ_OFF,
	  "nonMasqueradeCIDRs: []\nmasqLinkLocal: true", "aks", IPMASQ_OFF,
	  "nonMasqueradeCIDRs: []\nmasqLinkLocal: true\n", 0 },
	{ "link-local needs no entry", "default", IPMASQ_OFF,
	  "nonMasqueradeCIDRs: [169.254.0.0/16]\nmasqLinkLocal: true", "aks", IPMASQ_OFF,
	  "nonMasqueradeCIDRs: []\n", 0 },
	{ "link-local lies within an entry", "default", IPMASQ_OFF,
	  "nonMasqueradeCIDRs: [169.0.0.0/8]", "cilium", IPMASQ_OFF,
	  "nonMasqueradeCIDRs:\n- 169.0.0.0/8\n", 0 },
	{ "the switch is off", "default", IPMASQ_ON,
	  "nonMasqueradeCIDRs: [10.0.0.0/8]\nmasqOutBound: false\nmasqOutBoundIPv6: false\n"
	  "masqueradeCIDRs: [192.0.2.0/24]",
	  "cce", IPMASQ_ON,
	  "masqueradeCIDRs:\n- 192.0.2.0/24\nnonMasqueradeCIDRs: []\nmasqOutBound: false\n"
	  "masqOutBoundIPv6: false\n",
	  0 },
	{ "the switch is off, and the agent has none", "default", IPMASQ_ON,
	  "masqOutBound: false\nmasqOutBoundIPv6: false", "cilium", IPMASQ_AUTO,
	  "nonMasqueradeCIDRs:\n- 0.0.0.0/0\n- ::/0\n", 0 },
	{ "IPv6 is off on this side only", "kubernetes", IPMASQ_AUTO, "nonMasqueradeCIDRs: []",
	  "cilium", IPMASQ_AUTO, "nonMasqueradeCIDRs:\n- ::/0\n", 0 },
	{ "IPv6 is off on the other side only, and nothing of it is masqueraded", "default",
	  IPMASQ_ON, "nonMasqueradeCIDRs: []\nmasqOutBoundIPv6: false", "kubernetes", IPMASQ_AUTO,
	  "nonMasqueradeCIDRs: []\n", 0 },
	{ "sources", "default", IPMASQ_OFF,
	  "nonMasqueradeCIDRs: []\nnonMasqueradeSrcCIDRs: [10.0.0.0/9, 10.128.0.0/9]", "tke",
	  IPMASQ_OFF, "nonMasqueradeCIDRs: []\nnonMasqueradeSrcCIDRs:\n- 10.0.0.0/8\n", 0 },
	{ "sources that make no difference", "default", IPMASQ_OFF,
	  "nonMasqueradeCIDRs: [0.0.0.0/0]\nnonMasqueradeSrcCIDRs: [10.0.0.0/9]", "aks", IPMASQ_OFF,
	  "nonMasqueradeCIDRs:\n- 0.0.0.0/0\n", 0 },
	{ "all sources", "default", IPMASQ_OFF,
	  "nonMasqueradeCIDRs: []\nnonMasqueradeSrcCIDRs: [0.0.0.0/0]", "aks", IPMASQ_OFF,
	  "nonMasqueradeCIDRs:\n- 0.0.0.0/0\n", 0 },
	{ "pods", "default", IPMASQ_OFF,
	  "nonMasqueradeCIDRs: []\npodCIDRs: [10.244.0.0/16]\n"
	  "nonMasqueradeSrcCIDRs: [10.244.7.0/24, 10.0.0.0/24]",
	  "default", IPMASQ_OFF,
	  "nonMasqueradeCIDRs: []\nnonMasqueradeSrcCIDRs:\n- 10.244.7.0/24\n"
	  "podCIDRs:\n- 10.244.0.0/16\nmasqOutBound: true\n",
	  0 },
	{ "pods, for an agent that knows what is not one", "default", IPMASQ_OFF,
	  "nonMasqueradeCIDRs: []\npodCIDRs: [64.0.0.0/2]", "tke", IPMASQ_OFF,
	  "nonMasqueradeCIDRs: []\nnonMasqueradeSrcCIDRs:\n- 0.0.0.0/2\n- 128.0.0.0/1\n", 0 },
	{ "and the other way round", "tke", IPMASQ_OFF,
	  "nonMasqueradeCIDRs: []\nnonMasqueradeSrcCIDRs: [0.0.0.0/2, 128.0.0.0/1]", "default",
	  IPMASQ_OFF, "nonMasqueradeCIDRs: []\npodCIDRs:\n- 64.0.0.0/2\nmasqOutBound: true\n", 0 },
	{ "pods as they were said", "default", IPMASQ_OFF,
	  "nonMasqueradeCIDRs: []\npodCIDRs: [128.0.0.0/1]", "default", IPMASQ_OFF,
	  "nonMasqueradeCIDRs: []\npodCIDRs:\n- 128.0.0.0/1\nmasqOutBound: true\n", 0 },
	{ "no pods", "default", IPMASQ_OFF,
	  "nonMasqueradeCIDRs: []\npodCIDRs: [10.0.0.0/8]\nnonMasqueradeSrcCIDRs: [10.0.0.0/8]",
	  "aks", IPMASQ_OFF, "nonMasqueradeCIDRs:\n- 0.0.0.0/0\n", 0 },
	{ "the interval", "default", IPMASQ_OFF,
	  "nonMasqueradeCIDRs: []\nresyncInterval: 3661.5s\n", "kubernetes", IPMASQ_OFF,
	  "nonMasqueradeCIDRs: []\nresyncInterval: 1h1m1s500ms\n", 0 },
	{ "no entry may name IPv4-mapped addresses", "default", IPMASQ_ON,
	  "nonMasqueradeCIDRs: ['::fffe:ffff:ffff/128', '::1:0:0:0/128']", "cilium", IPMASQ_ON,
	  "nonMasqueradeCIDRs:\n- ::fffe:ffff:ffff/128\n- ::1:0:0:0/128\n", 0 },
	{ "nor need one go around them", "default", IPMASQ_ON,
	  "nonMasqueradeCIDRs: ['::fffe:0:0/96', '::1:0:0:0/80']\n"
	  "masqueradeCIDRs: ['::fffe:0:1/128']",
	  "default", IPMASQ_ON,
	  "masqueradeCIDRs:\n- ::fffe:0:1/128\nnonMasqueradeCIDRs:\n- ::fffe:0:0/96\n"
	  "- ::1:0:0:0/80\nmasqOutBound: true\nmasqOutBoundIPv6: true\n",
	  0 },
	{ "no key for sources", "default", IPMASQ_OFF,
	  "nonMasqueradeSrcCIDRs: [10.0.0.0/24, 10.0.2.0/24]", "cce", IPMASQ_OFF,
	  "the agent of profile cce has no key for sources, and packets from 512 IPv4 sources "
	  "(2 CIDRs) ",
	  -ENOTSUP },
	{ "no key for pods", "default", IPMASQ_OFF, "podCIDRs: [10.0.0.0/8]", "kubernetes",
	  IPMASQ_OFF,
	  "the agent of profile kubernetes has no key for sources, and packets from 4278190080 "
	  "IPv4 "
	  "sources (8 CIDRs) ",
	  -ENOTSUP },
	{ "IPv6 is off on the other side only", "default", IPMASQ_ON,
	  "nonMasqueradeCIDRs: ['::/1']\nmasqLinkLocalIPv6: true", "gke", IPMASQ_AUTO,
	  "the agent of profile gke leaves IPv6 alone, and "
	  "170141183460469231731687303715884105728 IPv6 destinations ",
	  -ENOTSUP },
};

/* Drops the lines that are comments. */
static void drop_comments(char *text)
{
	char *out = text;

	while (*text) {
		size_t len = strcspn(text, "\n");

		len += text[len] == '\n';
		if (*text != '#') {
			memmove(out, text, len);
			out += len;
		}
		text += len;
	}
	*out = '\0';
}

static void check_known(const struct known *row)
{
	struct ipmasq_options *from = options_of(row->from, row->from_ipv6);
	struct ipmasq_options *to = options_of(row->to, row->to_ipv6);
	struct ipmasq_policy *policy = read_policy(row->text, from);
	struct ipmasq_diags *diags = NULL;
	char *text = NULL;

	CHECK(ipmasq_diags_new(&diags) == 0, row->what);
	CHECK(ipmasq_policy_convert(policy, to, diags, &text) == row->result, row->what);
	if (row->result < 0) {
		CHECK(ipmasq_diags_count(diags) == 1, row->what);
		CHECK(strncmp(finding_at(diags, 0).message, row->expected, strlen(row->expected)) ==
			      0,
		      finding_at(diags, 0).message);
		CHECK(text == NULL, row->what);
	} else if (CHECK(text != NULL, row->what)) {
		CHECK(strncmp(text, "# From text, as profile ", 24) == 0, text);
		drop_comments(text);
		CHECK_STRING(text, row->expected, row->what);
		CHECK(ipmasq_diags_count(diags) == 0, row->what);
	}
	free(text);
	ipmasq_diags_free(diags);
	ipmasq_policy_free(policy);
	ipmasq_options_free(from);
	ipmasq_options_free(to);
}

static void test_known(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		check_known(&known[i]);
}

/* The limits of agents */

static const struct {
	const char *to;
	unsigned int entries;
	int result;
	/* Part of the text or of the reason. */
	const char *expected;
} limits[] = {
	{ "kubernetes", 64, 0, "- 10.0.126.0/24\n" },
	{ "kubernetes", 65, 0, "# That agent takes 64 entries without this.\ncidrLimit: 65\n" },
	{ "gke", 200, 0, "cidrLimit: 200\n" },
	{ "tke", 1000, 0, "- 10.7.206.0/24\n" },
	{ "cilium", 1000, 0, "- 10.7.206.0/24\n" },
	{ "default", 1000, 0, "- 10.7.206.0/24\n" },
	{ "aks", 64, 0, "- 10.0.126.0/24\n" },
	{ "aks", 65, -ENOTSUP,
	  "it takes 65 entries of nonMasqueradeCIDRs (65 IPv4, 0 IPv6), and the agent of profile "
	  "aks "
	  "takes at most 64" },
	{ "cce", 64, 0, "masqOutBound: true\n" },
	/* It has another way to say it, if a longer one. */
	{ "cce", 65, 0, "nonMasqueradeCIDRs: []\nmasqOutBound: false\n" },
};

static void test_limits(void)
{
	struct ipmasq_options *from = options_of("default", IPMASQ_OFF);

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		struct ipmasq_options *to = options_of(limits[i].to, IPMASQ_OFF);
		struct ipmasq_diags *diags = NULL;
		char written[40000] = "nonMasqueradeCIDRs:\n";
		size_t at = strlen(written);
		struct ipmasq_policy *policy;
		char *text = NULL;

		/* No two of them make one CIDR, and none is worth an exception. */
		for (unsigned int k = 0; k < limits[i].entries; k++)
			at += (size_t)snprintf(written + at, sizeof(written) - at,
					       "- 10.%u.%u.0/24\n", k / 128, k % 128 * 2);
		policy = read_policy(written, from);
		CHECK(ipmasq_diags_new(&diags) == 0, limits[i].to);
		CHECK(ipmasq_policy_convert(policy, to, diags, &text) == limits[i].result,
		      limits[i].to);
		if (limits[i].result < 0)
			CHECK_STRING(finding_at(diags, 0).message, limits[i].expected,
				     limits[i].to);
		else
			CHECK(text && strstr(text, limits[i].expected), text ? text : "nothing");
		free(text);
		ipmasq_diags_free(diags);
		ipmasq_policy_free(policy);
		ipmasq_options_free(to);
	}
	ipmasq_options_free(from);
}

/* Round trips of random policies */

static bool same_decision(const struct oracle *oracle, const struct ipmasq_policy *policy,
			  enum ipmasq_family family, const uint8_t *address, const uint8_t *source)
{
	bool off = family == IPMASQ_IPV6 && settings_of(policy).ipv6 == IPMASQ_OFF;
	struct ipmasq_decision *decision = NULL;
	enum ipmasq_verdict verdict = IPMASQ_RETURN;
	enum ipmasq_origin origin;

	if (!off && CHECK(ipmasq_policy_explain(policy, family, address, source, &decision) == 0,
			  "explain"))
		verdict = ipmasq_entry_verdict(decision->entry);
	ipmasq_decision_free(decision);
	return verdict == oracle_decide(oracle, family, address, source, &origin);
}

static void check_decisions(struct oracle *oracle, struct random *random,
			    const struct ipmasq_policy *policy, const char *text)
{
	bool same = true;

	for (size_t i = 0; i < 200 && same; i++) {
		enum ipmasq_family family = families[i % 2];
		uint8_t address[16], source[16];

		oracle_random_address(oracle, random, family, address);
		oracle_random_address(oracle, random, family, source);
		same = same_decision(oracle, policy, family, address, source);
	}
	CHECK(same, text);
}

/* Whether nothing can be left out: some destination is masqueraded, and some source is not listed.
 */
static bool is_plain_family(const struct ipmasq_policy *policy, enum ipmasq_family family)
{
	struct ipmasq_partition *partition = NULL;
	const struct ipmasq_entry *entry;
	bool masquerades = false;
	bool listed = false;

	if (!CHECK(ipmasq_partition_new(policy, family, &partition) == 0, "partition"))
		return false;
	for (size_t i = 0; (entry = ipmasq_partition_get(partition, i, NULL, NULL)); i++)
		masquerades |= ipmasq_entry_verdict(entry) == IPMASQ_MASQUERADE;
	ipmasq_partition_free(partition);
	for (size_t i = 0; (entry = ipmasq_policy_entry(policy, family, i)); i++) {
		struct ipmasq_entry_details info = entry_of(entry);

		if (info.origin == IPMASQ_ORIGIN_NON_MASQUERADE_SRC)
			listed |= ipmasq_policy_pod_count(policy, family) > 0 ||
				  strstr(info.cidr, "/0");
	}
	return masquerades && !listed;
}

static bool is_plain(const struct ipmasq_policy *policy)
{
	return is_plain_family(policy, IPMASQ_IPV4) && is_plain_family(policy, IPMASQ_IPV6);
}

static void check_difference(const struct ipmasq_policy *before, const struct ipmasq_policy *after,
			     const char *text)
{
	struct ipmasq_diff *diff = NULL;

	if (CHECK(ipmasq_diff_new(before, after, &diff) == 0, text))
		CHECK(ipmasq_diff_count(diff) == 0, text);
	ipmasq_diff_free(diff);
}

static void test_round_trips(void)
{
	/* The least share, in percent, of policies that each agent can be told. */
	static const struct {
		const char *profile;
		enum ipmasq_mode ipv6;
		unsigned int share;
	} targets[] = {
		{ "default", IPMASQ_ON, 100 }, { "tke", IPMASQ_ON, 100 },
		{ "cce", IPMASQ_AUTO, 20 },    { "kubernetes", IPMASQ_ON, 20 },
		{ "gke", IPMASQ_ON, 20 },      { "cilium", IPMASQ_AUTO, 20 },
		{ "aks", IPMASQ_ON, 5 },       { "kubernetes", IPMASQ_AUTO, 1 },
	};
	struct random random = { 20 };
	size_t rounds = unit_many(300);
	unsigned int converted[ARRAY_SIZE(targets)] = { 0 };
	unsigned int differences = 0;

	for (size_t i = 0; i < rounds; i++) {
		struct ipmasq_policy *before = NULL;
		struct oracle oracle;

		oracle_random(&oracle, &random, i % 20);
		if (!CHECK(oracle_policy(&oracle, &before) == 0, "policy"))
			return;
		for (size_t k = 0; k < ARRAY_SIZE(targets); k++) {
			struct ipmasq_options *to = options_of(targets[k].profile, targets[k].ipv6);
			struct ipmasq_policy *after;
			char *text = NULL;
			int r = ipmasq_policy_convert(before, to, NULL, &text);

			CHECK(r == 0 || r == -ENOTSUP, targets[k].profile);
			if (r == 0) {
				converted[k]++;
				after = read_policy(text, to);
				check_decisions(&oracle, &random, after, text);
				if (settings_of(after).ipv6 != IPMASQ_OFF && is_plain(before)) {
					check_difference(before, after, text);
					differences++;
				}
				ipmasq_policy_free(after);
			}
			free(text);
			ipmasq_options_free(to);
		}
		ipmasq_policy_free(before);
	}
	for (size_t k = 0; k < ARRAY_SIZE(targets) && !unit_small(); k++)
		CHECK(converted[k] * 100 >= rounds * targets[k].share, targets[k].profile);
	CHECK(differences > rounds / 2, "enough are compared whole");
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "known policies have known texts, or known reasons why not", test_known },
		{ "an agent gets no more entries than it takes", test_limits },
		{ "random policies mean the same after the conversion", test_round_trips },
	};

	return unit_main("convert", tests, ARRAY_SIZE(tests));
}
