/* SPDX-License-Identifier: Apache-2.0 */
/* Differences between policies, compared with an oracle: the fewest CIDRs, and their entries. */
#include <arpa/inet.h>

#include "util/common.h"
#include "sim/oracle.h"
#include "support/read.h"
#include "support/sources.h"
#include "support/unit.h"

#define ROUNDS 400
/* The addresses of 10.0.0.0/24 or 2001:db8::/120, which are tried one by one. */
#define BLOCK 256
#define FEW   8

enum change {
	SAME,
	TO_RETURN,
	TO_MASQUERADE,
};

static const enum ipmasq_family families[] = { IPMASQ_IPV4, IPMASQ_IPV6 };

static size_t family_size(enum ipmasq_family family)
{
	return family == IPMASQ_IPV4 ? 4 : 16;
}

static void block_address(enum ipmasq_family family, unsigned int number, uint8_t address[16])
{
	static const uint8_t ipv4[16] = { 10, 0, 0 };
	static const uint8_t ipv6[16] = { 0x20, 0x01, 0x0d, 0xb8 };

	memcpy(address, family == IPMASQ_IPV4 ? ipv4 : ipv6, 16);
	address[family_size(family) - 1] = (uint8_t)number;
}

static void random_entry(struct random *random, enum ipmasq_family family, struct oracle_list *list)
{
	struct oracle_cidr *cidr = &list->cidrs[list->count++];
	unsigned int host = random_below(random, 9);

	cidr->family = family;
	cidr->length = (unsigned int)(8 * family_size(family)) - host;
	block_address(family, random_below(random, BLOCK) >> host << host, cidr->bytes);
}

/* All CIDRs are within the blocks, so that outside of them only the switches make a difference. */
static void random_lists(struct oracle *oracle, struct random *random)
{
	memset(oracle, 0, sizeof(*oracle));
	for (size_t i = 0; i < 3; i++) {
		size_t wanted = random_below(random, FEW + 1);

		while (oracle->lists[i].count < wanted)
			random_entry(random, families[random_below(random, 2)], &oracle->lists[i]);
	}
	for (size_t i = 0; i < 4; i++)
		oracle->switches[i] = random_below(random, 4) > 0;
}

/* The shortest list of CIDRs for a set of addresses: its largest aligned blocks. */
static size_t expect_blocks(const enum change *changes, unsigned int from, unsigned int size,
			    unsigned int found[BLOCK][2], size_t count)
{
	unsigned int same = 1;

	while (same < size && changes[from + same] == changes[from])
		same++;
	if (same == size) {
		found[count][0] = from;
		found[count][1] = from + size - 1;
		return count + (changes[from] != SAME);
	}
	count = expect_blocks(changes, from, size / 2, found, count);
	return expect_blocks(changes, from + size / 2, size / 2, found, count);
}

struct pair {
	struct oracle oracles[2];
	struct ipmasq_policy *policies[2];
	struct ipmasq_partition *partitions[2];
	enum ipmasq_family family;
};

static bool pair_open(struct pair *pair, enum ipmasq_family family)
{
	bool made = true;

	pair->family = family;
	for (int i = 0; i < 2; i++) {
		pair->policies[i] = NULL;
		pair->partitions[i] = NULL;
		made = made && oracle_policy(&pair->oracles[i], &pair->policies[i]) == 0 &&
		       ipmasq_partition_new(pair->policies[i], family, &pair->partitions[i]) == 0;
	}
	return CHECK(made, "policies");
}

static void pair_close(struct pair *pair)
{
	for (int i = 0; i < 2; i++) {
		ipmasq_partition_free(pair->partitions[i]);
		ipmasq_policy_free(pair->policies[i]);
	}
}

/* Finds the next CIDR of a family, of sources or of destinations, from number *@index on. */
static bool find_difference(const struct ipmasq_diff *diff, enum ipmasq_family family, bool sources,
			    size_t *index, struct ipmasq_difference *difference)
{
	for (; ipmasq_diff_get(diff, *index, difference, sizeof(*difference)) == 0; ++*index)
		if (difference->family == family && difference->sources == sources)
			return true;
	return false;
}

