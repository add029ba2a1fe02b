/* SPDX-License-Identifier: Apache-2.0 */
/* Listens to what the kernel reports of changes of nf_tables, by whoever made them. */
#include "node/kernel/listener.h"

#include <arpa/inet.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/kernel/native_table.h"
#include "rules/chain_name.h"
#include "rules/nft_form.h"

/* The kernel fills datagrams of up to 32 KiB (Linux 6.12). */
#define ROOM_BYTES 65536
/* How many datagrams one call takes, so that a writer that never ends does not hold the caller. */
#define TAKE_MAX 512
/* Room for the reports of some 10,000 rules while nobody takes them. Only what is there takes
 * memory. */
#define QUEUE_BYTES (4 << 20)
/* The kernel's TASK_COMM_LEN. */
#define PROCESS_BYTES 16

struct listener {
	int fd;
	/* Reports that concern us came, but not yet the one that ends their transaction. */
	bool unsigned_yet;
	char process[PROCESS_BYTES];
	unsigned int pid;
	char room[ROOM_BYTES] __attribute__((aligned(8)));
};

int listener_socket(void)
{
	const struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int group = NFNLGRP_NFTABLES;
	int bytes = QUEUE_BYTES;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER);

	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0) {
		int error = errno;

		close(fd);
		return -error;
	}
	/* In a user namespace there is only what net.core.rmem_max allows. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	return fd;
}

struct listener *listener_new(int fd)
{
	struct listener *listener = malloc(sizeof(*listener));

	if (!listener) {
		close(fd);
		return NULL;
	}
	listener->fd = fd;
	listener->unsigned_yet = false;
	listener->process[0] = '\0';
	listener->pid = 0;
	return listener;
}

void listener_free(struct listener *listener)
{
	if (!listener)
		return;
	close(listener->fd);
	free(listener);
}

int listener_fd(const struct listener *listener)
{
	return listener->fd;
}

/* The attribute of that type, or NULL. */
static const struct nlattr *find(const struct nlmsghdr *message, uint16_t type)
{
	struct nlattr *attr;

	mnl_attr_for_each(attr, message, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attr) == type)
			return attr;
	return NULL;
}

static const char *find_text(const struct nlmsghdr *message, uint16_t type)
{
	const struct nlattr *attr = find(message, type);

	return attr && mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) == 0 ? mnl_attr_get_str(attr)
									 : NULL;
}

/* A name within table nat, or within our own table. */
static bool is_postrouting(const char *chain, const char *root)
{
	return strcmp(chain, "POSTROUTING") == 0 || chain_is_ours(chain, root);
}

static bool is_native_chain(const char *chain, const char *root)
{
	char base[NFT_NAME_MAX + 1];
	char generation;

	nft_name(root, base);
	return strcmp(chain, base) == 0 || native_chain_is_ours(chain, root, &generation);
}

static bool is_native_map(const char *map, const char *root)
{
	char generation;

	return native_map_is_ours(map, root, &generation);
}

/* Whether what it names is of interest. */
typedef bool (*interest)(const char *name, const char *root);

/* What a report is about: where it names its table and, unless it is about the whole of that, what
 * it is about there; and which of these are of interest, in table nat and in our own. */
static const struct {
	uint16_t type;
	uint16_t table;
	uint16_t name;
	interest nat;
	interest native;
} kinds[] = {
	{ NFT_MSG_NEWTABLE, NFTA_TABLE_NAME, 0, NULL, NULL },
	{ NFT_MSG_DELTABLE, NFTA_TABLE_NAME, 0, NULL, NULL },
	{ NFT_MSG_NEWCHAIN, NFTA_CHAIN_TABLE, NFTA_CHAIN_NAME, is_postrouting, is_native_chain },
	{ NFT_MSG_DELCHAIN, NFTA_CHAIN_TABLE, NFTA_CHAIN_NAME, is_postrouting, is_native_chain },
	{ NFT_MSG_NEWRULE, NFTA_RULE_TABLE, NFTA_RULE_CHAIN, is_postrouting, is_native_chain },
	{ NFT_MSG_DELRULE, NFTA_RULE_TABLE, NFTA_RULE_CHAIN, is_postrouting, is_native_chain },
	{ NFT_MSG_NEWSET, NFTA_SET_TABLE, NFTA_SET_NAME, NULL, is_native_map },
	{ NFT_MSG_DELSET, NFTA_SET_TABLE, NFTA_SET_NAME, NULL, is_native_map },
	{ NFT_MSG_NEWSETELEM, NFTA_SET_ELEM_LIST_TABLE, NFTA_SET_ELEM_LIST_SET, NULL,
	  is_native_map },
	{ NFT_MSG_DELSETELEM, NFTA_SET_ELEM_LIST_TABLE, NFTA_SET_ELEM_LIST_SET, NULL,
	  is_native_map },
};

