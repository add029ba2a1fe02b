/* SPDX-License-Identifier: Apache-2.0 */
/* An observation in the making: what all readers of the nat table share. */
#include "node/kernel/observer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/chain_name.h"
#include "rules/pod_label.h"
#include "rules/script.h"

int observer_begin(struct observer *o, enum ipmasq_family family, const char *root,
		   struct observation *obs)
{
	uint32_t index;
	int r;

	*o = (struct observer){ .obs = obs, .family = family, .root = root };
	*obs = (struct observation){ 0 };
	r = ruleset_new_empty(family, &obs->rules);
	if (r == 0)
		r = ruleset_add_chain(obs->rules, root, strlen(root), &index);
	if (r == 0)
		r = chain_index_update(&o->chains, obs->rules);
	return r;
}

void observer_end(struct observer *o)
{
	chain_index_release(&o->chains);
}

int observer_add_chain(struct observer *o, const char *name, uint32_t *index)
{
	size_t len = strlen(name);
	int r;

	*index = CHAIN_NONE;
	if (strcmp(name, POSTROUTING) == 0)
		o->has_postrouting = true;
	if (len > CHAIN_NAME_MAX || !chain_is_ours(name, o->root))
		return 0;
	if (strcmp(name, o->root) == 0) {
		*index = 0;
		o->obs->root_exists = true;
		return 0;
	}
	r = ruleset_add_chain(o->obs->rules, name, len, index);
	return r < 0 ? r : chain_index_update(&o->chains, o->obs->rules);
}

uint32_t observer_find_chain(const struct observer *o, const char *name)
{
	uint32_t index = chain_index_find(&o->chains, o->obs->rules, name);

	return index == 0 && !o->obs->root_exists ? CHAIN_NONE : index;
}

int observer_add_odd(struct observer *o, uint32_t chain, bool differs)
{
	struct observation *obs = o->obs;
	struct chain *to = &obs->rules->chains[chain];
	struct rule rule = rule_any(o->family);

	rule.target = TARGET_OTHER;
	rule.opaque = differs;
	obs->differs |= differs;
	if (!differs)
		o->doubts |= DOUBT_RULE;
	if (differs && !obs->odd) {
		obs->odd = strdup("a rule that only `nft' prints as it is");
		if (!obs->odd)
			return -ENOMEM;
		strcpy(obs->odd_chain, to->name);
		obs->odd_rule = to->count;
	}
	return chain_add_rule(to, &rule);
}

int observer_add_rule(struct observer *o, uint32_t chain, struct rule *rule, const char *comment,
		      size_t len)
{
	struct ipmasq_ruleset *rules = o->obs->rules;
	struct pod_label label;
	int r = 0;

	if (comment && pod_label_read(comment, len, &label))
		r = ruleset_add_label(rules, comment, len, &rule->entry);
	return r < 0 ? r : chain_add_rule(&rules->chains[chain], rule);
}

void observer_note_comment(struct observer *o, const char *comment, size_t len)
{
	struct signs *signs = &o->obs->signs;
	struct pod_label label;

	if (!comment || len == 0)
		signs->none = true;
	else if (script_comment_is_ours(comment, len) || pod_label_read(comment, len, &label))
		signs->ours = true;
	else if (!*signs->others)
		snprintf(signs->others, sizeof(signs->others), "%.*s",
			 (int)(len < COMMENT_BYTES ? len : COMMENT_BYTES), comment);
}

void observer_set_trouble(struct observer *o, const char *format, ...)
{
	va_list args;

	if (*o->obs->trouble)
		return;
	va_start(args, format);
	vsnprintf(o->obs->trouble, sizeof(o->obs->trouble), format, args);
	va_end(args);
}

void observer_set_policy(struct observer *o)
{
	observer_set_trouble(o,
			     "the policy of chain POSTROUTING of the nat table is not ACCEPT: "
			     "`%s -t nat -P POSTROUTING ACCEPT' sets it",
			     o->family == IPMASQ_IPV6 ? "ip6tables" : "iptables");
}

int observer_add_referrer(struct observer *o, const struct referrer *rule, const char *chain,
			  const char *target)
{
	struct observation *obs = o->obs;
	char *name = rule->words ? strdup(chain) : NULL;
	struct referrer *referrer;

	if (!name || array_grow(&obs->referrers, &obs->referrer_capacity, obs->referrer_count,
				sizeof(*obs->referrers)) < 0) {
		free(name);
		free(rule->words);
		return -ENOMEM;
	}
	referrer = &obs->referrers[obs->referrer_count++];
	*referrer = *rule;
	referrer->chain = name;
	referrer->in_postrouting = strcmp(chain, POSTROUTING) == 0;
	snprintf(referrer->target, sizeof(referrer->target), "%s", target);
	return 0;
}

int observer_add_rewriter(struct observer *o, size_t number, char *words)
{
	struct observation *obs = o->obs;

	if (!words)
		return -ENOMEM;
	if (obs->rewriter_count++ < REWRITERS_MAX)
		obs->rewriters[obs->rewriter_count - 1] =
			(struct rewriter){ .number = number, .words = words };
	else
		free(words);
	return 0;
}
