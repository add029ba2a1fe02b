/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lists of converted policies are the shortest: found by trying all. Eight blocks of addresses
 * lie side by side in one CIDR; sets of them are masks. What is around them is masqueraded.
 */
#include "support/convert_check.h"
#include "support/unit.h"
#include "util/common.h"

#define BLOCKS	 8
#define MASKS	 (1u << BLOCKS)
#define PREFIXES 15
#define NO_WAY	 1000u

/* The CIDRs in the one, as masks. */
static void list_prefixes(unsigned int prefixes[PREFIXES])
{
	size_t count = 0;

	for (unsigned int size = 1; size <= BLOCKS; size *= 2)
		for (unsigned int first = 0; first < BLOCKS; first += size)
			prefixes[count++] = ((1u << size) - 1) << first;
}

/* The fewest CIDRs inside @allowed whose union is a mask, for each mask. */
static void count_unions(unsigned int allowed, unsigned int fewest[MASKS])
{
	unsigned int prefixes[PREFIXES];
	bool changed = true;

	list_prefixes(prefixes);
	for (unsigned int mask = 0; mask < MASKS; mask++)
		fewest[mask] = mask ? NO_WAY : 0;
	while (changed) {
		changed = false;
		for (unsigned int mask = 0; mask < MASKS; mask++)
			for (size_t i = 0; i < PREFIXES; i++) {
				unsigned int next = mask | prefixes[i];

				if ((prefixes[i] & ~allowed) || fewest[next] <= fewest[mask] + 1)
					continue;
				fewest[next] = fewest[mask] + 1;
				changed = true;
			}
	}
}

/* @covered is left alone without an entry. */
static unsigned int fewest_entries(unsigned int returned, unsigned int covered, bool exceptions)
{
	unsigned int covers[MASKS], excepted[MASKS], fewest = NO_WAY;
	unsigned int masqueraded = (MASKS - 1) & ~returned;

	count_unions(MASKS - 1, covers);
	count_unions(exceptions ? masqueraded : 0, excepted);
	for (unsigned int cover = 0; cover < MASKS; cover++) {
		if (returned & ~(cover | covered))
			continue;
		for (unsigned int exception = 0; exception < MASKS; exception++)
			if (!((cover | covered) & masqueraded & ~exception) &&
			    covers[cover] + excepted[exception] < fewest)
				fewest = covers[cover] + excepted[exception];
	}
	return fewest;
}

static const struct space {
	const char *what;
	/* printf() makes block number N of it. */
	const char *block;
	/* Blocks that are link-local. */
	unsigned int link_local;
	enum ipmasq_family family;
} spaces[] = {
	{ "IPv4 hosts", "10.20.30.%u/32", 0, IPMASQ_IPV4 },
	{ "IPv6 hosts", "2001:db8::%u/128", 0, IPMASQ_IPV6 },
	{ "IPv4 around link-local", "169.%u.0.0/16", 1u << 6, IPMASQ_IPV4 },
	{ "IPv6 around link-local", "%x::/10", 1u << 2, IPMASQ_IPV6 },
};

static void put_block(char *text, size_t size, const struct space *space, unsigned int number)
{
	unsigned int value = number;

	if (space->link_local)
		value = space->family == IPMASQ_IPV4 ? 248 + number : 0xfe00 + number * 0x40;
	snprintf(text + strlen(text), size - strlen(text), "- ");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text + strlen(text), size - strlen(text), space->block, value);
#pragma GCC diagnostic pop
	snprintf(text + strlen(text), size - strlen(text), "\n");
}

static size_t count_entries(const char *text)
{
	size_t count = 0;

	while (text && *text) {
		count += strncmp(text, "- ", 2) == 0;
		text = strchr(text, '\n');
		if (text)
			text++;
	}
	return count;
}

static void check_shortest(const struct space *space, unsigned int returned, const char *profile,
			   bool exceptions)
{
	struct ipmasq_options *from = options_of("default", IPMASQ_ON);
	struct ipmasq_options *to = options_of(profile, IPMASQ_ON);
	char written[1024] = "masqLinkLocal: true\nmasqLinkLocalIPv6: true\nnonMasqueradeCIDRs:\n";
	unsigned int expected = fewest_entries(returned, 0, exceptions);
	unsigned int with_link_local = fewest_entries(returned, space->link_local, exceptions);
	struct ipmasq_policy *policy;
	char *text = NULL;

	for (unsigned int i = 0; i < BLOCKS; i++)
		if (returned & (1u << i))
			put_block(written, sizeof(written), space, i);
	/* The link-local range of the other family is left out of this. */
	strcat(written, space->family == IPMASQ_IPV4 ? "- fe80::/10\n" : "- 169.254.0.0/16\n");
	if (!space->link_local)
		strcat(written,
		       space->family == IPMASQ_IPV4 ? "- 169.254.0.0/16\n" : "- fe80::/10\n");
	expected = with_link_local < expected ? with_link_local : expected;
	policy = read_policy(written, from);
	if (CHECK(ipmasq_policy_convert(policy, to, NULL, &text) == 0, written))
		CHECK(count_entries(text) == expected, text);
	free(text);
	ipmasq_policy_free(policy);
	ipmasq_options_free(from);
	ipmasq_options_free(to);
}

static void test_shortest(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(spaces); i++)
		for (unsigned int returned = 0; returned < MASKS;
		     returned += unit_small() ? 17 : 1) {
			check_shortest(&spaces[i], returned, "default", true);
			check_shortest(&spaces[i], returned, "kubernetes", false);
		}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "no lists are shorter", test_shortest },
	};

	return unit_main("shortest", tests, ARRAY_SIZE(tests));
}