/* The tables of iptables-nft in which nothing is rewritten. */
static bool only_filters(const char *table)
{
	return strcmp(table, "filter") == 0 || strcmp(table, "mangle") == 0 ||
	       strcmp(table, "security") == 0;
}

/* Whom a report concerns. */
enum concern { NOBODY, OTHERS, US };

/* Most reports of a busy node are about chains of others in table nat. @is_ip: of a table of one
 * family, as ours are. */
static enum concern concern_of(const struct nlmsghdr *message, bool is_ip, const char *root)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const char *table;
		const char *name;
		bool native;
		interest of;

		if (message->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | kinds[i].type))
			continue;
		table = find_text(message, kinds[i].table);
		if (!table || (is_ip && only_filters(table)))
			return NOBODY;
		native = strcmp(table, NFT_TABLE) == 0;
		if (!is_ip || (!native && strcmp(table, "nat") != 0))
			return OTHERS;
		if (!kinds[i].name)
			return US;
		of = native ? kinds[i].native : kinds[i].nat;
		name = find_text(message, kinds[i].name);
		return of && name && of(name, root) ? US : OTHERS;
	}
	return NOBODY;
}

/* The kernel tells the lower 16 bits. */
static bool is_newer(int generation, int than)
{
	return than == NFT_GENERATION_UNKNOWN || (int16_t)(uint16_t)(generation - than) > 0;
}

static bool find_number(const struct nlmsghdr *message, uint16_t type, uint32_t *number)
{
	const struct nlattr *attr = find(message, type);

	if (!attr || mnl_attr_validate(attr, MNL_TYPE_U32) < 0)
		return false;
	*number = ntohl(mnl_attr_get_u32(attr));
	return true;
}

/* The report that ends those of one transaction. */
static void take_end(struct listener *l, const struct nlmsghdr *message, int seen[2])
{
	const char *process = find_text(message, NFTA_GEN_PROC_NAME);
	uint32_t number = 0;

	/* Otherwise numbers of 16 bits would wrap round where no look follows for long. */
	if (find_number(message, NFTA_GEN_ID, &number))
		for (int i = 0; i < 2; i++)
			if (is_newer((int)(number & 0xffff), seen[i]))
				seen[i] = (int)(number & 0xffff);
	if (!l->unsigned_yet)
		return;
	l->unsigned_yet = false;
	snprintf(l->process, sizeof(l->process), "%s", process ? process : "");
	l->pid = find_number(message, NFTA_GEN_PROC_PID, &number) ? number : 0;
}

static void take_report(struct listener *l, const struct nlmsghdr *message, const char *root,
			int seen[2], struct listener_news *news)
{
	const struct nfgenmsg *nfgen = mnl_nlmsg_get_payload(message);
	bool is_ip;
	int generation;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*nfgen))
		return;
	if (message->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN)) {
		take_end(l, message, seen);
		return;
	}
	is_ip = nfgen->nfgen_family == NFPROTO_IPV4 || nfgen->nfgen_family == NFPROTO_IPV6;
	if (!is_ip && nfgen->nfgen_family != NFPROTO_INET)
		return;
	generation = ntohs(nfgen->res_id);
	if (!is_newer(generation, seen[nfgen->nfgen_family == NFPROTO_IPV6]) ||
	    (!is_ip && !is_newer(generation, seen[1])))
		return;
	switch (concern_of(message, is_ip, root)) {
	case US:
		news->ours = true;
		l->unsigned_yet = true;
		break;
	case OTHERS:
		news->others = true;
		break;
	case NOBODY:
		break;
	}
}

static void take_datagram(struct listener *l, size_t len, const char *root, int seen[2],
			  struct listener_news *news)
{
	const struct nlmsghdr *message = (const void *)l->room;
	int left = (int)len;

	/* libmnl takes lengths for signed. */
	for (; mnl_nlmsg_ok(message, left) && message->nlmsg_len <= len;
	     message = mnl_nlmsg_next(message, &left))
		take_report(l, message, root, seen, news);
}

int listener_take(struct listener *l, const char *root, int seen[2], struct listener_news *news)
{
	size_t count = 0;
	int r = 0;

	*news = (struct listener_news){ .process = l->process };
	for (; count < TAKE_MAX; count++) {
		ssize_t len = recv(l->fd, l->room, sizeof(l->room), MSG_TRUNC);

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0) {
			/* ENOBUFS is told once, before the reports that are still there. */
			news->lost |= errno == ENOBUFS;
			r = errno == ENOBUFS || errno == EAGAIN ? 0 : -errno;
			if (errno == ENOBUFS)
				continue;
			break;
		}
		if ((size_t)len > sizeof(l->room))
			news->lost = true;
		else
			take_datagram(l, (size_t)len, root, seen, news);
	}
	news->more = count == TAKE_MAX;
	news->pid = l->pid;
	return r;
}
