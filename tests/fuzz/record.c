/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a seed for a target of the fuzzer to stdout: what this kernel answers, as the library
 *reads it.
 *
 *	record nft|legacy|flows ipv4|ipv6
 */
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*send)(int family);
	} kinds[] = {
		{ "nft", send_nft_table },
		{ "legacy", send_legacy_table },
		{ "flows", send_flows },
	};
	int ipv6 = argc == 3 && strcmp(argv[2], "ipv6") == 0;
	/* The first byte of a seed: the family, and pieces of 64 bytes. */
	char choice = (char)(63 << 1 | ipv6);

	for (size_t i = 0; argc == 3 && i < ARRAY_SIZE(kinds); i++)
		if (strcmp(argv[1], kinds[i].name) == 0)
			return write_all(STDOUT_FILENO, &choice, 1) < 0 ||
			       kinds[i].send(ipv6 ? AF_INET6 : AF_INET);
	fputs("usage: record nft|legacy|flows ipv4|ipv6\n", stderr);
	return 2;
}
