/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a seed for a target of the fuzzer to stdout: what this kernel answers, as the library
 *reads it.
 *
 *	record nft|native|scoped|legacy|flows|rules|interfaces|routes ipv4|ipv6
 *	record legacy-TABLE ipv4|ipv6
 *	record reports ipv4 < COMMANDS
 *
 * native: tables of our own. scoped: of nft, what the library asks for where others do not lead to
 *our chains. reports: what the kernel reports while a shell runs the commands. rules, legacy-TABLE,
 *interfaces and routes: what is asked for to know everybody's rules of a node.
 */
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/kernel/entries.h"
#include "node/kernel/listener.h"
#include "node/kernel/nat_ipset.h"
#include "node/kernel/nat_legacy.h"
#include "node/kernel/nat_nft.h"
#include "node/kernel/nat_routes.h"
#include "node/kernel/nat_sockets.h"
#include "node/kernel/native_read.h"
#include "node/kernel/netlink.h"
#include "node/kernel/send.h"
#include "support/nat_replay.h"
#include "support/native_replay.h"
#include "util/write_all.h"

static int pass_on(void *context, const void *answer, size_t len)
{
	const struct nlmsghdr *message = answer;

	(void)context;
	if (message->nlmsg_type == NLMSG_DONE)
		return 0;
	return write_all(STDOUT_FILENO, answer, len) < 0 ? -1 : 1;
}

static int send_flows(int family)
{
	static char room[65536] __attribute__((aligned(8)));
	struct nlmsghdr *request = mnl_nlmsg_put_header(room);
	struct nfgenmsg *general;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	request->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	general = mnl_nlmsg_put_extra_header(request, sizeof(*general));
	general->nfgen_family = (uint8_t)family;
	return fd < 0 || netlink_ask(fd, request, room, sizeof(room), pass_on, NULL) < 0;
}

static int send_reports(int family)
{
	static char room[65536] __attribute__((aligned(8)));
	int fd = listener_socket();
	ssize_t len;

	(void)family;
	if (fd < 0 || system("sh >&2") != 0)
		return 1;
	while ((len = recv(fd, room, sizeof(room), 0)) > 0)
		if (write_all(STDOUT_FILENO, room, (size_t)len) < 0)
			return 1;
	return 0;
}

/* A wire to the kernel that writes all answers to stdout. */
struct recorder {
	struct nat_wire wire;
	struct nat_live_wire live;
	int (*take)(void *context, const struct nlmsghdr *message);
	void *context;
};

static int record_message(void *context, const struct nlmsghdr *message)
{
	static const char zeroes[4];
	struct recorder *recorder = context;

	if (write_all(STDOUT_FILENO, (const char *)message, message->nlmsg_len) < 0 ||
	    write_all(STDOUT_FILENO, zeroes, -message->nlmsg_len % 4) < 0)
		return -EIO;
	return recorder->take(recorder->context, message);
}

static int record_answers(struct nat_wire *wire, struct nlmsghdr *request,
			  int (*take)(void *context, const struct nlmsghdr *message), void *context)
{
	const struct nlmsghdr done = { .nlmsg_len = sizeof(done), .nlmsg_type = NLMSG_DONE };
	struct recorder *recorder = (struct recorder *)wire;
	bool dump = request->nlmsg_flags & NLM_F_DUMP;
	int r;

	recorder->take = take;
	recorder->context = context;
	r = recorder->live.wire.ask(&recorder->live.wire, request, record_message, recorder);
	if (r == 0 && dump)
		r = write_all(STDOUT_FILENO, (const char *)&done, sizeof(done));
	return r;
}

static bool start_recorder(struct recorder *recorder, int bus, enum nat_replay_kind kind)
{
	const char head[2] = { (char)kind, 0 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, bus);

	*recorder = (struct recorder){ .wire.ask = record_answers };
	return fd >= 0 && nat_live_wire_init(&recorder->live, fd) == 0 &&
	       write_all(STDOUT_FILENO, head, sizeof(head)) == 0;
}

static int send_rules(int family)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct nat_ipset_reader ipsets;
	struct recorder recorder;
	struct nat_model *model;
	struct nat_draft draft;

	if (!start_recorder(&recorder, NETLINK_NETFILTER, NAT_REPLAY_NFT) ||
	    nat_model_new(&model) < 0)
		return 1;
	nat_draft_init(&draft, model);
	nat_ipset_reader_init(&ipsets, &draft, &recorder.wire, nat_ipset_name, &fd);
	(void)family;
	return nat_nft_read(&draft, &recorder.wire, &ipsets.ipsets, NULL, NAT_BOTH_FAMILIES) < 0;
}

/* A question about tables of our own whose answer is written to stdout. */
static struct {
	int (*ask)(struct native_socket *socket,
		   int (*take)(void *context, const void *answer, size_t len), void *context);
	int (*take)(void *context, const void *answer, size_t len);
	void *context;
} native;

