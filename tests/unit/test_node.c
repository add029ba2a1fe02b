/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Apply, check and remove with the real programs on the real kernel, also while other programs
 * change the rules. Each test runs with both variants, in its own network namespaces.
 */
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "rules/chain_name.h"
#include "support/node_fixture.h"

#define FOREIGN                                                                             \
	"iptables-@-restore --noflush <<'E'\n*nat\n:KUBE-X - [0:0]\n"                       \
	"-A KUBE-X -d 10.96.0.1/32 -p tcp -m comment --comment \"svc \\\"a b\\\"\" -m tcp " \
	"--dport "                                                                          \
	"443 -j RETURN\n"                                                                   \
	"-A POSTROUTING -m comment --comment \"not IP-MASQ-AGENT\" -j KUBE-X\n"             \
	"-A POSTROUTING -s 172.17.0.0/16 -j MASQUERADE\nCOMMIT\nE\n"

static char *copy_text(const char *text)
{
	char *copy = strdup(text);

	CHECK(copy, "memory");
	return copy;
}

static const struct {
	const char *yaml;
	const char *to_ports;
} policies[] = {
	{ "", NULL },
	{ "nonMasqueradeCIDRs: [0.0.0.0/0, '::/0']\nmasqOutBound: false\n", NULL },
	{ "masqueradeCIDRs: [0.0.0.0/0, '::/0', 10.10.10.10/32]\n", NULL },
	{ "nonMasqueradeCIDRs: [10.0.0.0/8, 'FD00:ABCD::/32', '2001:DB8::1/128', 10.1.2.3/32]\n"
	  "nonMasqueradeSrcCIDRs: [10.9.0.0/16, 'FD01::/16']\nmasqLinkLocal: true\n",
	  NULL },
	{ "nonMasqueradeCIDRs: []\nmasqOutBound: false\nmasqOutBoundIPv6: false\n"
	  "masqLinkLocal: true\nmasqLinkLocalIPv6: true\n",
	  NULL },
	{ "masqueradeCIDRs: [10.10.10.10/32, 'fd00::1/128']\n", "1024-1999,3000,40000-65535" },
};

static void test_twice_writes_once(void)
{
	EACH_VARIANT(v) {
		for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
			const char *what = policies[i].yaml;
			struct fixture f;

			fixture_begin(&f, what);
			fixture_policy(&f, what, IPMASQ_ON, policies[i].to_ports);
			fixture_real(&f, *v);
			fixture_expect(&f, fixture_check(&f), IPMASQ_STATE_DRIFT,
				       IPMASQ_STATE_DRIFT, what);
			CHECK(fixture_logged(&f, "iptables-restore") == 0, "check never writes");
			CHECK(fixture_reported(&f, IPMASQ_IPV4, "chain IP-MASQ-AGENT is missing"),
			      fixture_said(&f));
			fixture_expect(&f, fixture_apply(&f), IPMASQ_STATE_CHANGED,
				       IPMASQ_STATE_CHANGED, what);
			CHECK(fixture_logged(&f, "iptables-restore") == 1, "one transaction");
			CHECK(fixture_logged(&f, "ip6tables-restore") == 1, "one transaction");
			fixture_log_clear(&f);
			fixture_expect(&f, fixture_apply(&f), IPMASQ_STATE_IN_LINE,
				       IPMASQ_STATE_IN_LINE, what);
			CHECK(fixture_logged(&f, "ip") == 2, "one look a family, nothing else");
			CHECK(fixture_logged(&f, "iptables-save") == 1, "IPv4");
			CHECK(fixture_logged(&f, "ip6tables-save") == 1, "IPv6");
			fixture_expect(&f, fixture_check(&f), IPMASQ_STATE_IN_LINE,
				       IPMASQ_STATE_IN_LINE, what);
			fixture_end(&f);
		}
	}
}

