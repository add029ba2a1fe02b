/* SPDX-License-Identifier: Apache-2.0 */
/* Finds out which of the two backends holds the node's rules. */
#include "node/backend.h"

#include "node/direct.h"
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

/* Where the kernel has no legacy nat table. */
static int choose_without_legacy(struct work *w)
{
	bool hints = false;
	int r;

	backend_use(w, NFT);
	r = look(w);
	if (r == -ENOMEM)
		return r;
	if (r == 0 && (w->obs.foreign_count > 0 || observation_has_ours(&w->obs)))
		return 0;
	if (r == 0)
		r = observe_hints(&w->iptables, &hints, &w->failure);
	if (r == -ENOMEM || hints)
		return r;
	r = use_default(w);
	if (r == 0 && w->iptables.backend != NFT)
		work_forget(w);
	return r;
}

enum ipmasq_backend backend_decide(const struct backend_signs *nft,
				   const struct backend_signs *legacy)
{
	if (nft->hints != legacy->hints)
		return nft->hints ? NFT : LEGACY;
	if (nft->readable != legacy->readable)
		return nft->readable ? NFT : LEGACY;
	if (nft->rules != legacy->rules)
		return nft->rules > legacy->rules ? NFT : LEGACY;
	if (nft->ours != legacy->ours)
		return nft->ours ? NFT : LEGACY;
	return IPMASQ_BACKEND_AUTO;
}

/* A backend that may be chosen, when both may have rules. */
struct candidate {
	struct observation obs;
	struct backend_signs signs;
};

static int examine_candidate(struct work *w, enum ipmasq_backend backend,
			     struct candidate *candidate)
{
	struct backend_signs *signs = &candidate->signs;
	struct iptables t = iptables_of(w, backend);
	struct failure failure;
	bool mangle = true;
	int r = look_at(w, &t, &candidate->obs, &failure);

	if (r == 0 && backend == LEGACY)
		r = direct_legacy_listed(w->node, w->family, "mangle", &mangle, &failure);
	if (r == 0 && mangle)
		r = observe_hints(&t, &signs->hints, &failure);
	if (r == -ENOMEM)
		return work_no_memory(w);
	/* Where this one failed, that matters only if it is chosen, and then shows again. */
	signs->readable = r == 0;
	if (signs->readable) {
		signs->rules = candidate->obs.foreign_count;
		signs->ours = observation_has_ours(&candidate->obs);
	}
	return 0;
}

static void report_other(struct work *w, const struct candidate *other, enum ipmasq_backend backend)
{
	if (other->signs.ours)
		WORK_SAY(w, IPMASQ_LINE_NOTE,
			 "chain %s or a jump to it is in the %s nat table too, while the node's "
			 "rules are in %s: remove it there",
			 w->root, ipmasq_backend_name(backend),
			 ipmasq_backend_name(w->iptables.backend));
}

static int decide_between(struct work *w, struct candidate *nft, struct candidate *legacy)
{
	enum ipmasq_backend backend = backend_decide(&nft->signs, &legacy->signs);
	struct candidate *chosen;
	bool is_nft;

	if (backend == IPMASQ_BACKEND_AUTO) {
		int r = use_default(w);

		if (r < 0)
			return r;
	} else {
		backend_use(w, backend);
	}
	is_nft = w->iptables.backend == NFT;
	chosen = is_nft ? nft : legacy;
	report_other(w, is_nft ? legacy : nft, is_nft ? LEGACY : NFT);
	if (chosen->signs.readable) {
		w->obs = chosen->obs;
		w->observed = true;
		chosen->obs = (struct observation){ 0 };
	}
	return 0;
}

static int choose_between(struct work *w)
{
	struct candidate nft = { .signs.readable = false };
	struct candidate legacy = { .signs.readable = false };
	int r = examine_candidate(w, NFT, &nft);

	if (r == 0)
		r = examine_candidate(w, LEGACY, &legacy);
	if (r == 0)
		r = decide_between(w, &nft, &legacy);
	observation_release(&nft.obs);
	observation_release(&legacy.obs);
	return r;
}

static int choose_forced(struct work *w, enum ipmasq_backend backend)
{
	const char *stem = w->family == IPMASQ_IPV6 ? "ip6tables" : "iptables";
	const char *variant = ipmasq_backend_name(backend);

	if (!programs_have(w->programs, backend))
		return failure_set(
			&w->failure, -ENOENT, "no-iptables",
			"there is no %s-%s-restore with its %s-%s-save in %s, and the %s "
			"backend was asked for",
			stem, variant, stem, variant, w->node->search_path, variant);
	backend_use(w, backend);
	return 0;
}

int backend_choose(struct work *w)
{
	bool listed;
	int r;

	if (w->node->backend != IPMASQ_BACKEND_AUTO)
		return choose_forced(w, w->node->backend);
	if (!programs_have(w->programs, NFT) || !programs_have(w->programs, LEGACY)) {
		backend_use(w, programs_have(w->programs, NFT) ? NFT : LEGACY);
		return 0;
	}
	r = direct_legacy_listed(w->node, w->family, "nat", &listed, &w->failure);
	if (r < 0)
		return r;
	return listed ? choose_between(w) : choose_without_legacy(w);
}

int backend_has_ours(struct work *w, enum ipmasq_backend backend, bool *ours)
{
	int r = 0;

	*ours = programs_have(w->programs, backend);
	if (*ours && backend == LEGACY)
		r = direct_legacy_listed(w->node, w->family, "nat", ours, &w->failure);
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
