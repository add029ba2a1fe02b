/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of ours in the backends that are not in use. */
#include "node/takeover.h"

#include "node/backend.h"
#include "node/describe.h"
#include "node/flows.h"
#include "node/native.h"
#include "node/netns_lock.h"
#include "node/plan.h"
#include "node/transaction.h"

/* How a backend's place for rules is called. */
static const char *place_of(enum ipmasq_backend backend)
{
	static const char *const places[BACKENDS] = {
		[IPMASQ_BACKEND_NFT] = "the nft nat table",
		[IPMASQ_BACKEND_LEGACY] = "the legacy nat table",
		[IPMASQ_BACKEND_NFTABLES] = "table ipmasq of nftables",
	};

	return places[backend];
}

/* Work as of --remove in another backend, by which sentences and errors are labelled meanwhile. */
static struct work begin_other(struct work *w, enum ipmasq_backend backend)
{
	struct work other = { .node = w->node,
			      .root = w->root,
			      .family = w->family,
			      .programs = w->programs,
			      .report = w->report,
			      .diags = w->diags };

	backend_use(&other, backend);
	/* With tables of our own no program is asked where none is needed. */
	other.by_netlink |= backend == IPMASQ_BACKEND_NFT && work_is_native(w) && w->node->direct;
	return other;
}

static int end_other(struct work *w, struct work *other, int r)
{
	if (r < 0)
		w->failure = other->failure;
	work_release(other);
	work_report(w)->backend = w->iptables.backend;
	return r;
}

static void set_unknown(struct work *w, enum ipmasq_backend backend)
{
	const struct failure *why = &w->others[backend].failure;

	failure_set(&w->failure, why->error, why->code,
		    "whether %s has rules of ours too is not known: %s", place_of(backend),
		    why->text);
}

static bool is_unknown(const struct work *w, enum ipmasq_backend backend)
{
	return backend != w->iptables.backend && w->others[backend].signs.nat == SIGHT_UNKNOWN;
}

/* One that is not known; AUTO: all are. */
static enum ipmasq_backend find_unknown(const struct work *w)
{
	for (enum ipmasq_backend b = IPMASQ_BACKEND_NFT; b < BACKENDS; b++)
		if (is_unknown(w, b))
			return b;
	return IPMASQ_BACKEND_AUTO;
}

/* What there is of ours in a table of iptables. */
static void count_left(const struct observation *obs, size_t *chains, size_t *jumps)
{
	*chains = obs->rules->count - !obs->root_exists;
	*jumps = 0;
	for (size_t i = 0; i < obs->referrer_count; i++)
		*jumps += obs->referrers[i].in_postrouting;
}

bool takeover_can_remove(const struct work *other)
{
	return programs_have(other->programs, other->iptables.backend) || other->by_netlink ||
	       work_is_native(other);
}

static const char *stem_of(const struct work *w)
{
	return w->family == IPMASQ_IPV6 ? "ip6tables" : "iptables";
}

static void say_left(struct work *w, enum ipmasq_line_kind kind, enum ipmasq_backend used)
{
	size_t chains;
	size_t jumps;

	count_left(&w->obs, &chains, &jumps);
	if (work_is_native(w))
		WORK_SAY(w, kind, "chain %s is in use in %s, and %s has rules of ours too", w->root,
			 place_of(used), place_of(w->iptables.backend));
	else
		WORK_SAY(w, kind,
			 "chain %s is in use in %s, and the %s one has rules of ours too: "
			 "chains %zu, jumps from POSTROUTING %zu",
			 w->root, place_of(used), ipmasq_backend_name(w->iptables.backend), chains,
			 jumps);
	if (!takeover_can_remove(w))
		WORK_SAY(w, IPMASQ_LINE_NOTE,
			 "there is no %s-%s-restore here to remove them: where it is installed, "
			 "`ipmasq-apply --remove --backend=%s' in this network namespace takes "
			 "them away",
			 stem_of(w), ipmasq_backend_name(w->iptables.backend),
			 ipmasq_backend_name(w->iptables.backend));
}

/* Chains that others lead to, and that are empty, are all that may stay. */
static int plan_other(struct work *other, const struct candidate *seen)
{
	other->obs = seen->obs;
	other->observed = true;
	return plan_removal(other);
}

/* Where the rules in use are in line, whoever wrote the others is whom an agent fights with. */
static void set_writer(struct work *w, enum ipmasq_backend backend)
{
	if (w->plan.empty)
		report_set_writer(w->report, w->family, &w->others[backend].obs);
}

