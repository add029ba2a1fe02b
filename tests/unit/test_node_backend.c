/* SPDX-License-Identifier: Apache-2.0 */
/* The choice of the backend, the families and the network namespace, on the real kernel. */
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/node_fixture.h"

static void test_ipv6_off(void)
{
	EACH_VARIANT(v) {
		struct fixture f;

		fixture_begin(&f, "");
		fixture_real(&f, *v);
		fixture_expect(&f, fixture_apply(&f), IPMASQ_STATE_CHANGED, IPMASQ_STATE_CHANGED,
			       *v);
		fixture_policy(&f, "", IPMASQ_OFF, NULL);
		fixture_expect(&f, fixture_apply(&f), IPMASQ_STATE_IN_LINE, IPMASQ_STATE_SKIPPED,
			       *v);
		CHECK(fixture_reported(&f, IPMASQ_IPV6, "IPv6 is off"), fixture_said(&f));
		CHECK(fixture_reported(&f, IPMASQ_IPV6, "still in the IPv6 nat table"),
		      fixture_said(&f));
		CHECK(strstr(fixture_do(&f, *v, "ip6tables-@-save -t nat"), "IP-MASQ-AGENT"), *v);
		fixture_expect(&f, fixture_remove(&f), IPMASQ_STATE_CHANGED, IPMASQ_STATE_CHANGED,
			       *v);
		fixture_expect(&f, fixture_apply(&f), IPMASQ_STATE_CHANGED, IPMASQ_STATE_SKIPPED,
			       *v);
		CHECK(!fixture_reported(&f, IPMASQ_IPV6, "still"), fixture_said(&f));
		fixture_end(&f);
	}
}

/* Commands that prepare a node, and the backend that auto must take. */
static const struct {
	const char *commands;
	enum ipmasq_backend backend;
	/* The variant of the plain programs. */
	const char *plain;
} nodes[] = {
	{ "true", IPMASQ_BACKEND_NFT, "nft" },
	{ "true", IPMASQ_BACKEND_LEGACY, "legacy" },
	{ "iptables-nft -t mangle -N KUBE-IPTABLES-HINT", IPMASQ_BACKEND_NFT, "legacy" },
	{ "iptables-legacy -t nat -L >$D/null; iptables-nft -t mangle -N KUBE-KUBELET-CANARY; "
	  "iptables-legacy -t nat -A OUTPUT -j RETURN",
	  IPMASQ_BACKEND_NFT, "legacy" },
	{ "iptables-legacy -t mangle -N KUBE-IPTABLES-HINT; iptables-legacy -t nat -L >$D/null; "
	  "iptables-nft -t nat -A OUTPUT -j RETURN",
	  IPMASQ_BACKEND_LEGACY, "nft" },
	{ "iptables-legacy -t nat -A OUTPUT -j RETURN", IPMASQ_BACKEND_LEGACY, "nft" },
	{ "iptables-nft -t nat -A OUTPUT -j RETURN", IPMASQ_BACKEND_NFT, "legacy" },
	{ "iptables-nft -t nat -A OUTPUT -j RETURN; iptables-legacy -t nat -A OUTPUT -j RETURN; "
	  "iptables-legacy -t nat -A OUTPUT -j RETURN",
	  IPMASQ_BACKEND_LEGACY, "nft" },
	/* What the kernel counts of the chains of nft, jumps included, would be 4. */
	{ "iptables-nft -t nat -N X; iptables-nft -t nat -A OUTPUT -j X; "
	  "iptables-nft -t nat -A OUTPUT -j X; for i in 1 2 3; do "
	  "iptables-legacy -t nat -A OUTPUT -j RETURN; done",
	  IPMASQ_BACKEND_LEGACY, "nft" },
	{ "iptables-legacy -t nat -L >$D/null", IPMASQ_BACKEND_NFT, "nft" },
	{ "iptables-legacy -t nat -L >$D/null; iptables-nft -t nat -N IP-MASQ-AGENT",
	  IPMASQ_BACKEND_NFT, "legacy" },
	{ "iptables-legacy -t mangle -N KUBE-IPTABLES-HINT", IPMASQ_BACKEND_LEGACY, "nft" },
	{ "iptables-legacy -t mangle -N KUBE-KUBELET-CANARY; "
	  "iptables-nft -t nat -A OUTPUT -j RETURN",
	  IPMASQ_BACKEND_LEGACY, "nft" },
	{ "iptables-nft -t nat -N IP-MASQ-AGENT; iptables-nft -t nat -A POSTROUTING -j "
	  "IP-MASQ-AGENT; iptables-legacy -t mangle -N KUBE-IPTABLES-HINT; iptables-legacy -t nat "
	  "-A OUTPUT -j RETURN; iptables-legacy -t nat -A OUTPUT -j RETURN",
	  IPMASQ_BACKEND_NFT, "legacy" },
	{ "iptables-legacy -t nat -N IP-MASQ-AGENT; iptables-legacy -t nat -A POSTROUTING -j "
	  "IP-MASQ-AGENT; iptables-nft -t mangle -N KUBE-IPTABLES-HINT; iptables-nft -t nat "
	  "-A OUTPUT -j RETURN; iptables-nft -t nat -N IP-MASQ-AGENT",
	  IPMASQ_BACKEND_LEGACY, "nft" },
};

