/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The index of a partition finds the same range as a plain search, for every distribution of the
 * ranges, and its size is in proportion to their number.
 */
#include <stdlib.h>
#include <string.h>

#include "util/common.h"
#include "sim/oracle.h"
#include "policy/partition.h"
#include "policy/range_index.h"
#include "support/unit.h"

#define RANGES_MAX 200000

static uint64_t random_word(struct random *random)
{
	uint64_t high = random_below(random, UINT32_MAX);

	return high << 32 ^ (uint64_t)random_below(random, UINT32_MAX) << 1 ^
	       random_below(random, 2);
}

static struct addr anywhere(struct random *random)
{
	return (struct addr){ random_word(random), random_word(random) };
}

/* All within one short stretch of addresses. */
static struct addr crowded(struct random *random)
{
	return (struct addr){ 0x0a00000000000000 | random_word(random) >> 10, random_word(random) };
}

/* A few clusters, which consist of clusters. */
static struct addr nested_clusters(struct random *random)
{
	uint64_t hi = (uint64_t)random_below(random, 3) << 61;

	hi |= (uint64_t)random_below(random, 3) << 47 | (uint64_t)random_below(random, 3) << 40;
	return (struct addr){ hi | (uint64_t)random_below(random, 256) << 32,
			      random_below(random, 4) };
}

/* Distances that double: as uneven as possible. */
static struct addr comb(struct random *random)
{
	unsigned int bit = random_below(random, 128);
	struct addr addr = { bit >= 64 ? (uint64_t)1 << (bit - 64) : 0,
			     bit < 64 ? (uint64_t)1 << bit : 0 };

	return random_below(random, 2) ? addr : addr_previous(addr);
}

static struct addr comb_from_above(struct random *random)
{
	struct addr addr = comb(random);

	return (struct addr){ ~addr.hi, ~addr.lo };
}

/* Hosts of one network; for IPv6, the upper halves are the same. */
static struct addr neighbours(struct random *random)
{
	return (struct addr){ 0x20010db800000000, random_word(random) >> random_below(random, 64) };
}

static struct addr every_host(struct random *random)
{
	return (struct addr){ (uint64_t)(0xfffff000 | random_below(random, 0x1000)) << 32,
			      random_below(random, 8) };
}

static struct addr few_networks(struct random *random)
{
	return (struct addr){ (uint64_t)(0x20010db8u + random_below(random, 20)) << 32,
			      random_below(random, 40) };
}

static struct addr mixture(struct random *random);

static const struct {
	const char *name;
	struct addr (*draw)(struct random *random);
} shapes[] = {
	{ "anywhere", anywhere },
	{ "crowded", crowded },
	{ "nested clusters", nested_clusters },
	{ "comb", comb },
	{ "comb from above", comb_from_above },
	{ "neighbours", neighbours },
	{ "every host up to the last", every_host },
	{ "few networks", few_networks },
	{ "mixture", mixture },
};

static struct addr mixture(struct random *random)
{
	return shapes[random_below(random, ARRAY_SIZE(shapes) - 1)].draw(random);
}

static int compare(const void *a, const void *b)
{
	return addr_compare(*(const struct addr *)a, *(const struct addr *)b);
}

/* Draws sorted starts without duplicates, the first one zero. Returns how many there are. */
static size_t draw_starts(struct random *random, struct addr (*draw)(struct random *),
			  enum ipmasq_family family, struct addr *starts, size_t most)
{
	size_t count = 1;

	for (size_t i = 0; i < most; i++) {
		starts[i] = i == 0 ? (struct addr){ 0, 0 } : draw(random);
		if (family == IPMASQ_IPV4)
			starts[i] = (struct addr){ starts[i].hi >> 32 << 32, 0 };
	}
	qsort(starts, most, sizeof(*starts), compare);
	for (size_t i = 1; i < most; i++)
		if (!addr_equal(starts[i], starts[count - 1]))
			starts[count++] = starts[i];
	return count;
}

static size_t plain_search(const struct addr *starts, size_t count, struct addr addr)
{
	size_t low = 0;

	while (count > 1) {
		size_t half = count / 2;

		if (addr_compare(starts[low + half], addr) <= 0)
			low += half;
		count -= half;
	}
	return low;
}

struct judge {
	struct range_index index;
	enum ipmasq_family family;
	const struct addr *starts;
	size_t count;
	const char *shape;
};

static bool judge(const struct judge *j, struct addr addr)
{
	uint8_t bytes[16];
	size_t found;

	if (j->family == IPMASQ_IPV4)
		addr = (struct addr){ addr.hi >> 32 << 32, 0 };
	addr_to_bytes(j->family, addr, bytes);
	found = j->family == IPMASQ_IPV4 ? range_index_find4(&j->index, bytes)
					 : range_index_find6(&j->index, bytes);
	return found == plain_search(j->starts, j->count, addr);
}

