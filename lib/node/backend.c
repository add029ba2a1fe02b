/* SPDX-License-Identifier: Apache-2.0 */
/* Decides which of the two backends holds our rules. */
#include "node/backend.h"

#include "node/direct.h"
#include "node/hint.h"
#include "node/look.h"
#include "node/observe.h"

static const enum ipmasq_backend NFT = IPMASQ_BACKEND_NFT;
static const enum ipmasq_backend LEGACY = IPMASQ_BACKEND_LEGACY;

static struct iptables iptables_of(const struct work *w, enum ipmasq_backend backend)
{
	return (struct iptables){ .node = w->node,
				  .family = w->family,
				  .backend = backend,
				  .programs = &w->programs->pairs[backend] };
}

void backend_use(struct work *w, enum ipmasq_backend backend)
{
	w->iptables = iptables_of(w, backend);
	work_report(w)->backend = backend;
}

enum ipmasq_backend backend_other_than(enum ipmasq_backend backend)
{
	return backend == NFT ? LEGACY : NFT;
}

/* Where nothing speaks for either: the backend of the other family, else the system's default. */
static int use_default(struct work *w)
{
	enum ipmasq_backend backend = w->preferred;
	int r = 0;

	if (backend == IPMASQ_BACKEND_AUTO)
		r = programs_default(w->node, w->programs, &backend, &w->failure);
	/* Nor does the other family take over what was only looked at. */
	backend_use(w, r == 0 ? backend : IPMASQ_BACKEND_AUTO);
	return r;
}

