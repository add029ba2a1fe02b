/* SPDX-License-Identifier: Apache-2.0 */
/* Rulesets: how they are put together, compared and freed. */
#include "rules/ruleset.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "rules/pod_label.h"

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
	for (size_t i = 0; i < ruleset->label_count; i++)
		free(ruleset->labels[i]);
	free(ruleset->labels);
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

int ruleset_add_label(struct ipmasq_ruleset *ruleset, const char *text, size_t len, uint32_t *index)
{
	int r = array_grow(&ruleset->labels, &ruleset->label_capacity, ruleset->label_count,
			   sizeof(*ruleset->labels));
	char *copy = r == 0 ? strndup(text, len) : NULL;

	if (!copy)
		return -ENOMEM;
	*index = (uint32_t)ruleset->label_count;
	ruleset->labels[ruleset->label_count++] = copy;
	return 0;
}

const char *rule_label(const struct ipmasq_ruleset *ruleset, const struct rule *rule)
{
	if (ruleset->policy || rule->entry >= ruleset->label_count)
		return NULL;
	return ruleset->labels[rule->entry];
}

const struct ipmasq_entry *rule_entry(const struct ipmasq_ruleset *ruleset, const struct rule *rule)
{
	if (!ruleset->policy || rule->entry == RULE_NO_ENTRY)
		return NULL;
	return &policy_family(ruleset->policy, ruleset->family)->entries[rule->entry];
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

const char *rule_proto_name(const struct rule *rule)
{
	switch (rule->proto) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	default:
		return "sctp";
	}
}

struct rule rule_jump(enum ipmasq_family family)
{
	struct rule rule = rule_any(family);

	rule.target = TARGET_JUMP;
	rule.not_local = true;
	return rule;
}

bool rule_is_jump(const struct rule *rule, bool is_goto)
{
	struct rule jump = rule_jump(rule->dst.family);
	struct rule resolved = *rule;

	resolved.target = is_goto ? TARGET_GOTO : TARGET_JUMP;
	return rule_equal(&resolved, &jump);
}

bool rule_equal(const struct rule *a, const struct rule *b)
{
	return !a->opaque && !b->opaque && a->target == b->target && a->target != TARGET_OTHER &&
	       (a->target != TARGET_GOTO || a->chain == b->chain) && a->proto == b->proto &&
	       a->probability == b->probability && a->ports.first == b->ports.first &&
	       a->ports.last == b->ports.last && a->random_fully == b->random_fully &&
	       a->not_local == b->not_local && prefix_equal(&a->src, &b->src) &&
	       prefix_equal(&a->dst, &b->dst);
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

/* Other comments do not count. */
static const char *pod_label(const struct ipmasq_ruleset *ruleset, const struct rule *rule)
{
	const char *label = rule_label(ruleset, rule);
	struct pod_label parts;

	return label && pod_label_read(label, strlen(label), &parts) ? label : "";
}

static bool is_same_label(const struct ipmasq_ruleset *seen, const struct rule *a,
			  const struct ipmasq_ruleset *wanted, const struct rule *b)
{
	const char *label = rule_label(seen, a);
	const char *other = rule_label(wanted, b);

	return (seen->label_count == 0 && wanted->label_count == 0) ||
	       (label && other && strcmp(label, other) == 0) ||
	       strcmp(pod_label(seen, a), pod_label(wanted, b)) == 0;
}

bool chain_is_as_wanted(const struct ipmasq_ruleset *seen, const struct ipmasq_ruleset *wanted,
			size_t index)
{
	const struct chain *a = &seen->chains[index];
	const struct chain *b = &wanted->chains[index];

	if (b->kept)
		return !a->absent;
	if (!chain_equal(a, b))
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!is_same_label(seen, &a->rules[i], wanted, &b->rules[i]))
			return false;
	return true;
}

static bool rule_is_as_wanted(const struct ipmasq_ruleset *seen, const struct rule *a,
			      const struct ipmasq_ruleset *wanted, const struct rule *b)
{
	return rule_equal(a, b) && is_same_label(seen, a, wanted, b);
}

bool chain_lacks_run(const struct ipmasq_ruleset *seen, const struct ipmasq_ruleset *wanted,
		     size_t index, struct rule_run *run)
{
	const struct chain *a = &seen->chains[index];
	const struct chain *b = &wanted->chains[index];
	size_t at = 0;

	if (a->absent || b->kept || a->count >= b->count)
		return false;
	run->count = b->count - a->count;
	while (at < a->count && rule_is_as_wanted(seen, &a->rules[at], wanted, &b->rules[at]))
		at++;
	run->at = at;
	while (at < a->count &&
	       rule_is_as_wanted(seen, &a->rules[at], wanted, &b->rules[at + run->count]))
		at++;
	return at == a->count;
}

size_t ruleset_rule_count(const struct ipmasq_ruleset *ruleset)
{
	size_t count = 0;

	for (size_t i = 0; i < ruleset->count; i++)
		count += ruleset->chains[i].count;
	return count;
}

IPMASQ_EXPORT int ipmasq_ruleset_info(const struct ipmasq_ruleset *ruleset,
				      struct ipmasq_ruleset_details *info, size_t size)
{
	struct ipmasq_ruleset_details made = { 0 };

	if (!ruleset)
		return -EINVAL;
	made.family = ruleset->family;
	made.layout = ruleset->layout;
	made.chains = ruleset->count;
	made.rules = ruleset_rule_count(ruleset);
	return struct_fill(info, size, &made, sizeof(made));
}
