/* SPDX-License-Identifier: Apache-2.0 */
/* The words of iptables for a rule of nf_tables. */
#include "node/kernel/nft_words.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <string.h>

#include "node/kernel/words.h"

/* What nft itself calls a target. */
static const struct {
	const char *expression;
	const char *target;
} native_targets[] = {
	{ "masq", "MASQUERADE" },
	{ "nat", "SNAT" },
};

static void add_match(struct words *words, const struct nlattr *data)
{
	const char *name = nft_text(data, NFTA_MATCH_NAME);
	const struct nlattr *info = nft_find(data, NFTA_MATCH_INFO);
	uint32_t revision;

	if (name && info && nft_number(data, NFTA_MATCH_REV, &revision))
		words_add_match(words, name, revision, mnl_attr_get_payload(info),
				mnl_attr_get_payload_len(info));
	else
		words_add_unknown(words);
}

struct target {
	const char *name;
	const struct nlattr *info;
	uint32_t revision;
};

/* Adds the expression, or notes that it is the target. */
static void add_expression(struct words *words, const struct nlattr *expression,
			   const struct nft_rule *read, struct target *target)
{
	const char *name = nft_text(expression, NFTA_EXPR_NAME);
	const struct nlattr *data = nft_find(expression, NFTA_EXPR_DATA);

	if (!name)
		return;
	if (strcmp(name, "match") == 0)
		add_match(words, data);
	if (strcmp(name, "fib") == 0 && read->known)
		words_add_not_local(words);
	if (strcmp(name, "target") == 0) {
		target->name = nft_text(data, NFTA_TARGET_NAME);
		target->info = nft_find(data, NFTA_TARGET_INFO);
		nft_number(data, NFTA_TARGET_REV, &target->revision);
	}
	for (size_t i = 0; i < ARRAY_SIZE(native_targets); i++)
		if (strcmp(name, native_targets[i].expression) == 0)
			target->name = native_targets[i].target;
}

char *nft_rule_words(const char *chain, const struct nlattr *expressions,
		     const struct nft_rule *read, bool *exact)
{
	enum ipmasq_family family = read->seen.rule.dst.family;
	struct target target = { .name = "..." };
	struct conditions conditions;
	struct nlattr *attr;
	struct words words;

	words_begin(&words, chain);
	nft_conditions(family, expressions, &conditions);
	if (read->addresses)
		words_add_addresses(&words, &read->seen.rule);
	else
		words_add_conditions(&words, &conditions);
	mnl_attr_for_each_nested(attr, expressions)
		add_expression(&words, attr, read, &target);
	*exact = read->chain && read->known && !read->foreign && words.exact;
	if (read->chain)
		return words_end(&words, read->is_goto, read->chain);
	return words_end_target(&words, family, target.name ? target.name : "...", target.revision,
				target.info ? mnl_attr_get_payload(target.info) : NULL,
				target.info ? mnl_attr_get_payload_len(target.info) : 0);
}
