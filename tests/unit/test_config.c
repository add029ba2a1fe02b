/* SPDX-License-Identifier: Apache-2.0 */
/* The keys and values of a configuration: what is accepted, and what is refused with which
 * findings. */
#include "support/config_check.h"
#include "support/sources.h"
#include "support/unit.h"

/* @values is NULL for a text that must be rejected. */
static void check_text(const char *profile, const char *text, const char *values,
		       const char *findings)
{
	struct fixture fixture;
	char *dump;
	int r;

	set_up(&fixture, profile);
	r = ipmasq_config_load(fixture.config, DATA_SOURCE("test", text, strlen(text)),
			       fixture.diags);
	CHECK(r == (values ? 0 : -EINVAL), text);
	CHECK(fixture.config->broken == !values, text);
	CHECK(fixture.config->count == (values ? 1 : 0), text);
	dump = dump_config(fixture.config);
	CHECK_STRING(dump, values ? values : "", text);
	free(dump);
	dump = dump_diags(fixture.diags);
	CHECK_STRING(dump, findings, text);
	free(dump);
	tear_down(&fixture);
}

struct accepted {
	const char *text;
	const char *values;
};

static const struct accepted accepted[] = {
	/* Every key, in YAML and in JSON. */
	{ "masqueradeCIDRs:\n- 10.10.10.10/32\nnonMasqueradeCIDRs:\n  - 10.0.0.0/8\n"
	  "  - FD00::/8\nnonMasqueradeSrcCIDRs: [192.168.1.0/24]\nmasqOutBound: false\n"
	  "masqOutBoundIPv6: true\nmasqLinkLocal: yes\nmasqLinkLocalIPv6: off\n"
	  "resyncInterval: 1h30m\ncidrLimit: 64\n",
	  "masqueradeCIDRs@1:1-16 10.10.10.10/32@2:3-17\n"
	  "nonMasqueradeCIDRs@3:1-19 10.0.0.0/8@4:5-15 fd00::/8@5:5-13\n"
	  "nonMasqueradeSrcCIDRs@6:1-22 192.168.1.0/24@6:25-39\n"
	  "masqOutBound@7:15-20 false\nmasqOutBoundIPv6@8:19-23 true\n"
	  "masqLinkLocal@9:16-19 true\nmasqLinkLocalIPv6@10:20-23 false\n"
	  "resyncInterval@11:17-22 5400000000000\ncidrLimit@12:12-14 64\n" },
	{ "\t{\"nonMasqueradeCIDRs\": [\"10.0.0.0\\/8\", \"\\u0031.0.0.0/8\"],\n"
	  "\t\"masqOutBound\": false, \"resyncInterval\": \"500ms\", \"cidrLimit\": 0}\n",
	  "nonMasqueradeCIDRs@1:3-23 10.0.0.0/8@1:26-39 1.0.0.0/8@1:41-57\n"
	  "masqOutBound@2:18-23 false\nresyncInterval@2:43-50 500000000\n"
	  "cidrLimit@2:65-66 0\n" },
	/* Nothing is set. */
	{ "", "" },
	{ "# only a comment\n", "" },
	{ "{}", "" },
	{ "null\n", "" },
	/* Null stands for an empty list, or for a key that is not set. */
	{ "nonMasqueradeCIDRs:\nmasqueradeCIDRs: null\nnonMasqueradeSrcCIDRs: ~\n",
	  "masqueradeCIDRs@2:1-16\nnonMasqueradeCIDRs@1:1-19\n"
	  "nonMasqueradeSrcCIDRs@3:1-22\n" },
	{ "masqOutBound:\nmasqOutBoundIPv6: null\nmasqLinkLocal: ~\n"
	  "masqLinkLocalIPv6: Null\nresyncInterval:\ncidrLimit: NULL\n",
	  "" },
	{ "{\"nonMasqueradeCIDRs\":null,\"masqOutBound\":null,\"resyncInterval\":null}",
	  "nonMasqueradeCIDRs@1:2-22\n" },
	{ "nonMasqueradeCIDRs: []\n", "nonMasqueradeCIDRs@1:1-19\n" },
	/* The shortest and the longest prefixes, and IPv6 in other notations. */
	{ "nonMasqueradeCIDRs: [0.0.0.0/0, 255.255.255.255/32, \"::/0\", "
	  "2001:DB8:0::1/128]",
	  "nonMasqueradeCIDRs@1:1-19 0.0.0.0/0@1:22-31 255.255.255.255/32@1:33-51 "
	  "::/0@1:53-59 2001:db8::1/128@1:61-78\n" },
	{ "nonMasqueradeCIDRs:\n- ::/0\n- '10.0.0.0/8'\n- !!str 11.0.0.0/8\n",
	  "nonMasqueradeCIDRs@1:1-19 ::/0@2:3-7 10.0.0.0/8@3:3-15 11.0.0.0/8@4:9-19\n" },
	{ "cidrLimit: 18446744073709551615\n", "cidrLimit@1:12-32 18446744073709551615\n" },
	{ "resyncInterval: \"1m0s\"\n", "resyncInterval@1:17-23 60000000000\n" },
	{ "resyncInterval: 1.5h\n", "resyncInterval@1:17-21 5400000000000\n" },
	{ "resyncInterval: 5\xc2\xb5s\n", "resyncInterval@1:17-20 5000\n" },
	/* The place of an aliased entry is that of the alias. */
	{ "masqueradeCIDRs: [&a 10.1.0.0/16]\nnonMasqueradeCIDRs:\n- *a\n",
	  "masqueradeCIDRs@1:1-16 10.1.0.0/16@1:22-33\n"
	  "nonMasqueradeCIDRs@2:1-19 10.1.0.0/16@3:3-5\n" },
	{ "masqueradeCIDRs: &l [10.1.0.0/16]\nnonMasqueradeCIDRs: *l\n",
	  "masqueradeCIDRs@1:1-16 10.1.0.0/16@1:22-33\n"
	  "nonMasqueradeCIDRs@2:1-19 10.1.0.0/16@1:22-33\n" },
	{ "masqOutBound: &v no\nmasqLinkLocal: *v\n",
	  "masqOutBound@1:18-20 false\nmasqLinkLocal@2:16-18 false\n" },
	{ "masqOutBound: &v no\n? &k cidrLimit\n: 1\n",
	  "masqOutBound@1:18-20 false\ncidrLimit@3:3-4 1\n" },
	/* Line ends of Windows, and a byte-order mark. */
	{ "\xef\xbb\xbfmasqOutBound: on\r\nnonMasqueradeCIDRs:\r\n- 10.0.0.0/8\r\n",
	  "nonMasqueradeCIDRs@2:1-19 10.0.0.0/8@3:3-13\nmasqOutBound@1:15-17 true\n" },
	{ "\"masqOutBound\": on\n", "masqOutBound@1:17-19 true\n" },
};

