/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the kernel for its nat table. Only async-signal-safe calls. */
#include "node/kernel/send.h"

#include <netinet/in.h>

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define NAT_TABLE "nat"

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

/*
 * The names of the chains of table nat, one after the other: rules are asked for chain by chain,
 * since for each answer the kernel walks from the start of what it was asked for (Linux 6.18),
 * which takes seconds for 100,000 rules. Memory that is not written to costs nothing.
 */
#define NAMES_BYTES (64u << 20)

struct chain_names {
	char *data;
	size_t len;
};

/* Of the attributes of a chain's message, table and name are of interest. */
static bool note_name(struct chain_names *names, const struct nlmsghdr *message)
{
	size_t at = NLMSG_LENGTH(sizeof(struct nfgenmsg));
	const char *text[2] = { NULL, NULL };
	size_t len = 0;

	while (at + sizeof(struct nlattr) <= message->nlmsg_len) {
		const struct nlattr *attr =
			(const void *)((const char *)(const void *)message + at);

		if (attr->nla_len < sizeof(*attr) || attr->nla_len > message->nlmsg_len - at)
			return false;
		if (attr->nla_type == NFTA_CHAIN_TABLE)
			text[0] = (const char *)(attr + 1);
		if (attr->nla_type == NFTA_CHAIN_NAME) {
			text[1] = (const char *)(attr + 1);
			len = attr->nla_len - sizeof(*attr);
		}
		at += NLA_ALIGN(attr->nla_len);
	}
	if (!text[0] || !text[1] || len == 0 || text[1][len - 1])
		return false;
	if (strcmp(text[0], NAT_TABLE) != 0)
		return true;
	if (len > NAMES_BYTES - names->len)
		return false;
	memcpy(names->data + names->len, text[1], len);
	names->len += len;
	return true;
}

/* Hands one answer on. 1: it is the last. @names: where those of chains go, or NULL. */
static int hand_on(int fd, union reply *reply, struct chain_names *names)
{
	ssize_t n = recv(fd, reply, sizeof(*reply), 0);
	struct nlmsghdr *message = &reply->head;
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
		if (message->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN))
			return 1;
		if (names && !note_name(names, message))
			return -1;
	}
	return 0;
}

struct request {
	struct nlmsghdr head;
	struct nfgenmsg nfgen;
	char attrs[512];
};

static void add_text(struct request *request, uint16_t type, const char *text)
{
	size_t len = strlen(text) + 1;
	struct nlattr attr = { .nla_len = (uint16_t)(sizeof(attr) + len), .nla_type = type };
	char *at = (char *)(void *)request + request->head.nlmsg_len;

	memcpy(at, &attr, sizeof(attr));
	memcpy(at + sizeof(attr), text, len);
	request->head.nlmsg_len += NLA_ALIGN(attr.nla_len);
}

/* @chain: whose rules, or NULL. */
static int ask(int fd, int type, int flags, int family, const char *chain,
	       struct chain_names *names, union reply *reply)
{
	struct request request = {
		.head = { .nlmsg_len = NLMSG_LENGTH(sizeof(request.nfgen)),
			  .nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type),
			  .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags) },
		.nfgen = { .nfgen_family = (uint8_t)family, .version = NFNETLINK_V0 },
	};
	int r = 0;

	if (chain) {
		if (strlen(chain) > 256)
			return -1;
		add_text(&request, NFTA_RULE_TABLE, NAT_TABLE);
		add_text(&request, NFTA_RULE_CHAIN, chain);
	}
	if (send(fd, &request, request.head.nlmsg_len, 0) != (ssize_t)request.head.nlmsg_len)
		return -1;
	while (r == 0)
		r = hand_on(fd, reply, names);
	return r;
}

int send_nft_table(int family)
{
	union reply reply;
	struct chain_names names = { .len = 0 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	names.data = mmap(NULL, NAMES_BYTES, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (fd < 0 || names.data == MAP_FAILED ||
	    ask(fd, NFT_MSG_GETCHAIN, NLM_F_DUMP, family, NULL, &names, &reply) < 0)
		return TROUBLE;
	for (size_t at = 0; at < names.len; at += strlen(names.data + at) + 1)
		if (ask(fd, NFT_MSG_GETRULE, NLM_F_DUMP, family, names.data + at, NULL, &reply) < 0)
			return TROUBLE;
	return ask(fd, NFT_MSG_GETGEN, 0, family, NULL, NULL, &reply) < 0 ? TROUBLE : DONE;
}

/* Both families have the same numbers and the same structures here, entries apart. */
_Static_assert(IPT_SO_GET_INFO == IP6T_SO_GET_INFO && IPT_SO_GET_ENTRIES == IP6T_SO_GET_ENTRIES &&
		       sizeof(struct ipt_getinfo) == sizeof(struct ip6t_getinfo),
	       "the families differ");

int send_legacy_table(int family)
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
