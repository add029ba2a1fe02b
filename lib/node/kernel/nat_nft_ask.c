/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to nf_tables, all of whose answers must be of one generation of the rules. */
#include "node/kernel/nat_nft_ask.h"

#include <arpa/inet.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "node/kernel/nft_rule.h"

/* Two names that are as long as the kernel takes them. */
#define REQUEST_BYTES 1024
#define NAME_BYTES    256

/* A message names the low half of its generation. */
static int take_current(void *context, const struct nlmsghdr *message)
{
	struct nat_nft_ask *ask = context;
	const struct nfgenmsg *nfgen = mnl_nlmsg_get_payload(message);

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*nfgen))
		return -EBADMSG;
	if (ntohs(nfgen->res_id) != (ask->generation & 0xffff))
		return -EINTR;
	return ask->take(ask->context, message);
}

static int send_request(struct nat_wire *wire, uint8_t nfproto, uint16_t type, bool dump,
			const struct nat_nft_name *names, size_t count,
			int (*take)(void *context, const struct nlmsghdr *message), void *context)
{
	/* libmnl 1.0.4 leaves the bytes between attributes as they are. */
	char room[REQUEST_BYTES] __attribute__((aligned(8))) = { 0 };
	struct nlmsghdr *request = mnl_nlmsg_put_header(room);
	struct nfgenmsg *nfgen;

	request->nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type);
	request->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | (dump ? NLM_F_DUMP : 0));
	nfgen = mnl_nlmsg_put_extra_header(request, sizeof(*nfgen));
	nfgen->nfgen_family = nfproto;
	nfgen->version = NFNETLINK_V0;
	for (size_t i = 0; i < count; i++) {
		if (names[i].type == 0)
			continue;
		if (strlen(names[i].name) >= NAME_BYTES)
			return -ENAMETOOLONG;
		mnl_attr_put_strz(request, names[i].type, names[i].name);
	}
	return wire->ask(wire, request, take, context);
}

int nat_nft_ask(struct nat_nft_ask *ask, uint8_t nfproto, uint16_t type, bool dump,
		const struct nat_nft_name names[2],
		int (*take)(void *context, const struct nlmsghdr *message), void *context)
{
	ask->take = take;
	ask->context = context;
	return send_request(ask->wire, nfproto, type, dump, names, names ? 2 : 0, take_current,
			    ask);
}

int nat_nft_keep(struct buf *messages, const struct nlmsghdr *message)
{
	static const char zeroes[NLMSG_ALIGNTO];

	buf_add(messages, message, message->nlmsg_len);
	buf_add(messages, zeroes, NLMSG_ALIGN(message->nlmsg_len) - message->nlmsg_len);
	return messages->error;
}

static int take_generation(void *context, const struct nlmsghdr *message)
{
	struct nlattr *attr;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(struct nfgenmsg))
		return -EBADMSG;
	mnl_attr_for_each(attr, message, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attr) == NFTA_GEN_ID && nft_number_of(attr, context))
			return 0;
	return -EBADMSG;
}

static int ask_generation(struct nat_wire *wire, uint32_t *generation)
{
	*generation = 0;
	return send_request(wire, 0, NFT_MSG_GETGEN, false, NULL, 0, take_generation, generation);
}

int nat_nft_ask_start(struct nat_nft_ask *ask, struct nat_wire *wire)
{
	*ask = (struct nat_nft_ask){ .wire = wire };
	return ask_generation(wire, &ask->generation);
}

int nat_nft_ask_end(struct nat_nft_ask *ask)
{
	uint32_t now;
	int r = ask_generation(ask->wire, &now);

	return r == 0 && now != ask->generation ? -EINTR : r;
}
