/* SPDX-License-Identifier: Apache-2.0 */
/* The choice of the backend, by what was seen of all. */
#include "node/backend_choice.h"

static enum ipmasq_backend larger(size_t nft, size_t legacy)
{
	return nft == legacy  ? IPMASQ_BACKEND_AUTO
	       : nft > legacy ? IPMASQ_BACKEND_NFT
			      : IPMASQ_BACKEND_LEGACY;
}

/* Where only one of them is there, or only one was seen. False: both were seen, or none was. */
static bool decide_by_sight(const struct backend_signs *nft, const struct backend_signs *legacy,
			    enum ipmasq_backend *backend)
{
	bool nft_absent = nft->nat == SIGHT_ABSENT;
	bool legacy_absent = legacy->nat == SIGHT_ABSENT;

	*backend = larger(legacy_absent, nft_absent);
	if (nft_absent || legacy_absent)
		return true;
	/* Rules that packets reach can be kept right, whatever the other one holds. */
	*backend = larger(nft->nat == SIGHT_CLEAR && nft->ours == OURS_REACHED,
			  legacy->nat == SIGHT_CLEAR && legacy->ours == OURS_REACHED);
	return *backend != IPMASQ_BACKEND_AUTO;
}

static int decide_iptables(const struct backend_signs *nft, const struct backend_signs *legacy,
			   enum ipmasq_backend *backend)
{
	if (decide_by_sight(nft, legacy, backend))
		return 0;
	if (nft->nat == SIGHT_UNKNOWN || legacy->nat == SIGHT_UNKNOWN)
		return -EAGAIN;
	*backend = larger(nft->ours, legacy->ours);
	if (*backend != IPMASQ_BACKEND_AUTO)
		return 0;
	if (nft->hints == ANSWER_UNKNOWN || legacy->hints == ANSWER_UNKNOWN)
		return -EAGAIN;
	*backend = larger(nft->hints == ANSWER_YES, legacy->hints == ANSWER_YES);
	if (*backend == IPMASQ_BACKEND_AUTO)
		*backend = larger(nft->rules, legacy->rules);
	return 0;
}

static bool is_reached(const struct backend_signs *signs)
{
	return signs->nat == SIGHT_CLEAR && signs->ours == OURS_REACHED;
}

int backend_decide(const struct backend_signs signs[BACKENDS], enum ipmasq_backend *backend)
{
	const struct backend_signs *native = &signs[IPMASQ_BACKEND_NFTABLES];
	const struct backend_signs *legacy = &signs[IPMASQ_BACKEND_LEGACY];
	struct backend_signs nft = signs[IPMASQ_BACKEND_NFT];

	if (nft.compat == ANSWER_NO && !is_reached(&nft))
		nft.nat = SIGHT_ABSENT;
	if (native->nat != SIGHT_CLEAR || is_reached(&nft) || is_reached(legacy))
		return decide_iptables(&nft, legacy, backend);
	*backend = IPMASQ_BACKEND_NFTABLES;
	if (native->ours == OURS_REACHED ||
	    (nft.nat == SIGHT_ABSENT && legacy->nat == SIGHT_ABSENT))
		return 0;
	if (!native->kube_proxy)
		return decide_iptables(&nft, legacy, backend);
	/* One that cannot be read may hold rules of ours that are in force. */
	return nft.nat == SIGHT_UNKNOWN || legacy->nat == SIGHT_UNKNOWN ? -EAGAIN : 0;
}
