/* SPDX-License-Identifier: Apache-2.0 */
/* How is a policy said in chains and rules? */
#include "rules/ruleset.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "rules/layout.h"
#include "rules/proof.h"
#include "rules/script.h"

int ruleset_new_empty(enum ipmasq_family family, struct ipmasq_ruleset **ruleset)
{
	struct ipmasq_ruleset *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->family = family;
	*ruleset = made;
	return 0;
}

IPMASQ_EXPORT void ipmasq_ruleset_free(struct ipmasq_ruleset *ruleset)
{
	if (!ruleset)
		return;
	for (size_t i = 0; i < ruleset->count; i++)
		free(ruleset->chains[i].rules);
	free(ruleset->chains);
	free(ruleset);
}

int ruleset_add_chain(struct ipmasq_ruleset *ruleset, const char *name, size_t name_len,
		      uint32_t *index)
{
	struct chain *chain;
	int r = array_grow(&ruleset->chains, &ruleset->capacity, ruleset->count,
			   sizeof(*ruleset->chains));

	if (r < 0)
		return r;
	chain = &ruleset->chains[ruleset->count];
	*chain = (struct chain){ 0 };
	memcpy(chain->name, name, name_len < CHAIN_NAME_MAX ? name_len : CHAIN_NAME_MAX);
	*index = (uint32_t)ruleset->count++;
	return 0;
}

int chain_add_rule(struct chain *chain, const struct rule *rule)
{
	int r = array_grow(&chain->rules, &chain->capacity, chain->count, sizeof(*chain->rules));

	if (r < 0)
		return r;
	chain->rules[chain->count++] = *rule;
	return 0;
}

struct rule rule_any(enum ipmasq_family family)
{
	return (struct rule){
		.src = { .family = (uint8_t)family },
		.dst = { .family = (uint8_t)family },
		.entry = RULE_NO_ENTRY,
		.probability = PROBABILITY_ONE,
		.target = TARGET_RETURN,
	};
}

bool rule_equal(const struct rule *a, const struct rule *b)
{
	return !a->opaque && !b->opaque && a->target == b->target && a->target != TARGET_OTHER &&
	       (a->target != TARGET_GOTO || a->chain == b->chain) && a->proto == b->proto &&
	       a->probability == b->probability && a->ports.first == b->ports.first &&
	       a->ports.last == b->ports.last && a->random_fully == b->random_fully &&
	       prefix_equal(&a->src, &b->src) && prefix_equal(&a->dst, &b->dst);
}

bool chain_equal(const struct chain *a, const struct chain *b)
{
	if (strcmp(a->name, b->name) != 0 || a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!rule_equal(&a->rules[i], &b->rules[i]))
			return false;
	return true;
}

bool ruleset_equal(const struct ipmasq_ruleset *a, const struct ipmasq_ruleset *b)
{
	if (a->family != b->family || a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!chain_equal(&a->chains[i], &b->chains[i]))
			return false;
	return true;
}

/* The protocols that have ports which MASQUERADE can choose. */
static const uint8_t port_protocols[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP };

/*
 * Rule i is reached by what the rules before it did not take, so among the ports that remain it
 * takes its share; the last one takes the rest without asking.
 */
static int add_port_rules(const struct ipmasq_policy *policy, struct chain *chain,
			  const struct rule *masquerade, uint8_t proto)
{
	struct rule rule = *masquerade;
	uint64_t remaining = 0;
	int r = 0;

	for (size_t i = 0; i < policy->port_count; i++)
		remaining += policy->ports[i].last - policy->ports[i].first + 1u;
	rule.proto = proto;
	for (size_t i = 0; i < policy->port_count && r == 0; i++) {
		uint64_t size = policy->ports[i].last - policy->ports[i].first + 1u;

		rule.ports = policy->ports[i];
		rule.probability = (uint32_t)((size * PROBABILITY_ONE + remaining / 2) / remaining);
		remaining -= size;
		r = chain_add_rule(chain, &rule);
	}
	return r;
}

int ruleset_add_masquerade(const struct ipmasq_ruleset *ruleset, struct chain *chain,
			   const struct rule *match)
{
	struct rule rule = *match;
	int r = 0;

	rule.target = TARGET_MASQUERADE;
	rule.random_fully = ruleset->random_fully;
	if (ruleset->policy->port_count > 0)
		for (size_t i = 0; i < ARRAY_SIZE(port_protocols) && r == 0; i++)
			r = add_port_rules(ruleset->policy, chain, &rule, port_protocols[i]);
	return r < 0 ? r : chain_add_rule(chain, &rule);
}

