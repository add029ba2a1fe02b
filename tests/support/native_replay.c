/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of a kernel about tables of our own that were recorded, for the reader that believes to
 * ask one. */
#include "support/native_replay.h"

#include <stdlib.h>
#include <string.h>

#include "node/kernel/native_read.h"

struct replay {
	/* The first, by which ask() finds the rest. */
	struct native_socket socket;
	const uint8_t *data;
	size_t len;
	size_t at;
};

/* The numbers of questions are not those of the recording. */
static int ask(struct native_socket *socket,
	       int (*take)(void *context, const void *answer, size_t len), void *context)
{
	struct replay *replay = (struct replay *)socket;
	struct nlmsghdr *message = (void *)socket->answer;
	int r = 1;

	while (r > 0) {
		size_t left = replay->len - replay->at;
		size_t len;

		if (left < sizeof(*message))
			return -EIO;
		memcpy(message, replay->data + replay->at, sizeof(*message));
		len = message->nlmsg_len;
		if (len < sizeof(*message) || len > left || len > sizeof(socket->answer))
			return -EIO;
		memcpy(message, replay->data + replay->at, len);
		replay->at += NLMSG_ALIGN(len) < left ? NLMSG_ALIGN(len) : left;
		message->nlmsg_seq = socket->seq;
		r = take(context, message, len);
	}
	return r;
}

int native_replay_read(const uint8_t *data, size_t size, struct native_table *table)
{
	struct replay *replay;
	int r;

	*table = (struct native_table){ .exists = false };
	if (size == 0)
		return -EIO;
	replay = calloc(1, sizeof(*replay));
	if (!replay)
		return -ENOMEM;
	replay->socket.ask = ask;
	replay->socket.family = data[0] & 1 ? IPMASQ_IPV6 : IPMASQ_IPV4;
	replay->data = data + 1;
	replay->len = size - 1;
	r = native_read(&replay->socket, NATIVE_REPLAY_ROOT, true, table);
	free(replay);
	return r;
}
