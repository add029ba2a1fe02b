/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Profiles: what the agents of the profiles do, one row per situation and one column per agent, as
 * their documentation and sources have it; and that whatever is said about them is in the table.
 */
#include <stdlib.h>
#include <string.h>

#include "profile/lenience.h"
#include "profile/profile.h"
#include "support/config_check.h"
#include "support/read.h"
#include "support/sources.h"
#include "support/unit.h"
#include "util/buf.h"

enum { DEFAULT, CCE, KUBERNETES, GKE, TKE, AKS, CILIUM, PROFILES };

static const char *const names[PROFILES] = { "default", "cce", "kubernetes", "gke",
					     "tke",	"aks", "cilium" };

/* Ten CIDRs with one second octet each. */
#define TEN(tens)                                                                         \
	"- 10." tens "0.0.0/16\n- 10." tens "1.0.0/16\n- 10." tens "2.0.0/16\n- 10." tens \
	"3.0.0/16\n- 10." tens "4.0.0/16\n- 10." tens "5.0.0/16\n- 10." tens              \
	"6.0.0/16\n- 10." tens "7.0.0/16\n- 10." tens "8.0.0/16\n- 10." tens "9.0.0/16\n"
#define SIXTY	  "nonMasqueradeCIDRs:\n" TEN("") TEN("1") TEN("2") TEN("3") TEN("4") TEN("5")
#define ENTRIES64 SIXTY "- 10.60.0.0/16\n- 10.61.0.0/16\n- 10.62.0.0/16\n- 10.63.0.0/16\n"
#define ENTRIES65 ENTRIES64 "- 10.64.0.0/16\n"

/* The destinations that are asked for. The last one is IPv6. */
static const char *const probes[] = { "10.1.0.1", "100.64.0.1", "8.8.8.8", "169.254.1.1",
				      "fd00::1" };

/*
 * What comes of a situation: each finding as "SEVERITY CODE; ", and then a letter per probe, R or M
 * (`-': IPv6 is off), or "rejected".
 */
struct situation {
	const char *what;
	/* NULL: there is no file. */
	const char *files[3];
	const char *expected[PROFILES];
};

