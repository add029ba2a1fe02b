/* SPDX-License-Identifier: Apache-2.0 */
/* Looks for the kubelet's hint chains. Only async-signal-safe calls. */
#include "node/kernel/hints.h"

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/kernel/entries.h"
#include "node/kernel/netlink.h"
#include "util/write_all.h"

const char *const hint_chains[] = { "KUBE-IPTABLES-HINT", "KUBE-KUBELET-CANARY", NULL };

bool is_hint_chain(const char *name)
{
	for (size_t i = 0; hint_chains[i]; i++)
		if (strcmp(name, hint_chains[i]) == 0)
			return true;
	return false;
}

enum { DONE, TROUBLE };

static int tell(bool found)
{
	const char answer = found ? HINT_FOUND : HINT_NONE;

	return write_all(STDOUT_FILENO, &answer, 1) < 0 ? TROUBLE : DONE;
}

/* One message: the chain, or the error. */
static int take_answer(void *context, const void *answer, size_t len)
{
	const struct nlmsghdr *message = answer;
	const struct nlmsgerr *error;

	(void)context;
	if (!mnl_nlmsg_ok(message, (int)len))
		return -EPROTO;
	if (message->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWCHAIN))
		return 0;
	error = mnl_nlmsg_get_payload(message);
	if (message->nlmsg_type == NLMSG_ERROR &&
	    mnl_nlmsg_get_payload_len(message) >= sizeof(*error) && error->error < 0)
		return error->error;
	return -EPROTO;
}

/* 0: the chain is there; -ENOENT: it is not, or the table is not; else there was no answer. */
static int ask_for_chain(int fd, int family, const char *name)
{
	char room[4096] __attribute__((aligned(8))) = { 0 };
	struct nlmsghdr *request = mnl_nlmsg_put_header(room);
	struct nfgenmsg *nfgen = mnl_nlmsg_put_extra_header(request, sizeof(*nfgen));

	request->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN;
	request->nlmsg_flags = NLM_F_REQUEST;
	nfgen->nfgen_family = (uint8_t)family;
	nfgen->version = NFNETLINK_V0;
	mnl_attr_put_strz(request, NFTA_CHAIN_TABLE, HINT_TABLE);
	mnl_attr_put_strz(request, NFTA_CHAIN_NAME, name);
	return netlink_ask(fd, request, room, sizeof(room), take_answer, NULL);
}

int send_nft_hints(int family)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	int r = -ENOENT;

	if (fd < 0)
		return TROUBLE;
	for (size_t i = 0; hint_chains[i] && r == -ENOENT; i++)
		r = ask_for_chain(fd, family, hint_chains[i]);
	return r == 0 || r == -ENOENT ? tell(r == 0) : TROUBLE;
}

int send_legacy_hints(int family)
{
	struct ipt_get_entries *entries;
	struct ipt_getinfo info;
	bool found = false;

	if (!entries_get(family, HINT_TABLE, &info, &entries))
		return TROUBLE;
	for (size_t i = 0; hint_chains[i] && !found; i++)
		found = entries_have_chain(family, entries, hint_chains[i]);
	return tell(found);
}
