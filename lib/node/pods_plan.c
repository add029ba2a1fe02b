/* SPDX-License-Identifier: Apache-2.0 */
/* What is to become of the pods of a family: the rules that are there with the pods that come, and
 * without those that go. */
#include "node/pods_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/desired.h"
#include "node/kernel/native_table.h"
#include "node/native.h"
#include "node/plan.h"
#include "rules/chain_name.h"
#include "rules/proof.h"
#include "rules/proof_pods.h"

/* How many generations of a native table stand side by side at most: changes that follow each other
 * fast need not wait for packets to leave what they take out of force, and the pods of a node that
 * starts come all at once. */
#define LETTERS 26

static struct pods_job *job_of(const struct work *w)
{
	return w->pods;
}

/* An agent's chain has rules, and no label in them. */
static int refuse_agent(struct work *w)
{
	const struct ipmasq_ruleset *rules = w->obs.rules;

	if (rules->label_count > 0 || rules->count == 0 || rules->chains[0].count == 0)
		return 0;
	return failure_set(&w->failure, -EEXIST, "chain-in-use",
			   "chain %s (%s, %s) has rules, and none of them is for a pod: choose "
			   "another name, or remove that chain",
			   w->root, family_name(w->family),
			   ipmasq_backend_name(w->iptables.backend));
}

static int add_addresses(struct work *w)
{
	struct pods_job *job = job_of(w);
	int r = 0;

	/* Where IPv6 is off, pods that are there stay, as their network may get it back. */
	if (w->family == IPMASQ_IPV6 && w->policy->ipv6 == IPMASQ_OFF)
		return 0;
	for (size_t i = 0; i < job->pod->address_count && r == 0; i++)
		if (job->pod->addresses[i].family == w->family)
			r = pod_set_add(&job->set,
					addr_from_bytes(w->family, job->pod->addresses[i].bytes),
					job->label);
	return r;
}

static void set_policy(struct work *w)
{
	struct pods_job *job = job_of(w);
	struct pod_network *network;

	network = pod_set_network(&job->set, job->pod->network, strlen(job->pod->network));
	if (!network)
		return;
	network->policy = w->policy;
	network->empty = w->family == IPMASQ_IPV6 && w->policy->ipv6 == IPMASQ_OFF;
}

static int change_set(struct work *w)
{
	struct pods_job *job = job_of(w);
	int r;

	pod_set_release(&job->set);
	r = pod_set_read(&job->set, w->obs.rules, w->root);
	if (r < 0)
		return r;
	pod_set_remove(&job->set, job->is_out, job->context);
	if (!job->pod)
		return 0;
	r = add_addresses(w);
	if (r == 0)
		set_policy(w);
	return r;
}

/* The first chain of a generation: with nftables there is a new one for each change. */
static void name_first(const struct work *w, char generation, char name[CHAIN_NAME_MAX + 1])
{
	const struct ipmasq_ruleset *seen = w->obs.rules;
	char prefix[CHAIN_PREFIX_MAX];
	size_t len = chain_prefix(w->root, prefix);

	if (!work_is_native(w))
		strcpy(name, w->root);
	else if (seen->count > 0 && !seen->chains[0].absent &&
		 seen->chains[0].name[len] == generation)
		strcpy(name, seen->chains[0].name);
	else
		native_timed_name(w->obs.native, w->root, generation, name);
}

static int fail_odd(struct work *w, uint32_t odd)
{
	return failure_set(
		&w->failure, -EPROTO, "not-understood",
		"chain %s of another network (%s) holds a rule that is not understood, "
		"so it cannot be written anew beside this one's: delete that rule, or the "
		"pods of that network",
		w->obs.rules->chains[odd].name, family_name(w->family));
}

static int make_desired(struct work *w, unsigned int flags, char generation)
{
	struct pods_job *job = job_of(w);
	char first[CHAIN_NAME_MAX + 1];
	struct pod_form form = { .flags = flags, .generation = generation, .first = first };
	uint32_t odd = 0;
	int r = change_set(w);

	if (r == 0 && job->set.count > 0) {
		form.flags |= work_is_native(w) ? (unsigned int)IPMASQ_NFTABLES : 0;
		name_first(w, generation, first);
		r = pod_set_build(&job->set, &form, &w->desired, &odd);
	}
	if (r == -EPROTO)
		return fail_odd(w, odd);
	return r < 0 ? work_no_memory(w) : 0;
}