static const struct situation situations[] = {
	{ "no file", { NULL }, { "RMMRM", "RRRRM", "RMMR-", "RRMR-", "RMMR-", "RMMR-", "RRMRM" } },
	{ "zero bytes", { "" }, { "RMMRM", "RRRRM", "RMMR-", "RRMR-", "RMMR-", "MMMR-", "RRMRM" } },
	{ "two files of zero bytes",
	  { "", "" },
	  { "RMMRM", "RRRRM", "RMMR-", "RRMR-", "RMMR-", "MMMR-", "RRMRM" } },
	{ "a newline",
	  { "\n" },
	  { "RMMRM", "RRRRM", "RMMR-", "RRMR-", "RMMR-", "MMMR-", "MMMRM" } },
	{ "a comment only",
	  { "# nothing\n" },
	  { "RMMRM", "RRRRM", "RMMR-", "RRMR-", "RMMR-", "MMMR-", "MMMRM" } },
	{ "an empty mapping",
	  { "{}" },
	  { "RMMRM", "RRRRM", "RMMR-", "RRMR-", "RMMR-", "MMMR-", "MMMRM" } },
	{ "a file without the list",
	  { "masqLinkLocal: true\n" },
	  { "RMMMM", "RRRRM", "RMMM-", "RRMM-", "RMMM-", "MMMM-", "MMMMM" } },
	{ "the list is null",
	  { "nonMasqueradeCIDRs:\n" },
	  { "MMMRM", "RRRRM", "MMMR-", "MMMR-", "MMMR-", "MMMR-", "MMMRM" } },
	{ "the list is empty",
	  { "nonMasqueradeCIDRs: []\n" },
	  { "MMMRM", "RRRRM", "MMMR-", "MMMR-", "MMMR-", "MMMR-", "MMMRM" } },
	{ "host bits",
	  { "nonMasqueradeCIDRs: [10.0.0.1/8]\n" },
	  { "E host-bits; rejected", "E host-bits; rejected", "E host-bits; rejected",
	    "E host-bits; rejected", "E host-bits; rejected", "E host-bits; rejected",
	    "N host-bits; RMMRM" } },
	{ "an IPv6 entry",
	  { "nonMasqueradeCIDRs: [10.0.0.0/8, \"fd00::/8\"]\n" },
	  { "RMMRR", "RRRRR", "E family-off; rejected", "E family-off; rejected",
	    "W family-off; RMMR-", "E family-off; rejected", "RMMRR" } },
	{ "64 entries",
	  { ENTRIES64 },
	  { "RMMRM", "RRRRM", "RMMR-", "RMMR-", "RMMR-", "RMMR-", "RMMRM" } },
	{ "65 entries",
	  { ENTRIES65 },
	  { "RMMRM", "E cidr-limit; rejected", "E cidr-limit; rejected", "E cidr-limit; rejected",
	    "RMMR-", "E cidr-limit; rejected", "RMMRM" } },
	{ "65 entries and a cidrLimit",
	  { ENTRIES65 "cidrLimit: 100\n" },
	  { "RMMRM", "W unsupported-key; E cidr-limit; rejected", "RMMR-", "RMMR-", "RMMR-",
	    "W unsupported-key; E cidr-limit; rejected", "W unsupported-key; RMMRM" } },
	{ "64 entries in each of two files",
	  { ENTRIES64, "nonMasqueradeCIDRs:\n" TEN("6") TEN("7") TEN("8") TEN("9") },
	  { "RMMRM", "E cidr-limit; rejected", "E cidr-limit; rejected", "E cidr-limit; rejected",
	    "RMMR-", "RMMR-", "RMMRM" } },
	{ "a key that nobody knows",
	  { "nonMasqueradeCIDRs: [10.0.0.0/8]\nmasquerade: all\n" },
	  { "W unknown-key; RMMRM", "W unknown-key; RRRRM", "W unknown-key; RMMR-",
	    "W unknown-key; RMMR-", "W unknown-key; RMMR-", "W unknown-key; RMMR-",
	    "W unknown-key; RMMRM" } },
	{ "the outbound switch",
	  { "nonMasqueradeCIDRs: [10.0.0.0/8]\nmasqOutBound: false\n" },
	  { "RRRRM", "RRRRM", "W unsupported-key; RMMR-", "W unsupported-key; RMMR-",
	    "W unsupported-key; RMMR-", "W unsupported-key; RMMR-", "W unsupported-key; RMMRM" } },
	{ "exceptions",
	  { "masqueradeCIDRs: [10.1.0.0/16]\nnonMasqueradeCIDRs: [10.0.0.0/8]\n" },
	  { "MMMRM", "MRRRM", "W unsupported-key; RMMR-", "W unsupported-key; RMMR-",
	    "W unsupported-key; RMMR-", "W unsupported-key; RMMR-", "W unsupported-key; RMMRM" } },
	{ "sources",
	  { "nonMasqueradeSrcCIDRs: [10.1.0.0/16]\nnonMasqueradeCIDRs: [10.0.0.0/8]\n" },
	  { "RMMRM", "W unsupported-key; RRRRM", "W unsupported-key; RMMR-",
	    "W unsupported-key; RMMR-", "RMMR-", "W unsupported-key; RMMR-",
	    "W unsupported-key; RMMRM" } },
	{ "an interval",
	  { "nonMasqueradeCIDRs: [10.0.0.0/8]\nresyncInterval: 30s\n" },
	  { "RMMRM", "RRRRM", "RMMR-", "RMMR-", "RMMR-", "W unsupported-key; RMMR-",
	    "W unsupported-key; RMMRM" } },
	{ "an interval that is null",
	  { "nonMasqueradeCIDRs: [10.0.0.0/8]\nresyncInterval:\n" },
	  { "RMMRM", "E duration; rejected", "E duration; rejected", "E duration; rejected",
	    "E duration; rejected", "W unsupported-key; RMMR-", "W unsupported-key; RMMRM" } },
	{ "a capital letter first",
	  { "NonMasqueradeCIDRs: [10.0.0.0/8]\n" },
	  { "W key-case; RMMRM", "N key-case; RRRRM", "N key-case; RMMR-", "N key-case; RMMR-",
	    "RMMR-", "RMMR-", "N key-case; RMMRM" } },
	{ "small letters",
	  { "nonmasqueradecidrs: [10.0.0.0/8]\n" },
	  { "W key-case; RMMRM", "N key-case; RRRRM", "N key-case; RMMR-", "N key-case; RMMR-",
	    "N key-case; RMMR-", "N key-case; RMMR-", "N key-case; RMMRM" } },
	{ "a DNS name",
	  { "nonMasqueradeCIDRs: [db.example.com]\n" },
	  { "E host-name; rejected", "W host-name; RRRRM", "E host-name; rejected",
	    "E host-name; rejected", "E host-name; rejected", "E host-name; rejected",
	    "E host-name; rejected" } },
	{ "two files",
	  { "nonMasqueradeCIDRs: [10.1.0.0/16]\n", "nonMasqueradeCIDRs: [100.64.0.0/10]\n" },
	  { "RRMRM", "RRRRM", "RRMR-", "RRMR-", "RRMR-", "RRMR-", "RRMRM" } },
	{ "two files, one without the list",
	  { "nonMasqueradeCIDRs: [10.1.0.0/16]\n", "masqLinkLocal: true\n" },
	  { "RMMMM", "RRRRM", "RMMM-", "RMMM-", "RMMM-", "RMMM-", "RMMMM" } },
	{ "two files with different switches",
	  { "masqLinkLocal: false\n", "masqLinkLocal: true\n" },
	  { "E conflict; rejected", "E conflict; rejected", "E conflict; rejected",
	    "E conflict; rejected", "E conflict; rejected", "MMMM-", "E conflict; rejected" } },
};

