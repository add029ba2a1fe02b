/* SPDX-License-Identifier: Apache-2.0 */
/* Deletes rules of nf_tables by their handles, which needs no words for them. */
#include "node/kernel/nft_delete.h"

#include <arpa/inet.h>
#include <endian.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/kernel/observer.h"

/* Any of the messages below fits. */
#define MESSAGE_BYTES 256

/* Starts a message that stands in @room. */
static struct nlmsghdr *start_message(void *room, int type, int flags, int family, int resource)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(room);
	struct nfgenmsg *nfgen = mnl_nlmsg_put_extra_header(message, sizeof(*nfgen));

	message->nlmsg_type = (uint16_t)type;
	message->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	nfgen->nfgen_family = (uint8_t)family;
	nfgen->version = NFNETLINK_V0;
	nfgen->res_id = htons((uint16_t)resource);
	return message;
}

static void add_message(struct buf *buf, const struct nlmsghdr *message)
{
	static const char zeroes[MNL_ALIGNTO];

	buf_add(buf, message, message->nlmsg_len);
	buf_add(buf, zeroes, MNL_ALIGN(message->nlmsg_len) - message->nlmsg_len);
}

static void add_bracket(struct buf *buf, int type, uint32_t generation)
{
	char room[MESSAGE_BYTES] __attribute__((aligned(8)));
	struct nlmsghdr *message = start_message(room, type, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);

	if (generation)
		mnl_attr_put_u32(message, NFNL_BATCH_GENID, htonl(generation));
	add_message(buf, message);
}

void nft_delete_rules(struct buf *buf, enum ipmasq_family family, uint32_t generation,
		      const uint64_t *handles, size_t count)
{
	char room[MESSAGE_BYTES] __attribute__((aligned(8)));

	add_bracket(buf, NFNL_MSG_BATCH_BEGIN, generation);
	for (size_t i = 0; i < count; i++) {
		struct nlmsghdr *message =
			start_message(room, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELRULE, NLM_F_ACK,
				      family == IPMASQ_IPV6 ? AF_INET6 : AF_INET, 0);

		mnl_attr_put_strz(message, NFTA_RULE_TABLE, "nat");
		mnl_attr_put_strz(message, NFTA_RULE_CHAIN, POSTROUTING);
		mnl_attr_put_u64(message, NFTA_RULE_HANDLE, htobe64(handles[i]));
		add_message(buf, message);
	}
	add_bracket(buf, NFNL_MSG_BATCH_END, 0);
}

/* What one batch may have: rules of POSTROUTING that lead to us are few. */
#define BATCH_BYTES (1u << 20)

/* Reads to the end. Returns the length, or a negative errno. */
static ssize_t read_all(char *data, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(STDIN_FILENO, data + len, size - len);

		if (n == 0)
			return (ssize_t)len;
		if (n < 0 && errno != EINTR)
			return -errno;
		len += n > 0 ? (size_t)n : 0;
	}
	return -EMSGSIZE;
}

/* How many deletions wait for their answers. */
static size_t count_asked(const char *data, size_t len)
{
	const struct nlmsghdr *message = (const void *)data;
	int left = (int)len;
	size_t asked = 0;

	for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left))
		asked += (message->nlmsg_flags & NLM_F_ACK) != 0;
	return asked;
}

/* The kernel has answered when sendto() returns. */
static int read_answers(int fd, char *data, size_t size, size_t asked)
{
	while (asked > 0) {
		ssize_t len = recv(fd, data, size, MSG_DONTWAIT);
		const struct nlmsghdr *message = (const void *)data;
		int left = (int)len;

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return errno;
		for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
			const struct nlmsgerr *answer = mnl_nlmsg_get_payload(message);

			if (message->nlmsg_type != NLMSG_ERROR ||
			    mnl_nlmsg_get_payload_len(message) < sizeof(answer->error))
				return EPROTO;
			if (answer->error)
				return -answer->error;
			asked -= asked > 0;
		}
	}
	return 0;
}

int nft_send_batch(int unused)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	char *data =
		mmap(NULL, BATCH_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ssize_t len;
	size_t asked;

	(void)unused;
	if (fd < 0 || data == MAP_FAILED)
		return errno;
	len = read_all(data, BATCH_BYTES);
	if (len < 0)
		return (int)-len;
	asked = count_asked(data, (size_t)len);
	if (sendto(fd, data, (size_t)len, 0, (const struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return errno;
	return read_answers(fd, data, BATCH_BYTES, asked);
}
