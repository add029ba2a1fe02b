/* SPDX-License-Identifier: Apache-2.0 */
/* The ruleset that a policy wants, compared with what was observed. */
#include "node/desired.h"

#include <stdlib.h>
#include <string.h>

#include "node/backend.h"
#include "node/family.h"
#include "node/native.h"
#include "node/plan.h"
#include "rules/compile.h"
#include "rules/proof.h"

/* A chain that is never created: the script is only tested. */
#define SCRATCH_CHAIN "IPMASQ-PROBE"
#define RANDOM_FULLY  "--random-fully"

int desired_set(struct work *w, unsigned int flags, char generation)
{
	ipmasq_ruleset_free(w->desired);
	w->desired = NULL;
	w->proved = false;
	w->flags = flags;
	if (w->make_desired)
		return w->make_desired(w, flags, generation);
	if (work_is_native(w))
		flags |= IPMASQ_NFTABLES;
	if (ruleset_build(w->policy, w->family, flags, generation, &w->desired) < 0)
		return work_no_memory(w);
	return 0;
}

static enum answer *random_fully(const struct work *w)
{
	return &w->node->random_fully[family_index(w->family)][w->iptables.backend];
}

/* Whether the program has just answered that it does not know --random-fully (iptables
 * before 1.6.2, Linux before 3.14). All else is no answer. */
static bool is_random_fully_unknown(const struct work *w)
{
	return w->failure.class == COMPLAINT_NO_OPTION &&
	       strcmp(w->failure.option, RANDOM_FULLY) == 0;
}

static void leave_out_random_fully(struct work *w)
{
	*random_fully(w) = ANSWER_NO;
	WORK_SAY(w, IPMASQ_LINE_NOTE, "--random-fully is left out: %s", w->failure.text);
}

int desired_learn(struct work *w, bool *learnt)
{
	*learnt = w->policy && w->policy->random_fully == IPMASQ_AUTO &&
		  !(w->flags & IPMASQ_NO_RANDOM_FULLY) && is_random_fully_unknown(w);
	if (!*learnt)
		return 0;
	leave_out_random_fully(w);
	return desired_set(w, IPMASQ_NO_RANDOM_FULLY, w->desired->generation);
}

/* Asks the program without a write. */
static int probe_random_fully(struct work *w)
{
	static const char script[] = "*nat\n"
				     ":" SCRATCH_CHAIN " - [0:0]\n"
				     "-A " SCRATCH_CHAIN " -j MASQUERADE " RANDOM_FULLY "\n"
				     "COMMIT\n";
	int r = iptables_restore(&w->iptables, script, sizeof(script) - 1, true, &w->failure);

	if (r == 0) {
		*random_fully(w) = ANSWER_YES;
		return 0;
	}
	if (!is_random_fully_unknown(w))
		return r;
	leave_out_random_fully(w);
	return 0;
}

/* Plans in the generation of names that is in use. */
static int plan_same_generation(struct work *w)
{
	char seen = observation_generation(&w->obs);
	int r = 0;

	if (w->desired->generation != seen)
		r = desired_set(w, w->flags, seen);
	return r < 0 ? r : plan_policy(w);
}

static bool has_plain_masquerade(const struct ipmasq_ruleset *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		for (size_t j = 0; j < rules->chains[i].count; j++) {
			const struct rule *rule = &rules->chains[i].rules[j];

			if (rule->target == TARGET_MASQUERADE && !rule->random_fully)
				return true;
		}
	return false;
}

/* Of @rules, the chains that the wanted ruleset has; those that only the kernel has come after. */
static int prove_ruleset(struct work *w, const struct ipmasq_ruleset *rules, const char *code,
			 const char *what)
{
	char *why = NULL;
	int r = proof_check(rules, w->desired->count, w->policy, w->desired->random_fully, &why);

	if (r == -EDOM)
		failure_set(&w->failure, r, code, "%s %s: %s", family_name(w->family), what,
			    why ? why : "no reason given");
	else if (r < 0)
		r = work_no_memory(w);
	free(why);
	return r;
}

/* The rules are proved as they were read, although they equal `desired`: reading and making rules
 * have nothing in common but the policy. */
static int prove_observed(struct work *w)
{
	return prove_ruleset(w, w->obs.rules, "read-back",
			     "nat table does not do what the policy says");
}

int desired_prove(struct work *w)
{
	int r = w->proved ? 0
			  : prove_ruleset(
				    w, w->desired, "not-proved",
				    "script does not do what the policy says, so it was not used");

	w->proved = r == 0;
	return r;
}

int desired_plan(struct work *w)
{
	int r = plan_same_generation(w);

	return r == 0 && w->plan.empty ? prove_observed(w) : r;
}

int desired_ask(struct work *w, bool *again)
{
	int r;

	*again = false;
	if (w->policy->random_fully != IPMASQ_AUTO || *random_fully(w) != ANSWER_UNKNOWN ||
	    !has_plain_masquerade(w->obs.rules))
		return 0;
	r = probe_random_fully(w);
	if (r < 0 || *random_fully(w) == ANSWER_YES)
		return r;
	*again = true;
	return desired_set(w, IPMASQ_NO_RANDOM_FULLY, w->desired->generation);
}

int desired_plan_asking(struct work *w)
{
	bool again = false;
	int r = desired_plan(w);

	if (work_is_native(w))
		return r < 0 ? r : native_must_be_clear(w);
	if (r == 0 && !w->plan.empty)
		r = desired_ask(w, &again);
	return r == 0 && again ? desired_plan(w) : r;
}

unsigned int desired_flags(const struct work *w)
{
	return *random_fully(w) == ANSWER_NO ? IPMASQ_NO_RANDOM_FULLY : 0;
}

int desired_begin(struct work *w, bool *go)
{
	int r = family_begin(w, go);

	if (r < 0 || !*go)
		return r;
	r = backend_choose(w);
	if (r == 0)
		r = desired_set(w, desired_flags(w), GENERATION_FIRST);
	*go = r == 0;
	return r < 0 ? work_fail(w, NULL) : 0;
}
