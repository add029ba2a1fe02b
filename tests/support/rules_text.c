/* SPDX-License-Identifier: Apache-2.0 */
/* Policies and rulesets from short texts, for tables of tests. */
#include "support/rules_text.h"

#include <string.h>

struct ipmasq_policy *policy_from_text(const char *masquerade, const char *keep, const char *source,
				       const char *const *pods)
{
	struct ipmasq_config *config = NULL;
	struct ipmasq_policy *policy = NULL;

	if (ipmasq_config_new(NULL, &config) < 0)
		return NULL;
	ipmasq_config_set_list(config, IPMASQ_NON_MASQUERADE_CIDRS);
	if (masquerade)
		ipmasq_config_add_cidr(config, IPMASQ_MASQUERADE_CIDRS, masquerade, NULL);
	if (keep)
		ipmasq_config_add_cidr(config, IPMASQ_NON_MASQUERADE_CIDRS, keep, NULL);
	if (source)
		ipmasq_config_add_cidr(config, IPMASQ_NON_MASQUERADE_SRC_CIDRS, source, NULL);
	for (; *pods; pods++)
		ipmasq_config_add_cidr(config, IPMASQ_POD_CIDRS, *pods, NULL);
	ipmasq_policy_new(config, NULL, NULL, &policy);
	ipmasq_config_free(config);
	return policy;
}

static struct rule rule_from(const char *text)
{
	struct rule rule = rule_any(IPMASQ_IPV4);
	const char *blank = strchr(text, ' ');

	if (text[0] == 's') {
		size_t len = strcspn(text + 1, " ,");

		prefix_parse(text + 1, len, &rule.src);
		if (text[1 + len] == ',')
			prefix_parse(text + len + 2, (size_t)(blank - text) - len - 2, &rule.dst);
	}
	if (text[0] == 'd')
		prefix_parse(text + 1, (size_t)(blank - text - 1), &rule.dst);
	switch (blank[1]) {
	case 'M':
		rule.target = TARGET_MASQUERADE;
		break;
	case 'G':
		rule.target = TARGET_GOTO;
		rule.chain = (uint32_t)(blank[2] - '0');
		break;
	default:
		break;
	}
	return rule;
}

struct ipmasq_ruleset *rules_from_text(const char *const rules[RULES_CHAINS][RULES_MAX])
{
	struct ipmasq_ruleset *ruleset = NULL;

	if (ruleset_new_empty(IPMASQ_IPV4, &ruleset) < 0)
		return NULL;
	for (int i = 0; i < RULES_CHAINS; i++) {
		char name[] = { 'C', (char)('0' + i), '\0' };
		uint32_t index;

		ruleset_add_chain(ruleset, name, 2, &index);
		for (int j = 0; j < RULES_MAX && rules[i][j]; j++) {
			struct rule rule = rule_from(rules[i][j]);

			chain_add_rule(&ruleset->chains[index], &rule);
		}
	}
	return ruleset;
}
