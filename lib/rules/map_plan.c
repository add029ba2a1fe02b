/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chooses verdict maps by cost.
 *
 * The costs are nanoseconds of a new flow, on Linux 6.18 at 2.5 GHz, and no more than good
 * guesses. That of a map is an estimate. Those of a rule and of a goto were fitted: with them
 * the flows of random IPv4 sets of 64 to 50,000 entries were fastest. They are more than the 9
 * and 12 ns that are measured when everything is in the caches, as chains and rules of large
 * sets are not. So a map of regions is worth it even where most of them have only one prefix, as
 * it keeps flows to any other address from the chains. Elements and rules count little, so that
 * maps are not larger than they help.
 *
 * A part is judged for two kinds of flows, which count the same: those to any address, most of
 * which no prefix has, and those to the prefixes.
 */
#include "rules/map_plan.h"

/* To load an address, mask it, and look it up. */
#define COST_MAP 25.0
/* A rule that does not match, and to fetch it. */
#define COST_RULE 15.0
/* To go on in another chain, and to fetch that. */
#define COST_GOTO 80.0
/* Elements and rules that are no prefix of the set, for each prefix. */
#define COST_EXTRA 30.0
/* A plan after which too many rules are left, for each of them. */
#define COST_TOO_MANY 1e6

/* The prefixes within one region. */
struct region {
	struct addr addr;
	/* The region itself is one. */
	bool own;
	/* How many are longer. */
	size_t longer;
};

/* What a map of some length makes of a part. */
struct outcome {
	size_t shorter;
	size_t exact;
	size_t longer;
	/* Longer ones that lie in an exact one. */
	size_t nested;
	/* Regions with longer ones, and how many of these are prefixes themselves. */
	size_t regions;
	size_t own;
	/* Over these regions: the sums of cost, and of cost by the number of prefixes. */
	double cost;
	double popular;
	double extras;
	/* Of regions that are prefixes themselves. */
	double own_extras;
	size_t too_many;
};

/*
 * For how many bits of address so many maps are enough, whatever the prefixes. Without a map it is
 * four: in a minimal set at most one of two halves is a prefix, so there are at most 15. A map
 * divides the bits above its own from those below.
 */
static unsigned int bits_for(unsigned int maps)
{
	unsigned int bits = 4;

	while (maps-- > 0 && bits < 128)
		bits = 2 * bits + 1;
	return bits;
}

static bool fits(size_t count, unsigned int bits, unsigned int maps)
{
	return count <= MAP_LAST_LEAF || bits <= bits_for(maps);
}

/* An estimate of what so many prefixes cost a flow that no map has decided. */
static double flow_cost(size_t count, unsigned int maps)
{
	if (count <= MAP_LEAF || maps == 0)
		return COST_RULE * (double)count;
	return COST_MAP + COST_RULE * (count <= 2 * MAP_LEAF ? MAP_LEAF : 5) +
	       (count <= 2 * MAP_LEAF ? 0 : COST_GOTO);
}

/* And of how many elements and rules they take besides themselves. Small parts share chains. */
static double flow_extras(size_t count, bool ends)
{
	if (count <= MAP_LEAF)
		return ends ? (double)count / MAP_LEAF : 0;
	if (count <= 3 * MAP_LEAF / 2)
		return ends;
	return 0.3 * (double)count;
}

static void close_region(const struct map_part *part, unsigned int maps, unsigned int longest,
			 unsigned int bits, const struct region *region, struct outcome *outcome)
{
	double cost;
	double extras;

	outcome->exact += region->own;
	if (region->longer == 0)
		return;
	cost = COST_GOTO + flow_cost(region->longer, maps - 1);
	extras = flow_extras(region->longer, part->ends);
	outcome->regions++;
	outcome->own += region->own;
	outcome->longer += region->longer;
	outcome->nested += region->own ? region->longer : 0;
	outcome->cost += cost;
	outcome->popular += cost * (double)region->longer;
	outcome->extras += extras;
	outcome->own_extras += region->own ? extras : 0;
	if (!fits(region->longer, longest - bits, maps - 1))
		outcome->too_many += region->longer;
}

static struct outcome try_bits(const struct map_part *part, unsigned int maps, unsigned int longest,
			       unsigned int bits)
{
	const struct addr mask = addr_mask(bits);
	struct outcome outcome = { 0 };
	struct region region = { 0 };
	bool open = false;

	for (size_t i = 0; i < part->count; i++) {
		const struct prefix *prefix = &part->prefixes[i].prefix;
		struct addr addr = { prefix->addr.hi & mask.hi, prefix->addr.lo & mask.lo };

		if (prefix->len < bits) {
			outcome.shorter++;
			continue;
		}
		if (!open || !addr_equal(addr, region.addr)) {
			if (open)
				close_region(part, maps, longest, bits, &region, &outcome);
			region = (struct region){ .addr = addr };
			open = true;
		}
		if (prefix->len == bits)
			region.own = true;
		else
			region.longer++;
	}
	if (open)
		close_region(part, maps, longest, bits, &region, &outcome);
	return outcome;
}

/* 2^-n. */
static double power_of_half(unsigned int n)
{
	double share = 1;

	for (; n >= 32; n -= 32)
		share /= 4294967296.0;
	return share / (double)(1ull << n);
}

static double map_cost(size_t elements)
{
	return elements > 2 ? COST_MAP : COST_RULE * (double)elements;
}