/* Commands that change a node which is in line, and what check must report. */
static const struct {
	const char *commands;
	const char *says;
} tampering[] = {
	{ "iptables-@ -t nat -D IP-MASQ-AGENT 2", "rule 2 of chain IP-MASQ-AGENT differs" },
	{ "iptables-@ -t nat -D IP-MASQ-AGENT 5",
	  "rule 5 of chain IP-MASQ-AGENT is missing: expected `-A IP-MASQ-AGENT" },
	{ "iptables-@ -t nat -A IP-MASQ-AGENT -d 1.2.3.4 -o eth0 -j RETURN",
	  "rule 6 of chain IP-MASQ-AGENT is one too many: found `-A IP-MASQ-AGENT -d 1.2.3.4/32 -o "
	  "eth0 -j RETURN'" },
	{ "iptables-@ -t nat -I IP-MASQ-AGENT -j RETURN", "rule 1 of chain IP-MASQ-AGENT differs" },
	{ "iptables-@ -t nat -R IP-MASQ-AGENT 2 -d 10.0.0.0/9 -j RETURN",
	  "found `-A IP-MASQ-AGENT -d 10.0.0.0/9 -j RETURN'" },
	{ "iptables-@ -t nat -R IP-MASQ-AGENT 2 -d 10.0.0.0/8 -j ACCEPT", "-j ACCEPT'" },
	{ "iptables-@ -t nat -R IP-MASQ-AGENT 5 -j MASQUERADE", "rule 5 of chain" },
	{ "iptables-@ -t nat -F IP-MASQ-AGENT", "chain IP-MASQ-AGENT has 0 rules, expected 5" },
	{ "iptables-@ -t nat -D IP-MASQ-AGENT 2; iptables-@ -t nat -I IP-MASQ-AGENT 3 -d "
	  "10.0.0.0/8 "
	  "-j RETURN",
	  "rule 2 of chain IP-MASQ-AGENT differs" },
	{ "iptables-@ -t nat -D POSTROUTING 3",
	  "jump from POSTROUTING to chain IP-MASQ-AGENT is missing" },
	{ "iptables-@ -t nat -D POSTROUTING 3; iptables-@ -t nat -F IP-MASQ-AGENT; "
	  "iptables-@ -t nat -X IP-MASQ-AGENT",
	  "chain IP-MASQ-AGENT is missing" },
	{ "iptables-@ -t nat -I POSTROUTING -m addrtype ! --dst-type LOCAL -j IP-MASQ-AGENT; "
	  "iptables-@ -t nat -D POSTROUTING 4",
	  NULL },
	{ "iptables-@ -t nat -A POSTROUTING -m addrtype ! --dst-type LOCAL -j IP-MASQ-AGENT",
	  "2 jumps from POSTROUTING, expected 1" },
	{ "iptables-@-save -t nat | sed -n '/^.nat/p;s/^-A POSTROUTING.*IP-MASQ-AGENT$/&\\n&/p;"
	  "/^COMMIT/p' | iptables-@-restore --noflush",
	  "3 jumps from POSTROUTING, expected 1" },
	{ "iptables-@ -t nat -A POSTROUTING -j IP-MASQ-AGENT",
	  "rule 4 of POSTROUTING leads to chain IP-MASQ-AGENT, but is not our jump" },
	{ "iptables-@ -t nat -A POSTROUTING -m addrtype ! --dst-type LOCAL -g IP-MASQ-AGENT",
	  "rule 4 of POSTROUTING leads to chain IP-MASQ-AGENT, but is not our jump" },
	{ "iptables-@ -t nat -I POSTROUTING -m comment --comment \"an \\\"old'\\\\ one\" -s "
	  "10.0.0.0/8 -j IP-MASQ-AGENT",
	  "rule 1 of POSTROUTING leads to chain IP-MASQ-AGENT, but is not our jump" },
};

/* The kind of drift that a sentence reports. */
static enum ipmasq_line_kind kind_of_drift(const char *line)
{
	static const struct {
		const char *words;
		enum ipmasq_line_kind kind;
	} kinds[] = {
		{ "jump from POSTROUTING to chain IP-MASQ-AGENT is missing",
		  IPMASQ_LINE_JUMP_MISSING },
		{ "jumps from POSTROUTING", IPMASQ_LINE_JUMP_DIFFERS },
		{ "of POSTROUTING leads to", IPMASQ_LINE_JUMP_DIFFERS },
		{ " of chain IP-MASQ-AGENT", IPMASQ_LINE_CHAIN_DIFFERS },
		{ "chain IP-MASQ-AGENT is missing", IPMASQ_LINE_CHAIN_MISSING },
		{ "", IPMASQ_LINE_CHAIN_DIFFERS },
	};
	size_t i = 0;

