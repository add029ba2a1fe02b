/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at the nat table: directly where that is enough, else through the programs. */
#include "node/look.h"

#include <string.h>

#include "node/direct.h"
#include "node/native.h"
#include "node/observe.h"
#include "rules/chain_index.h"
#include "util/hash.h"

/* Marks the rules that differ in what a program printed, whatever it printed of them. */
static int mark_differing(const struct observation *seen, struct observation *obs)
{
	struct chain_index index = { 0 };
	int r = chain_index_update(&index, obs->rules);

	for (size_t i = 0; i < seen->rules->count && r == 0; i++) {
		const struct chain *from = &seen->rules->chains[i];
		uint32_t at = chain_index_find(&index, obs->rules, from->name);

		for (size_t j = 0; j < from->count && at != CHAIN_NONE; j++) {
			struct chain *to = &obs->rules->chains[at];

			if (!from->rules[j].opaque || j >= to->count || rule_is_odd(&to->rules[j]))
				continue;
			to->rules[j].target = TARGET_OTHER;
			to->rules[j].opaque = true;
			if (obs->odd)
				continue;
			obs->odd = strdup(seen->odd);
			if (!obs->odd) {
				r = -ENOMEM;
				break;
			}
			strcpy(obs->odd_chain, to->name);
			obs->odd_rule = j;
		}
	}
	chain_index_release(&index);
	return r;
}

/* Adds to the referrers that a program printed what it cannot print. */
static int complete_referrers(struct observation *seen, struct observation *obs)
{
	size_t printed = obs->referrer_count;

	for (size_t i = 0; i < seen->referrer_count; i++) {
		struct referrer *from = &seen->referrers[i];

		for (size_t j = 0; j < printed && from->wrong; j++)
			if (obs->referrers[j].in_postrouting &&
			    obs->referrers[j].number == from->number)
				obs->referrers[j].right = false;
		if (from->number)
			continue;
		if (array_grow(&obs->referrers, &obs->referrer_capacity, obs->referrer_count,
			       sizeof(*obs->referrers)) < 0)
			return -ENOMEM;
		obs->referrers[obs->referrer_count++] = *from;
		from->chain = NULL;
		from->words = NULL;
	}
	return 0;
}

/* Whether a failure of the programs leaves what the kernel showed. */
static bool may_do_without(int error)
{
	return error == -EPROTO || error == -ETIMEDOUT || error == -EIO;
}

/* Uses what the kernel showed, which is all that is certain where no program can print the table.
 */
static void use_seen(struct observation *seen, unsigned int doubts, struct observation *obs)
{
	observation_release(obs);
	*obs = *seen;
	*seen = (struct observation){ 0 };
	obs->others_unknown = doubts & (DOUBT_OTHERS | DOUBT_JUMP);
	observation_use_handles(obs);
}

/* Asks the programs. @seen: what the kernel showed, or empty. Its rules that differ and its trouble
 * count in any case; where no program can print the table, all of it does. */
static int ask_programs(struct work *w, const struct iptables *iptables, struct observation *seen,
			unsigned int doubts, struct observation *obs, struct failure *failure)
{
	int r = observe(iptables, w->root, obs, failure);

	if (may_do_without(r) && seen->rules) {
		use_seen(seen, doubts, obs);
		return 0;
	}
	if (r < 0 || !seen->rules)
		return r;
	if (!*obs->trouble)
		strcpy(obs->trouble, seen->trouble);
	if (complete_referrers(seen, obs) < 0)
		return failure_no_memory(failure);
	if (!seen->differs)
		return 0;
	obs->fingerprint = hash_number(obs->fingerprint, seen->fingerprint);
	return mark_differing(seen, obs) < 0 ? failure_no_memory(failure) : 0;
}

/* Whether what the kernel showed is enough. For a policy all but words may matter; removal needs
 * what it deletes to be found, and what it reports to have all its words. */
static bool is_enough(const struct work *w, const struct observation *seen, unsigned int doubts)
{
	if (!seen->rules)
		return false;
	if (!work_is_removal(w) && (doubts & ~(unsigned int)DOUBT_OTHERS))
		return false;
	if (w->policy)
		return true;
	for (size_t i = 0; i < seen->referrer_count; i++)
		if (seen->referrers[i].in_postrouting
			    ? !referrer_can_be_deleted(&seen->referrers[i])
			    : seen->referrers[i].number && !seen->referrers[i].exact)
			return false;
	return true;
}

/* Without programs: why the kernel shows no nat table of nf_tables. */
static int fail_unreadable(struct work *w, struct failure *failure)
{
	struct observation any;
	int r = native_look(w->node, w->family, w->root, &any, failure);

	if (r < 0)
		return r;
	observation_release(&any);
	return failure_set(failure, -EPROTO, "not-understood",
			   "the %s nat table of nf_tables cannot be read without programs",
			   family_name(w->family));
}

int look_at(struct work *w, const struct iptables *iptables, struct observation *obs,
	    struct failure *failure)
{
	struct observation seen = { 0 };
	unsigned int doubts = 0;
	int r = READER_UNSURE;

	if (iptables->backend == IPMASQ_BACKEND_NFTABLES)
		return native_look(w->node, w->family, w->root, obs, failure);
	if (w->node->direct)
		r = direct_observe(iptables, w->root, false, &seen, &doubts, failure);
	if (r == READER_UNSURE && is_enough(w, &seen, doubts))
		r = 0;
	if (r == 0) {
		*obs = seen;
		if (seen.foreign || w->by_handles || w->by_netlink)
			observation_use_handles(obs);
		return 0;
	}
	if (r == READER_UNSURE && w->by_netlink && iptables->backend == IPMASQ_BACKEND_NFT) {
		if (!seen.rules)
			return fail_unreadable(w, failure);
		use_seen(&seen, doubts, obs);
		return 0;
	}
	if (r == READER_UNSURE)
		r = ask_programs(w, iptables, &seen, doubts, obs, failure);
	observation_release(&seen);
	return r;
}

void look_note(struct work *w)
{
	if (w->obs.direct && w->iptables.backend != IPMASQ_BACKEND_LEGACY)
		w->node->seen_nft_generation[family_index(w->family)] = w->obs.nft_generation;
}

int look(struct work *w)
{
	int r;

	if (w->observed)
		return 0;
	work_forget(w);
	r = look_at(w, &w->iptables, &w->obs, &w->failure);
	w->observed = r == 0;
	if (r == 0)
		look_note(w);
	return r;
}