static struct ipmasq_options *options_of(const char *profile)
{
	struct ipmasq_options *options;

	CU_ASSERT_EQUAL_FATAL(ipmasq_options_new(&options), 0);
	CU_ASSERT_EQUAL_FATAL(ipmasq_options_set_profile(options, profile, NULL), 0);
	return options;
}

/* Reads the files, in their order, and makes a policy of them; NULL: rejected. */
static struct ipmasq_policy *policy_of(const char *profile, const char *const *files,
				       struct ipmasq_diags *diags)
{
	struct ipmasq_options *options = options_of(profile);
	struct ipmasq_policy *policy = NULL;
	struct ipmasq_config *config;

	CU_ASSERT_EQUAL_FATAL(ipmasq_config_new(options, &config), 0);
	for (size_t i = 0; files[i]; i++)
		ipmasq_config_load(config, DATA_SOURCE("file", files[i], strlen(files[i])), diags);
	ipmasq_policy_new(config, options, diags, &policy);
	ipmasq_config_free(config);
	ipmasq_options_free(options);
	return policy;
}

static void put_verdicts(struct buf *buf, const struct ipmasq_policy *policy)
{
	struct ipmasq_policy_details info;

	ipmasq_policy_info(policy, &info, sizeof(info));
	for (size_t i = 0; i < ARRAY_SIZE(probes); i++) {
		struct ipmasq_decision *decision;
		enum ipmasq_family family;
		uint8_t address[16];

		ipmasq_parse_address(probes[i], &family, address);
		if (family == IPMASQ_IPV6 && info.ipv6 == IPMASQ_OFF) {
			buf_putc(buf, '-');
			continue;
		}
		CU_ASSERT_EQUAL_FATAL(
			ipmasq_policy_explain(policy, family, address, NULL, &decision), 0);
		buf_putc(buf, ipmasq_verdict_name(ipmasq_entry_verdict(decision->entry))[0]);
		ipmasq_decision_free(decision);
	}
}

