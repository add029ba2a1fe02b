/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the kernel for what iptables-nft needs beside nf_tables. */
#include "node/kernel/native_compat.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>

#include "node/kernel/native_rule.h"
#include "node/kernel/netlink.h"

enum { MATCH, TARGET };

static const struct {
	const char *name;
	uint32_t revision;
	uint32_t kind;
} needed[] = {
	{ "addrtype", 1, MATCH },
	{ "MASQUERADE", 0, TARGET },
};

/* One message, which is the extension or an error. */
static int take_answer(void *context, const void *answer, size_t len)
{
	const struct nlmsghdr *message = answer;
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);

	(void)context;
	if (!mnl_nlmsg_ok(message, (int)len))
		return -EPROTO;
	if (message->nlmsg_type == (NFNL_SUBSYS_NFT_COMPAT << 8 | NFNL_MSG_COMPAT_GET))
		return 0;
	if (message->nlmsg_type == NLMSG_ERROR &&
	    mnl_nlmsg_get_payload_len(message) >= sizeof(error->error) && error->error < 0)
		return error->error;
	return -EPROTO;
}

int native_compat(struct native_socket *s)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(needed) && r == 0; i++) {
		struct nlmsghdr *message = native_question(s, 0, 0);

		message->nlmsg_type = NFNL_SUBSYS_NFT_COMPAT << 8 | NFNL_MSG_COMPAT_GET;
		message->nlmsg_flags = NLM_F_REQUEST;
		mnl_attr_put_strz(message, NFTA_COMPAT_NAME, needed[i].name);
		native_put_u32(message, NFTA_COMPAT_REV, needed[i].revision);
		native_put_u32(message, NFTA_COMPAT_TYPE, needed[i].kind);
		r = netlink_ask(s->fd, message, s->answer, sizeof(s->answer), take_answer, NULL);
	}
	/* An extension that is not there, or the whole of nft_compat. */
	return r == 0 ? 1 : r == -ENOENT || r == -EINVAL ? 0 : r;
}
