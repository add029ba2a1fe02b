/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the kernel for its nat table. Only async-signal-safe calls. */
#include "node/kernel/send.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/kernel/entries.h"
#include "node/kernel/nat_legacy_prune.h"
#include "node/kernel/netlink.h"
#include "node/kernel/observer.h"
#include "util/write_all.h"

#define NAT_TABLE "nat"

enum { DONE, TROUBLE };

/* Adds zeroes up to a multiple of 8. */
static int write_padded(const void *data, size_t len)
{
	static const char zeroes[8];
	int r = write_all(STDOUT_FILENO, data, len);

	return r < 0 ? r : write_all(STDOUT_FILENO, zeroes, -len % 8);
}

/* The kernel's answers are 32 KiB or less. */
#define ANSWER_BYTES 65536

/*
 * The names of chains of table nat, one after the other. Rules are asked for chain by chain:
 * for each datagram of an answer the kernel walks from the start of what it was asked for
 * (Linux 6.18), which takes seconds for 100,000 rules. Memory that is not written to costs nothing.
 */
#define NAMES_BYTES (64u << 20)

struct chain_names {
	char *data;
	size_t len;
	struct send_scope scope;
	/* All chains are in scope. */
	bool all;
};

void send_scope_set(struct send_scope *scope, const char *root)
{
	*scope = (struct send_scope){ .root = "" };
	strncpy(scope->root, root, sizeof(scope->root) - 1);
	chain_prefix(root, scope->prefix);
}

bool send_scope_has(const struct send_scope *scope, const char *chain)
{
	size_t len = strlen(scope->prefix);

	return strcmp(chain, POSTROUTING) == 0 || strcmp(chain, scope->root) == 0 ||
	       (strncmp(chain, scope->prefix, len) == 0 && chain[len] != '\0');
}

/* Reads the scope from stdin. False: something else is there. */
static bool read_scope(struct chain_names *names)
{
	ssize_t len = read(STDIN_FILENO, &names->scope, sizeof(names->scope));

	names->all = len == 0;
	return len == 0 || len == (ssize_t)sizeof(names->scope);
}

/* Keeps the name of a chain of table nat that is in scope. False: the message is not understood, or
 * has no room. */
static bool keep_name(struct chain_names *names, const struct nlmsghdr *message)
{
	size_t at = NLMSG_LENGTH(sizeof(struct nfgenmsg));
	const char *table = NULL;
	const char *name = NULL;
	size_t len = 0;

	while (at + sizeof(struct nlattr) <= message->nlmsg_len) {
		const struct nlattr *attr =
			(const void *)((const char *)(const void *)message + at);

		if (attr->nla_len < sizeof(*attr) || attr->nla_len > message->nlmsg_len - at)
			return false;
		if (attr->nla_type == NFTA_CHAIN_TABLE)
			table = (const char *)(attr + 1);
		if (attr->nla_type == NFTA_CHAIN_NAME) {
			name = (const char *)(attr + 1);
			len = attr->nla_len - sizeof(*attr);
		}
		at += NLA_ALIGN(attr->nla_len);
	}
	if (!table || !name || len == 0 || name[len - 1])
		return false;
	if (strcmp(table, NAT_TABLE) != 0 || (!names->all && !send_scope_has(&names->scope, name)))
		return true;
	if (len > NAMES_BYTES - names->len)
		return false;
	memcpy(names->data + names->len, name, len);
	names->len += len;
	return true;
}

/* Writes an answer to stdout. @context: where the names of its chains go, or NULL. */
static int pass_on(void *context, const void *answer, size_t len)
{
	const struct nlmsghdr *message = answer;
	int left = (int)len;
	int r = write_padded(answer, len);

	for (; r == 0 && mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
		if (message->nlmsg_type == NLMSG_DONE ||
		    message->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN))
			return 0;
		if (message->nlmsg_type == NLMSG_ERROR || (context && !keep_name(context, message)))
			return -EPROTO;
	}
	return r < 0 ? r : 1;
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

/* A socket, and room for an answer. */
struct conversation {
	int fd;
	uint8_t family;
	char answer[ANSWER_BYTES] __attribute__((aligned(8)));
};

/* @chain: whose rules, or NULL. @names: where those of chains go, or NULL. */
static int ask_nft(struct conversation *c, int type, int flags, const char *chain,
		   struct chain_names *names)
{
	struct request request = {
		.head = { .nlmsg_len = NLMSG_LENGTH(sizeof(request.nfgen)),
			  .nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type),
			  .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags) },
		.nfgen = { .nfgen_family = c->family, .version = NFNETLINK_V0 },
	};

	if (chain) {
		if (strlen(chain) > 256)
			return -ENAMETOOLONG;
		add_text(&request, NFTA_RULE_TABLE, NAT_TABLE);
		add_text(&request, NFTA_RULE_CHAIN, chain);
	}
	return netlink_ask(c->fd, &request.head, c->answer, sizeof(c->answer), pass_on, names);
}

int send_nft_table(int family)
{
	struct conversation c;
	struct chain_names names = { .len = 0 };

	c.family = (uint8_t)family;
	c.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	names.data = mmap(NULL, NAMES_BYTES, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (c.fd < 0 || names.data == MAP_FAILED || !read_scope(&names) ||
	    ask_nft(&c, NFT_MSG_GETTABLE, NLM_F_DUMP, NULL, NULL) < 0 ||
	    ask_nft(&c, NFT_MSG_GETCHAIN, NLM_F_DUMP, NULL, &names) < 0)
		return TROUBLE;
	for (size_t at = 0; at < names.len; at += strlen(names.data + at) + 1)
		if (ask_nft(&c, NFT_MSG_GETRULE, NLM_F_DUMP, names.data + at, NULL) < 0)
			return TROUBLE;
	return ask_nft(&c, NFT_MSG_GETGEN, 0, NULL, NULL) < 0 ? TROUBLE : DONE;
}

/* What the base chains reach, so that everybody's rules need not be copied from the kernel again.
 */
static int send_reached(int family, struct ipt_getinfo *info, char *entries)
{
	if (nat_legacy_prune(family == AF_INET6 ? IPMASQ_IPV6 : IPMASQ_IPV4, NAT_LEGACY_NAT, info,
			     entries) < 0)
		return DONE;
	if (write_padded(info, sizeof(*info)) < 0 ||
	    write_all(STDOUT_FILENO, entries, info->size) < 0)
		return TROUBLE;
	return DONE;
}

int send_legacy_table(int family)
{
	struct ipt_get_entries *entries;
	struct ipt_getinfo info;

	if (!entries_get(family, NAT_TABLE, &info, &entries))
		return TROUBLE;
	/* The entries end where others may begin, so only the header needs padding. */
	if (write_padded(&info, sizeof(info)) < 0 ||
	    write_all(STDOUT_FILENO, entries->entrytable, info.size) < 0 ||
	    write_all(STDOUT_FILENO, entries->entrytable, info.size) < 0)
		return TROUBLE;
	return send_reached(family, &info, (char *)entries->entrytable);
}
