/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel's nat table holds of ours, and what leads to it. */
#include "node/kernel/observation.h"

#include <stdlib.h>
#include <string.h>

#include "rules/chain_name.h"

void observation_release(struct observation *obs)
{
	ipmasq_ruleset_free(obs->rules);
	for (size_t i = 0; i < obs->referrer_count; i++) {
		free(obs->referrers[i].chain);
		free(obs->referrers[i].words);
	}
	free(obs->referrers);
	for (size_t i = 0; i < REWRITERS_MAX; i++)
		free(obs->rewriters[i].words);
	free(obs->odd);
	*obs = (struct observation){ 0 };
}

char observation_generation(const struct observation *obs)
{
	const struct chain *root = &obs->rules->chains[0];
	char prefix[CHAIN_PREFIX_MAX];
	size_t len = chain_prefix(root->name, prefix);

	for (size_t i = 0; i < root->count; i++) {
		char letter;

		if (root->rules[i].target != TARGET_GOTO)
			continue;
		letter = obs->rules->chains[root->rules[i].chain].name[len];
		return letter == GENERATION_FIRST + 1 ? letter : GENERATION_FIRST;
	}
	return GENERATION_FIRST;
}

bool observation_has_ours(const struct observation *obs)
{
	return obs->root_exists || obs->referrer_count > 0 || (obs->rules && obs->rules->count > 1);
}

bool referrer_can_be_deleted(const struct referrer *referrer)
{
	return !strchr(referrer->words, '\n');
}
