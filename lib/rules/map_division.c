/* SPDX-License-Identifier: Apache-2.0 */
/* Divides the prefixes of a chain into the elements of a map, those inside them, and the rest. */
#include "rules/map_division.h"

#include <stdlib.h>

static struct prefix region_of(const struct prefix *prefix, unsigned int bits)
{
	const struct addr mask = addr_mask(bits);

	return (struct prefix){
		.addr = { prefix->addr.hi & mask.hi, prefix->addr.lo & mask.lo },
		.len = (uint8_t)bits,
		.family = prefix->family,
	};
}

/* The prefixes around the present one that are kept, outermost first. */
struct around {
	const struct minimal_prefix *prefixes[129];
	size_t count;
};

static void leave_prefixes(struct around *around, const struct prefix *prefix)
{
	while (around->count > 0 &&
	       !prefix_covers(&around->prefixes[around->count - 1]->prefix, prefix))
		around->count--;
}

static struct map_element new_element(const struct minimal_prefix *first, unsigned int bits,
				      const struct around *around, enum ipmasq_verdict verdict)
{
	struct map_element element = { .prefix = region_of(&first->prefix, bits),
				       .entry = RULE_NO_ENTRY };

	if (first->prefix.len == bits) {
		element.entry = first->entry;
		element.verdict = first->verdict;
	} else if (around->count > 0) {
		element.verdict = around->prefixes[around->count - 1]->verdict;
	} else {
		element.verdict = (uint8_t)verdict;
	}
	return element;
}

/*
 * Takes the elements of a map out of the prefixes, which are in order, so that those of a region
 * are side by side; what is kept closes ranks.
 */
static void take_elements(struct map_stock *stock, const struct map_plan *plan,
			  struct map_division *out)
{
	struct map_element *last = NULL;
	struct around around = { .count = 0 };
	size_t kept = 0;

	for (size_t i = 0; i < stock->count; i++) {
		const struct minimal_prefix prefix = stock->prefixes[i];
		bool own = prefix.prefix.len == plan->bits;

		leave_prefixes(&around, &prefix.prefix);
		if (!last || !prefix_covers(&last->prefix, &prefix.prefix)) {
			if (prefix.prefix.len < plan->bits || (plan->exact && !own)) {
				stock->prefixes[kept] = prefix;
				around.prefixes[around.count++] = &stock->prefixes[kept++];
				continue;
			}
			last = &out->elements[out->count++];
			*last = new_element(&prefix, plan->bits, &around, stock->verdict);
			last->begin = out->inside_count;
		}
		if (own)
			continue;
		last->count++;
		out->inside[out->inside_count++] = prefix;
	}
	stock->count = kept;
}

int map_divide(struct map_stock *stock, const struct map_plan *plan, struct map_division *out)
{
	*out = (struct map_division){ 0 };
	out->elements = malloc(stock->count * sizeof(*out->elements));
	out->inside = malloc(stock->count * sizeof(*out->inside));
	if (!out->elements || !out->inside)
		return -ENOMEM;
	take_elements(stock, plan, out);
	return 0;
}

void map_division_release(struct map_division *division)
{
	free(division->elements);
	free(division->inside);
}