static enum ipmasq_backend larger(size_t nft, size_t legacy)
{
	return nft == legacy ? IPMASQ_BACKEND_AUTO : nft > legacy ? NFT : LEGACY;
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

int backend_decide(const struct backend_signs *nft, const struct backend_signs *legacy,
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

static enum backend_ours ours_in(const struct observation *obs)
{
	for (size_t i = 0; i < obs->referrer_count; i++)
		if (obs->referrers[i].in_postrouting)
			return OURS_REACHED;
	return observation_has_ours(obs) ? OURS_IDLE : OURS_NONE;
}

/* Without programs a table cannot be changed, but what it holds may still be seen. */
static int examine_without_programs(struct work *w, const struct iptables *t,
				    struct candidate *candidate)
{
	unsigned int doubts;
	int r = READER_UNSURE;

	candidate->signs.nat = SIGHT_ABSENT;
	if (w->node->direct)
		r = direct_observe(t, w->root, false, &candidate->obs, &doubts,
				   &candidate->failure);
	return r == READER_UNSURE ? 0 : r;
}

/* What a look tells of the kubelet's hint chains. */
static enum answer hints_seen(const struct observation *obs, const struct legacy_tables *tables,
			      enum ipmasq_backend backend)
{
	if (backend == LEGACY)
		return tables->hints ? ANSWER_UNKNOWN : ANSWER_NO;
	if (!obs->direct)
		return ANSWER_UNKNOWN;
	return obs->hints ? ANSWER_YES : ANSWER_NO;
}

static int examine(struct work *w, enum ipmasq_backend backend, struct candidate *candidate)
{
	struct backend_signs *signs = &candidate->signs;
	struct iptables t = iptables_of(w, backend);
	struct legacy_tables tables = { .nat = true, .hints = true };
	bool have = programs_have(w->programs, backend);
	int r = 0;

	signs->nat = SIGHT_CLEAR;
	if (backend == LEGACY)
		r = direct_legacy_tables(w->node, w->family, &tables, &candidate->failure);
	if (r == 0 && !have)
		signs->nat = SIGHT_ABSENT;
	if (r == 0 && tables.nat)
		r = have ? look_at(w, &t, &candidate->obs, &candidate->failure)
			 : examine_without_programs(w, &t, candidate);
	if (r == 0 && candidate->obs.rules) {
		signs->rules = candidate->obs.foreign_count;
		signs->ours = ours_in(&candidate->obs);
	}
	if (r == 0) {
		signs->hints = hints_seen(&candidate->obs, &tables, backend);
		return 0;
	}
	observation_release(&candidate->obs);
	if (r == -ENOMEM)
		return work_no_memory(w);
	/* Not an error yet: it may not matter. */
	signs->nat = candidate->failure.class == COMPLAINT_NO_TABLE ? SIGHT_ABSENT : SIGHT_UNKNOWN;
	return 0;
}

static int fail_not_known(struct work *w, const struct failure *why)
{
	struct failure failure = *why;

	return failure_set(&w->failure, failure.error, failure.code,
			   "which backend holds the node's rules is not known: %s", failure.text);
}

static int examine_hints(struct work *w, enum ipmasq_backend backend, struct candidate *candidate)
{
	struct iptables t = iptables_of(w, backend);
	bool found;
	int r;

	if (candidate->signs.hints != ANSWER_UNKNOWN)
		return 0;
	r = hint_look(&t, &found, &w->failure);
	if (r == 0)
		candidate->signs.hints = found ? ANSWER_YES : ANSWER_NO;
	return r == 0 || r == -ENOMEM ? r : fail_not_known(w, &w->failure);
}

/* Whether the backend with more rules of others is taken. */
static bool rules_matter(const struct backend_signs *nft, const struct backend_signs *legacy)
{
	return nft->nat == SIGHT_CLEAR && legacy->nat == SIGHT_CLEAR && nft->ours == legacy->ours &&
	       nft->hints == legacy->hints && nft->rules > 0 && legacy->rules > 0;
}

/* Counts the rules of others in nft, where a look has only estimated them. */
static int count_rules(struct work *w, struct candidate *nft)
{
	struct iptables t = iptables_of(w, NFT);
	struct observation all = { 0 };
	unsigned int doubts;
	int r;

	if (!nft->obs.foreign_estimated)
		return 0;
	r = direct_observe(&t, w->root, true, &all, &doubts, &w->failure);
	if (r == READER_UNSURE)
		r = all.rules ? 0 : observe(&t, w->root, &all, &w->failure);
	if (r == 0)
		nft->signs.rules = all.foreign_count;
	observation_release(&all);
	return r == 0 || r == -ENOMEM ? r : fail_not_known(w, &w->failure);
}

/* Hints are looked for, and rules counted, only where that matters. */
static int decide(struct work *w, struct candidate *found, enum ipmasq_backend *backend)
{
	struct candidate *nft = &found[NFT];
	struct candidate *legacy = &found[LEGACY];
	int r = 0;

	if (backend_decide(&nft->signs, &legacy->signs, backend) < 0) {
		if (nft->signs.nat == SIGHT_UNKNOWN)
			return fail_not_known(w, &nft->failure);
		if (legacy->signs.nat == SIGHT_UNKNOWN)
			return fail_not_known(w, &legacy->failure);
		r = examine_hints(w, NFT, nft);
		if (r == 0)
			r = examine_hints(w, LEGACY, legacy);
	}
	if (r == 0 && rules_matter(&nft->signs, &legacy->signs))
		r = count_rules(w, nft);
	return r < 0 ? r : backend_decide(&nft->signs, &legacy->signs, backend);
}

/* What the kernel does not list it may still be able to have, which only the attempt shows. */
static int use_default_that_is_there(struct work *w, struct candidate *found)
{
	struct candidate *legacy = &found[LEGACY];
	int r = use_default(w);

	if (r < 0 || w->iptables.backend != LEGACY || legacy->obs.rules)
		return r;
	r = look(w);
	if (r == 0 || w->failure.class != COMPLAINT_NO_TABLE)
		return r;
	work_forget(w);
	legacy->signs.nat = SIGHT_ABSENT;
	backend_use(w, NFT);
	return 0;
}

/* Both are examined, and the better one is used. */
static int choose_between(struct work *w, struct candidate *found)
{
	enum ipmasq_backend backend;
	int r = examine(w, NFT, &found[NFT]);

	if (r == 0)
		r = examine(w, LEGACY, &found[LEGACY]);
	if (r == 0)
		r = decide(w, found, &backend);
	if (r < 0)
		return r;
	if (backend == IPMASQ_BACKEND_AUTO)
		return use_default_that_is_there(w, found);
	backend_use(w, backend);
	return 0;
}

static int choose_asked(struct work *w, struct candidate *found, enum ipmasq_backend backend)
{
	const char *stem = w->family == IPMASQ_IPV6 ? "ip6tables" : "iptables";
	const char *variant = ipmasq_backend_name(backend);
	enum ipmasq_backend other = backend_other_than(backend);

	if (!programs_have(w->programs, backend))
		return failure_set(
			&w->failure, -ENOENT, "no-iptables",
			"there is no %s-%s-restore with its %s-%s-save in %s, and the %s "
			"backend was asked for",
			stem, variant, stem, variant, w->node->search_path, variant);
	backend_use(w, backend);
	return examine(w, other, &found[other]);
}

int backend_choose(struct work *w)
{
	struct candidate found[BACKENDS] = { { .failure.error = 0 } };
	enum ipmasq_backend asked = w->node->backend;
	struct candidate *chosen;
	struct candidate *other;
	int r = asked == IPMASQ_BACKEND_AUTO ? choose_between(w, found)
					     : choose_asked(w, found, asked);

	chosen = &found[w->iptables.backend];
	if (r == 0 && chosen->obs.rules) {
		w->obs = chosen->obs;
		w->observed = true;
		chosen->obs = (struct observation){ 0 };
	}
	if (r == 0) {
		other = &found[backend_other_than(w->iptables.backend)];
		w->other = *other;
		other->obs = (struct observation){ 0 };
	}
	for (size_t i = 0; i < ARRAY_SIZE(found); i++)
		observation_release(&found[i].obs);
	return r;
}

int backend_is_reached(struct work *w, bool *reached, struct failure *failure)
{
	struct observation obs;
	int r = look_at(w, &w->iptables, &obs, failure);

	*reached = r == 0 && ours_in(&obs) == OURS_REACHED;
	observation_release(&obs);
	return r;
}

int backend_has_ours(struct work *w, enum ipmasq_backend backend, bool *ours)
{
	struct legacy_tables tables = { .nat = true };
	int r = 0;

	*ours = programs_have(w->programs, backend);
	if (*ours && backend == LEGACY)
		r = direct_legacy_tables(w->node, w->family, &tables, &w->failure);
	*ours &= tables.nat;
	if (r < 0 || !*ours)
		return r;
	backend_use(w, backend);
	r = look(w);
	if (r == 0)
		*ours = observation_has_ours(&w->obs);
	else if (w->failure.class == COMPLAINT_NO_TABLE)
		*ours = false;
	return r < 0 && *ours ? r : 0;
}
