/* SPDX-License-Identifier: Apache-2.0 */
/* Whose rules a look finds in our chain: on the real kernel, read from it and from what the
 * programs print. */
#include <string.h>

#include "support/node_fixture.h"

#define LINEAR "nonMasqueradeCIDRs: [10.0.0.0/8]\n"
#define OTHER  "nonMasqueradeCIDRs: [192.168.0.0/16, 198.51.100.0/24]\n"
#define TREE                                                                                     \
	"masqueradeCIDRs: [10.1.0.0/16, 10.3.0.0/16, 10.5.0.0/16, 10.7.0.0/16, 10.9.0.0/16,"     \
	" 10.11.0.0/16, 10.13.0.0/16, 10.15.0.0/16, 10.17.0.0/16, 10.19.0.0/16, 10.21.0.0/16]\n" \
	"nonMasqueradeCIDRs: [10.0.0.0/8, 192.168.0.0/16, 172.16.0.0/12]\n"

#define AGENT "iptables-@ -t nat -F IP-MASQ-AGENT && iptables-@ -t nat -A IP-MASQ-AGENT "

static const struct {
	/* The policy that is applied first; NULL: none is. */
	const char *policy;
	const char *commands;
	enum ipmasq_writer writer;
	const char *comment;
} cases[] = {
	{ NULL, NULL, IPMASQ_WRITER_NOBODY, NULL },
	{ LINEAR, NULL, IPMASQ_WRITER_OURS, NULL },
	{ OTHER, NULL, IPMASQ_WRITER_OURS, NULL },
	{ TREE, NULL, IPMASQ_WRITER_OURS, NULL },
	{ LINEAR, "iptables-@ -t nat -F IP-MASQ-AGENT", IPMASQ_WRITER_NOBODY, NULL },
	{ LINEAR, "iptables-@ -t nat -F && iptables-@ -t nat -X", IPMASQ_WRITER_NOBODY, NULL },
	{ LINEAR, "iptables-@ -t nat -D IP-MASQ-AGENT 1", IPMASQ_WRITER_OURS, NULL },
	{ LINEAR, AGENT "-d 10.0.0.0/8 -j RETURN", IPMASQ_WRITER_UNKNOWN, NULL },
	{ LINEAR,
	  AGENT "-d 10.0.0.0/8 -m comment --comment "
		"'ip-masq-agent: local traffic is not subject to MASQUERADE' -j RETURN",
	  IPMASQ_WRITER_OTHER, "ip-masq-agent: local traffic is not subject to MASQUERADE" },
	{ LINEAR, "iptables-@ -t nat -A IP-MASQ-AGENT -m comment --comment mine -j MASQUERADE",
	  IPMASQ_WRITER_OTHER, "mine" },
	/* A comment that is ours in part. */
	{ LINEAR, "iptables-@ -t nat -A IP-MASQ-AGENT -m comment --comment link-loca -j RETURN",
	  IPMASQ_WRITER_OTHER, "link-loca" },
	{ TREE, "iptables-@ -t nat -I IP-MASQ-AGENT -m comment --comment 'a\tb' -j RETURN",
	  IPMASQ_WRITER_OTHER, "a?b" },
};

static struct fixture fixture;

/* What check and then apply tell, which both look before they write. */
static void check_case(const char *variant, size_t i, bool direct)
{
	const char *what = cases[i].commands ? cases[i].commands : cases[i].policy;

	fixture_begin(&fixture, "");
	fixture_real(&fixture, variant);
	/* The wrappers run in this namespace. */
	fixture.node->direct = direct;
	fixture_policy(&fixture, cases[i].policy ? cases[i].policy : LINEAR, IPMASQ_OFF, NULL);
	if (cases[i].policy)
		fixture_apply(&fixture);
	if (cases[i].commands)
		fixture_do(&fixture, variant, cases[i].commands);
	fixture_policy(&fixture, LINEAR, IPMASQ_OFF, NULL);
	for (int apply = 0; apply < 2; apply++) {
		struct ipmasq_result result;

		CHECK((apply ? fixture_apply(&fixture) : fixture_check(&fixture)) == 0, what);
		result = fixture_result(&fixture, IPMASQ_IPV4);
		CHECK(result.writer == cases[i].writer, what);
		if (cases[i].comment)
			CHECK_STRING(result.comment ? result.comment : "", cases[i].comment, what);
		else
			CHECK(!result.comment, what);
		result = fixture_result(&fixture, IPMASQ_IPV6);
		CHECK(result.writer == IPMASQ_WRITER_UNKNOWN && !result.comment, "not looked at");
	}
	fixture_end(&fixture);
}

static void test_direct(void)
{
	EACH_VARIANT(variant)
		for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
			check_case(*variant, i, true);
}

static void test_programs(void)
{
	EACH_VARIANT(variant)
		for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
			check_case(*variant, i, false);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "read from the kernel", test_direct },
		{ "read from what the programs print", test_programs },
	};

	return fixture_main("whose rules there are", tests, ARRAY_SIZE(tests));
}