	while (!strstr(line, kinds[i].words))
		i++;
	return kinds[i].kind;
}

/* Checks that each IPv4 sentence about our rules is a kind of drift or a change, and that those
 * about rules of others are notes. */
static void expect_kind(const struct fixture *f, bool drift)
{
	struct ipmasq_line line;
	size_t count = 0;
	size_t ours = 0;

	while (ipmasq_report_line(f->report, IPMASQ_IPV4, count, &line, sizeof(line)) == 0) {
		bool note = strstr(line.text, "rewrites sources as well") != NULL;

		count++;
		ours += !note;
		CHECK(line.kind == (note    ? IPMASQ_LINE_NOTE
				    : drift ? kind_of_drift(line.text)
					    : IPMASQ_LINE_CHANGE),
		      line.text);
	}
	CHECK(ours > 0, "something is reported");
	CHECK(count == fixture_result(f, IPMASQ_IPV4).lines, "all lines are counted");
	CHECK(ipmasq_report_line(f->report, IPMASQ_IPV4, count, &line, sizeof(line)) == -ERANGE,
	      "past the last");
}

static void tamper(struct fixture *f, const char *v, size_t row)
{
	const char *commands = tampering[row].commands;
	char *before = copy_text(fixture_do(f, v, SAVE));
	enum ipmasq_state seen = tampering[row].says ? IPMASQ_STATE_DRIFT : IPMASQ_STATE_IN_LINE;

	fixture_do(f, v, commands);
	fixture_log_clear(f);
	fixture_expect(f, fixture_check(f), seen, IPMASQ_STATE_IN_LINE, commands);
	CHECK(fixture_logged(f, "iptables-restore") == 0, "check never writes");
	if (tampering[row].says) {
		CHECK(fixture_reported(f, IPMASQ_IPV4, tampering[row].says), fixture_said(f));
		expect_kind(f, true);
		fixture_expect(f, fixture_apply(f), IPMASQ_STATE_CHANGED, IPMASQ_STATE_IN_LINE,
			       commands);
		expect_kind(f, false);
		CHECK(fixture_logged(f, "iptables-restore") == 1, "one transaction");
		CHECK_STRING(fixture_do(f, v, SAVE), before, commands);
	}
	fixture_expect(f, fixture_check(f), IPMASQ_STATE_IN_LINE, IPMASQ_STATE_IN_LINE, commands);
	free(before);
}

static void test_tampering(void)
{
	EACH_VARIANT(v) {
		for (size_t row = 0; row < ARRAY_SIZE(tampering); row++) {
			struct fixture f;

			fixture_begin(&f, "");
			fixture_real(&f, *v);
			fixture_do(&f, *v, FOREIGN);
			fixture_expect(&f, fixture_apply(&f), IPMASQ_STATE_CHANGED,
				       IPMASQ_STATE_CHANGED, *v);
			tamper(&f, *v, row);
			fixture_end(&f);
		}
	}
}

static void test_remove_leaves_the_rest(void)
{
	EACH_VARIANT(v) {
		struct fixture f;
		char *before;

		fixture_begin(&f, "");
		fixture_real(&f, *v);
		fixture_do(&f, *v, FOREIGN);
		before = copy_text(fixture_do(&f, *v, SAVE));
		fixture_expect(&f, fixture_remove(&f), IPMASQ_STATE_IN_LINE, IPMASQ_STATE_IN_LINE,
			       "nothing there");
		CHECK(fixture_logged(&f, "iptables-restore") == 0, "nothing to write");
		fixture_expect(&f, fixture_apply(&f), IPMASQ_STATE_CHANGED, IPMASQ_STATE_CHANGED,
			       *v);
		CHECK(fixture_reported(&f, IPMASQ_IPV4,
				       "rule 2 of POSTROUTING, before our jump, rewrites sources"),
		      fixture_said(&f));
		fixture_do(&f, *v,
			   "iptables-@ -t nat -I POSTROUTING -g IP-MASQ-AGENT; iptables-@ "
			   "-t nat -A "
			   "POSTROUTING -m addrtype ! --dst-type LOCAL -j IP-MASQ-AGENT");
		fixture_expect(&f, fixture_remove(&f), IPMASQ_STATE_CHANGED, IPMASQ_STATE_CHANGED,
			       *v);
		CHECK_STRING(fixture_do(&f, *v, SAVE), before, *v);
		fixture_expect(&f, fixture_remove(&f), IPMASQ_STATE_IN_LINE, IPMASQ_STATE_IN_LINE,
			       "again");
		free(before);
		fixture_end(&f);
	}
}

