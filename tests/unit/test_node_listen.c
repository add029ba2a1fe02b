/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel reports of changes of nft rules, on the real kernel: what concerns us is news,
 * what others do elsewhere and what we wrote ourselves is not. */
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "support/node_fixture.h"

static struct fixture fixture;

static void begin_node(const char *netns)
{
	fixture_begin(&fixture, "");
	fixture_real(&fixture, "nft");
	/* The wrappers run in this namespace. */
	fixture.node->direct = true;
	if (netns)
		CHECK(ipmasq_node_set_path(fixture.node, IPMASQ_PATH_NETNS, netns, NULL) == 0,
		      "namespace");
}

static bool readable(int fd)
{
	struct pollfd event = { .fd = fd, .events = POLLIN };

	return poll(&event, 1, 0) > 0;
}

/* The reports are there when the program that caused them has ended. */
static struct ipmasq_changes take(void)
{
	struct ipmasq_changes changes = { .process = "" };

	CHECK(ipmasq_node_changes(fixture.node, fixture.policy, &changes, sizeof(changes)) == 0,
	      "changes");
	return changes;
}

static int listen_to_node(void)
{
	int fd = -1;
	int again = -1;

	CHECK(ipmasq_node_listen(fixture.node, &fd) == 0, "listen");
	CHECK(fd >= 0 && ipmasq_node_listen(fixture.node, &again) == 0 && again == fd,
	      "the descriptor stays the same");
	CHECK(!readable(fd), "nothing was reported yet");
	return fd;
}

static const struct {
	const char *commands;
	bool ours;
	/* Who does it, as the kernel names it. */
	const char *process;
} cases[] = {
	{ "iptables-nft -t nat -F IP-MASQ-AGENT", true, "iptables" },
	{ "ip6tables-nft -t nat -F", true, "ip6tables" },
	{ "iptables-nft -t nat -D IP-MASQ-AGENT 1", true, "iptables" },
	{ "iptables-nft -t nat -A POSTROUTING -s 192.0.2.7 -j RETURN", true, "iptables" },
	{ "nft flush ruleset", true, "nft" },
	{ "nft delete table ip nat", true, "nft" },
	{ "nft add table ip nat '{ flags dormant; }'", true, "nft" },
	{ "nft add rule ip6 nat IP-MASQ-AGENT return", true, "nft" },
	{ "iptables-nft -t nat -N IP-MASQ-AG.ours", false, NULL },
	{ "iptables-nft -t nat -N KUBE-SVC-X && iptables-nft -t nat -A KUBE-SVC-X -j RETURN", false,
	  NULL },
	{ "iptables-nft -t nat -A PREROUTING -s 192.0.2.7 -j RETURN", false, NULL },
	{ "iptables-nft -A FORWARD -s 192.0.2.7 -j RETURN", false, NULL },
	{ "iptables-nft -t mangle -A POSTROUTING -s 192.0.2.7 -j RETURN", false, NULL },
	{ "nft add table inet nat && nft add chain inet nat POSTROUTING", false, NULL },
	{ "nft add table ip x && nft add set ip x y '{ type ipv4_addr; }' && "
	  "nft add element ip x y '{ 192.0.2.7 }'",
	  false, NULL },
};

static void each_case(const char *netns)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ipmasq_changes changes;
		int fd;

		begin_node(netns);
		fd = listen_to_node();
		fixture_expect(&fixture, fixture_apply(&fixture), IPMASQ_STATE_CHANGED,
			       IPMASQ_STATE_CHANGED, "apply");
		changes = take();
		CHECK(!changes.ours && !changes.lost && !changes.more,
		      "what was written and read back is no news");
		fixture_do(&fixture, "nft", cases[i].commands);
		CHECK(readable(fd), cases[i].commands);
		changes = take();
		CHECK(changes.ours == cases[i].ours && !changes.lost, cases[i].commands);
		if (cases[i].process)
			CHECK(strncmp(changes.process, cases[i].process,
				      strlen(cases[i].process)) == 0 &&
				      changes.pid > 0,
			      cases[i].commands);
		changes = take();
		CHECK(!changes.ours && !readable(fd), cases[i].commands);
		fixture_end(&fixture);
	}
}

static void test_own_namespace(void)
{
	each_case(NULL);
}

/* The socket is opened by a child in the namespace. */
static void test_named_namespace(void)
{
	each_case("/proc/self/ns/net");
}

/* A change that was looked at before its report was taken is no news; one after it is. */
static void test_seen(void)
{
	begin_node(NULL);
	listen_to_node();
	fixture_apply(&fixture);
	fixture_do(&fixture, "nft", "iptables-nft -t nat -F IP-MASQ-AGENT");
	fixture_expect(&fixture, fixture_apply(&fixture), IPMASQ_STATE_CHANGED,
		       IPMASQ_STATE_IN_LINE, "repair");
	CHECK(!take().ours, "a change that was repaired is no news");
	fixture_do(&fixture, "nft", "iptables-nft -t nat -F IP-MASQ-AGENT");
	fixture_do(&fixture, "nft", "iptables-nft -A FORWARD -s 192.0.2.7 -j RETURN");
	CHECK(take().ours, "one after that is");
	fixture_end(&fixture);
}

/* Reports that nobody took in time are missed, and that is told. */
static void test_lost(void)
{
	struct ipmasq_changes changes;
	int few = 2048;
	int fd;

	begin_node(NULL);
	fd = listen_to_node();
	fixture_apply(&fixture);
	take();
	CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &few, sizeof(few)) == 0, "a short queue");
	fixture_do(&fixture, "nft",
		   "{ echo '*nat'; echo ':X - [0:0]';"
		   " for i in $(seq 100); do echo \"-A X -d 192.0.2.$((i % 250)) -j RETURN\"; done;"
		   " echo COMMIT; } >$D/many; iptables-nft-restore --noflush <$D/many");
	changes = take();
	CHECK(changes.lost && !changes.ours, "reports were lost");
	changes = take();
	CHECK(!changes.lost, "which is told once");
	fixture_end(&fixture);
}

/* Another namespace has other reports. */
static void test_closed(void)
{
	struct ipmasq_changes changes;
	int fd = -1;

	begin_node(NULL);
	listen_to_node();
	fixture_apply(&fixture);
	CHECK(ipmasq_node_set_path(fixture.node, IPMASQ_PATH_NETNS, "/proc/self/ns/net", NULL) == 0,
	      "a namespace");
	fixture_do(&fixture, "nft", "nft flush ruleset");
	changes = take();
	CHECK(!changes.ours && strcmp(changes.process, "") == 0, "nobody listens any more");
	CHECK(ipmasq_node_listen(fixture.node, &fd) == 0, "listen");
	fixture_do(&fixture, "nft", "nft add table ip nat");
	CHECK(take().ours, "all is news where nobody has looked yet");
	ipmasq_node_unlisten(fixture.node);
	ipmasq_node_unlisten(fixture.node);
	CHECK(!take().ours, "nobody listens any more");
	CHECK(ipmasq_node_set_path(fixture.node, IPMASQ_PATH_PROGRAMS, fixture.dir, NULL) == 0 &&
		      ipmasq_node_listen(fixture.node, &fd) == -EOPNOTSUPP,
	      "other programs may work elsewhere");
	fixture_end(&fixture);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "changes in the process's own namespace", test_own_namespace },
		{ "changes in a namespace that is named", test_named_namespace },
		{ "changes that were seen already", test_seen },
		{ "reports that were lost", test_lost },
		{ "the end of listening", test_closed },
	};

	return fixture_main("listening to a node", tests, ARRAY_SIZE(tests));
}
