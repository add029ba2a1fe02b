/* SPDX-License-Identifier: Apache-2.0 */
/* The choice of the backend, the families and the network namespace, on the real kernel. */
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/backend.h"
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

/* Observations of both backends, and the backend that follows from them. */
static const struct {
	const char *what;
	struct backend_signs nft;
	struct backend_signs legacy;
	enum ipmasq_backend backend;
} signs[] = {
	{ "nothing", { true, false, 0, false }, { true, false, 0, false }, IPMASQ_BACKEND_AUTO },
	{ "nothing can be read",
	  { false, false, 0, false },
	  { false, false, 0, false },
	  IPMASQ_BACKEND_AUTO },
	{ "the same in both",
	  { true, true, 7, true },
	  { true, true, 7, true },
	  IPMASQ_BACKEND_AUTO },
	{ "hints decide first",
	  { false, true, 0, false },
	  { true, false, 9, true },
	  IPMASQ_BACKEND_NFT },
	{ "hints in the legacy table",
	  { true, false, 9, true },
	  { true, true, 0, false },
	  IPMASQ_BACKEND_LEGACY },
	{ "only nft can be read",
	  { true, false, 0, false },
	  { false, false, 0, false },
	  IPMASQ_BACKEND_NFT },
	{ "only legacy can be read",
	  { false, false, 0, false },
	  { true, false, 0, false },
	  IPMASQ_BACKEND_LEGACY },
	{ "more rules of others in nft",
	  { true, true, 2, false },
	  { true, true, 1, true },
	  IPMASQ_BACKEND_NFT },
	{ "more rules of others in legacy",
	  { true, false, 1, true },
	  { true, false, 2, false },
	  IPMASQ_BACKEND_LEGACY },
	{ "ours in nft", { true, false, 3, true }, { true, false, 3, false }, IPMASQ_BACKEND_NFT },
	{ "ours in legacy",
	  { true, false, 3, false },
	  { true, false, 3, true },
	  IPMASQ_BACKEND_LEGACY },
};

static void test_signs(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(signs); i++)
		CHECK(backend_decide(&signs[i].nft, &signs[i].legacy) == signs[i].backend,
		      signs[i].what);
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
	{ "iptables-legacy -t nat -L >$D/null", IPMASQ_BACKEND_NFT, "nft" },
	{ "iptables-legacy -t nat -L >$D/null; iptables-nft -t nat -N IP-MASQ-AGENT",
	  IPMASQ_BACKEND_NFT, "legacy" },
};

static void test_backend_is_found(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		bool legacy = nodes[i].backend == IPMASQ_BACKEND_LEGACY;
		struct fixture f;

		fixture_begin(&f, "");
		fixture_real(&f, "nft");
		fixture_real(&f, "legacy");
		fixture_do(&f, nodes[i].plain,
			   "for p in iptables ip6tables; do for j in save restore; do "
			   "ln -s /usr/sbin/$p-@-$j $D/bin/$p-$j; done; done");
		fixture_do(&f, "", nodes[i].commands);
		fixture_expect(&f, fixture_apply(&f), IPMASQ_STATE_CHANGED, IPMASQ_STATE_CHANGED,
			       nodes[i].commands);
		CHECK(fixture_result(&f, IPMASQ_IPV4).backend == nodes[i].backend,
		      nodes[i].commands);
		CHECK(fixture_result(&f, IPMASQ_IPV6).backend == nodes[i].backend,
		      nodes[i].commands);
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
}

static void test_both_backends(void)
{
	struct fixture f;

	fixture_begin(&f, "");
	fixture_real(&f, "nft");
	fixture_real(&f, "legacy");
	CHECK(ipmasq_node_set_backend(f.node, IPMASQ_BACKEND_LEGACY) == 0, "legacy");
	fixture_expect(&f, fixture_apply(&f), IPMASQ_STATE_CHANGED, IPMASQ_STATE_CHANGED, "legacy");
	CHECK(ipmasq_node_set_backend(f.node, IPMASQ_BACKEND_NFT) == 0, "nft");
	fixture_expect(&f, fixture_apply(&f), IPMASQ_STATE_CHANGED, IPMASQ_STATE_CHANGED, "nft");
	CHECK(ipmasq_node_set_backend(f.node, IPMASQ_BACKEND_AUTO) == 0, "auto");
	fixture_do(&f, "", "iptables-nft -t nat -A OUTPUT -j RETURN");
	fixture_expect(&f, fixture_apply(&f), IPMASQ_STATE_IN_LINE, IPMASQ_STATE_IN_LINE, "auto");
	CHECK(fixture_reported(&f, IPMASQ_IPV4, "is in the legacy nat table too"),
	      fixture_said(&f));
	fixture_expect(&f, fixture_remove(&f), IPMASQ_STATE_CHANGED, IPMASQ_STATE_CHANGED, "both");
	EACH_VARIANT(v)
		CHECK(!strstr(fixture_do(&f, *v, SAVE), "MASQ"), *v);
	fixture_end(&f);
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
	{ "the choice between the backends", test_signs },
	{ "with IPv6 off, its rules stay and are reported", test_ipv6_off },
	{ "auto finds the backend in use", test_backend_is_found },
	{ "rules in both backends are reported and removed", test_both_backends },
	{ "only the programs enter another namespace", test_netns },
};

int main(void)
{
	return fixture_main("node_backend", tests, ARRAY_SIZE(tests));
}
