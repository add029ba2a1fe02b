/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a seed for a target of the fuzzer to stdout: what this kernel answers, as the library
 *reads it.
 *
 *	record nft|scoped|legacy|flows ipv4|ipv6
 *	record reports ipv4 < COMMANDS
 *
 * scoped: of nft, what the library asks for where others do not lead to our chains. reports: what
 * the kernel reports while a shell runs the commands.
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

#include "node/kernel/listener.h"
#include "node/kernel/netlink.h"
#include "node/kernel/send.h"
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

	for (size_t i = 0; argc == 3 && i < ARRAY_SIZE(kinds); i++)
		if (strcmp(argv[1], kinds[i].name) == 0)
			return (!reports && set_input(scoped) < 0) ||
			       write_all(STDOUT_FILENO, &choice, 1) < 0 ||
			       kinds[i].send(ipv6 ? AF_INET6 : AF_INET);
	fputs("usage: record nft|scoped|legacy|flows ipv4|ipv6\n", stderr);
	return 2;
}