static void put_result(struct buf *buf, const char *profile, const char *const *files)
{
	struct ipmasq_policy *policy;
	struct ipmasq_diags *diags;

	CU_ASSERT_EQUAL_FATAL(ipmasq_diags_new(&diags), 0);
	policy = policy_of(profile, files, diags);
	for (size_t i = 0; i < ipmasq_diags_count(diags); i++) {
		const struct ipmasq_finding finding = finding_at(diags, i);

		buf_printf(buf, "%c %s; ", "?NWE"[finding.severity], finding.code);
	}
	if (policy)
		put_verdicts(buf, policy);
	else
		buf_puts(buf, "rejected");
	ipmasq_policy_free(policy);
	ipmasq_diags_free(diags);
}

static void test_situations(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(situations); i++) {
		for (size_t k = 0; k < PROFILES; k++) {
			struct buf buf = BUF_INIT;
			char what[96];

			snprintf(what, sizeof(what), "%s: %s", names[k], situations[i].what);
			put_result(&buf, names[k], situations[i].files);
			CHECK_STRING(buf.data, situations[i].expected[k], what);
			buf_release(&buf);
		}
	}
}

/* The columns stand in the order of the table, and it has no other rows. */
static void test_names(void)
{
	for (size_t i = 0; i < PROFILES; i++)
		CHECK_STRING(ipmasq_profile_name(i), names[i], "the table's order");
	CHECK(ipmasq_profile_name(PROFILES) == NULL, "no other profiles");
}

#define NOBODY	0u
#define GO	((1u << CCE) | (1u << KUBERNETES) | (1u << GKE))
#define GO_AKS	(GO | (1u << AKS))
#define GO_ALL	(GO_AKS | (1u << CILIUM))
#define ONLY(i) (1u << (i))