/* @direct: the kernel is read, and not only by the programs. */
static void find_backend(size_t i, bool direct)
{
	bool legacy = nodes[i].backend == IPMASQ_BACKEND_LEGACY;
	struct fixture f;

	fixture_begin(&f, "");
	fixture_real(&f, "nft");
	fixture_real(&f, "legacy");
	f.node->direct = direct;
	fixture_do(&f, nodes[i].plain,
		   "for p in iptables ip6tables; do for j in save restore; do "
		   "ln -s /usr/sbin/$p-@-$j $D/bin/$p-$j; done; done");
	fixture_do(&f, "", nodes[i].commands);
	fixture_expect(&f, fixture_apply(&f), IPMASQ_STATE_CHANGED, IPMASQ_STATE_CHANGED,
		       nodes[i].commands);
	CHECK(fixture_result(&f, IPMASQ_IPV4).backend == nodes[i].backend, nodes[i].commands);
	CHECK(fixture_result(&f, IPMASQ_IPV6).backend == nodes[i].backend, nodes[i].commands);
	CHECK(strstr(fixture_do(&f, legacy ? "legacy" : "nft", "iptables-@-save -t nat"),
		     "-j IP-MASQ-AGENT"),
	      nodes[i].commands);
	fixture_expect(&f, fixture_apply(&f), IPMASQ_STATE_IN_LINE, IPMASQ_STATE_IN_LINE,
		       nodes[i].commands);
	if (!strstr(nodes[i].commands, "legacy") && !legacy)
		CHECK_STRING(fixture_do(&f, "", "cat /proc/net/ip_tables_names"), "",
			     "legacy modules are left alone");
	fixture_end(&f);
}

static void test_backend_is_found(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		find_backend(i, false);
		find_backend(i, true);
	}
}

/* Rules in both backends are drift, until one apply has removed those that are not in use. */
static void test_both_backends(void)
{
	static const struct {
		enum ipmasq_backend asked;
		const char *commands;
		enum ipmasq_backend used;
	} rows[] = {
		{ IPMASQ_BACKEND_NFT, "true", IPMASQ_BACKEND_NFT },
		{ IPMASQ_BACKEND_LEGACY, "true", IPMASQ_BACKEND_LEGACY },
		{ IPMASQ_BACKEND_AUTO,
		  "iptables-nft -t nat -A OUTPUT -j RETURN; "
		  "ip6tables-nft -t nat -A OUTPUT -j RETURN",
		  IPMASQ_BACKEND_NFT },
		{ IPMASQ_BACKEND_AUTO,
		  "iptables-legacy -t mangle -N KUBE-IPTABLES-HINT; "
		  "ip6tables-legacy -t mangle -N KUBE-IPTABLES-HINT",
		  IPMASQ_BACKEND_LEGACY },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *used = ipmasq_backend_name(rows[i].used);
		const char *other = rows[i].used == IPMASQ_BACKEND_NFT ? "legacy" : "nft";
		static char before[FIXTURE_TEXT];
		struct fixture f;
		char text[64];

		fixture_begin(&f, "");
		fixture_real(&f, "nft");
		fixture_real(&f, "legacy");
		CHECK(ipmasq_node_set_backend(f.node, IPMASQ_BACKEND_LEGACY) == 0, "legacy");
		fixture_expect(&f, fixture_apply(&f), IPMASQ_STATE_CHANGED, IPMASQ_STATE_CHANGED,
			       "legacy");
		fixture_do(&f, "",
			   "for p in iptables ip6tables; do $p-legacy-save -t nat | "
			   "$p-nft-restore; done");
		fixture_do(&f, "", rows[i].commands);
		CHECK(ipmasq_node_set_backend(f.node, rows[i].asked) == 0, "asked");
		snprintf(before, sizeof(before), "%s", fixture_do(&f, used, SAVE));
		fixture_expect(&f, fixture_check(&f), IPMASQ_STATE_DRIFT, IPMASQ_STATE_DRIFT,
			       rows[i].commands);
		snprintf(text, sizeof(text), "the %s one has rules of ours too", other);
		CHECK(fixture_reported(&f, IPMASQ_IPV4, text), fixture_said(&f));
		CHECK(fixture_reported(&f, IPMASQ_IPV6, text), fixture_said(&f));
		fixture_expect(&f, fixture_apply(&f), IPMASQ_STATE_CHANGED, IPMASQ_STATE_CHANGED,
			       rows[i].commands);
		CHECK(fixture_result(&f, IPMASQ_IPV4).backend == rows[i].used, fixture_said(&f));
		CHECK(fixture_result(&f, IPMASQ_IPV6).backend == rows[i].used, fixture_said(&f));
		CHECK_STRING(fixture_do(&f, used, SAVE), before, "those in use stay as they are");
		CHECK(!strstr(fixture_do(&f, other, SAVE), "MASQ"), other);
		fixture_expect(&f, fixture_check(&f), IPMASQ_STATE_IN_LINE, IPMASQ_STATE_IN_LINE,
			       rows[i].commands);
		fixture_end(&f);
	}
}

