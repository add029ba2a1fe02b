/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random policies: the partition's lookup, the explanation, the interpreter of the script and the
 * first-match oracle must give the same verdict for every address.
 */
#include <stdlib.h>
#include <string.h>

#include "util/common.h"
#include "sim/oracle.h"
#include "sim/sim.h"
#include "support/read.h"
#include "support/unit.h"

#define POLICIES 250
/* Per policy and family. */
#define ADDRESSES 200

static const enum ipmasq_family families[] = { IPMASQ_IPV4, IPMASQ_IPV6 };

static uint32_t random_bits(void *context)
{
	return random_below(context, UINT32_MAX);
}

struct judges {
	struct oracle oracle;
	struct ipmasq_policy *policy;
	struct ipmasq_partition *partition;
	struct ipmasq_ruleset *ruleset;
	struct ipmasq_ruleset_details info;
	struct sim *sim;
	enum ipmasq_family family;
};

static bool judges_init(struct judges *j, enum ipmasq_family family)
{
	char error[SIM_ERROR_MAX] = "";
	char *script = NULL;
	bool fine;

	j->family = family;
	fine = CHECK(ipmasq_partition_new(j->policy, family, &j->partition) == 0, "partition") &&
	       CHECK(ipmasq_ruleset_new(j->policy, family, 0, &j->ruleset) == 0, "ruleset") &&
	       CHECK(ipmasq_ruleset_info(j->ruleset, &j->info, sizeof(j->info)) == 0, "info") &&
	       CHECK(ipmasq_ruleset_prove(j->ruleset, j->policy, NULL) == 0, "proof") &&
	       CHECK(ipmasq_ruleset_script(j->ruleset, &script, NULL) == 0, "script");
	j->sim = sim_new((int)family);
	fine = fine && CHECK(sim_restore(j->sim, script, error) == 0, error);
	free(script);
	return fine;
}

static void judges_release(struct judges *j)
{
	ipmasq_partition_free(j->partition);
	ipmasq_ruleset_free(j->ruleset);
	sim_free(j->sim);
}

/* In the linear layout, the line that decided, if any, must come from the entry that decides. */
static void check_line(const struct judges *j, unsigned int line, const struct ipmasq_entry *entry)
{
	enum ipmasq_origin origin = entry_of(entry).origin;

	/* What these decide is written in no line. */
	if (j->info.layout != IPMASQ_LAYOUT_LINEAR || origin == IPMASQ_ORIGIN_NONE ||
	    origin == IPMASQ_ORIGIN_PODS)
		return;
	CHECK(ipmasq_ruleset_entry_at(j->ruleset, line) == entry, "the entry of the line");
}

static void judge(struct judges *j, struct random *random, const uint8_t *address,
		  const uint8_t *source)
{
	static const uint8_t protocols[] = { 6, 17, 132, 1 };
	struct sim_packet packet = { .proto = protocols[random_below(random, 4)] };
	struct ipmasq_decision *decision = NULL;
	const struct ipmasq_entry *entry;
	enum ipmasq_origin origin;
	enum ipmasq_verdict expected =
		oracle_decide(&j->oracle, j->family, address, source, &origin);
	struct sim_result result;

	if (origin > IPMASQ_ORIGIN_NON_MASQUERADE_SRC) {
		entry = ipmasq_partition_lookup(j->partition, address);
		CHECK(ipmasq_entry_verdict(entry) == expected, "lookup");
		CHECK(entry_of(entry).origin == origin, "lookup's origin");
	}
	if (!CHECK(ipmasq_policy_explain(j->policy, j->family, address, source, &decision) == 0,
		   "explain"))
		return;
	entry = decision->entry;
	CHECK(ipmasq_entry_verdict(entry) == expected, "explanation");
	CHECK(entry_of(entry).origin == origin, "explanation's origin");

	memcpy(packet.dst, address, 16);
	memcpy(packet.src, source, 16);
	result = sim_run(j->sim, &packet, random_bits, random);
	CHECK((result.verdict == SIM_MASQUERADE) == (expected == IPMASQ_MASQUERADE), "script");
	check_line(j, result.line, entry);
	ipmasq_decision_free(decision);
}

static void test_random_policies(void)
{
	struct random random = { 20 };

	for (int i = 0; i < POLICIES; i++) {
		struct judges j = { 0 };

		oracle_random(&j.oracle, &random, i % 8 == 0 ? 3 : 40);
		if (!CHECK(oracle_policy(&j.oracle, &j.policy) == 0, "policy"))
			return;
		for (size_t f = 0; f < ARRAY_SIZE(families); f++) {
			bool fine = judges_init(&j, families[f]);

			for (int k = 0; k < ADDRESSES && fine; k++) {
				uint8_t address[16];
				uint8_t source[16];

				oracle_random_address(&j.oracle, &random, families[f], address);
				oracle_random_address(&j.oracle, &random, families[f], source);
				judge(&j, &random, address, source);
			}
			judges_release(&j);
		}
		ipmasq_policy_free(j.policy);
	}
}

/* Sorted, disjoint, without gaps, over the whole space; neighbours differ; found from both ends. */
static void check_partition(const struct ipmasq_partition *partition, size_t bytes)
{
	size_t count = ipmasq_partition_count(partition);
	const struct ipmasq_entry *before = NULL;
	uint8_t expected[16] = { 0 };
	uint8_t first[16];
	uint8_t last[16];

	for (size_t i = 0; i < count; i++) {
		const struct ipmasq_entry *entry = ipmasq_partition_get(partition, i, first, last);

		CHECK(memcmp(first, expected, bytes) == 0, "a range starts after the one before");
		CHECK(memcmp(first, last, bytes) <= 0, "a range is not empty");
		CHECK(entry != before, "a range differs from the one before");
		CHECK(ipmasq_partition_find(partition, first) == i,
		      "a range is found by its first address");
		CHECK(ipmasq_partition_find(partition, last) == i,
		      "a range is found by its last address");
		CHECK(ipmasq_partition_lookup(partition, last) == entry,
		      "a lookup gives the entry of the range");
		before = entry;
		memcpy(expected, last, bytes);
		for (size_t byte = bytes; byte-- > 0 && ++expected[byte] == 0;)
			;
	}
	for (size_t byte = 0; byte < bytes; byte++)
		CHECK(last[byte] == 0xff, "the ranges reach the last address");
	CHECK(ipmasq_partition_get(partition, count, first, last) == NULL,
	      "no range after the last");
}

static void test_partition_covers_the_space(void)
{
	struct random random = { 21 };

	for (int i = 0; i < 200; i++) {
		struct ipmasq_policy *policy = NULL;
		struct oracle oracle;

		oracle_random(&oracle, &random, 40);
		if (!CHECK(oracle_policy(&oracle, &policy) == 0, "policy"))
			return;
		for (size_t f = 0; f < ARRAY_SIZE(families); f++) {
			struct ipmasq_partition *partition = NULL;

			if (CHECK(ipmasq_partition_new(policy, families[f], &partition) == 0,
				  "made"))
				check_partition(partition, families[f] == IPMASQ_IPV4 ? 4 : 16);
			ipmasq_partition_free(partition);
		}
		ipmasq_policy_free(policy);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "lookup, explanation, script and oracle agree on 100,000 random decisions",
		  test_random_policies },
		{ "a partition covers the space without gap or overlap",
		  test_partition_covers_the_space },
	};

	return unit_main("decisions", tests, ARRAY_SIZE(tests));
}