/* Whether the parts fill the CIDR, and each has the entries that decide at both of its ends. */
static bool parts_right(const struct pair *pair, const struct ipmasq_diff *diff, size_t index,
			const struct ipmasq_difference *difference)
{
	size_t size = family_size(pair->family);
	struct ipmasq_difference part;
	uint8_t expected[16];
	size_t count = 0;
	bool right = true;

	memcpy(expected, difference->first, size);
	for (; ipmasq_diff_get_part(diff, index, count, &part, sizeof(part)) == 0; count++) {
		const struct ipmasq_entry *entries[2] = { part.before, part.after };

		right &= memcmp(part.first, expected, size) == 0 && part.to == difference->to &&
			 part.part_count == 1;
		for (int i = 0; i < 2; i++)
			right &= ipmasq_partition_lookup(pair->partitions[i], part.first) ==
					 entries[i] &&
				 ipmasq_partition_lookup(pair->partitions[i], part.last) ==
					 entries[i];
		memcpy(expected, part.last, size);
		for (size_t k = size; k-- > 0 && ++expected[k] == 0;)
			;
	}
	return right && count == difference->part_count &&
	       memcmp(part.last, difference->last, size) == 0;
}

static void check_block(const struct pair *pair, const struct ipmasq_diff *diff,
			const enum change changes[BLOCK])
{
	unsigned int expected[BLOCK + 1][2];
	size_t count = expect_blocks(changes, 0, BLOCK, expected, 0);
	size_t size = family_size(pair->family);
	size_t seen = 0;
	struct ipmasq_difference difference;
	uint8_t block[16], end[16];
	bool whole;

	block_address(pair->family, 0, block);
	block_address(pair->family, BLOCK - 1, end);
	for (size_t i = 0; find_difference(diff, pair->family, false, &i, &difference); i++) {
		const uint8_t *first = difference.first;
		const uint8_t *last = difference.last;

		CHECK(parts_right(pair, diff, i, &difference), "parts");
		CHECK(ipmasq_entry_verdict(difference.before) !=
			      ipmasq_entry_verdict(difference.after),
		      "verdicts");
		CHECK(ipmasq_entry_verdict(difference.after) == difference.to, "verdict");
		if (memcmp(last, block, size) < 0 || memcmp(first, end, size) > 0)
			continue;
		/* Where the switches differ, the block may be a part of a larger CIDR. */
		whole = memcmp(first, block, size) <= 0 && memcmp(last, end, size) >= 0;
		CHECK(seen < count && (whole ? 0 : first[size - 1]) == expected[seen][0] &&
			      (whole ? BLOCK - 1 : last[size - 1]) == expected[seen][1],
		      "the expected CIDR");
		seen++;
	}
	CHECK(seen == count, "all CIDRs");
}

/* Needs equal switches, so that only the block can differ and the numbers are small. */
static void check_numbers(const struct ipmasq_diff *diff, enum ipmasq_family family, bool sources,
			  const enum change changes[BLOCK])
{
	unsigned int numbers[3] = { 0 };
	char text[IPMASQ_TEXT_MAX];

	for (unsigned int i = 0; i < BLOCK; i++)
		numbers[changes[i]]++;
	ipmasq_diff_addresses(diff, family, sources, IPMASQ_RETURN, text);
	CHECK((unsigned int)atoi(text) == numbers[TO_RETURN], text);
	ipmasq_diff_addresses(diff, family, sources, IPMASQ_MASQUERADE, text);
	CHECK((unsigned int)atoi(text) == numbers[TO_MASQUERADE], text);
}

static enum change change_at(const struct pair *pair, const uint8_t *address)
{
	enum ipmasq_verdict verdicts[2];
	enum ipmasq_origin origin;

	for (int i = 0; i < 2; i++)
		verdicts[i] =
			oracle_decide(&pair->oracles[i], pair->family, address, NULL, &origin);
	if (verdicts[0] == verdicts[1])
		return SAME;
	return verdicts[1] == IPMASQ_RETURN ? TO_RETURN : TO_MASQUERADE;
}