/*
 * Up to here a list is read at a glance, and costs no more for a new flow than a tree: measured,
 * they meet at 8 to 12 entries with legacy iptables, and a little before with nft.
 */
#define LINEAR_ENTRIES_MAX 12

static enum ipmasq_layout choose_layout(const struct ipmasq_policy *policy,
					enum ipmasq_family family)
{
	if (policy->layout != IPMASQ_LAYOUT_AUTO)
		return policy->layout;
	return policy_family(policy, family)->count <= LINEAR_ENTRIES_MAX ? IPMASQ_LAYOUT_LINEAR
									  : IPMASQ_LAYOUT_TREE;
}

int ruleset_build(const struct ipmasq_policy *policy, enum ipmasq_family family, unsigned int flags,
		  char generation, struct ipmasq_ruleset **ruleset)
{
	struct ipmasq_ruleset *made;
	int r;

	if (flags & ~IPMASQ_NO_RANDOM_FULLY)
		return -EINVAL;
	r = ruleset_new_empty(family, &made);
	if (r < 0)
		return r;
	made->policy = policy;
	made->random_fully =
		policy->random_fully == IPMASQ_ON ||
		(policy->random_fully == IPMASQ_AUTO && !(flags & IPMASQ_NO_RANDOM_FULLY));
	made->layout = choose_layout(policy, family);
	made->generation = generation;
	r = made->layout == IPMASQ_LAYOUT_TREE ? layout_tree(made) : layout_linear(made);
	if (r < 0) {
		ipmasq_ruleset_free(made);
		return r;
	}
	*ruleset = made;
	return 0;
}

IPMASQ_EXPORT int ipmasq_ruleset_new(const struct ipmasq_policy *policy, enum ipmasq_family family,
				     unsigned int flags, struct ipmasq_ruleset **ruleset)
{
	return ruleset_build(policy, family, flags, GENERATION_FIRST, ruleset);
}

IPMASQ_EXPORT enum ipmasq_layout ipmasq_ruleset_layout(const struct ipmasq_ruleset *ruleset)
{
	return ruleset->layout;
}

IPMASQ_EXPORT size_t ipmasq_ruleset_chain_count(const struct ipmasq_ruleset *ruleset)
{
	return ruleset->count;
}

IPMASQ_EXPORT size_t ipmasq_ruleset_rule_count(const struct ipmasq_ruleset *ruleset)
{
	size_t count = 0;

	for (size_t i = 0; i < ruleset->count; i++)
		count += ruleset->chains[i].count;
	return count;
}

IPMASQ_EXPORT int ipmasq_ruleset_prove(const struct ipmasq_ruleset *ruleset,
				       const struct ipmasq_policy *policy, char **why)
{
	return proof_check(ruleset, policy, ruleset->random_fully, why);
}

IPMASQ_EXPORT int ipmasq_ruleset_script(const struct ipmasq_ruleset *ruleset, char **script,
					size_t *size)
{
	const struct script_edits fresh = { .add_jump = true };
	struct buf buf = BUF_INIT;

	script_write(&buf, ruleset, &fresh);
	return buf_steal(&buf, script, size);
}

IPMASQ_EXPORT const struct ipmasq_entry *
ipmasq_ruleset_entry_at(const struct ipmasq_ruleset *ruleset, size_t line)
{
	size_t chain;
	size_t rule;
	uint32_t entry;

	if (!script_rule_at(ruleset, line, &chain, &rule))
		return NULL;
	entry = ruleset->chains[chain].rules[rule].entry;
	return entry == RULE_NO_ENTRY
		       ? NULL
		       : &policy_family(ruleset->policy, ruleset->family)->entries[entry];
}

IPMASQ_EXPORT int ipmasq_ruleset_rule_text(const struct ipmasq_ruleset *ruleset, size_t line,
					   char **text)
{
	struct buf buf = BUF_INIT;
	size_t chain;
	size_t rule;

	if (!script_rule_at(ruleset, line, &chain, &rule))
		return -ERANGE;
	script_write_rule(&buf, ruleset, chain, rule);
	return buf_steal(&buf, text, NULL);
}