/* The cost of a map of the exact prefixes and of the regions. */
static double region_cost(const struct map_part *part, unsigned int maps, unsigned int bits,
			  const struct outcome *outcome)
{
	double n = (double)part->count;
	double rest = flow_cost(outcome->shorter, maps - 1);
	size_t elements = outcome->exact + outcome->regions - outcome->own;
	double element_share = power_of_half(bits - part->settled);
	double any = map_cost(elements) + outcome->cost * element_share +
		     rest * (1 - (double)elements * element_share);
	double popular =
		map_cost(elements) + (outcome->popular + rest * (double)outcome->shorter) / n;
	double extras = (double)(outcome->regions - outcome->own) + outcome->extras +
			flow_extras(outcome->shorter, part->ends);
	size_t too_many = outcome->too_many;

	if (!fits(outcome->shorter, bits - 1 - part->settled, maps - 1))
		too_many += outcome->shorter;
	return (any + popular) / 2 + COST_EXTRA * extras / n + COST_TOO_MANY * (double)too_many;
}

/* The cost of a map of the exact prefixes only. */
static double exact_cost(const struct map_part *part, unsigned int maps, unsigned int longest,
			 const struct outcome *outcome)
{
	double n = (double)part->count;
	size_t left = part->count - outcome->exact - outcome->nested;
	double rest = flow_cost(left, maps - 1);
	double cost = map_cost(outcome->exact) + rest;
	double extras = outcome->own_extras + flow_extras(left, part->ends);
	size_t too_many = outcome->too_many;

	/* What an exact one has decided needs no more. */
	cost -= rest * (double)(outcome->exact + outcome->nested) / n / 2;
	if (!fits(left, longest - part->settled, maps - 1))
		too_many += left;
	return cost + COST_EXTRA * extras / n + COST_TOO_MANY * (double)too_many;
}

static void prefer(struct map_plan *best, unsigned int bits, bool exact, double cost)
{
	if (best->bits == 0 || cost < best->cost)
		*best = (struct map_plan){ bits, exact, cost };
}

bool map_plan_choose(const struct map_part *part, unsigned int maps, struct map_plan *plan)
{
	unsigned int longest = 0;

	*plan = (struct map_plan){ 0 };
	for (size_t i = 0; i < part->count; i++)
		if (part->prefixes[i].prefix.len > longest)
			longest = part->prefixes[i].prefix.len;
	for (unsigned int bits = part->settled + 1; bits <= longest; bits++) {
		struct outcome outcome = try_bits(part, maps, longest, bits);

		/* A single prefix is no map, nor are none. */
		if (outcome.exact + outcome.longer <= 1)
			continue;
		prefer(plan, bits, false, region_cost(part, maps, bits, &outcome));
		if (outcome.exact > 1)
			prefer(plan, bits, true, exact_cost(part, maps, longest, &outcome));
	}
	return plan->cost < COST_TOO_MANY;
}

/* Prefixes side by side, and the smallest range that has them. */
struct slice {
	size_t begin;
	size_t end;
	struct prefix range;
};

static struct slice slice_of(const struct map_part *part, size_t begin, size_t end)
{
	struct slice slice = { begin, end, part->prefixes[begin].prefix };

	for (size_t i = begin + 1; i < end; i++)
		slice.range = prefix_common(&slice.range, &part->prefixes[i].prefix);
	return slice;
}

/* Divides a slice into those of both halves of its range. False: one prefix is the range. */
static bool halve(const struct map_part *part, const struct slice *slice, struct slice *lower,
		  struct slice *upper)
{
	struct prefix half = slice->range;
	size_t middle = slice->begin;

	if (part->prefixes[slice->begin].prefix.len == half.len)
		return false;
	half.len++;
	while (prefix_covers(&half, &part->prefixes[middle].prefix))
		middle++;
	*lower = slice_of(part, slice->begin, middle);
	*upper = slice_of(part, middle, slice->end);
	return true;
}

static double share_of(const struct map_part *part, const struct prefix *range)
{
	return power_of_half(range->len - part->settled);
}

/* Which of the slices takes the largest share of the addresses. */
static size_t largest(const struct slice *slices, size_t count)
{
	size_t best = 0;

	for (size_t i = 1; i < count; i++)
		if (slices[i].range.len < slices[best].range.len)
			best = i;
	return best;
}

#define FRONTS_SHARE (1.0 / 8)

size_t map_fronts(const struct map_part *part, struct prefix fronts[MAP_FRONTS])
{
	struct slice slices[MAP_FRONTS + 1] = { slice_of(part, 0, part->count) };
	double share = share_of(part, &slices[0].range);
	size_t count = 1;

	while (share > FRONTS_SHARE && count < MAP_FRONTS) {
		size_t at = largest(slices, count);
		struct slice lower;
		struct slice upper;

		if (!halve(part, &slices[at], &lower, &upper))
			break;
		share += share_of(part, &lower.range) + share_of(part, &upper.range) -
			 share_of(part, &slices[at].range);
		for (size_t i = count++; i > at + 1; i--)
			slices[i] = slices[i - 1];
		slices[at] = lower;
		slices[at + 1] = upper;
	}
	if (share > FRONTS_SHARE)
		return 0;
	for (size_t i = 0; i < count; i++)
		fronts[i] = slices[i].range;
	return count;
}
