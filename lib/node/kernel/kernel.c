/* SPDX-License-Identifier: Apache-2.0 */
/* What does the kernel hold, asked without a program in between? */
#include "node/kernel/kernel.h"

#include <stdlib.h>
#include <string.h>

int kernel_add_chain(struct kernel *k, const char *name, uint32_t *index)
{
	size_t len = strlen(name);

	*index = CHAIN_NONE;
	if (strcmp(name, "POSTROUTING") == 0)
		k->has_postrouting = true;
	if (len > CHAIN_NAME_MAX || !chain_is_ours(name, k->root))
		return 0;
	if (strcmp(name, k->root) == 0) {
		*index = 0;
		k->obs->root_exists = true;
		return 0;
	}
	if (ruleset_add_chain(k->obs->rules, name, len, index) < 0)
		return -ENOMEM;
	return chain_index_update(&k->chains, k->obs->rules);
}

uint32_t kernel_find_chain(const struct kernel *k, const char *name)
{
	uint32_t index = chain_index_find(&k->chains, k->obs->rules, name);

	return index == 0 && !k->obs->root_exists ? CHAIN_NONE : index;
}

int kernel_add_rule(struct kernel *k, uint32_t chain, const struct rule *rule)
{
	return chain_add_rule(&k->obs->rules->chains[chain], rule);
}

int kernel_add_jump(struct kernel *k, size_t number)
{
	struct observation *obs = k->obs;
	struct referrer *jump;

	if (obs->referrer_count > 0)
		return KERNEL_UNSURE;
	if (array_grow(&obs->referrers, &obs->referrer_capacity, 0, sizeof(*jump)) < 0)
		return -ENOMEM;
	jump = &obs->referrers[obs->referrer_count++];
	*jump = (struct referrer){ .number = number, .in_postrouting = true, .right = true };
	strcpy(jump->target, k->root);
	jump->chain = strdup("POSTROUTING");
	/* A jump that stays is not written again, so that its words do not matter. */
	jump->words = strdup("POSTROUTING");
	return jump->chain && jump->words ? 0 : -ENOMEM;
}

int frames_feed(struct frames *f, const char *data, size_t len)
{
	while (len > 0) {
		size_t room = sizeof(f->data) - f->len;
		size_t part = len < room ? len : room;
		size_t at = 0;

		memcpy(f->data + f->len, data, part);
		f->len += part;
		data += part;
		len -= part;
		while (at < f->len) {
			size_t whole = f->measure(f->context, f->data + at, f->len - at);
			int r;

			if (whole > FRAME_BYTES_MAX)
				return KERNEL_UNSURE;
			if (whole == 0 || whole > f->len - at)
				break;
			r = f->take(f->context, f->data + at, whole);
			if (r < 0)
				return r;
			at += whole;
		}
		if (at == 0 && f->len == sizeof(f->data))
			return KERNEL_UNSURE;
		memmove(f->data, f->data + at, f->len - at);
		f->len -= at;
	}
	return 0;
}

static void mix(uint64_t *hash, uint64_t value)
{
	*hash = (*hash ^ value) * 1099511628211u;
	*hash ^= *hash >> 29;
}

static void mix_prefix(uint64_t *hash, const struct prefix *prefix)
{
	mix(hash, prefix->addr.hi);
	mix(hash, prefix->addr.lo);
	mix(hash, prefix->len);
}

/* Of all that was read, and so of all that concerns us. */
void kernel_fingerprint(struct observation *obs)
{
	uint64_t hash = obs->root_exists;

	for (size_t i = 0; i < obs->rules->count; i++) {
		const struct chain *chain = &obs->rules->chains[i];

		for (const char *p = chain->name; *p; p++)
			mix(&hash, (unsigned char)*p);
		for (size_t j = 0; j < chain->count; j++) {
			const struct rule *rule = &chain->rules[j];

			mix_prefix(&hash, &rule->src);
			mix_prefix(&hash, &rule->dst);
			mix(&hash, rule->probability);
			mix(&hash, (uint64_t)rule->chain << 32 | (uint64_t)rule->ports.first << 16 |
					   rule->ports.last);
			mix(&hash,
			    (uint64_t)rule->proto << 16 | rule->target << 8 | rule->random_fully);
		}
	}
	for (size_t i = 0; i < obs->referrer_count; i++)
		mix(&hash, obs->referrers[i].number);
	obs->fingerprint = hash;
}