static void accepted_texts(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(accepted); i++)
		check_text("default", accepted[i].text, accepted[i].values, "");
}

/* A plain word is a bool. A quoted one is a text, for which the bool is suggested. */
static void check_word(const char *word, const char *value)
{
	size_t len = strlen(word);
	char text[64];
	char expected[64];

	snprintf(text, sizeof(text), "masqOutBound: %s\n", word);
	snprintf(expected, sizeof(expected), "masqOutBound@1:15-%zu %s\n", 15 + len, value);
	check_text("default", text, expected, "");
	snprintf(text, sizeof(text), "masqOutBound: '%s'\n", word);
	snprintf(expected, sizeof(expected), "E type 1:15-%zu %s\n", 17 + len, value);
	check_text("default", text, NULL, expected);
}

static void every_bool_word(void)
{
	static const char *const off[] = { "false", "False", "FALSE", "no", "No", "NO",
					   "off",   "Off",   "OFF",   "n",  "N" };
	static const char *const on[] = { "true", "True", "TRUE", "yes", "Yes", "YES",
					  "on",	  "On",	  "ON",	  "y",	 "Y" };

	for (size_t i = 0; i < ARRAY_SIZE(off); i++)
		check_word(off[i], "false");
	for (size_t i = 0; i < ARRAY_SIZE(on); i++)
		check_word(on[i], "true");
}