/* What the programs answer on a node without rules of ours, and what follows for IPv4: the backend,
 * or AUTO: a failure in which nothing is written. */
static const struct {
	const char *what;
	const char *commands;
	/* The variant whose program to save does this first. */
	const char *troubled;
	const char *trouble;
	enum ipmasq_backend backend;
	const char *plain;
	const char *says;
} answers[] = {
	{ "the kernel has no nf_tables", "true", "nft",
	  "echo 'iptables-nft-save/1.8.9 (nf_tables) Failed to initialize nft: Protocol not "
	  "supported' >&2; exit 1",
	  IPMASQ_BACKEND_LEGACY, "nft", "" },
	{ "the kernel has no legacy tables", "true", "legacy",
	  "echo \"iptables-legacy-save v1.8.9 (legacy): Cannot initialize: Table does not exist "
	  "(do "
	  "you need to insmod?)\" >&2; exit 1",
	  IPMASQ_BACKEND_NFT, "legacy", "" },
	{ "nft is killed", "true", "nft", "kill -9 $$", IPMASQ_BACKEND_AUTO, "legacy", "signal 9" },
	{ "nft has no memory", "true", "nft",
	  "echo 'iptables-nft-save/1.8.9 (nf_tables) Failed to initialize nft: Cannot allocate "
	  "memory' >&2; exit 1",
	  IPMASQ_BACKEND_AUTO, "legacy", "Cannot allocate memory" },
	{ "nft has no buffers", "iptables-legacy -t nat -A OUTPUT -j RETURN", "nft",
	  "echo 'iptables-nft-save v1.8.9 (nf_tables): Could not fetch rule set generation id: No "
	  "buffer space available' >&2; exit 4",
	  IPMASQ_BACKEND_AUTO, "legacy", "No buffer space available" },
	{ "nft says something new", "true", "nft", "echo 'no idea' >&2; exit 1",
	  IPMASQ_BACKEND_AUTO, "legacy", "no idea" },
	{ "nft prints half of it", "true", "nft", "echo '*nat'; exit 0", IPMASQ_BACKEND_AUTO,
	  "legacy", "ends before its COMMIT" },
	{ "nft prints half of mangle", "true", "nft",
	  "case $2 in mangle) echo '*mangle'; exit 0;; esac", IPMASQ_BACKEND_AUTO, "legacy",
	  "cannot show the mangle table" },
	{ "nft cannot print mangle", "true", "nft",
	  "case $2 in mangle) echo \"# Table \\`mangle' is incompatible, use 'nft' tool.\"; "
	  "exit 0;; esac",
	  IPMASQ_BACKEND_AUTO, "legacy", "cannot show the mangle table" },
	{ "legacy is killed", "iptables-legacy -t nat -A OUTPUT -j RETURN", "legacy", "kill -9 $$",
	  IPMASQ_BACKEND_AUTO, "nft", "signal 9" },
	{ "the lock of legacy is held", "iptables-legacy -t nat -A OUTPUT -j RETURN", "legacy",
	  "echo 'Another app is currently holding the xtables lock. Stopped waiting after 5s.' "
	  ">&2; "
	  "exit 4",
	  IPMASQ_BACKEND_AUTO, "nft", "xtables lock" },
	{ "legacy is killed, and has no table", "true", "legacy", "kill -9 $$", IPMASQ_BACKEND_NFT,
	  "nft", "" },
	{ "legacy is killed, and rules of ours work in nft",
	  "iptables-legacy -t nat -A OUTPUT -j RETURN; iptables-nft -t nat -N IP-MASQ-AGENT; "
	  "iptables-nft -t nat -A POSTROUTING -m addrtype ! --dst-type LOCAL -j IP-MASQ-AGENT",
	  "legacy", "kill -9 $$", IPMASQ_BACKEND_NFT, "legacy",
	  "the legacy nat table has rules of ours too is not known" },
};

