/* SPDX-License-Identifier: Apache-2.0 */
/* The sockets and files by which the rules of a network namespace are read, all opened there. */
#include "node/kernel/nat_sockets.h"

#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "node/kernel/netlink.h"
#include "node/kernel/netns_socket.h"

/* The kernel's answers are 32 KiB or less. */
#define ROOM_BYTES 65536

/* Longer than any kernel takes, unless it never answers. */
#define PATIENCE_SECONDS 10

struct opening {
	struct nat_sockets *sockets;
	int error;
};

static int open_netlink(int bus)
{
	const struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, bus);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

/* Only where a table is listed may it be asked for, since the kernel loads the module of one that
 * is not there. */
static void open_legacy(struct nat_sockets *sockets)
{
	static const struct {
		int family;
		const char *names;
	} kinds[2] = {
		{ AF_INET, "/proc/thread-self/net/ip_tables_names" },
		{ AF_INET6, "/proc/thread-self/net/ip6_tables_names" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		sockets->names[i] = open(kinds[i].names, O_RDONLY | O_CLOEXEC);
		sockets->inet[i] = socket(kinds[i].family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	}
}

static void open_there(void *context)
{
	struct opening *opening = context;
	struct nat_sockets *sockets = opening->sockets;

	sockets->netfilter = open_netlink(NETLINK_NETFILTER);
	sockets->route = open_netlink(NETLINK_ROUTE);
	open_legacy(sockets);
	if (sockets->route < 0)
		opening->error = sockets->route;
	/* A kernel without nfnetlink has no rules of nf_tables. */
	if (sockets->netfilter < 0 && sockets->netfilter != -EPROTONOSUPPORT)
		opening->error = sockets->netfilter;
}

int nat_sockets_open(int netns, struct nat_sockets *sockets)
{
	struct opening opening = { .sockets = sockets };
	int r;

	*sockets = (struct nat_sockets){ -1, -1, { -1, -1 }, { -1, -1 } };
	r = netns_call(netns, open_there, &opening);
	if (r == 0)
		r = opening.error;
	if (r < 0)
		nat_sockets_close(sockets);
	return r;
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void nat_sockets_close(struct nat_sockets *sockets)
{
	close_one(&sockets->netfilter);
	close_one(&sockets->route);
	for (size_t i = 0; i < ARRAY_SIZE(sockets->inet); i++) {
		close_one(&sockets->inet[i]);
		close_one(&sockets->names[i]);
	}
}

/* One question to the kernel. */
struct question {
	uint32_t seq;
	bool dump;
	int (*take)(void *context, const struct nlmsghdr *message);
	void *context;
	/* The first error; the rest of the answers is read all the same, or else the socket could
	 * take no other question. */
	int error;
};

static int error_of(const struct nlmsghdr *message)
{
	int code = 0;

	if (mnl_nlmsg_get_payload_len(message) >= sizeof(code))
		memcpy(&code, mnl_nlmsg_get_payload(message), sizeof(code));
	return code;
}

/* 0: that was the end; 1: it was not. */
static int take_message(struct question *q, const struct nlmsghdr *message)
{
	int r;

	if (message->nlmsg_seq != q->seq)
		return 1;
	if (message->nlmsg_flags & NLM_F_DUMP_INTR && q->error == 0)
		q->error = -EINTR;
	if (message->nlmsg_type == NLMSG_ERROR || message->nlmsg_type == NLMSG_DONE) {
		r = error_of(message);
		if (r < 0 && q->error == 0)
			q->error = r;
		return 0;
	}
	r = q->error == 0 ? q->take(q->context, message) : 0;
	if (r < 0)
		q->error = r;
	return q->dump;
}

static int take_answer(void *context, const void *answer, size_t len)
{
	const struct nlmsghdr *message = answer;
	int left = (int)len;
	int more = 1;

	for (; more && mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left))
		more = take_message(context, message);
	return more;
}

static int ask(struct nat_wire *wire, struct nlmsghdr *request,
	       int (*take)(void *context, const struct nlmsghdr *message), void *context)
{
	struct nat_live_wire *live = (struct nat_live_wire *)wire;
	struct question question = { .seq = ++live->seq,
				     .dump = request->nlmsg_flags & NLM_F_DUMP,
				     .take = take,
				     .context = context };
	int r;

	request->nlmsg_seq = question.seq;
	r = netlink_ask(live->fd, request, live->room, ROOM_BYTES, take_answer, &question);
	return question.error < 0 ? question.error : r;
}

int nat_live_wire_init(struct nat_live_wire *live, int fd)
{
	*live = (struct nat_live_wire){ .wire.ask = ask, .fd = fd, .room = malloc(ROOM_BYTES) };
	return live->room ? 0 : -ENOMEM;
}

void nat_live_wire_release(struct nat_live_wire *live)
{
	free(live->room);
}