static void test_brute_force(void)
{
	struct random random = { 42 };
	struct pair pair;

	for (int round = 0; round < ROUNDS; round++) {
		enum change changes[BLOCK];
		struct ipmasq_diff *diff;
		uint8_t address[16];

		random_lists(&pair.oracles[0], &random);
		random_lists(&pair.oracles[1], &random);
		if (round % 2)
			memcpy(pair.oracles[1].switches, pair.oracles[0].switches,
			       sizeof(pair.oracles[0].switches));
		if (pair_open(&pair, families[round / 2 % 2]) &&
		    CHECK(ipmasq_diff_new(pair.policies[0], pair.policies[1], &diff) == 0,
			  "diff")) {
			for (unsigned int i = 0; i < BLOCK; i++) {
				block_address(pair.family, i, address);
				changes[i] = change_at(&pair, address);
			}
			check_block(&pair, diff, changes);
			if (round % 2)
				check_numbers(diff, pair.family, false, changes);
			ipmasq_diff_free(diff);
		}
		pair_close(&pair);
	}
}

/* Gives a policy podCIDRs of both families, within the blocks. */
static void random_pods(struct oracle *oracle, struct random *random)
{
	struct oracle_list *pods = &oracle->lists[IPMASQ_POD_CIDRS];
	size_t wanted = 2 + random_below(random, FEW);

	while (pods->count < wanted)
		random_entry(random, families[pods->count % 2], pods);
}

/* What happens to a source, whatever its destination. */
static enum change source_change(const struct pair *pair, const uint8_t *source)
{
	bool returned[2];

	for (int i = 0; i < 2; i++) {
		enum ipmasq_origin origin;

		oracle_decide(&pair->oracles[i], pair->family, source, source, &origin);
		returned[i] = origin <= IPMASQ_ORIGIN_NON_MASQUERADE_SRC;
	}
	if (returned[0] == returned[1])
		return SAME;
	return returned[1] ? TO_RETURN : TO_MASQUERADE;
}

/* Whether the entry decides for the source in one of the policies. */
static bool decides(const struct pair *pair, int which, const uint8_t *source,
		    const struct ipmasq_entry *entry)
{
	enum ipmasq_origin origin;

	oracle_decide(&pair->oracles[which], pair->family, source, source, &origin);
	return entry && entry_of(entry).origin == origin;
}

/* Sources that only one of the two policies returns; in odd rounds because of podCIDRs, too. */
static void test_sources(void)
{
	struct random random = { 7 };
	struct pair pair;

	for (int round = 0; round < ROUNDS; round++) {
		unsigned int expected[BLOCK + 1][2];
		enum change changes[BLOCK];
		struct ipmasq_diff *diff;
		struct ipmasq_difference difference;
		uint8_t address[16];
		size_t count, seen = 0;

		for (int i = 0; i < 2; i++) {
			random_lists(&pair.oracles[i], &random);
			if (round % 2)
				random_pods(&pair.oracles[i], &random);
		}
		if (!pair_open(&pair, families[round / 2 % 2]) ||
		    !CHECK(ipmasq_diff_new(pair.policies[0], pair.policies[1], &diff) == 0,
			   "diff")) {
			pair_close(&pair);
			continue;
		}
		for (unsigned int i = 0; i < BLOCK; i++) {
			block_address(pair.family, i, address);
			changes[i] = source_change(&pair, address);
		}
		count = expect_blocks(changes, 0, BLOCK, expected, 0);
		for (size_t i = 0; find_difference(diff, pair.family, true, &i, &difference); i++) {
			const struct ipmasq_entry *entries[2] = { difference.before,
								  difference.after };
			bool listed = difference.to == IPMASQ_RETURN;
			size_t end = family_size(pair.family) - 1;

			CHECK(seen < count && difference.first[end] == expected[seen][0] &&
				      difference.last[end] == expected[seen][1],
			      "the expected CIDR");
			seen++;
			CHECK(!entries[listed ? 0 : 1],
			      "no entry in the policy that does not return it");
			CHECK(decides(&pair, listed, difference.first, entries[listed]),
			      "the entry that returns the source");
		}
		CHECK(seen == count, "all CIDRs");
		check_numbers(diff, pair.family, true, changes);
		ipmasq_diff_free(diff);
		pair_close(&pair);
	}
}