static void test_remove_while_used(void)
{
	EACH_VARIANT(v) {
		struct fixture f;

		fixture_begin(&f, "");
		fixture_real(&f, *v);
		fixture_expect(&f, fixture_apply(&f), IPMASQ_STATE_CHANGED, IPMASQ_STATE_CHANGED,
			       *v);
		fixture_do(&f, *v,
			   "iptables-@ -t nat -N FOO; iptables-@ -t nat -A FOO -s "
			   "10.0.0.0/8 -j "
			   "IP-MASQ-AGENT");
		fixture_expect(&f, fixture_apply(&f), IPMASQ_STATE_IN_LINE, IPMASQ_STATE_IN_LINE,
			       *v);
		CHECK(fixture_reported(&f, IPMASQ_IPV4,
				       "rule 1 of chain FOO leads to chain IP-MASQ"),
		      fixture_said(&f));
		CHECK(fixture_remove(&f) == -EBUSY, fixture_said(&f));
		CHECK(fixture_state(&f, IPMASQ_IPV4) == IPMASQ_STATE_FAILED, *v);
		CHECK(fixture_state(&f, IPMASQ_IPV6) == IPMASQ_STATE_CHANGED, *v);
		CHECK(fixture_found(&f, "still-used", "rule 1 of chain FOO"), fixture_said(&f));
		CHECK_STRING(fixture_do(&f, *v, SAVE " | sed -n '1,/COMMIT/p' | grep -v ACCEPT"),
			     "*nat\n:FOO - [0:0]\n:IP-MASQ-AGENT - [0:0]\n"
			     "-A FOO -s 10.0.0.0/8 -j IP-MASQ-AGENT\nCOMMIT\n",
			     *v);
		fixture_log_clear(&f);
		CHECK(fixture_remove(&f) == -EBUSY, "still");
		CHECK(fixture_logged(&f, "iptables-restore") == 0, "nothing left to write");
		fixture_do(&f, *v, "iptables-@ -t nat -F FOO; iptables-@ -t nat -X FOO");
		fixture_expect(&f, fixture_remove(&f), IPMASQ_STATE_CHANGED, IPMASQ_STATE_IN_LINE,
			       *v);
		CHECK(!strstr(fixture_do(&f, *v, SAVE), "MASQ"), *v);
		fixture_end(&f);
	}
}

static void test_stale_chains(void)
{
	EACH_VARIANT(v) {
		struct fixture f;
		char prefix[CHAIN_PREFIX_MAX];
		char commands[1024];
		char *before;

		fixture_begin(&f, "");
		fixture_real(&f, *v);
		fixture_expect(&f, fixture_apply(&f), IPMASQ_STATE_CHANGED, IPMASQ_STATE_CHANGED,
			       *v);
		before = copy_text(fixture_do(&f, *v, SAVE));
		chain_prefix("IP-MASQ-AGENT", prefix);
		snprintf(commands, sizeof(commands),
			 "iptables-@-restore --noflush <<'E'\n*nat\n:%sa - [0:0]\n:%sb - "
			 "[0:0]\n"
			 "-A %sa -d 10.0.0.0/8 -g %sb\n-A %sb -j RETURN\n"
			 "-A POSTROUTING -m addrtype ! --dst-type LOCAL -j %sa\nCOMMIT\nE\n",
			 prefix, prefix, prefix, prefix, prefix, prefix);
		fixture_do(&f, *v, commands);
		fixture_expect(&f, fixture_check(&f), IPMASQ_STATE_DRIFT, IPMASQ_STATE_IN_LINE, *v);
		CHECK(fixture_reported(&f, IPMASQ_IPV4, "of ours is still there"),
		      fixture_said(&f));
		fixture_expect(&f, fixture_apply(&f), IPMASQ_STATE_CHANGED, IPMASQ_STATE_IN_LINE,
			       *v);
		CHECK_STRING(fixture_do(&f, *v, SAVE), before, *v);
		fixture_do(&f, *v, commands);
		fixture_expect(&f, fixture_remove(&f), IPMASQ_STATE_CHANGED, IPMASQ_STATE_CHANGED,
			       *v);
		CHECK(!strstr(fixture_do(&f, *v, SAVE), "MASQ"), *v);
		free(before);
		fixture_end(&f);
	}
}

