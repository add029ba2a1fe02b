/* SPDX-License-Identifier: Apache-2.0 */
/* A conversation with nf_tables: questions and their answers. */
#include "node/kernel/native_socket.h"

#include <arpa/inet.h>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "node/kernel/netlink.h"
#include "node/kernel/netns_socket.h"

/* Long enough for the transaction of somebody else, which holds the kernel's lock. */
#define WAIT_SECONDS 60

uint8_t native_family(const struct native_socket *s)
{
	return s->family == IPMASQ_IPV6 ? AF_INET6 : AF_INET;
}

static int ask_kernel(struct native_socket *s,
		      int (*take)(void *context, const void *answer, size_t len), void *context)
{
	return netlink_ask(s->fd, (const void *)s->request, s->answer, sizeof(s->answer), take,
			   context);
}

int native_open(int netns, enum ipmasq_family family, struct native_socket **socket)
{
	const struct timeval wait = { .tv_sec = WAIT_SECONDS };
	struct native_socket *s = malloc(sizeof(*s));
	int yes = 1;
	int r;

	if (!s)
		return -ENOMEM;
	/* What lies between the attributes of a request is sent, too. The room for answers is
	 * large, and written before it is read. */
	memset(s->request, 0, sizeof(s->request));
	s->ask = ask_kernel;
	s->family = family;
	s->seq = 0;
	s->generation = -1;
	r = netns_socket_open(netns, NETLINK_NETFILTER, &s->mnl);
	if (r < 0) {
		free(s);
		return r;
	}
	s->fd = mnl_socket_get_fd(s->mnl);
	/* Errors come without a copy of what was sent. Where the kernel cannot (before 4.3), they
	 * are as good. */
	setsockopt(s->fd, SOL_NETLINK, NETLINK_CAP_ACK, &yes, sizeof(yes));
	setsockopt(s->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	*socket = s;
	return 0;
}

void native_close(struct native_socket *s)
{
	if (!s)
		return;
	mnl_socket_close(s->mnl);
	free(s);
}

void native_begin(struct native_socket *s)
{
	s->generation = -1;
}

struct nlmsghdr *native_question(struct native_socket *s, int type, int flags)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(s->request);
	struct nfgenmsg *nfgen = mnl_nlmsg_put_extra_header(message, sizeof(*nfgen));

	message->nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type);
	/* The answer to a question that is no dump ends with an acknowledgement. */
	message->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | (flags ? flags : NLM_F_ACK));
	message->nlmsg_seq = ++s->seq;
	nfgen->nfgen_family = native_family(s);
	nfgen->version = NFNETLINK_V0;
	return message;
}

struct answer {
	struct native_socket *socket;
	int (*take)(void *context, const struct nlmsghdr *message);
	void *context;
	/* The error is that of @take. */
	bool ours;
};

/* Also the end of a dump has an error. */
static int read_error(const struct nlmsghdr *message)
{
	int32_t error = 0;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(error))
		return message->nlmsg_type == NLMSG_DONE ? 0 : -EPROTO;
	memcpy(&error, mnl_nlmsg_get_payload(message), sizeof(error));
	return error > 0 ? -EPROTO : error;
}

/* What changed between two answers was never in force as a whole. */
static bool is_of_one_generation(struct native_socket *s, const struct nlmsghdr *message)
{
	const struct nfgenmsg *nfgen = mnl_nlmsg_get_payload(message);
	int generation = ntohs(nfgen->res_id);

	if (s->generation < 0)
		s->generation = generation;
	return s->generation == generation;
}

/* 1: there are more to come. */
static int take_message(struct answer *answer, const struct nlmsghdr *message)
{
	int r;

	if (message->nlmsg_seq != answer->socket->seq)
		return 1;
	if (message->nlmsg_flags & NLM_F_DUMP_INTR)
		return NATIVE_STALE;
	if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR)
		return read_error(message);
	if (message->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES ||
	    mnl_nlmsg_get_payload_len(message) < sizeof(struct nfgenmsg))
		return -EPROTO;
	if (!is_of_one_generation(answer->socket, message))
		return NATIVE_STALE;
	r = answer->take(answer->context, message);
	answer->ours = r < 0;
	return r < 0 ? r : 1;
}

static int take_datagram(void *context, const void *data, size_t len)
{
	const struct nlmsghdr *message = data;
	int left = (int)len;
	int r = 1;

	for (; r == 1 && mnl_nlmsg_ok(message, left) && message->nlmsg_len <= len;
	     message = mnl_nlmsg_next(message, &left))
		r = take_message(context, message);
	return r;
}

int native_ask(struct native_socket *s, int (*take)(void *context, const struct nlmsghdr *message),
	       void *context)
{
	struct answer answer = { .socket = s, .take = take, .context = context };
	int r = s->ask(s, take_datagram, &answer);

	if (answer.ours)
		return r;
	switch (r) {
	/* The kernel's want of memory passes, and is not that of this process. */
	case -ENOMEM:
		return -EIO;
	/* A dump that another one of this socket still holds up, or whose answers had no room. */
	case -EBUSY:
	case -EINTR:
	case -ENOBUFS:
		return NATIVE_STALE;
	case -EAGAIN:
		return -ETIMEDOUT;
	default:
		return r;
	}
}

static int take_generation(void *context, const struct nlmsghdr *message)
{
	struct nlattr *attr;
	uint32_t *generation = context;

	mnl_attr_for_each(attr, message, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attr) == NFTA_GEN_ID &&
		    mnl_attr_validate(attr, MNL_TYPE_U32) == 0)
			*generation = ntohl(mnl_attr_get_u32(attr));
	return 0;
}

int native_generation(struct native_socket *s, uint32_t *generation)
{
	int seen = s->generation;
	int r;

	*generation = 0;
	native_question(s, NFT_MSG_GETGEN, 0);
	r = native_ask(s, take_generation, generation);
	if (r < 0)
		return r;
	if (*generation == 0)
		return -EPROTO;
	return seen >= 0 && seen != (int)(*generation & 0xffff) ? NATIVE_STALE : 0;
}
