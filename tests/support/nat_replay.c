/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of a kernel about rules that were recorded, for readers that believe to ask one. */
#include "support/nat_replay.h"

#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

#include "node/kernel/nat_ipset.h"
#include "node/kernel/nat_legacy_prune.h"
#include "node/kernel/nat_nft.h"
#include "node/kernel/nat_routes.h"

static int error_of(const struct nlmsghdr *message)
{
	int code = 0;

	if (mnl_nlmsg_get_payload_len(message) >= sizeof(code))
		memcpy(&code, mnl_nlmsg_get_payload(message), sizeof(code));
	return code < 0 && code > -4096 ? code : 0;
}

static int ask(struct nat_wire *wire, struct nlmsghdr *request,
	       int (*take)(void *context, const struct nlmsghdr *message), void *context)
{
	struct nat_replay *replay = (struct nat_replay *)wire;
	bool dump = request->nlmsg_flags & NLM_F_DUMP;
	int r = 0;

	do {
		const struct nlmsghdr *message = (const void *)(replay->data + replay->at);

		/* libmnl takes lengths for signed numbers. */
		if (!mnl_nlmsg_ok(message, (int)(replay->len - replay->at)) ||
		    message->nlmsg_len > replay->len - replay->at)
			return r < 0 ? r : -EIO;
		replay->at += NLMSG_ALIGN(message->nlmsg_len);
		if (replay->at > replay->len)
			replay->at = replay->len;
		if (message->nlmsg_type == NLMSG_ERROR || message->nlmsg_type == NLMSG_DONE)
			return r < 0 ? r : error_of(message);
		if (r == 0)
			r = take(context, message);
	} while (dump);
	return r;
}

void nat_replay_init(struct nat_replay *replay, const void *data, size_t len)
{
	*replay = (struct nat_replay){ .wire.ask = ask, .data = data, .len = len };
}

static int name_of(void *context, uint16_t index, char *name, size_t size)
{
	(void)context;
	(void)snprintf(name, size, "set%u", index);
	return 0;
}

static int read_nft(struct nat_replay *replay, struct nat_model *model)
{
	struct nat_ipset_reader ipsets;
	struct nat_draft draft;
	int r;

	nat_draft_init(&draft, model);
	nat_ipset_reader_init(&ipsets, &draft, &replay->wire, name_of, NULL);
	r = nat_nft_read(&draft, &replay->wire, &ipsets.ipsets, NULL, NAT_BOTH_FAMILIES);
	if (r == 0)
		r = draft.error;
	nat_ipset_reader_release(&ipsets);
	nat_draft_release(&draft);
	return r;
}

static int read_legacy(const struct nat_replay *replay, unsigned int choice,
		       struct nat_model *model)
{
	enum ipmasq_family family = choice & 1 ? IPMASQ_IPV6 : IPMASQ_IPV4;
	size_t which = choice / 2 % NAT_LEGACY_TABLES;
	struct nat_draft draft;
	struct ipt_getinfo info;
	char *entries;
	int r = 0;

	if (replay->len < sizeof(info))
		return -EBADMSG;
	memcpy(&info, replay->data, sizeof(info));
	info.size = (unsigned int)(replay->len - sizeof(info));
	entries = malloc(info.size + 1);
	if (!entries)
		return -ENOMEM;
	memcpy(entries, replay->data + sizeof(info), info.size);
	nat_draft_init(&draft, model);
	if (replay->prune)
		r = nat_legacy_prune(family, which, &info, entries);
	if (r == 0)
		r = nat_legacy_read(&draft, NULL, family, which, &info, entries);
	if (r == 0)
		r = draft.error;
	nat_draft_release(&draft);
	free(entries);
	return r;
}

static int read_interfaces(struct nat_replay *replay)
{
	struct nat_interfaces interfaces;
	int r = nat_interfaces_read(&replay->wire, &interfaces);

	nat_interfaces_release(&interfaces);
	return r;
}

static int read_routes(struct nat_replay *replay, enum ipmasq_family family)
{
	struct nat_route_table table;
	int r = nat_routes_read(&replay->wire, family, &table);

	nat_route_table_release(&table);
	return r;
}

static int read_kind(struct nat_replay *replay, const uint8_t *data, struct nat_model *model)
{
	switch ((enum nat_replay_kind)(data[0] % NAT_REPLAY_KINDS)) {
	case NAT_REPLAY_NFT:
		return read_nft(replay, model);
	case NAT_REPLAY_LEGACY:
		return read_legacy(replay, data[1], model);
	case NAT_REPLAY_INTERFACES:
		return read_interfaces(replay);
	case NAT_REPLAY_ROUTES_IPV4:
		return read_routes(replay, IPMASQ_IPV4);
	case NAT_REPLAY_ROUTES_IPV6:
		return read_routes(replay, IPMASQ_IPV6);
	case NAT_REPLAY_KINDS:
		break;
	}
	return -EINVAL;
}

static int replay_all(const uint8_t *data, size_t size, bool prune, struct nat_model *model)
{
	struct nat_replay replay;
	char *copy;
	int r;

	if (size < 2)
		return -EBADMSG;
	copy = malloc(size - 2 + 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, data + 2, size - 2);
	nat_replay_init(&replay, copy, size - 2);
	replay.prune = prune;
	r = read_kind(&replay, data, model);
	free(copy);
	return r == 0 ? nat_model_finish(model) : r;
}

int nat_replay_read(const uint8_t *data, size_t size, struct nat_model *model)
{
	return replay_all(data, size, false, model);
}

int nat_replay_read_pruned(const uint8_t *data, size_t size, struct nat_model *model)
{
	return replay_all(data, size, true, model);
}