static int say_one(struct work *w, enum ipmasq_backend backend, enum ipmasq_line_kind kind,
		   bool *left)
{
	struct work other;
	bool some;
	int r;

	if (backend == w->iptables.backend || w->others[backend].signs.ours == OURS_NONE)
		return 0;
	other = begin_other(w, backend);
	r = plan_other(&other, &w->others[backend]);
	some = r == 0 && !other.plan.empty;
	if (some && !*left)
		set_writer(w, backend);
	*left |= some;
	if (some)
		say_left(&other, kind, w->iptables.backend);
	/* The observation is still that of w. */
	other.obs = (struct observation){ 0 };
	return end_other(w, &other, r);
}

static int say_to_remove(struct work *w, enum ipmasq_line_kind kind, bool *left)
{
	int r = 0;

	*left = false;
	for (enum ipmasq_backend b = IPMASQ_BACKEND_NFT; b < BACKENDS && r == 0; b++)
		r = say_one(w, b, kind, left);
	return r;
}

int takeover_check(struct work *w, bool *in_line)
{
	enum ipmasq_backend unknown = find_unknown(w);
	bool left;
	int r = say_to_remove(w, IPMASQ_LINE_STALE, &left);

	if (r < 0)
		return work_fail(w, NULL);
	*in_line = *in_line && !left;
	if (unknown == IPMASQ_BACKEND_AUTO)
		return 0;
	set_unknown(w, unknown);
	if (*in_line)
		return work_fail(w, NULL);
	WORK_SAY(w, IPMASQ_LINE_NOTE, "%s", w->failure.text);
	return 0;
}

void takeover_note(struct work *w)
{
	bool left;

	if (say_to_remove(w, IPMASQ_LINE_NOTE, &left) < 0)
		report_no_memory(w->report, w->family);
}

/* Rules of others still lead to what is left, which is empty. */
static void note_still_used(struct work *other)
{
	for (size_t i = 0; i < other->obs.referrer_count; i++) {
		CLEANUP(buf_release) struct buf why = BUF_INIT;

		describe_referrer(&why, &other->obs.referrers[i]);
		if (why.error)
			report_no_memory(other->report, other->family);
		else
			WORK_SAY(other, IPMASQ_LINE_NOTE,
				 "chain %s of %s is empty but cannot be deleted: %s",
				 other->obs.referrers[i].target, place_of(other->iptables.backend),
				 why.data);
	}
}

int takeover_fail_no_programs(struct work *other, const struct observation *seen)
{
	const char *variant = ipmasq_backend_name(other->iptables.backend);
	const char *stem = stem_of(other);
	size_t chains;
	size_t jumps;

	count_left(seen, &chains, &jumps);
	failure_set(
		&other->failure, -ENOENT, "no-iptables",
		"the %s nat table has rules of ours (chains %zu, jumps from POSTROUTING "
		"%zu), and there is no %s-%s-restore with its %s-%s-save in %s to remove them: "
		"where they are installed, `ipmasq-apply --remove --backend=%s' in this network "
		"namespace takes them away",
		variant, chains, jumps, stem, variant, stem, variant, other->node->search_path,
		variant);
	return work_fail(other, NULL);
}

/*
 * Two instances with different backends would each remove the rules of the other, and there would
 * be none. So whoever removes holds a lock, and first looks whether the rules in use are still
 * there.
 */
static int remove_under_lock(struct work *w, struct work *other, bool *changed)
{
	bool reached;
	int r = netns_lock(w->node, &other->failure);

	if (r < 0)
		return work_fail(other, NULL);
	r = backend_is_reached(w, &reached, &other->failure);
	if (r == 0 && !reached)
		r = failure_set(&other->failure, -EAGAIN, "read-back",
				"another program has removed the rules from %s meanwhile, so those "
				"in %s stay for now",
				place_of(w->iptables.backend), place_of(other->iptables.backend));
	if (r < 0)
		r = work_fail(other, NULL);
	else
		r = transaction_carry_out(other, plan_removal, describe_removal, changed);
	netns_unlock(w->node);
	return r;
}

static int finish_one(struct work *w, enum ipmasq_backend backend, bool *changed)
{
	struct work other;
	int r;

	if (backend == w->iptables.backend || w->others[backend].signs.ours == OURS_NONE)
		return 0;
	other = begin_other(w, backend);
	if (!takeover_can_remove(&other))
		return end_other(w, &other,
				 takeover_fail_no_programs(&other, &w->others[backend].obs));
	r = remove_under_lock(w, &other, changed);
	flows_remember(&other);
	if (r == 0)
		note_still_used(&other);
	return end_other(w, &other, r);
}

int takeover_finish(struct work *w, bool *changed)
{
	enum ipmasq_backend unknown = find_unknown(w);
	int r = 0;

	if (unknown != IPMASQ_BACKEND_AUTO) {
		set_unknown(w, unknown);
		return work_fail(w, NULL);
	}
	for (enum ipmasq_backend b = IPMASQ_BACKEND_NFT; b < BACKENDS && r == 0; b++)
		r = finish_one(w, b, changed);
	return r;
}