struct rejected {
	const char *text;
	const char *findings;
};

static void rejected_cidrs(void)
{
	static const struct rejected rows[] = {
		{ "''", "E empty-cidr 2:3-5\n" },
		{ "' 10.0.0.0/8'", "E blanks 2:3-16 '10.0.0.0/8'\n" },
		{ "\"10.0.0.0/8\\t\"", "E blanks 2:3-17 \"10.0.0.0/8\"\n" },
		{ "10.1.2.3", "E bare-address 2:3-11 10.1.2.3/32\n" },
		{ "fe80::1", "E bare-address 2:3-10 fe80::1/128\n" },
		{ "10.1.2/24", "E bad-address 2:3-12 10.1.2.0/24\n" },
		{ "10.1.2.256/32", "E bad-address 2:3-16\n" },
		{ "1::2::3/64", "E bad-address 2:3-13\n" },
		{ "/8", "E bad-address 2:3-5\n" },
		{ "010.0.0.0/8", "E leading-zero 2:3-14 10.0.0.0/8\n" },
		{ "10.00.0.0/8", "E leading-zero 2:3-14 10.0.0.0/8\n" },
		{ "fe80::%eth0/10", "E zone 2:3-17 fe80::/10\n" },
		{ "10.0.0.0/255.0.0.0", "E netmask 2:3-21 10.0.0.0/8\n" },
		{ "10.0.0.0/", "E bad-length 2:3-12\n" },
		{ "10.0.0.0/abc", "E bad-length 2:3-15\n" },
		{ "10.0.0.0/-1", "E bad-length 2:3-14\n" },
		{ "10.0.0.0/+8", "E bad-length 2:3-14\n" },
		{ "10.0.0.0/33", "E bad-length 2:3-14\n" },
		{ "fe80::/129", "E bad-length 2:3-13\n" },
		{ "10.0.0.1/8", "E host-bits 2:3-13 10.0.0.0/8\n" },
		{ "FE80::1/10", "E host-bits 2:3-13 fe80::/10\n" },
		{ "'10.0.0.1/8'", "E host-bits 2:3-15 '10.0.0.0/8'\n" },
		{ "::1/64", "E host-bits 2:3-9 ::/64\n" },
		{ "0:0:0:0:0:0:0:1/64", "E host-bits 2:3-21 \"::/64\"\n" },
		{ "!!str 10.0.0.1/8", "E host-bits 2:9-19 10.0.0.0/8\n" },
		{ "|-\n  10.0.0.1/8", "E host-bits 2:3-5\n" },
		{ "::ffff:0:0/96", "E mapped-address 2:3-16 0.0.0.0/0\n" },
		{ "::ffff:10.0.0.0/104", "E mapped-address 2:3-22 10.0.0.0/8\n" },
		{ "example.com", "E host-name 2:3-14\n" },
		{ "localhost", "E host-name 2:3-12\n" },
		/* Items that are not texts. */
		{ "", "E item 2:2-2\n" },
		{ "~", "E item 2:3-4\n" },
		{ "10", "E item 2:3-5\n" },
		{ "1.5", "E item 2:3-6\n" },
		{ "true", "E item 2:3-7\n" },
		{ "[10.0.0.0/8]", "E item 2:3-15\n" },
		{ "- 10.0.0.0/8", "E item 2:3-15\n" },
		{ "cidr: 10.0.0.0/8", "E item 2:3-19\n" },
		{ "{}", "E item 2:3-5\n" },
	};
	char text[128];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (enum config_key key = 0; key < KEY_MASQ_OUT_BOUND; key++) {
			snprintf(text, sizeof(text), "%s:\n- %s\n", config_key_name(key),
				 rows[i].text);
			check_text("default", text, NULL, rows[i].findings);
		}
	}
}