static void test_answers(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		bool chosen = answers[i].backend != IPMASQ_BACKEND_AUTO;
		bool fails = *answers[i].says;
		struct ipmasq_result result;
		char name[64];
		char body[1024];
		struct fixture f;
		int r;

		fixture_begin(&f, "");
		fixture_real(&f, "nft");
		fixture_real(&f, "legacy");
		fixture_policy(&f, "", IPMASQ_OFF, NULL);
		fixture_do(&f, answers[i].plain,
			   "for j in save restore; do ln -s /usr/sbin/iptables-@-$j "
			   "$D/bin/iptables-$j; done");
		fixture_do(&f, "", answers[i].commands);
		snprintf(name, sizeof(name), "iptables-%s-save", answers[i].troubled);
		snprintf(body, sizeof(body), "%s\nexec /usr/sbin/%s \"$@\"", answers[i].trouble,
			 name);
		fixture_fake(&f, name, body);
		fixture_log_clear(&f);
		r = fixture_apply(&f);
		result = fixture_result(&f, IPMASQ_IPV4);
		CHECK((r < 0) == fails, answers[i].what);
		CHECK(!fails || strstr(result.text, answers[i].says), fixture_said(&f));
		CHECK(result.state == (fails ? IPMASQ_STATE_FAILED : IPMASQ_STATE_CHANGED),
		      answers[i].what);
		CHECK(result.backend == answers[i].backend, answers[i].what);
		CHECK((fixture_logged(&f, "iptables-restore") > 0) == chosen, answers[i].what);
		/* The next call asks again. */
		fixture_real(&f, answers[i].troubled);
		CHECK(fixture_apply(&f) == 0, fixture_said(&f));
		fixture_end(&f);
	}
}

static void test_netns(void)
{
	EACH_VARIANT(v) {
		struct fixture f;
		int ready[2];
		char path[64];
		char byte;
		pid_t pid;

		fixture_begin(&f, "");
		fixture_real(&f, *v);
		CHECK(pipe(ready) == 0, "pipe");
		pid = fork();
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (unshare(CLONE_NEWNET) < 0 || write(ready[1], "x", 1) != 1)
				_exit(1);
			pause();
			_exit(0);
		}
		CHECK(read(ready[0], &byte, 1) == 1, "the other namespace");
		snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
		CHECK(ipmasq_node_set_path(f.node, IPMASQ_PATH_NETNS, path, f.diags) == 0, path);
		kill(pid, SIGKILL);
		CHECK(waitpid(pid, NULL, 0) == pid, "the node keeps the namespace alive");
		fixture_expect(&f, fixture_apply(&f), IPMASQ_STATE_CHANGED, IPMASQ_STATE_CHANGED,
			       *v);
		fixture_expect(&f, fixture_check(&f), IPMASQ_STATE_IN_LINE, IPMASQ_STATE_IN_LINE,
			       *v);
		CHECK(!strstr(fixture_do(&f, *v, SAVE), "MASQ"), "this namespace is unchanged");
		CHECK(ipmasq_node_set_path(f.node, IPMASQ_PATH_NETNS, NULL, f.diags) == 0, "back");
		fixture_expect(&f, fixture_check(&f), IPMASQ_STATE_DRIFT, IPMASQ_STATE_DRIFT, *v);
		CHECK(ipmasq_node_set_path(f.node, IPMASQ_PATH_NETNS, "/no/such", f.diags) ==
			      -ENOENT,
		      "missing");
		CHECK(ipmasq_node_set_path(f.node, IPMASQ_PATH_NETNS, "no-such-name", f.diags) ==
			      -ENOENT,
		      "missing");
		CHECK(fixture_found(&f, "netns", "/run/netns/no-such-name: "), fixture_said(&f));
		CHECK(ipmasq_node_set_path(f.node, IPMASQ_PATH_NETNS, "/dev/null", f.diags) ==
			      -ENOENT,
		      "no netns");
		CHECK(ipmasq_node_set_path(f.node, IPMASQ_PATH_NETNS, "/proc/self/ns/user",
					   f.diags) == -ENOENT,
		      "another kind of namespace");
		close(ready[0]);
		close(ready[1]);
		fixture_end(&f);
	}
}

static const struct unit_test tests[] = {
	{ "with IPv6 off, its rules stay and are reported", test_ipv6_off },
	{ "only answers are facts", test_answers },
	{ "auto finds the backend in use", test_backend_is_found },
	{ "rules in both backends are drift, and end in one", test_both_backends },
	{ "only the programs enter another namespace", test_netns },
};

int main(void)
{
	return fixture_main("node_backend", tests, ARRAY_SIZE(tests));
}
