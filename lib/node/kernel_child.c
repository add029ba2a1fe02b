/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How is the kernel asked for the nat table? In a child, which may be in another network namespace;
 * after fork of a process that may have threads, so only with system calls.
 */
#include <netinet/in.h>

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel.h"

enum { DONE, TROUBLE };

static bool put_all(const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDOUT_FILENO, data, len);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	return true;
}

/* Adds zeroes up to a multiple of 8. */
static bool put(const void *data, size_t len)
{
	static const char zeroes[8];

	return put_all(data, len) && put_all(zeroes, -len % 8);
}

/* The kernel's answers have 32 KiB at most. */
union reply {
	struct nlmsghdr head;
	char bytes[65536];
};

/* Hands one answer on. 1: it is the last. */
static int hand_on(int fd, union reply *reply)
{
	ssize_t n = recv(fd, reply, sizeof(*reply), 0);
	const struct nlmsghdr *message = &reply->head;
	unsigned int left;

	if (n < 0)
		return errno == EINTR ? 0 : -1;
	/* As long as the room: perhaps longer. */
	if (n == 0 || n == (ssize_t)sizeof(*reply) || !put(reply, (size_t)n))
		return -1;
	for (left = (unsigned int)n; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
		if (message->nlmsg_type == NLMSG_DONE)
			return 1;
		if (message->nlmsg_type == NLMSG_ERROR)
			return -1;
	}
	return 0;
}

/* NFTA_CHAIN_TABLE and NFTA_RULE_TABLE are the same number. */
static int dump(int fd, int type, int family, union reply *reply)
{
	struct {
		struct nlmsghdr head;
		struct nfgenmsg nfgen;
		struct nlattr attr;
		char table[4];
	} request = {
		.head = { .nlmsg_len = sizeof(request),
			  .nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type),
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.nfgen = { .nfgen_family = (uint8_t)family, .version = NFNETLINK_V0 },
		.attr = { .nla_len = sizeof(struct nlattr) + sizeof(request.table),
			  .nla_type = NFTA_RULE_TABLE },
		.table = "nat",
	};
	int r = 0;

	if (send(fd, &request, sizeof(request), 0) != (ssize_t)sizeof(request))
		return -1;
	while (r == 0)
		r = hand_on(fd, reply);
	return r;
}

int kernel_send_nft(int family)
{
	union reply reply;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	if (fd < 0 || dump(fd, NFT_MSG_GETCHAIN, family, &reply) < 0 ||
	    dump(fd, NFT_MSG_GETRULE, family, &reply) < 0)
		return TROUBLE;
	return DONE;
}

/* Both families have the same numbers and the same structures here, entries apart. */
_Static_assert(IPT_SO_GET_INFO == IP6T_SO_GET_INFO && IPT_SO_GET_ENTRIES == IP6T_SO_GET_ENTRIES &&
		       sizeof(struct ipt_getinfo) == sizeof(struct ip6t_getinfo),
	       "the families differ");

#define NAT_TABLE "nat"

int kernel_send_legacy(int family)
{
	int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	struct ipt_getinfo info = { .name = NAT_TABLE };
	int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	socklen_t len = sizeof(info);
	struct ipt_get_entries *entries;

	if (fd < 0 || getsockopt(fd, level, IPT_SO_GET_INFO, &info, &len) < 0)
		return TROUBLE;
	len = (socklen_t)(sizeof(*entries) + info.size);
	entries = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (entries == MAP_FAILED)
		return TROUBLE;
	memcpy(entries->name, NAT_TABLE, sizeof(NAT_TABLE));
	entries->size = info.size;
	/* EAGAIN: somebody has replaced the table just now. */
	if (getsockopt(fd, level, IPT_SO_GET_ENTRIES, entries, &len) < 0)
		return TROUBLE;
	if (!put(&info, sizeof(info)) || !put(entries->entrytable, info.size) ||
	    !put(entries->entrytable, info.size))
		return TROUBLE;
	return DONE;
}
