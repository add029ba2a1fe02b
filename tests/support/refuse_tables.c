/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A library for LD_PRELOAD under which the kernel seems to have no memory for reading a table:
 * "nat" or "mangle" of "nft" or "legacy", both families, while the file
 * $REFUSE_TABLES.BACKEND.TABLE exists. Each time that the entries of a legacy table nat are read,
 * $REFUSE_TABLES.reads gets a line. Each request for rules or for elements of nf_tables is a line
 * in $REFUSE_TABLES.asked: the family, the table, and the chain or the set.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of linux/netfilter_ipv4/ip_tables.h, which has the structures of netinet/in.h too. */
#define IPT_SO_GET_INFO	   64
#define IPT_SO_GET_ENTRIES 65

/* The programs that the process starts are real. */
__attribute__((constructor)) static void spare_children(void)
{
	unsetenv("LD_PRELOAD");
}

static bool is_refused(const char *backend, const char *table)
{
	const char *prefix = getenv("REFUSE_TABLES");
	char path[256];

	if (!prefix)
		return false;
	snprintf(path, sizeof(path), "%s.%s.%s", prefix, backend, table);
	return access(path, F_OK) == 0;
}

/* A request that names no table is one about all, of which nat is wanted. */
static bool is_refused_request(const void *data, size_t len, const struct sockaddr *to)
{
	static const char mangle[] = "mangle";
	struct nlmsghdr header;

	if (!to || to->sa_family != AF_NETLINK || len < sizeof(header))
		return false;
	memcpy(&header, data, sizeof(header));
	if (header.nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES)
		return false;
	return is_refused("nft", memmem(data, len, mangle, sizeof(mangle)) ? "mangle" : "nat");
}

static void note(const char *which, const char *line)
{
	const char *prefix = getenv("REFUSE_TABLES");
	size_t len = strlen(line);
	char path[256];
	int fd;

	if (!prefix)
		return;
	snprintf(path, sizeof(path), "%s.%s", prefix, which);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, line, len) != (ssize_t)len)
		abort();
	close(fd);
}

static void note_table(const char *table)
{
	if (strcmp(table, "nat") == 0)
		note("reads", "read\n");
}

/* A text attribute of a request of nf_tables, or "". */
static const char *text_of(const char *data, size_t len, uint16_t type)
{
	size_t at = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct nfgenmsg));

	while (at + sizeof(struct nlattr) <= len) {
		struct nlattr attr;

		memcpy(&attr, data + at, sizeof(attr));
		if (attr.nla_len < sizeof(attr) || attr.nla_len > len - at)
			return "";
		if (attr.nla_type == type)
			return data + at + NLA_HDRLEN;
		at += NLA_ALIGN(attr.nla_len);
	}
	return "";
}

static void note_request(const char *data, size_t len)
{
	struct nlmsghdr header;
	struct nfgenmsg nfgen;
	char line[600];

	if (len < sizeof(header) + sizeof(nfgen))
		return;
	memcpy(&header, data, sizeof(header));
	memcpy(&nfgen, data + NLMSG_HDRLEN, sizeof(nfgen));
	if (header.nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE) &&
	    header.nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETSETELEM))
		return;
	/* Both kinds have the table and the name in attributes of the same numbers. */
	snprintf(line, sizeof(line), "%u %s %s\n", nfgen.nfgen_family,
		 text_of(data, len, NFTA_RULE_TABLE), text_of(data, len, NFTA_RULE_CHAIN));
	note("asked", line);
}

__attribute__((visibility("default"))) ssize_t
sendto(int fd, const void *data, size_t len, int flags, const struct sockaddr *to, socklen_t to_len)
{
	if (is_refused_request(data, len, to)) {
		errno = ENOMEM;
		return -1;
	}
	if (to && to->sa_family == AF_NETLINK)
		note_request(data, len);
	return syscall(SYS_sendto, fd, data, len, flags, to, to_len);
}

__attribute__((visibility("default"))) int getsockopt(int fd, int level, int name, void *value,
						      socklen_t *len)
{
	if (name == IPT_SO_GET_INFO && (level == IPPROTO_IP || level == IPPROTO_IPV6) &&
	    is_refused("legacy", value)) {
		errno = ENOMEM;
		return -1;
	}
	if (name == IPT_SO_GET_ENTRIES && (level == IPPROTO_IP || level == IPPROTO_IPV6))
		note_table(value);
	return (int)syscall(SYS_getsockopt, fd, level, name, value, len);
}