/* Whatever is refused although an agent takes it says how that one reads it, and of no other. */
static void test_lenience(void)
{
	static const struct {
		const char *text;
		/* Those that take it. */
		unsigned int takers;
		const char *reading;
	} rows[] = {
		{ "nonMasqueradeCIDRs: [null]\n", GO, "the entry that its default list has" },
		{ "nonMasqueradeCIDRs: [10.0.0.0/8, 10.0.0.0/8, ~]\n", GO,
		  "the entry that its default list has" },
		{ "nonMasqueradeCIDRs: [10.0.0.0/8, 10.0.0.0/8, 10.0.0.0/8, ~]\n", ONLY(GKE),
		  "the entry that its default list has" },
		{ "nonMasqueradeCIDRs: [5]\n", NOBODY, "" },
		{ "masqLinkLocal: true\nmasqLinkLocal: false\n", GO_ALL, "the last of them" },
		{ "masqLinkLocal: true\nMasqLinkLocal: false\n", GO_ALL,
		  "the one that comes last when they are sorted" },
		{ "{\"masqLinkLocal\": true, \"masqLinkLocal\": false}", GO_ALL,
		  "the last of them" },
		{ "masqLinkLocal: true\n---\nmasqLinkLocal: false\n", GO_ALL,
		  "the first document only" },
		{ "resyncInterval: 0s\n", GO, "no pause between two checks" },
		{ "resyncInterval: -1m\n", GO, "no pause between two checks" },
		{ "resyncInterval: soon\n", NOBODY, "" },
		{ "nonMasqueradeCIDRs: [10.0.0.0/024]\n", GO_AKS, "the length as a decimal" },
		{ "nonMasqueradeCIDRs: [0.0.0.0/00]\n", GO_AKS, "the length as a decimal" },
		{ "nonMasqueradeCIDRs: [10.0.0.0/00]\n", NOBODY, "" },
		{ "nonMasqueradeCIDRs: [10.0.0.0/+8]\n", NOBODY, "" },
		{ "nonMasqueradeCIDRs: [010.0.0.0/8]\n", NOBODY, "" },
		{ "<<: {masqLinkLocal: true}\n", GO_ALL, "what is merged like keys" },
		{ "kind: ConfigMap\nmetadata: {name: ip-masq-agent}\ndata:\n  ip-masq-agent: |\n"
		  "    masqLinkLocal: true\n    ---\n    masqLinkLocal: false\n",
		  GO_ALL, "the first document only" },
		{ "kind: ConfigMap\nmetadata: {name: ip-masq-agent}\ndata:\n  ip-masq-agent: |\n"
		  "    <<: {masqLinkLocal: true}\n",
		  GO_ALL, "what is merged like keys" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (size_t k = 0; k < PROFILES; k++) {
			const char *const files[] = { rows[i].text, NULL };
			bool takes = rows[i].takers & ONLY(k);
			struct ipmasq_finding finding;
			struct ipmasq_policy *policy;
			struct ipmasq_diags *diags;
			char says[80];
			char what[160];

			snprintf(what, sizeof(what), "%s: %s", names[k], rows[i].text);
			snprintf(says, sizeof(says), "the agent of the profile %s takes this",
				 names[k]);
			CU_ASSERT_EQUAL_FATAL(ipmasq_diags_new(&diags), 0);
			policy = policy_of(names[k], files, diags);
			if (ipmasq_diags_count(diags) == 0 ||
			    ipmasq_diags_worst(diags) < IPMASQ_ERROR) {
				/* A key that this agent does not know. */
				CHECK(policy && !takes, what);
			} else {
				finding = finding_at(diags, 0);
				CHECK((strstr(finding.message, says) != NULL) == takes, what);
				CHECK(!takes || strstr(finding.message, rows[i].reading), what);
				CHECK(takes || !strstr(finding.message, "agent"), what);
			}
			ipmasq_policy_free(policy);
			ipmasq_diags_free(diags);
		}
	}
}

static bool has_limit_that_stays(const struct profile *profile, const char *unused)
{
	(void)unused;
	return profile->cidr_limit == 64 && !profile_knows(profile, KEY_CIDR_LIMIT);
}

static bool has_limit_that_grows(const struct profile *profile, const char *unused)
{
	(void)unused;
	return profile->cidr_limit == 64 && profile_knows(profile, KEY_CIDR_LIMIT);
}

static bool has_limit_per_file(const struct profile *profile, const char *unused)
{
	(void)unused;
	return profile->limit_per_file;
}

static bool refuses_ipv6(const struct profile *profile, const char *unused)
{
	(void)unused;
	return profile->ipv6_off_is_error;
}

static bool takes_null_items(const struct profile *profile, const char *unused)
{
	(void)unused;
	return profile->lenience & LENIENCE_BIT(LENIENCE_NULL_ITEM);
}

static bool reads_first_document(const struct profile *profile, const char *unused)
{
	(void)unused;
	return profile->lenience & LENIENCE_BIT(LENIENCE_SECOND_DOCUMENT);
}

static bool masks_host_bits(const struct profile *profile, const char *unused)
{
	(void)unused;
	return profile->masks_host_bits;
}

static bool compares_case(const struct profile *profile, const char *unused)
{
	(void)unused;
	return !profile->any_case;
}

static bool ors_switches(const struct profile *profile, const char *unused)
{
	(void)unused;
	return profile->switches_are_ored;
}

static bool takes_names(const struct profile *profile, const char *unused)
{
	(void)unused;
	return profile->host_names;
}

static bool wants_file_names(const struct profile *profile, const char *unused)
{
	(void)unused;
	return profile->file_pattern;
}

static bool merges(const struct profile *profile, const char *unused)
{
	(void)unused;
	return profile->merges;
}

static bool starts_empty(const struct profile *profile, const char *unused)
{
	(void)unused;
	return profile->list_default != DEFAULT_WITHOUT_LIST;
}

/* Copies a text with one blank in place of each newline. */
static void unwrap(const char *text, char *out, size_t size)
{
	size_t at = 0;

	for (; *text && at + 1 < size; text++)
		out[at++] = *text == '\n' ? ' ' : *text;
	out[at] = '\0';
}

/* The profiles that the help of a check names are those of the table. */
static void test_help(void)
{
	static const struct {
		const char *code;
		/* With the names in place of %s. */
		const char *sentence;
		profile_test_fn *test;
	} rows[] = {
		{ "limit-64", "The agents of the profiles %s refuse more than 64 entries",
		  has_limit_that_stays },
		{ "limit-64", "and those of %s do unless the file gives a higher cidrLimit",
		  has_limit_that_grows },
		{ "cidr-limit", "The profiles %s have a limit of 64 without it",
		  has_limit_that_grows },
		{ "cidr-limit", "and %s have one of 64 that it does not change",
		  has_limit_that_stays },
		{ "cidr-limit", "%s for each file", has_limit_per_file },
		{ "family-off", "The agents of the profiles %s refuse such a file", refuses_ipv6 },
		{ "item", "The agents of the profiles %s read it as an entry of their default list",
		  takes_null_items },
		{ "documents", "The agents of the profiles %s read the first one",
		  reads_first_document },
		{ "host-bits", "Under the profile %s, whose agent reads it so, it is a note",
		  masks_host_bits },
		{ "key-case", "without regard to case, which are all but %s, this is a note",
		  compares_case },
		{ "conflict", "With the profile %s it is not an error", ors_switches },
		{ "host-name", "Only the profile %s allows names in a list", takes_names },
		{ "no-file", "The agent of the profile %s reads only the files ip-masq*",
		  wants_file_names },
		{ "united", "Under the profile %s, whose agent reads several", merges },
		{ "everything-masqueraded",
		  "Under the profiles %s, a file without the list means an empty one",
		  starts_empty },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct ipmasq_check *check = ipmasq_check_find(rows[i].code);
		const char *gap = strstr(rows[i].sentence, "%s");
		struct buf buf = BUF_INIT;
		char help[2048];

		if (!CHECK(check != NULL && gap, rows[i].code))
			continue;
		buf_add(&buf, rows[i].sentence, (size_t)(gap - rows[i].sentence));
		profile_put_names(&buf, rows[i].test, NULL, "and");
		buf_puts(&buf, gap + 2);
		unwrap(check->help, help, sizeof(help));
		CHECK(strstr(help, buf.data) != NULL, buf.data);
		buf_release(&buf);
	}
}

/* Without a chain nothing is compiled, and no node is looked at. */
static void test_no_chain(void)
{
	const char *const files[] = { "nonMasqueradeCIDRs: [10.0.0.0/8]\n", NULL };
	const struct ipmasq_source source = *DATA_SOURCE("file", files[0], strlen(files[0]));
	struct ipmasq_options *options = options_of("cilium");
	struct ipmasq_report *report;
	struct ipmasq_policy *policy;
	struct ipmasq_node *node;
	struct ipmasq_diags *diags;
	char *script = NULL;

	CU_ASSERT_EQUAL_FATAL(ipmasq_diags_new(&diags), 0);
	CU_ASSERT_EQUAL_FATAL(ipmasq_node_new(&node), 0);
	CU_ASSERT_EQUAL_FATAL(ipmasq_report_new(&report), 0);
	/* A name for the chain does not make one. */
	CU_ASSERT_EQUAL_FATAL(ipmasq_options_set_chain(options, "X", diags), 0);
	policy = policy_of("cilium", files, diags);
	CHECK(ipmasq_compile(&source, IPMASQ_IPV4, options, diags, &script) == -EOPNOTSUPP,
	      "compile");
	CHECK(script == NULL, "no script");
	CHECK(ipmasq_node_check(node, policy, report, diags) == -EOPNOTSUPP, "check");
	CHECK(ipmasq_node_apply(node, policy, report, diags) == -EOPNOTSUPP, "apply");
	for (size_t i = 0; i < 3; i++)
		CHECK(strstr(finding_at(diags, i).message, "cilium has no chain"), "says so");
	ipmasq_report_free(report);
	ipmasq_node_free(node);
	ipmasq_policy_free(policy);
	ipmasq_options_free(options);
	ipmasq_diags_free(diags);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "the profiles and their order", test_names },
		{ "what each agent does in each situation", test_situations },
		{ "what is refused although an agent takes it", test_lenience },
		{ "the help of checks names the profiles of the table", test_help },
		{ "an agent without a chain", test_no_chain },
	};

	return unit_main("profile", tests, ARRAY_SIZE(tests));
}