static struct ipmasq_policy *policy_with(const char *text, enum ipmasq_mode ipv6)
{
	struct ipmasq_options *options = NULL;
	struct ipmasq_config *config = NULL;
	struct ipmasq_policy *policy = NULL;

	CHECK(ipmasq_options_new(&options) == 0 &&
		      ipmasq_options_set_mode(options, IPMASQ_FEATURE_IPV6, ipv6) == 0 &&
		      ipmasq_config_new(NULL, &config) == 0 &&
		      ipmasq_config_load(config, DATA_SOURCE("test", text, strlen(text)), NULL) ==
			      0 &&
		      ipmasq_policy_new(config, options, NULL, &policy) == 0,
	      text);
	ipmasq_config_free(config);
	ipmasq_options_free(options);
	return policy;
}

static struct ipmasq_policy *policy_of(const char *text)
{
	return policy_with(text, IPMASQ_AUTO);
}

/* "CIDR>verdict[parts] ..." of all or of one family's destinations, and the numbers of that
 * family's destinations that change to RETURN and to MASQUERADE. */
static void describe(const struct ipmasq_diff *diff, bool all, enum ipmasq_family family,
		     char *text, size_t size)
{
	struct ipmasq_difference d;
	char number[IPMASQ_TEXT_MAX];
	size_t at = 0;

	for (size_t i = 0; ipmasq_diff_get(diff, i, &d, sizeof(d)) == 0; i++)
		if (all || (d.family == family && !d.sources))
			at += (size_t)snprintf(text + at, size - at, "%s>%c[%zu] ",
					       ipmasq_format_range(d.family, d.first, d.last,
								   number),
					       ipmasq_verdict_name(d.to)[0], d.part_count);
	at += (size_t)snprintf(text + at, size - at, "R%s ",
			       ipmasq_diff_addresses(diff, family, false, IPMASQ_RETURN, number));
	snprintf(text + at, size - at, "M%s",
		 ipmasq_diff_addresses(diff, family, false, IPMASQ_MASQUERADE, number));
}

static const struct {
	const char *what;
	enum ipmasq_family family;
	const char *before, *after;
	const char *expected;
} rows[] = {
	{ "nothing", IPMASQ_IPV4, "", "", "R0 M0" },
	{ "other entries, the same verdicts", IPMASQ_IPV4, "nonMasqueradeCIDRs: [10.0.0.0/8]",
	  "nonMasqueradeCIDRs: [10.0.0.0/9, 10.128.0.0/9]", "R0 M0" },
	{ "one block over two entries", IPMASQ_IPV4,
	  "nonMasqueradeCIDRs: [10.0.0.0/9, 10.128.0.0/9]", "nonMasqueradeCIDRs: []",
	  "10.0.0.0/8>M[2] R0 M16777216" },
	{ "an entry over two blocks", IPMASQ_IPV4, "nonMasqueradeCIDRs: [10.0.0.0/8]",
	  "nonMasqueradeCIDRs: [10.64.0.0/10]", "10.0.0.0/10>M[1] 10.128.0.0/9>M[1] R0 M12582912" },
	{ "neighbours that go opposite ways", IPMASQ_IPV4, "nonMasqueradeCIDRs: [10.0.0.0/9]",
	  "nonMasqueradeCIDRs: [10.128.0.0/9]",
	  "10.0.0.0/9>M[1] 10.128.0.0/9>R[1] R8388608 M8388608" },
	{ "all of IPv4", IPMASQ_IPV4,
	  "nonMasqueradeCIDRs: []\nmasqLinkLocal: true\nmasqOutBound: true",
	  "nonMasqueradeCIDRs: [0.0.0.0/0]", "0.0.0.0/0>R[3] R4294967296 M0" },
	{ "all of IPv6, whose number of addresses needs 129 bits", IPMASQ_IPV6,
	  "masqLinkLocalIPv6: true\nmasqOutBoundIPv6: true",
	  "masqLinkLocalIPv6: true\nmasqOutBoundIPv6: false",
	  "::/0>R[1] R340282366920938463463374607431768211456 M0" },
	{ "a single address at either end", IPMASQ_IPV6, "masqOutBoundIPv6: false",
	  "masqOutBoundIPv6: false\nmasqueradeCIDRs: ['::/128', "
	  "'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128']",
	  "::>M[1] ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff>M[1] R0 M2" },
	{ "more than 64 bits", IPMASQ_IPV6, "", "nonMasqueradeCIDRs: ['fd00::/8', '2000::/64']",
	  "2000::/64>R[1] fd00::/8>R[1] R1329227995784915891350551133989896192 M0" },
};

