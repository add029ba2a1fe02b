/* SPDX-License-Identifier: Apache-2.0 */
/* Finds out which of the two backends holds the node's rules. */
#include "node/backend.h"

#include "node/direct.h"
#include "node/look.h"
#include "node/observe.h"

static const enum ipmasq_backend NFT = IPMASQ_BACKEND_NFT;
static const enum ipmasq_backend LEGACY = IPMASQ_BACKEND_LEGACY;

static bool have(const struct work *w, enum ipmasq_backend backend)
{
	return programs_have(w->programs, backend);
}

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
	w->report->families[family_index(w->family)].backend = backend;
}

/* Nothing on the node speaks for either: the family dealt with before, else the system's default.
 */
static int use_default(struct work *w)
{
	enum ipmasq_backend backend = w->preferred;
	int r = 0;

	if (backend == IPMASQ_BACKEND_AUTO)
		r = programs_default(w->node, w->programs, &backend, &w->failure);
	if (r == 0)
		backend_use(w, backend);
	return r;
}

/* The legacy tables are not there, so only the nft ones can speak. */
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

/* One backend's part in the decision, when both may have rules. */
struct candidate {
	struct observation obs;
	bool failed;
	bool hints;
	size_t rules;
};

static int examine(struct work *w, enum ipmasq_backend backend, struct candidate *candidate)
{
	struct iptables t = iptables_of(w, backend);
	struct failure failure;
	bool look = true;
	int r;

	*candidate = (struct candidate){ .failed = false };
	r = look_at(w, &t, &candidate->obs, &failure);
	if (r == 0 && backend == LEGACY)
		r = direct_legacy_listed(w->node, w->family, "mangle", &look, &failure);
	if (r == 0 && look)
		r = observe_hints(&t, &candidate->hints, &failure);
	if (r == -ENOMEM)
		return work_no_memory(w);
	/* Whether it matters that this one failed shows when it is used. */
	candidate->failed = r < 0;
	candidate->rules = r < 0 ? 0 : candidate->obs.foreign_count;
	return 0;
}

static int decide(struct work *w, const struct candidate *nft, const struct candidate *legacy)
{
	bool ours_nft = !nft->failed && observation_has_ours(&nft->obs);
	bool ours_legacy = !legacy->failed && observation_has_ours(&legacy->obs);

	if (nft->hints != legacy->hints)
		backend_use(w, nft->hints ? NFT : LEGACY);
	else if (nft->failed != legacy->failed)
		backend_use(w, legacy->failed ? NFT : LEGACY);
	else if (nft->rules != legacy->rules)
		backend_use(w, nft->rules > legacy->rules ? NFT : LEGACY);
	else if (ours_nft != ours_legacy)
		backend_use(w, ours_nft ? NFT : LEGACY);
	else
		return use_default(w);
	return 0;
}

static void report_other(struct work *w, const struct candidate *other, enum ipmasq_backend backend)
{
	if (!other->failed && observation_has_ours(&other->obs))
		WORK_SAY(w, IPMASQ_LINE_NOTE,
			 "chain %s or a jump to it is in the %s nat table too, while the node's "
			 "rules are in %s: remove it there",
			 w->root, ipmasq_backend_name(backend),
			 ipmasq_backend_name(w->iptables.backend));
}

static int choose_between(struct work *w)
{
	struct candidate nft = { .failed = true };
	struct candidate legacy = { .failed = true };
	struct candidate *chosen;
	int r = examine(w, NFT, &nft);

	if (r == 0)
		r = examine(w, LEGACY, &legacy);
	if (r == 0)
		r = decide(w, &nft, &legacy);
	if (r == 0) {
		bool is_nft = w->iptables.backend == NFT;

		chosen = is_nft ? &nft : &legacy;
		report_other(w, is_nft ? &legacy : &nft, is_nft ? LEGACY : NFT);
		if (!chosen->failed) {
			w->obs = chosen->obs;
			w->observed = true;
			chosen->obs = (struct observation){ 0 };
		}
	}
	observation_release(&nft.obs);
	observation_release(&legacy.obs);
	return r;
}

static int choose_forced(struct work *w, enum ipmasq_backend backend)
{
	const char *stem = w->family == IPMASQ_IPV6 ? "ip6tables" : "iptables";
	const char *variant = ipmasq_backend_name(backend);

	if (!have(w, backend))
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
	if (!have(w, NFT) || !have(w, LEGACY)) {
		backend_use(w, have(w, NFT) ? NFT : LEGACY);
		return 0;
	}
	r = direct_legacy_listed(w->node, w->family, "nat", &listed, &w->failure);
	if (r < 0)
		return r;
	return listed ? choose_between(w) : choose_without_legacy(w);
}