static const struct rejected rejected[] = {
	/* Lists. */
	{ "nonMasqueradeCIDRs: 10.0.0.0/8\n", "E type 1:21-31 [10.0.0.0/8]\n" },
	{ "nonMasqueradeCIDRs: \"10.0.0.0/8\"\n", "E type 1:21-33 [10.0.0.0/8]\n" },
	{ "nonMasqueradeCIDRs: ::/0\n", "E type 1:21-25 [\"::/0\"]\n" },
	{ "nonMasqueradeCIDRs: ''\n", "E type 1:21-23\n" },
	{ "nonMasqueradeCIDRs: true\n", "E type 1:21-25\n" },
	{ "nonMasqueradeCIDRs: 10\n", "E type 1:21-23\n" },
	{ "nonMasqueradeCIDRs: {a: b}\n", "E type 1:21-27\n" },
	{ "nonMasqueradeCIDRs:\n  10.0.0.0/8: yes\n", "E type 2:3-18\n" },
	{ "{\"nonMasqueradeCIDRs\": \"10.0.0.0/8\"}", "E type 1:24-36 [\"10.0.0.0/8\"]\n" },
	/* Bools. */
	{ "masqOutBound: \"true\"\n", "E type 1:15-21 true\n" },
	{ "masqOutBoundIPv6: 'No'\n", "E type 1:19-23 false\n" },
	{ "masqLinkLocal: !!str yes\n", "E type 1:22-25 true\n" },
	{ "masqLinkLocalIPv6: 1\n", "E type 1:20-21\n" },
	{ "masqOutBound: ture\n", "E type 1:15-19\n" },
	{ "masqOutBound: []\n", "E type 1:15-17\n" },
	{ "masqOutBound: {}\n", "E type 1:15-17\n" },
	{ "{\"masqOutBound\": \"true\"}", "E type 1:18-24 true\n" },
	{ "{\"masqOutBound\": 0}", "E type 1:18-19\n" },
	/* Durations. */
	{ "resyncInterval: 60\n", "E duration 1:17-19 60s\n" },
	{ "resyncInterval: '60'\n", "E duration 1:17-21 '60s'\n" },
	{ "resyncInterval: 1.5\n", "E duration 1:17-20 1.5s\n" },
	{ "resyncInterval: 99999999999999999999\n", "E duration 1:17-37\n" },
	{ "resyncInterval: 0\n", "E duration 1:17-18\n" },
	{ "resyncInterval: 0s\n", "E duration 1:17-19\n" },
	{ "resyncInterval: -1s\n", "E duration 1:17-20\n" },
	{ "resyncInterval: -60\n", "E duration 1:17-20\n" },
	{ "resyncInterval: 3000000h\n", "E duration 1:17-25\n" },
	{ "resyncInterval: 1d\n", "E duration 1:17-19\n" },
	{ "resyncInterval: 1h30\n", "E duration 1:17-21\n" },
	{ "resyncInterval: ''\n", "E duration 1:17-19\n" },
	{ "resyncInterval: 60 s\n", "E duration 1:17-21\n" },
	{ "resyncInterval: true\n", "E type 1:17-21\n" },
	{ "resyncInterval: [60s]\n", "E type 1:17-22\n" },
	{ "{\"resyncInterval\": 60}", "E duration 1:20-22 \"60s\"\n" },
	{ "{\"resyncInterval\": \"60\"}", "E duration 1:20-24 \"60s\"\n" },
	/* Integers. */
	{ "cidrLimit: -1\n", "E integer 1:12-14\n" },
	{ "cidrLimit: +1\n", "E integer 1:12-14\n" },
	{ "cidrLimit: 1.0\n", "E integer 1:12-15\n" },
	{ "cidrLimit: 1e3\n", "E integer 1:12-15\n" },
	{ "cidrLimit: 010\n", "E integer 1:12-15\n" },
	{ "cidrLimit: 0x10\n", "E integer 1:12-16\n" },
	{ "cidrLimit: 1_000\n", "E integer 1:12-17\n" },
	{ "cidrLimit: '64'\n", "E integer 1:12-16 64\n" },
	{ "cidrLimit: many\n", "E integer 1:12-16\n" },
	{ "cidrLimit: 18446744073709551616\n", "E integer 1:12-32\n" },
	{ "cidrLimit: yes\n", "E type 1:12-15\n" },
	{ "cidrLimit: [64]\n", "E type 1:12-16\n" },
	{ "{\"cidrLimit\": \"64\"}", "E integer 1:15-19 64\n" },
	/* The document as a whole. */
	{ "- 10.0.0.0/8\n", "E not-a-mapping 1:1-13\n" },
	{ "10.0.0.0/8\n", "E not-a-mapping 1:1-11\n" },
	{ "masqOutBound\n", "E not-a-mapping 1:1-13\n" },
	{ "''\n", "E not-a-mapping 1:1-3\n" },
	{ "[a]: 1\n", "E type 1:1-4\n" },
	{ "? {a: b}\n: 1\n", "E type 1:3-9\n" },
	{ "masqOutBound: true\n---\nmasqOutBound: false\n", "E documents 2:1-1\n" },
	{ "masqOutBound: true\n  masqLinkLocal: true\n", "E syntax 2:16-17\n" },
	/* A manifest without a configuration. */
	{ "apiVersion: v1\nkind: ConfigMap\ndata:\n  config: |\n    masqOutBound: 1\n",
	  "E manifest 1:1-11\n" },
	{ "kind: ConfigMap\napiVersion: v1\nmasqOutBound: 1\n", "E manifest 3:1-13\n" },
	{ "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\"}", "E manifest 1:2-8\n" },
	/* The same key twice, in the same or in different spellings. */
	{ "masqOutBound: true\nmasqOutBound: true\n", "E duplicate-key 2:1-13\n" },
	{ "masqOutBound: true\nmasqLinkLocal: true\nMASQOUTBOUND: 1\n",
	  "E duplicate-key 3:1-13\n" },
	{ "masqOutBound:\nmasqOutBound: true\n", "E duplicate-key 2:1-13\n" },
	{ "zzz: 1\nyyy: 1\nzzz: 2\n",
	  "W unknown-key 1:1-4\nW unknown-key 2:1-4\nE duplicate-key 3:1-4\n" },
	{ "{\"masqOutBound\":true,\"masq\\u004futBound\":true}", "E duplicate-key 1:22-41\n" },
	/* All errors are reported, each with its place. */
	{ "nonMasqueradeCIDRs:\n  - 10.0.0.1/8\n  - 172.16.0.0/12\n  - 10\n"
	  "masqOutBound: \"yes\"\nresyncInterval: 60\nresyncIntervall: 5s\ncidrLimit: -1\n",
	  "E host-bits 2:5-15 10.0.0.0/8\nE item 4:5-7\nE type 5:15-20 true\n"
	  "E duration 6:17-19 60s\nW unknown-key 7:1-16\nE integer 8:12-14\n" },
	{ "\tmasqOutBound: true\n", "E syntax 1:1-2\n" },
};