/* iptables-save prints a newline in a comment as it is. The text after it is not a rule. */
static void test_newline_in_comments(void)
{
	EACH_VARIANT(v) {
		struct fixture f;

		fixture_begin(&f, "");
		fixture_real(&f, *v);
		fixture_do(&f, *v,
			   "iptables-@ -t nat -A POSTROUTING -m comment --comment 'a \"\n"
			   "-A POSTROUTING -j IP-MASQ-AGENT' -j RETURN");
		fixture_expect(&f, fixture_apply(&f), IPMASQ_STATE_CHANGED, IPMASQ_STATE_CHANGED,
			       *v);
		fixture_do(&f, *v,
			   "iptables-@ -t nat -A POSTROUTING -m comment --comment "
			   "'a\nCOMMIT' -j "
			   "IP-MASQ-AGENT");
		fixture_expect(&f, fixture_apply(&f), IPMASQ_STATE_IN_LINE, IPMASQ_STATE_IN_LINE,
			       *v);
		CHECK(fixture_reported(&f, IPMASQ_IPV4, "rule 3 of POSTROUTING"), fixture_said(&f));
		CHECK(fixture_remove(&f) == -EBUSY, fixture_said(&f));
		CHECK(fixture_found(&f, "still-used", "rule 2 of chain POSTROUTING"),
		      fixture_said(&f));
		fixture_end(&f);
	}
}

/* Several processes apply two policies. In the end one policy is complete, with one jump. */
static void test_at_once(void)
{
	EACH_VARIANT(v) {
		struct fixture f;
		pid_t pids[6];

		fixture_begin(&f, "nonMasqueradeCIDRs: [10.1.0.0/16]\n");
		fixture_real(&f, *v);
		for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
			pids[i] = fork();
			if (pids[i] == 0) {
				if (i % 2)
					fixture_policy(&f, "nonMasqueradeCIDRs: [10.2.0.0/16]\n",
						       IPMASQ_AUTO, NULL);
				_exit(fixture_apply(&f) == 0 ? 0 : 1);
			}
		}
		for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
			CHECK(waitpid(pids[i], NULL, 0) == pids[i], "a racer");
		CHECK(fixture_check(&f) == 0, fixture_said(&f));
		if (fixture_state(&f, IPMASQ_IPV4) != IPMASQ_STATE_IN_LINE)
			fixture_policy(&f, "nonMasqueradeCIDRs: [10.2.0.0/16]\n", IPMASQ_AUTO,
				       NULL);
		fixture_expect(&f, fixture_check(&f), IPMASQ_STATE_IN_LINE, IPMASQ_STATE_IN_LINE,
			       *v);
		fixture_end(&f);
	}
}

/* Of this thread alone: programs that it starts have all capabilities again, as it is root. */
static void allow_net_admin(bool allowed)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	CHECK(syscall(SYS_capget, &header, data) == 0, "capget");
	if (allowed)
		data[0].effective = data[0].permitted;
	else
		data[0].effective &= ~(1u << CAP_NET_ADMIN);
	CHECK(syscall(SYS_capset, &header, data) == 0, "capset");
}

static bool is_pending(const struct fixture *f)
{
	struct ipmasq_result result = { .flows_pending = false };

	CHECK(ipmasq_report_result(f->report, IPMASQ_IPV4, &result, sizeof(result)) == 0, "");
	return result.flows_pending;
}