void pods_begin(struct work *w, struct pods_job *job)
{
	w->pods = job;
	w->make_desired = make_desired;
}

void pods_end(struct work *w)
{
	if (w->pods)
		pod_set_release(&w->pods->set);
	w->pods = NULL;
}

/* The network's rules by themselves are its policy. */
static int prove_network(struct work *w, const struct ipmasq_ruleset *rules,
			 const struct pod_network *network, char **why)
{
	struct ipmasq_ruleset *part = NULL;
	int r;

	if (!network->policy || network->count == 0)
		return 0;
	r = pod_set_part(network, rules, &part);
	if (r == 0 && network->empty) {
		r = part->chains[0].count == 0 ? 0 : -EDOM;
		if (r < 0 &&
		    asprintf(why, "IPv6 is off, and chain %s has rules", part->chains[0].name) < 0)
			r = -ENOMEM;
	} else if (r == 0) {
		r = proof_check(part, part->count, w->policy, network->random_fully, why);
	}
	ipmasq_ruleset_free(part);
	return r;
}

static int prove_ways(struct work *w, const struct ipmasq_ruleset *rules, char **why)
{
	const struct pod_set *set = &job_of(w)->set;
	struct pod_way *ways = calloc(set->count + 1, sizeof(*ways));
	int r;

	if (!ways)
		return -ENOMEM;
	for (size_t i = 0; i < set->count; i++) {
		ways[i].source = set->pods[i].address;
		ways[i].chain = set->networks[set->pods[i].network].first;
	}
	r = proof_pods(rules, ways, set->count, why);
	free(ways);
	return r;
}

static int prove(struct work *w, const struct ipmasq_ruleset *rules, const char *code,
		 const char *what)
{
	const struct pod_set *set = &job_of(w)->set;
	char *why = NULL;
	int r = prove_ways(w, rules, &why);

	for (size_t i = 0; i < set->network_count && r == 0; i++)
		r = prove_network(w, rules, &set->networks[i], &why);
	if (r == -EDOM)
		failure_set(&w->failure, r, code, "%s %s: %s", family_name(w->family), what,
			    why ? why : "no reason given");
	else if (r < 0)
		work_no_memory(w);
	free(why);
	return r;
}

/* What is there is proved as it was read. */
static int prove_observed(struct work *w)
{
	if (!w->plan.empty || pods_plan_removes(w))
		return 0;
	return prove(w, w->obs.rules, "read-back",
		     "rules do not do what the pods and the policy say");
}

/* With iptables chains are rewritten in place, so there is one generation. */
static char letter_seen(const struct work *w)
{
	char seen = work_is_native(w) ? w->obs.native->generation : '\0';

	return seen ? seen : GENERATION_FIRST;
}

/* The next letter of which nothing is there; else the next one. */
static char next_letter(const struct work *w)
{
	int seen = letter_seen(w) - GENERATION_FIRST;
	char next;

	for (int i = 1; i < LETTERS; i++) {
		next = (char)(GENERATION_FIRST + (seen + i) % LETTERS);
		if (!native_has_generation(w->obs.native, w->root, next))
			return next;
	}
	return (char)(GENERATION_FIRST + (seen + 1) % LETTERS);
}

int pods_plan(struct work *w)
{
	int r = refuse_agent(w);

	if (r == 0)
		r = desired_set(w, w->flags, letter_seen(w));
	if (r < 0)
		return r;
	r = w->desired ? plan_policy(w) : plan_removal(w);
	/* One transaction, however large. */
	w->plan.block = 0;
	return r < 0 ? r : prove_observed(w);
}

int pods_plan_apply(struct work *w)
{
	int r = pods_plan(w);

	if (r < 0 || w->plan.empty || pods_plan_removes(w))
		return r;
	/* A number is of what was read. Where somebody changes rules meanwhile, the next attempt
	 * writes whole chains. */
	if (!work_is_native(w) && !w->before)
		r = plan_insertions(w);
	/* In native tables nothing that is in use is ever edited. */
	if (work_is_native(w) && w->plan.chains_differ) {
		r = desired_set(w, w->flags, next_letter(w));
		w->plan.rules = w->desired;
		w->plan.at_once = true;
		w->plan.piles = job_of(w)->pod != NULL;
	}
	return r < 0 ? r
		     : prove(w, w->desired, "not-proved",
			     "rules would not do what the pods and the policy say, so they were "
			     "not "
			     "used");
}
