/* SPDX-License-Identifier: Apache-2.0 */
/* The backend nftables: a look at the table of a family, and the plan to bring it in line. */
#include "node/native.h"

#include <stdlib.h>
#include <string.h>

#include "node/kernel/native_compat.h"
#include "node/kernel/native_read.h"
#include "rules/chain_index.h"
#include "util/hash.h"

/* How long others may change tables during each look, so that it begins again. By time, since a
 * look at few rules is much faster than one at many. */
#define LOOK_SECONDS 4

static int fail(struct failure *failure, enum ipmasq_family family, int error)
{
	const char *name = family_name(family);

	switch (error) {
	case -ENOMEM:
		return failure_no_memory(failure);
	case -EPERM:
	case -EACCES:
		failure_set(failure, -EPERM, "not-permitted",
			    "reading the %s tables of nftables is not permitted here: it needs "
			    "CAP_NET_ADMIN over the network namespace",
			    name);
		return -EPERM;
	/* nfnetlink without nf_tables, a kernel without nfnetlink, and one without the family. */
	case -EINVAL:
	case -EPROTONOSUPPORT:
	case -EOPNOTSUPP:
	case -EAFNOSUPPORT:
		failure_set(failure, -EPROTO, "refused", "the kernel has no nf_tables for %s",
			    name);
		failure->class = COMPLAINT_NO_TABLE;
		return -EPROTO;
	case NATIVE_STALE:
		return failure_set(failure, -EIO, "cannot-run",
				   "other programs change nftables so often that the %s tables "
				   "could not be read as a whole within %d seconds",
				   name, LOOK_SECONDS);
	case -ETIMEDOUT:
		return failure_set(failure, -ETIMEDOUT, "cannot-run",
				   "the kernel does not answer about the %s tables of nftables",
				   name);
	default:
		return failure_set(failure, -EIO, "cannot-run",
				   "the %s tables of nftables cannot be read: %s", name,
				   strerror(-error));
	}
}

static uint64_t hash_names(uint64_t hash, const struct native_names *names)
{
	return names->count ? hash_bytes(hash, names->text.data, names->text.len) : hash;
}

static uint64_t fingerprint(const struct observation *obs)
{
	const struct native_table *table = obs->native;
	unsigned int flags = table->exists | table->dormant << 1 | table->has_base << 2 |
			     table->hooked << 3 | table->switched << 4 |
			     (unsigned int)(unsigned char)table->generation << 8;
	uint64_t hash = hash_number(observation_fingerprint(obs), flags);

	hash = hash_number(hash, table->faults);
	hash = hash_number(hash, table->base_rules);
	hash = hash_text(hash, table->odd);
	return hash_names(hash_names(hash, &table->chains), &table->maps);
}

/* The table moves to the observation, which has the rules by themselves. */
static void take_over(struct observation *obs, struct native_table *table)
{
	obs->native = table;
	obs->rules = table->rules;
	table->rules = NULL;
	obs->direct = true;
	obs->root_exists = table->generation != '\0';
	obs->generation = table->id;
	obs->nft_generation = (int)(table->id & 0xffff);
	obs->signs.ours = table->has_base || table->chains.count > 0;
	obs->fingerprint = fingerprint(obs);
}

int native_look(const struct ipmasq_node *node, enum ipmasq_family family, const char *root,
		struct observation *obs, struct failure *failure)
{
	struct native_table *table = calloc(1, sizeof(*table));
	struct native_socket *socket = NULL;
	int r = table ? native_open(node->netns, family, &socket) : -ENOMEM;

	*obs = (struct observation){ 0 };
	if (r == 0)
		r = native_read_patiently(socket, root, true, LOOK_SECONDS, table);
	native_close(socket);
	if (r == 0) {
		take_over(obs, table);
		return 0;
	}
	if (table)
		native_table_release(table);
	free(table);
	return fail(failure, family, r);
}

enum answer native_has_compat(const struct ipmasq_node *node, enum ipmasq_family family)
{
	struct native_socket *socket = NULL;
	int r = native_open(node->netns, family, &socket);

	if (r == 0)
		r = native_compat(socket);
	native_close(socket);
	return r < 0 ? ANSWER_UNKNOWN : r ? ANSWER_YES : ANSWER_NO;
}

/* Maps decide as their elements would, but the two are not the same. */
bool native_is_same_chain(const struct ipmasq_ruleset *rules, const struct ipmasq_ruleset *desired,
			  size_t index)
{
	const struct chain *seen = &rules->chains[index];
	const struct chain *wanted = &desired->chains[index];

	if (seen->absent || !chain_is_as_wanted(rules, desired, index))
		return false;
	if (wanted->kept)
		return true;
	for (size_t i = 0; i < seen->count; i++)
		if (seen->rules[i].in_map != wanted->rules[i].in_map)
			return false;
	return true;
}

/* Also chains of the same generation that are not wanted are a difference. */
static size_t count_different(const struct work *w)
{
	const struct ipmasq_ruleset *seen = w->obs.rules;
	size_t different = seen->count - w->desired->count;

	for (size_t i = 0; i < w->desired->count; i++)
		different += !native_is_same_chain(seen, w->desired, i);
	return different;
}

/* The chains of other generations, which nothing of ours leads to. */
static int plan_stale(struct work *w, char keep)
{
	const struct native_names *chains = &w->obs.native->chains;
	const char *name = chains->text.data;
	struct plan *plan = &w->plan;
	char generation;

	plan->drops = calloc(chains->count + 1, sizeof(*plan->drops));
	if (!plan->drops)
		return work_no_memory(w);
	for (size_t i = 0; i < chains->count; i++, name += strlen(name) + 1)
		if (native_chain_is_ours(name, w->root, &generation) && generation != keep)
			plan->drops[plan->drop_count++] = name;
	return 0;
}

char native_next_generation(const struct work *w)
{
	const struct native_table *table = w->obs.native;
	char next = GENERATION_FIRST;

	if (table->generation)
		return table->generation == GENERATION_FIRST ? GENERATION_FIRST + 1
							     : GENERATION_FIRST;
	if (!native_leads_anywhere(table))
		return GENERATION_FIRST;
	while (next < 'z' && native_has_generation(table, w->root, next))
		next++;
	return next;
}

bool native_is_led(const struct work *w)
{
	return w->pods ? w->obs.native->led : w->obs.native->switched;
}

int native_plan_policy(struct work *w)
{
	const struct native_table *table = w->obs.native;
	struct plan *plan = &w->plan;

	plan_release(plan);
	if (chains_align(w->obs.rules, w->desired) < 0)
		return work_no_memory(w);
	plan->rules = w->desired;
	plan->written = w->desired->count;
	plan->chains_differ = count_different(w) > 0;
	plan->right_jumps = table->has_base && table->hooked && native_is_led(w) && !table->dormant;
	plan->add_jump = plan->right_jumps == 0;
	/* With pods, what the last change took out of force goes with the next. */
	plan->empty = !plan->chains_differ && !plan->add_jump && (w->pods || table->stale == 0);
	return plan_stale(w, table->generation);
}

int native_plan_removal(struct work *w)
{
	struct plan *plan = &w->plan;
	int r;

	plan_release(plan);
	r = plan_stale(w, '\0');
	plan->empty = !observation_has_ours(&w->obs);
	return r;
}

int native_must_be_clear(struct work *w)
{
	if (!w->obs.native->unclear)
		return 0;
	return failure_set(&w->failure, -EPROTO, "not-understood",
			   "the kernel shows %s in a form that this version does not understand, "
			   "so it cannot be told whether the %s rules are in line",
			   w->obs.native->odd, family_name(w->family));
}
