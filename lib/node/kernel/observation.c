/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel's nat table holds of ours, and what leads to it. */
#include "node/kernel/observation.h"

#include <stdlib.h>
#include <string.h>

#include "node/kernel/nat_legacy_table.h"
#include "node/kernel/native_table.h"
#include "rules/chain_name.h"
#include "util/hash.h"

bool target_rewrites(const char *target)
{
	return strcmp(target, "MASQUERADE") == 0 || strcmp(target, "SNAT") == 0;
}

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
	if (obs->native)
		native_table_release(obs->native);
	free(obs->native);
	nat_legacy_table_free(obs->reached);
	*obs = (struct observation){ 0 };
}

char observation_generation(const struct observation *obs)
{
	const struct chain *root;
	char prefix[CHAIN_PREFIX_MAX];
	size_t len;

	if (obs->native)
		return obs->native->generation ? obs->native->generation : GENERATION_FIRST;
	root = &obs->rules->chains[0];
	len = chain_prefix(root->name, prefix);

	for (size_t i = 0; i < root->count; i++) {
		char letter;

		if (root->rules[i].target != TARGET_GOTO)
			continue;
		letter = obs->rules->chains[root->rules[i].chain].name[len];
		return letter == GENERATION_FIRST + 1 ? letter : GENERATION_FIRST;
	}
	return GENERATION_FIRST;
}

/* Whose they are no comment tells. */
static enum ipmasq_writer native_writer(const struct observation *obs)
{
	const struct native_table *table = obs->native;

	if (!table->generation || obs->rules->chains[0].count == 0)
		return IPMASQ_WRITER_NOBODY;
	return *table->odd ? IPMASQ_WRITER_UNKNOWN : IPMASQ_WRITER_OURS;
}

enum ipmasq_writer observation_writer(const struct observation *obs)
{
	if (obs->native)
		return native_writer(obs);
	if (*obs->signs.others)
		return IPMASQ_WRITER_OTHER;
	if (!obs->signs.ours && !obs->signs.none)
		return IPMASQ_WRITER_NOBODY;
	/* A tree has no comments, but sub-chains with our names. */
	if (obs->rules->count > 1 || !obs->signs.none)
		return IPMASQ_WRITER_OURS;
	return IPMASQ_WRITER_UNKNOWN;
}

bool observation_is_reached(const struct observation *obs)
{
	const struct native_table *table = obs->native;

	if (table)
		return table->has_base && table->hooked && !table->dormant && table->generation;
	for (size_t i = 0; i < obs->referrer_count; i++)
		if (obs->referrers[i].in_postrouting)
			return true;
	return false;
}

bool observation_has_ours(const struct observation *obs)
{
	const struct native_table *table = obs->native;

	if (table)
		return table->has_base || table->chains.count > 0 || table->maps.count > 0 ||
		       (table->exists && table->others == 0);
	return obs->root_exists || obs->referrer_count > 0 || (obs->rules && obs->rules->count > 1);
}

bool referrer_has_words(const struct referrer *referrer)
{
	return referrer->exact && !strchr(referrer->words, '\n');
}

bool referrer_can_be_deleted(const struct referrer *referrer)
{
	return referrer->handle || referrer_has_words(referrer);
}

void observation_use_handles(struct observation *obs)
{
	/* Where the table stays the same, the next attempt to write is still another one. */
	for (size_t i = 0; i < obs->referrer_count; i++)
		if (obs->referrers[i].handle && obs->referrers[i].exact) {
			obs->referrers[i].exact = false;
			obs->fingerprint = hash_number(obs->fingerprint, i);
		}
}

static uint64_t hash_prefix(uint64_t hash, const struct prefix *prefix)
{
	hash = hash_number(hash, prefix->addr.hi);
	hash = hash_number(hash, prefix->addr.lo);
	return hash_number(hash, prefix->len);
}

static uint64_t hash_rule(uint64_t hash, const struct rule *rule)
{
	uint64_t ports = (uint64_t)rule->ports.first << 16 | rule->ports.last;
	uint64_t flags = rule->target << 8 | rule->opaque << 1 | rule->random_fully;

	hash = hash_prefix(hash, &rule->src);
	hash = hash_prefix(hash, &rule->dst);
	hash = hash_number(hash, rule->probability);
	hash = hash_number(hash, (uint64_t)rule->chain << 32 | ports);
	return hash_number(hash, (uint64_t)rule->proto << 16 | flags);
}

uint64_t observation_fingerprint(const struct observation *obs)
{
	uint64_t hash = hash_number(HASH_START, obs->root_exists);

	for (size_t i = 0; i < obs->rules->count; i++) {
		const struct chain *chain = &obs->rules->chains[i];

		hash = hash_text(hash, chain->name);
		for (size_t j = 0; j < chain->count; j++)
			hash = hash_rule(hash, &chain->rules[j]);
	}
	for (size_t i = 0; i < obs->rules->label_count; i++)
		hash = hash_text(hash, obs->rules->labels[i]);
	for (size_t i = 0; i < obs->referrer_count; i++) {
		hash = hash_number(hash, obs->referrers[i].number);
		hash = hash_text(hash, obs->referrers[i].words);
	}
	return hash;
}