static int record_native(void *context, const void *answer, size_t len)
{
	(void)context;
	return write_all(STDOUT_FILENO, answer, len) < 0 ? -EIO
							 : native.take(native.context, answer, len);
}

static int ask_native(struct native_socket *socket,
		      int (*take)(void *context, const void *answer, size_t len), void *context)
{
	native.take = take;
	native.context = context;
	return native.ask(socket, record_native, NULL);
}

static int send_native(int family)
{
	const char head = (char)(family == AF_INET6);
	struct native_socket *socket;
	struct native_table table;

	if (native_open(-1, family == AF_INET6 ? IPMASQ_IPV6 : IPMASQ_IPV4, &socket) < 0 ||
	    write_all(STDOUT_FILENO, &head, 1) < 0)
		return 1;
	native.ask = socket->ask;
	socket->ask = ask_native;
	return native_read(socket, NATIVE_REPLAY_ROOT, true, &table) < 0;
}

static int send_interfaces(int family)
{
	struct nat_interfaces interfaces;
	struct recorder recorder;

	(void)family;
	return !start_recorder(&recorder, NETLINK_ROUTE, NAT_REPLAY_INTERFACES) ||
	       nat_interfaces_read(&recorder.wire, &interfaces) < 0;
}

static int send_routes(int family)
{
	struct nat_route_table table;
	struct recorder recorder;

	return !start_recorder(&recorder, NETLINK_ROUTE,
			       family == AF_INET6 ? NAT_REPLAY_ROUTES_IPV6
						  : NAT_REPLAY_ROUTES_IPV4) ||
	       nat_routes_read(&recorder.wire, family == AF_INET6 ? IPMASQ_IPV6 : IPMASQ_IPV4,
			       &table) < 0;
}

static int send_table(const char *table, int family)
{
	struct ipt_get_entries *entries;
	struct ipt_getinfo info;
	char head[2] = { NAT_REPLAY_LEGACY, (char)(family == AF_INET6) };

	for (int i = 0; i < NAT_LEGACY_TABLES; i++)
		if (strcmp(table, nat_legacy_tables[i]) == 0)
			head[1] = (char)(head[1] | i << 1);
	return !entries_get(family, table, &info, &entries) ||
	       write_all(STDOUT_FILENO, head, sizeof(head)) < 0 ||
	       write_all(STDOUT_FILENO, (const char *)&info, sizeof(info)) < 0 ||
	       write_all(STDOUT_FILENO, (const char *)entries->entrytable, info.size) < 0;
}

/* Stdin becomes empty, or the scope. */
static int set_input(bool scoped)
{
	struct send_scope scope;
	int fd = memfd_create("scope", MFD_CLOEXEC);

	send_scope_set(&scope, "IP-MASQ-AGENT");
	if (fd < 0 || (scoped && write_all(fd, (const char *)&scope, sizeof(scope)) < 0))
		return -1;
	return lseek(fd, 0, SEEK_SET) < 0 ? -1 : dup2(fd, STDIN_FILENO);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*send)(int family);
	} models[] = {
		{ "rules", send_rules },
		{ "native", send_native },
		{ "interfaces", send_interfaces },
		{ "routes", send_routes },
	};
	static const struct {
		const char *name;
		int (*send)(int family);
	} kinds[] = {
		{ "nft", send_nft_table },	 { "scoped", send_nft_table },
		{ "legacy", send_legacy_table }, { "flows", send_flows },
		{ "reports", send_reports },
	};
	int ipv6 = argc == 3 && strcmp(argv[2], "ipv6") == 0;
	bool scoped = argc == 3 && strcmp(argv[1], "scoped") == 0;
	bool reports = argc == 3 && strcmp(argv[1], "reports") == 0;
	/* The first byte of a seed: the family, pieces of 64 bytes or more, and what was asked for.
	 */
	char choice = (char)(scoped << 7 | 63 << 1 | ipv6);

	for (size_t i = 0; argc == 3 && i < ARRAY_SIZE(models); i++)
		if (strcmp(argv[1], models[i].name) == 0)
			return models[i].send(ipv6 ? AF_INET6 : AF_INET);
	if (argc == 3 && strncmp(argv[1], "legacy-", 7) == 0)
		return send_table(argv[1] + 7, ipv6 ? AF_INET6 : AF_INET);
	for (size_t i = 0; argc == 3 && i < ARRAY_SIZE(kinds); i++)
		if (strcmp(argv[1], kinds[i].name) == 0)
			return (!reports && set_input(scoped) < 0) ||
			       write_all(STDOUT_FILENO, &choice, 1) < 0 ||
			       kinds[i].send(ipv6 ? AF_INET6 : AF_INET);
	fputs("usage: record KIND ipv4|ipv6\n", stderr);
	return 2;
}