static void rejected_texts(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rejected); i++)
		check_text("default", rejected[i].text, NULL, rejected[i].findings);
}

static void keys_and_profiles(void)
{
	static const struct {
		const char *profile;
		const char *text;
		const char *values;
		const char *findings;
	} rows[] = {
		{ "default", "NonMasqueradeCIDRs: []\n", "nonMasqueradeCIDRs@1:1-19\n",
		  "W key-case 1:1-19 nonMasqueradeCIDRs\n" },
		{ "default", "MASQOUTBOUND: no\n", "masqOutBound@1:15-17 false\n",
		  "W key-case 1:1-13 masqOutBound\n" },
		{ "default", "{\"MasqOutBound\": false}", "masqOutBound@1:18-23 false\n",
		  "W key-case 1:2-16 \"masqOutBound\"\n" },
		{ "default", "'MasqOutBound': no\n", "masqOutBound@1:17-19 false\n",
		  "W key-case 1:1-15 'masqOutBound'\n" },
		{ "tke", "NonMasqueradeCIDRs: []\nResyncInterval: 1s\n",
		  "nonMasqueradeCIDRs@1:1-19\nresyncInterval@2:17-19 1000000000\n", "" },
		{ "tke", "NonMasqueradeCidrs: []\n", "nonMasqueradeCIDRs@1:1-19\n",
		  "N key-case 1:1-19 nonMasqueradeCIDRs\n" },
		{ "tke", "NonMasqueradeCIDRs: []\nnonMasqueradeCIDRs: []\n", NULL,
		  "E duplicate-key 2:1-19\n" },
		{ "tke", "NonMasqueradeSrcCIDRs: [10.0.0.0/8]\nmasqOutBound: no\n",
		  "nonMasqueradeSrcCIDRs@1:1-22 10.0.0.0/8@1:25-35\n",
		  "W unsupported-key 2:1-13\n" },
		/* Keys that the agent ignores are not checked. */
		{ "kubernetes", "masqueradeCIDRs: nonsense\nmasqOutBound: 1\ncidrLimit: 5\n",
		  "cidrLimit@3:12-13 5\n", "W unsupported-key 1:1-16\nW unsupported-key 2:1-13\n" },
		{ "gke", "nonMasqueradeSrcCIDRs: [1]\nmasqLinkLocal: true\n",
		  "masqLinkLocal@2:16-20 true\n", "W unsupported-key 1:1-22\n" },
		{ "gke", "MasqOutBound: 1\n", "", "W unsupported-key 1:1-13\n" },
		{ "kubernetes", "masqOutBound: 1\nmasqOutBound: 2\n", NULL,
		  "W unsupported-key 1:1-13\nE duplicate-key 2:1-13\n" },
		{ "cce", "masqueradeCIDRs: [example.com, 10.0.0.0/8]\nmasqOutBound: no\n",
		  "masqueradeCIDRs@1:1-16 example.com@1:19-30 10.0.0.0/8@1:32-42\n"
		  "masqOutBound@2:15-17 false\n",
		  "" },
		{ "cce", "masqueradeCIDRs: [b.example, A.example., a.example, 'b\\u002eexample']\n",
		  NULL, "E bad-address 1:53-69\n" },
		{ "cce", "{\"masqueradeCIDRs\": [\"a\\u002eexample\"]}",
		  "masqueradeCIDRs@1:2-19 a.example@1:22-38\n", "" },
		{ "cce", "masqueradeCIDRs: [example.com/8]\n", NULL, "E bad-address 1:19-32\n" },
		{ "default", "foo: {bar: [1, 2]}\n", "", "W unknown-key 1:1-4\n" },
		{ "default", "'': 1\n", "", "W unknown-key 1:1-3\n" },
		{ "default", "1: 1\ntrue: 1\n", "", "W unknown-key 1:1-2\nW unknown-key 2:1-5\n" },
		{ "default", "apiVersion: v1\n", "", "W unknown-key 1:1-11\n" },
		{ "default", "kind: x\n", "", "W unknown-key 1:1-5\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_text(rows[i].profile, rows[i].text, rows[i].values, rows[i].findings);
}

/* Checks whether the message of finding number @index contains @says. */
static void check_message(const char *profile, const char *text, size_t index, const char *says,
			  bool expected)
{
	struct fixture fixture;
	struct ipmasq_finding finding;

	set_up(&fixture, profile);
	ipmasq_config_load(fixture.config, DATA_SOURCE("test", text, strlen(text)), fixture.diags);
	if (CHECK(ipmasq_diags_get(fixture.diags, index, &finding, sizeof(finding)) == 0, text)) {
		const char *found = strstr(finding.message, says);

		CHECK((found != NULL) == expected, finding.message);
		CHECK_STRING(finding.place.file, "test", text);
	}
	tear_down(&fixture);
}

static void messages_help(void)
{
	static const struct {
		const char *profile;
		const char *text;
		size_t index;
		const char *says;
	} rows[] = {
		{ "default", "nonMasqueradeCIDR: []\n", 0, "nonMasqueradeCIDRs" },
		{ "default", "masqueradeCidr: []\n", 0, "masqueradeCIDRs" },
		{ "default", "masqOutbounds: []\n", 0, "is masqOutBound" },
		{ "default", "resyncPeriod: 1\n", 0, "\"resyncPeriod\"" },
		{ "default", "cidrlimits: 1\n", 0, "cidrLimit" },
		{ "default", "masqueradeCIDRs:\n- 10.0.0.0/8\n-\n", 0,
		  "item 2 of masqueradeCIDRs" },
		{ "default", "masqueradeCIDRs: [1, 10.0.0.0/8, {}]\n", 1,
		  "item 3 of masqueradeCIDRs is a mapping" },
		{ "default", "masqOutBound: 1\n\nmasqOutBound: 2\n", 1, "in line 1 already" },
		{ "kubernetes", "masqOutBound: true\n", 0, "profile kubernetes does not know" },
		{ "default", "apiVersion: v1\nkind: ConfigMap\n", 0,
		  "in its data the key config or ip-masq*" },
		{ "default", "masqueradeCIDRs: ['::ffff:10.0.0.0/104']\n", 0, "IPv4-mapped" },
		{ "default", "resyncInterval: 60\n", 0, "no unit" },
		{ "default", "masqOutBound: \"true\"\n", 0, "true or false" },
		{ "default", "cidrLimit: '64'\n", 0, "quotes" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_message(rows[i].profile, rows[i].text, rows[i].index, rows[i].says, true);
	/* Neither a far-fetched suggestion, nor a key that the agent does not know. */
	check_message("default", "foo: 1\n", 0, "nearest", false);
	check_message("default", "masq: 1\n", 0, "nearest", false);
	check_message("kubernetes", "masqOutBounds: 1\n", 0, "nearest", false);
	/* Control characters of a text do not reach the terminal. */
	check_message("default", "\"\\e[31m\\x9b\": 1\n", 0, "\x1b", false);
	check_message("default", "\"\\e[31m\\x9b\": 1\n", 0, "\xc2\x9b", false);
}

static void long_keys_are_cut(void)
{
	/* A key in YAML may have 1024 characters. */
	char text[900];

	memset(text, 'k', sizeof(text));
	memcpy(text + sizeof(text) - 4, ": 1", 4);
	check_message("default", text, 0, "kkk...\"", true);
	/* The cut is never within a character. */
	for (size_t shift = 0; shift < 3; shift++) {
		memset(text, 'k', shift);
		for (size_t i = shift; i + 6 < sizeof(text); i += 3)
			memcpy(text + i, "\xe2\x82\xac", 3);
		memcpy(text + shift + 600, ": 1", 4);
		check_message("default", text, 0, "\xe2\x82\xac...\"", true);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "all valid keys and values are accepted", accepted_texts },
		{ "all words for a bool are accepted, if not quoted", every_bool_word },
		{ "bad list entries are refused with a suggestion", rejected_cidrs },
		{ "bad values and documents are refused", rejected_texts },
		{ "keys are matched as by the agent of the profile", keys_and_profiles },
		{ "messages say what to do", messages_help },
		{ "long keys are cut", long_keys_are_cut },
	};

	return unit_main("config", tests, ARRAY_SIZE(tests));
}