/* Tries each start, the addresses next to it, some within its range, and a random one. */
static bool judge_all(const struct judge *j, struct random *random)
{
	bool same = judge(j, (struct addr){ UINT64_MAX, UINT64_MAX });

	for (size_t i = 0; i < j->count && same; i++) {
		struct addr start = j->starts[i];
		struct addr other = anywhere(random);
		uint64_t after = (uint64_t)1 << 32;

		same = judge(j, start) && judge(j, addr_next(start)) &&
		       judge(j, addr_previous(start)) &&
		       judge(j, (struct addr){ start.hi + after, start.lo }) &&
		       judge(j, (struct addr){ start.hi, other.lo }) &&
		       judge(j, (struct addr){ (start.hi & ~UINT64_C(0xffffffff)) | other.hi >> 32,
					       other.lo }) &&
		       judge(j, other);
	}
	return same;
}

static void check_starts(struct random *random, size_t shape, enum ipmasq_family family,
			 struct addr *starts, size_t most)
{
	struct judge j = { .family = family, .starts = starts, .shape = shapes[shape].name };

	j.count = draw_starts(random, shapes[shape].draw, family, starts, most);
	if (CHECK(range_index_init(&j.index, family, starts, j.count) == 0, j.shape)) {
		CHECK(judge_all(&j, random), j.shape);
		/* A slot has four bytes, so 32 bytes per range besides the 16 of its start. */
		CHECK(j.index.slot_count <= 8 * j.count, j.shape);
		CHECK(j.index.fork_count <= j.count, j.shape);
	}
	range_index_release(&j.index);
}

static void check_sizes(size_t most, size_t rounds)
{
	struct addr *starts = malloc(RANGES_MAX * sizeof(*starts));
	struct random random = { 41 + most };

	if (!CHECK(starts != NULL, "memory"))
		return;
	for (size_t round = 0; round < rounds; round++)
		for (size_t shape = 0; shape < ARRAY_SIZE(shapes); shape++) {
			size_t count = 1 + random_below(&random, (uint32_t)most);

			check_starts(&random, shape, IPMASQ_IPV4, starts, count);
			check_starts(&random, shape, IPMASQ_IPV6, starts, count);
		}
	free(starts);
}

static void test_small(void)
{
	check_sizes(12, 300);
	check_sizes(300, 60);
}

static void test_large(void)
{
	check_sizes(20000, 3);
	check_sizes(RANGES_MAX, 1);
}

/* A policy, through the public functions. */
static void test_partition(void)
{
	struct ipmasq_config *config = NULL;
	struct ipmasq_policy *policy = NULL;
	struct ipmasq_partition *partition = NULL;
	struct random random = { 43 };
	char cidr[64];

	CHECK(ipmasq_config_new(NULL, &config) == 0, "configuration");
	for (int i = 0; i < 20000; i++) {
		snprintf(cidr, sizeof(cidr), "10.%u.%u.%u/32", random_below(&random, 4),
			 random_below(&random, 256), random_below(&random, 256));
		CHECK(ipmasq_config_add_cidr(config, IPMASQ_MASQUERADE_CIDRS, cidr, NULL) == 0,
		      cidr);
	}
	if (CHECK(ipmasq_policy_new(config, NULL, NULL, &policy) == 0, "policy") &&
	    CHECK(ipmasq_partition_new(policy, IPMASQ_IPV4, &partition) == 0, "partition")) {
		uint8_t address[16] = { 10 };

		for (uint32_t i = 0; i < 1u << 18; i++) {
			struct addr addr = { (uint64_t)(0x0a000000 | i) << 32, 0 };
			size_t expected = plain_search(partition->starts, partition->count, addr);

			addr_to_bytes(IPMASQ_IPV4, addr, address);
			if (ipmasq_partition_find(partition, address) != expected ||
			    ipmasq_partition_lookup(partition, address) !=
				    ipmasq_partition_get(partition, expected, NULL, NULL)) {
				CHECK(false, "an address of 10.0.0.0/14");
				break;
			}
		}
	}
	ipmasq_partition_free(partition);
	ipmasq_policy_free(policy);
	ipmasq_config_free(config);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "few ranges: the same as a plain search", test_small },
		{ "many ranges: the same, with at most eight slots per range", test_large },
		{ "a partition uses the index to find and to look up", test_partition },
	};

	return unit_main("lookup", tests, ARRAY_SIZE(tests));
}
