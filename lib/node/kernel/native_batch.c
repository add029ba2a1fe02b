/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions of nf_tables, as large as the socket takes. */
#include "node/kernel/native_batch.h"

#include <arpa/inet.h>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* The larger, the less often the kernel looks through all that is live; the smaller, the shorter
 * others wait. Less is used where the socket takes less. */
#define TRANSACTION_BYTES (1 << 20)
/* What the kernel keeps of the socket's buffer for itself. */
#define SOCKET_OVERHEAD 32
/* The messages that begin and end a transaction. */
#define BRACKET_BYTES 64

static size_t transaction_size(int fd)
{
	int wanted = TRANSACTION_BYTES + SOCKET_OVERHEAD;
	int bytes = 0;
	socklen_t len = sizeof(bytes);

	/* In a user namespace there is only what net.core.wmem_max allows. The kernel doubles the
	 * number. */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &wanted, sizeof(wanted)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof(wanted));
	if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, &len) < 0 || bytes > wanted)
		bytes = bytes > wanted ? wanted : 0;
	if (bytes < 2 * NATIVE_MESSAGE_MAX)
		bytes = 2 * NATIVE_MESSAGE_MAX;
	return (size_t)bytes - SOCKET_OVERHEAD;
}

int native_batch_begin(struct native_batch *batch, struct native_socket *socket)
{
	*batch = (struct native_batch){ .socket = socket,
					.size = transaction_size(socket->fd),
					.stop_fd = -1 };
	/* libmnl 1.0.4 leaves the padding of attributes as it was. */
	batch->data = calloc(1, batch->size);
	return batch->data ? 0 : -ENOMEM;
}

void native_batch_release(struct native_batch *batch)
{
	free(batch->data);
	*batch = (struct native_batch){ .size = 0 };
}

static struct nlmsghdr *start_message(struct native_batch *b, int type, int flags, int family,
				      int resource)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(b->data + b->len);
	struct nfgenmsg *nfgen = mnl_nlmsg_put_extra_header(message, sizeof(*nfgen));

	message->nlmsg_type = (uint16_t)type;
	message->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	message->nlmsg_seq = ++b->socket->seq;
	nfgen->nfgen_family = (uint8_t)family;
	nfgen->version = NFNETLINK_V0;
	nfgen->res_id = htons((uint16_t)resource);
	return message;
}

void native_batch_add(struct native_batch *b, const struct nlmsghdr *message)
{
	b->last = b->len;
	b->len += MNL_ALIGN(message->nlmsg_len);
}

static void add_begin(struct native_batch *b)
{
	struct nlmsghdr *message =
		start_message(b, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);

	b->first_seq = message->nlmsg_seq;
	if (b->generation)
		mnl_attr_put_u32(message, NFNL_BATCH_GENID, htonl(b->generation));
	b->len += MNL_ALIGN(message->nlmsg_len);
}

struct nlmsghdr *native_batch_message(struct native_batch *b, int type, int flags)
{
	if (b->last > 0 && b->len + NATIVE_MESSAGE_MAX + BRACKET_BYTES > b->size)
		native_batch_commit(b);
	if (b->len == 0)
		add_begin(b);
	return start_message(b, NFNL_SUBSYS_NFTABLES << 8 | type, flags, native_family(b->socket),
			     0);
}

/* The end, and the wish that the last message is acknowledged: the kernel acknowledges the end
 * itself only since Linux 6.9. */
static uint32_t add_end(struct native_batch *b)
{
	struct nlmsghdr *last = (void *)(b->data + b->last);
	struct nlmsghdr *message;

	last->nlmsg_flags |= NLM_F_ACK;
	message = start_message(b, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	b->len += MNL_ALIGN(message->nlmsg_len);
	return last->nlmsg_seq;
}

/* Looks for the first error of the transaction, or the acknowledgement of its last message. Returns
 * 1: it was not there yet. */
static int judge_answers(const struct native_batch *b, size_t len, uint32_t last)
{
	const struct nlmsghdr *message = (const void *)b->socket->answer;
	int left = (int)len;

	for (; mnl_nlmsg_ok(message, left) && message->nlmsg_len <= len;
	     message = mnl_nlmsg_next(message, &left)) {
		const struct nlmsgerr *answer = mnl_nlmsg_get_payload(message);

		if (message->nlmsg_seq - b->first_seq > last - b->first_seq)
			continue;
		if (message->nlmsg_type != NLMSG_ERROR ||
		    mnl_nlmsg_get_payload_len(message) < sizeof(answer->error))
			return -EPROTO;
		if (answer->error)
			return answer->error < 0 ? answer->error : -EPROTO;
		if (message->nlmsg_seq == last)
			return 0;
	}
	return 1;
}

/* The kernel has answered when sendto() returns. */
static int read_answers(struct native_batch *b, uint32_t last)
{
	struct native_socket *s = b->socket;
	int r = 1;

	while (r == 1) {
		ssize_t len = recv(s->fd, s->answer, sizeof(s->answer), MSG_DONTWAIT);

		if (len < 0 && errno == EINTR)
			continue;
		/* So many messages were refused that their errors had no room. */
		if (len < 0)
			return errno == ENOBUFS ? NATIVE_STALE : -EIO;
		r = judge_answers(b, (size_t)len, last);
	}
	/* Errors that follow the first one are no answers to what comes next. */
	return r == -ERESTART || r == -EINTR ? NATIVE_STALE : r;
}

static ssize_t send_all(const struct native_batch *b)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t sent;

	do
		sent = sendto(b->socket->fd, b->data, b->len, 0, (const struct sockaddr *)&kernel,
			      sizeof(kernel));
	while (sent < 0 && errno == EINTR);
	return sent;
}

static bool is_stopped(const struct native_batch *b)
{
	struct pollfd stop = { .fd = b->stop_fd, .events = POLLIN };

	return poll(&stop, 1, 0) > 0;
}

int native_batch_commit(struct native_batch *b)
{
	uint32_t last;

	if (b->last > 0 && b->error == 0 && is_stopped(b))
		b->error = -ECANCELED;
	if (b->last > 0 && b->error == 0) {
		last = add_end(b);
		if (send_all(b) < 0)
			b->error = errno == ENOBUFS ? -ENOMEM : -errno;
		else
			b->error = read_answers(b, last);
		b->committed += b->error == 0;
	}
	b->len = 0;
	b->last = 0;
	return b->error;
}
