/* SPDX-License-Identifier: Apache-2.0 */
/* Decides which of the backends holds our rules. */
#include "node/backend.h"

#include "node/backend_choice.h"
#include "node/direct.h"
#include "node/hint.h"
#include "node/kernel/native_table.h"
#include "node/look.h"
#include "node/native.h"
#include "node/observe.h"

static const enum ipmasq_backend NFT = IPMASQ_BACKEND_NFT;
static const enum ipmasq_backend LEGACY = IPMASQ_BACKEND_LEGACY;
static const enum ipmasq_backend NATIVE = IPMASQ_BACKEND_NFTABLES;

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
	w->by_netlink = backend == NFT && w->node->direct && !programs_have(w->programs, NFT);
	work_report(w)->backend = backend;
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

static enum backend_ours ours_in(const struct observation *obs)
{
	if (observation_is_reached(obs))
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
	if (r != READER_UNSURE)
		return r;
	/* One that the kernel has, and does not show. */
	if (w->node->direct && t->backend == LEGACY && !candidate->obs.rules) {
		candidate->signs.nat = SIGHT_UNKNOWN;
		failure_set(&candidate->failure, -EIO, "cannot-run",
			    "the kernel does not show the legacy %s nat table",
			    family_name(w->family));
	}
	return 0;
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
	/* With tables of our own no program is asked. */
	bool have = w->node->backend != NATIVE && programs_have(w->programs, backend);
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

static int decide_by_signs(const struct candidate *found, enum ipmasq_backend *backend)
{
	struct backend_signs signs[BACKENDS];

	for (size_t i = 0; i < BACKENDS; i++)
		signs[i] = found[i].signs;
	return backend_decide(signs, backend);
}

/* Hints are looked for, and rules counted, only where that matters. */
static int decide(struct work *w, struct candidate *found, enum ipmasq_backend *backend)
{
	struct candidate *nft = &found[NFT];
	struct candidate *legacy = &found[LEGACY];
	int r = decide_by_signs(found, backend);

	if (r == 0 && *backend == NATIVE)
		return 0;
	if (r < 0) {
		r = 0;
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
	return r < 0 ? r : decide_by_signs(found, backend);
}

/* What is seen of tables of our own. Other programs than the system's may be wrappers that look
 * into another kernel or namespace, and then the own kernel's do not matter unless they are asked
 * for. */
static int examine_native(struct work *w, struct candidate *candidate)
{
	struct backend_signs *signs = &candidate->signs;
	int r;

	signs->nat = SIGHT_ABSENT;
	if (!w->node->direct && w->node->backend != NATIVE)
		return 0;
	r = native_look(w->node, w->family, w->root, &candidate->obs, &candidate->failure);
	if (r == -ENOMEM)
		return work_no_memory(w);
	if (r < 0) {
		if (candidate->failure.class != COMPLAINT_NO_TABLE)
			signs->nat = SIGHT_UNKNOWN;
		return 0;
	}
	signs->nat = SIGHT_CLEAR;
	signs->ours = ours_in(&candidate->obs);
	signs->kube_proxy = candidate->obs.native->kube_proxy;
	return 0;
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

/* Where there are no iptables programs, only tables of our own are left. */
static int fail_no_backend(struct work *w, const struct candidate *native)
{
	const char *stem = w->family == IPMASQ_IPV6 ? "ip6tables" : "iptables";
	bool absent = native->signs.nat == SIGHT_ABSENT;

	failure_set(&w->failure, -ENOENT, "no-iptables",
		    "there is no %s-restore with its %s-save in %s: install the iptables package, "
		    "or name the directory that has them%s%s",
		    stem, stem, w->node->search_path,
		    native->failure.text[0] ? "; nftables without them cannot be used either: "
					    : "",
		    native->failure.text);
	if (absent)
		w->failure.class = COMPLAINT_NO_TABLE;
	return w->failure.error;
}

/* All are examined, and the best one is used. */
static int choose_between(struct work *w, struct candidate *found)
{
	bool have = programs_have(w->programs, NFT) || programs_have(w->programs, LEGACY);
	enum ipmasq_backend backend;
	int r = examine(w, NFT, &found[NFT]);

	if (r == 0)
		r = examine(w, LEGACY, &found[LEGACY]);
	if (r == 0)
		r = examine_native(w, &found[NATIVE]);
	if (r == 0 && w->node->direct && found[NATIVE].signs.nat == SIGHT_CLEAR &&
	    found[NFT].signs.nat == SIGHT_CLEAR && found[NFT].signs.ours != OURS_REACHED)
		found[NFT].signs.compat = native_has_compat(w->node, w->family);
	if (r == 0 && !have && found[NATIVE].signs.nat != SIGHT_CLEAR)
		r = fail_no_backend(w, &found[NATIVE]);
	if (r == 0)
		r = decide(w, found, &backend);
	if (r < 0)
		return r;
	if (backend == IPMASQ_BACKEND_AUTO)
		return use_default_that_is_there(w, found);
	backend_use(w, backend);
	return 0;
}

static int examine_any(struct work *w, enum ipmasq_backend backend, struct candidate *candidate)
{
	return backend == NATIVE ? examine_native(w, candidate) : examine(w, backend, candidate);
}

int backend_use_asked(struct work *w, enum ipmasq_backend asked)
{
	const char *stem = w->family == IPMASQ_IPV6 ? "ip6tables" : "iptables";
	const char *variant = ipmasq_backend_name(asked);

	if (asked != NATIVE && !programs_have(w->programs, asked))
		return failure_set(
			&w->failure, -ENOENT, "no-iptables",
			"there is no %s-%s-restore with its %s-%s-save in %s, and the %s "
			"backend was asked for",
			stem, variant, stem, variant, w->node->search_path, variant);
	backend_use(w, asked);
	return 0;
}

static int choose_asked(struct work *w, struct candidate *found, enum ipmasq_backend asked)
{
	int r = backend_use_asked(w, asked);

	for (enum ipmasq_backend other = NFT; other < BACKENDS && r == 0; other++)
		if (other != asked)
			r = examine_any(w, other, &found[other]);
	return r;
}

/* What was seen of those that are not used stays. */
static void keep_others(struct work *w, struct candidate *found)
{
	for (enum ipmasq_backend other = NFT; other < BACKENDS; other++) {
		if (other == w->iptables.backend)
			continue;
		w->others[other] = found[other];
		found[other].obs = (struct observation){ 0 };
	}
}

int backend_choose(struct work *w)
{
	struct candidate found[BACKENDS] = { { .failure.error = 0 } };
	enum ipmasq_backend asked = w->node->backend;
	struct candidate *chosen;
	int r = asked == IPMASQ_BACKEND_AUTO ? choose_between(w, found)
					     : choose_asked(w, found, asked);

	chosen = &found[w->iptables.backend];
	if (r == 0 && chosen->obs.rules) {
		w->obs = chosen->obs;
		w->observed = true;
		chosen->obs = (struct observation){ 0 };
		look_note(w);
	}
	if (r == 0)
		keep_others(w, found);
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

static int look_without_programs(struct work *w)
{
	struct candidate seen = { .signs.nat = SIGHT_ABSENT };
	int r = examine_without_programs(w, &w->iptables, &seen);

	if (r == 0 && seen.signs.nat == SIGHT_UNKNOWN)
		r = seen.failure.error;
	if (r < 0) {
		w->failure = seen.failure;
		return r;
	}
	w->obs = seen.obs;
	w->observed = w->obs.rules != NULL;
	return 0;
}

int backend_has_ours(struct work *w, enum ipmasq_backend backend, bool *ours)
{
	struct legacy_tables tables = { .nat = true };
	int r = 0;

	*ours = programs_have(w->programs, backend) || w->node->direct ||
		w->node->backend == backend;
	if (*ours && backend == LEGACY)
		r = direct_legacy_tables(w->node, w->family, &tables, &w->failure);
	*ours &= tables.nat;
	if (r < 0 || !*ours)
		return r;
	backend_use(w, backend);
	r = backend == LEGACY && !programs_have(w->programs, backend) ? look_without_programs(w)
								      : look(w);
	if (r == 0)
		*ours = observation_has_ours(&w->obs);
	else if (w->failure.class == COMPLAINT_NO_TABLE)
		*ours = false;
	return r < 0 && *ours ? r : 0;
}