static void test_known(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ipmasq_policy *policies[2] = { policy_of(rows[i].before),
						      policy_of(rows[i].after) };
		struct ipmasq_difference past;
		struct ipmasq_diff *diff = NULL;
		char text[1024];

		if (CHECK(ipmasq_diff_new(policies[0], policies[1], &diff) == 0, rows[i].what)) {
			size_t count = ipmasq_diff_count(diff);

			describe(diff, false, rows[i].family, text, sizeof(text));
			CHECK_STRING(text, rows[i].expected, rows[i].what);
			CHECK(ipmasq_diff_get(diff, count, &past, sizeof(past)) == -ERANGE,
			      rows[i].what);
		}
		ipmasq_diff_free(diff);
		ipmasq_policy_free(policies[0]);
		ipmasq_policy_free(policies[1]);
	}
}

/* Destinations of either family, then the sources of either. */
static void test_order(void)
{
	static const char expected[] = "10.0.0.0/8>M[1] fd00::/8>R[1] 192.0.2.0/24>R[1] "
				       "2001:db8::/32>M[1] R0 M16777216";
	struct ipmasq_policy *policies[2] = {
		policy_of("nonMasqueradeCIDRs: [10.0.0.0/8]\n"
			  "nonMasqueradeSrcCIDRs: ['2001:db8::/32']\n"),
		policy_of("nonMasqueradeCIDRs: ['fd00::/8']\n"
			  "nonMasqueradeSrcCIDRs: [192.0.2.0/24]\n"),
	};
	struct ipmasq_diff *diff = NULL;
	char text[1024];

	if (CHECK(ipmasq_diff_new(policies[0], policies[1], &diff) == 0, "diff")) {
		describe(diff, true, IPMASQ_IPV4, text, sizeof(text));
		CHECK_STRING(text, expected, "all four");
	}
	ipmasq_diff_free(diff);
	ipmasq_policy_free(policies[0]);
	ipmasq_policy_free(policies[1]);
}

/* Where IPv6 is off there are no rules for it, so none of it can differ. */
static void test_family_that_is_off(void)
{
	static const char *const texts[] = { "nonMasqueradeCIDRs: [10.0.0.0/8, 'fd00::/8']\n",
					     "nonMasqueradeCIDRs: []\n" };
	static const struct {
		enum ipmasq_mode modes[2];
		size_t count;
	} cases[] = {
		{ { IPMASQ_OFF, IPMASQ_OFF }, 1 },
		{ { IPMASQ_AUTO, IPMASQ_OFF }, 2 },
		{ { IPMASQ_OFF, IPMASQ_ON }, 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ipmasq_policy *policies[2] = { NULL, NULL };
		struct ipmasq_diff *diff = NULL;

		for (int k = 0; k < 2; k++)
			policies[k] = policy_with(texts[k], cases[i].modes[k]);
		CHECK(ipmasq_diff_new(policies[0], policies[1], &diff) == 0, "diff");
		CHECK(ipmasq_diff_count(diff) == cases[i].count, "differences");
		ipmasq_diff_free(diff);
		ipmasq_policy_free(policies[0]);
		ipmasq_policy_free(policies[1]);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "the differences are those of an oracle, in the fewest CIDRs", test_brute_force },
		{ "the same for the list of sources", test_sources },
		{ "known differences, their parts, and how many addresses change", test_known },
		{ "destinations come before sources, IPv4 before IPv6", test_order },
		{ "a family that is off in both differs in nothing", test_family_that_is_off },
	};

	return unit_main("diff", tests, ARRAY_SIZE(tests));
}