/* Row 34. Which flows are ended is for tests/kernel/conntrack.sh. */
static void test_flows_stay_pending(void)
{
	EACH_VARIANT(v) {
		struct fixture f;

		fixture_begin(&f, "nonMasqueradeCIDRs: [10.0.0.0/8]");
		fixture_real(&f, *v);
		CHECK(ipmasq_node_set_flows(f.node, IPMASQ_FLOWS_END) == 0, *v);
		allow_net_admin(false);
		CHECK(fixture_apply(&f) == -EPERM, fixture_said(&f));
		CHECK(fixture_found(&f, "conntrack", "IPv4 rules are in line"), fixture_said(&f));
		CHECK(is_pending(&f), "row 34: after a failure");
		CHECK(fixture_check(&f) == 0, fixture_said(&f));
		CHECK(is_pending(&f), "row 34: a check says so too");
		CHECK(fixture_apply(&f) == -EPERM, "row 34: tried again with the rules in line");
		CHECK(is_pending(&f), "row 34: and fails again");
		fixture_policy(&f, "nonMasqueradeCIDRs: [10.1.0.0/16]", IPMASQ_AUTO, NULL);
		CHECK(fixture_apply(&f) == -EPERM, fixture_said(&f));
		CHECK(f.node->pending[0].count == 2, "row 34: both sets of rules are remembered");
		allow_net_admin(true);
		CHECK(fixture_apply(&f) == 0, fixture_said(&f));
		CHECK(!is_pending(&f), "row 34: done");

		/* Rules that were written by a program that failed. */
		fixture_fake(&f,
			     strcmp(*v, "nft") == 0 ? "iptables-nft-restore"
						    : "iptables-legacy-restore",
			     "exec false");
		fixture_policy(&f, "nonMasqueradeCIDRs: [10.2.0.0/16]", IPMASQ_AUTO, NULL);
		CHECK(fixture_apply(&f) < 0, "a program that fails");
		CHECK(is_pending(&f), "row 34: the rules may have been replaced");
		CHECK(ipmasq_node_set_flows(f.node, IPMASQ_FLOWS_COUNT) == 0, *v);
		CHECK(f.node->pending[0].count == 0, "row 34: forgotten when nobody wants it");
		fixture_end(&f);
	}
}

/* What the kernel shows is known: no program is asked again, whether rules are in line, differ or
 * are gone. */
static void test_kernel_has_the_last_word(void)
{
	static const char *const changes[] = {
		"true",
		"iptables-@ -t nat -D IP-MASQ-AGENT 1",
		"iptables-@ -t nat -R IP-MASQ-AGENT 1 -d 203.0.113.7/32 -j RETURN",
		"iptables-@ -t nat -D POSTROUTING 1",
		"iptables-@ -t nat -F; iptables-@ -t nat -X",
	};

	EACH_VARIANT(v) {
		for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
			struct fixture f;

			fixture_begin(&f, "");
			fixture_real(&f, *v);
			f.node->direct = true;
			CHECK(fixture_apply(&f) == 0, fixture_said(&f));
			CHECK(fixture_logged(&f, "iptables-save") == 0, "apply runs restore alone");
			fixture_do(&f, *v, changes[i]);
			fixture_log_clear(&f);
			fixture_expect(&f, fixture_check(&f),
				       i > 0 ? IPMASQ_STATE_DRIFT : IPMASQ_STATE_IN_LINE,
				       IPMASQ_STATE_IN_LINE, changes[i]);
			CHECK(fixture_logged(&f, "ip") == 0, "check runs no program");
			fixture_expect(&f, fixture_apply(&f),
				       i > 0 ? IPMASQ_STATE_CHANGED : IPMASQ_STATE_IN_LINE,
				       IPMASQ_STATE_IN_LINE, changes[i]);
			CHECK(fixture_logged(&f, "ip") == (i > 0), "one restore where needed");
			fixture_end(&f);
		}
	}
}

static const struct unit_test tests[] = {
	{ "a second apply writes nothing", test_twice_writes_once },
	{ "tampering is reported and undone; rules of others stay", test_tampering },
	{ "remove leaves the table as it was", test_remove_leaves_the_rest },
	{ "remove while another chain jumps to ours", test_remove_while_used },
	{ "stale chains of ours are removed", test_stale_chains },
	{ "newlines in comments are not taken for rules", test_newline_in_comments },
	{ "what the kernel shows needs no program", test_kernel_has_the_last_word },
	{ "concurrent processes leave one policy and one jump", test_at_once },
	{ "row 34: flows that could not be ended stay pending", test_flows_stay_pending },
};

int main(void)
{
	return fixture_main("node", tests, ARRAY_SIZE(tests));
}
