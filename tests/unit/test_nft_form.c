/* SPDX-License-Identifier: Apache-2.0 */
/* Rulesets as nftables has them: the names of chains, and where a chain has rules and maps. */
#include "rules/nft_form.h"

#include "support/unit.h"

static void test_names(void)
{
	static const struct {
		const char *chain;
		const char *name;
	} rows[] = {
		{ "IP-MASQ-AGENT", "IP-MASQ-AGENT" },
		{ "IP-MASQ.12ab.a0a00000008", "IP-MASQ.12ab.a0a00000008" },
		/* A word of nft's language, and what cannot begin one of its names. */
		{ "accept", "X/61ccept" },
		{ "_A", "X/5fA" },
		{ "1", "X/31" },
		/* The mark itself, so that no two names become one. */
		{ "XA", "X/58A" },
		{ "X/61ccept", "X/58/2f61ccept" },
		{ "A:B", "A/3aB" },
		{ "A/3aB", "A/2f3aB" },
		{ "M\xc3\xa4", "M/c3/a4" },
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
		  "\xff"
		  "\xff\xff\xff\xff\xff\xff\xff",
		  "X/ff/ff/ff/ff/ff/ff/ff/ff/ff/ff/ff/ff/ff/ff/ff/ff/ff/ff/ff/ff/ff/ff/ff/ff/ff/ff"
		  "/ff/ff" },
	};
	static const char *const foreign[] = {
		"",
		"accept",
		"X",
		"A/",
		"A/3",
		"A/3A",
		"A/41",
		"A/00",
		"X/41",
		"XABC",
		"A B",
		"A:B",
		"ABCDEFGHIJKLMNOPQRSTUVWYZABCD",
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char name[NFT_NAME_MAX + 1];
		char chain[CHAIN_NAME_MAX + 1] = "";

		nft_name(rows[i].chain, name);
		CHECK_STRING(name, rows[i].name, rows[i].chain);
		CHECK(nft_name_read(name, chain), name);
		CHECK_STRING(chain, rows[i].chain, name);
	}
	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
		char chain[CHAIN_NAME_MAX + 1];

		CHECK(!nft_name_read(foreign[i], chain), foreign[i]);
	}
}

/* Lines of "MAP? SOURCE DESTINATION" become rules, of IPv6 where there is a colon. */
static struct rule rule_of(bool in_map, const char *src, const char *dst)
{
	struct rule rule = rule_any(IPMASQ_IPV4);

	CHECK(!src || prefix_parse(src, strlen(src), &rule.src) == PREFIX_OK, src);
	CHECK(!dst || prefix_parse(dst, strlen(dst), &rule.dst) == PREFIX_OK, dst);
	rule.in_map = in_map;
	return rule;
}

static void test_items(void)
{
	static const struct {
		bool in_map;
		const char *src;
		const char *dst;
		/* Of the item that begins here: how many rules, and its key. */
		size_t count;
		struct nft_key key;
	} rows[] = {
		{ false, NULL, "10.0.0.0/8", 1, { false, 0, 0 } },
		{ true, NULL, "10.0.0.0/16", 2, { false, 4, 16 } },
		{ true, NULL, "10.1.0.0/16", 0, { false, 0, 0 } },
		{ true, NULL, "10.2.0.0/15", 3, { false, 4, 15 } },
		{ true, NULL, "10.4.0.0/15", 0, { false, 0, 0 } },
		{ true, NULL, "10.6.0.0/15", 0, { false, 0, 0 } },
		{ true, "10.6.0.0/15", NULL, 1, { true, 4, 15 } },
		{ false, NULL, "10.6.0.0/15", 1, { false, 0, 0 } },
		{ true, NULL, "2001:db8::/32", 1, { false, 4, 32 } },
		{ true, NULL, "2001:db8::/33", 1, { false, 8, 33 } },
		{ true, NULL, "2001:db8::/64", 1, { false, 8, 64 } },
		{ true, NULL, "2001:db8::1/128", 1, { false, 16, 128 } },
		{ false, NULL, NULL, 1, { false, 0, 0 } },
	};
	struct chain chain = { 0 };
	struct nft_item item;
	size_t at = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct rule rule = rule_of(rows[i].in_map, rows[i].src, rows[i].dst);

		CHECK(chain_add_rule(&chain, &rule) == 0, "memory");
	}
	while (nft_item_next(&chain, &at, &item)) {
		size_t first = (size_t)(item.rules - chain.rules);
		char what[32];

		snprintf(what, sizeof(what), "rule %zu", first);
		CHECK(item.count == rows[first].count, what);
		CHECK(item.key.source == rows[first].key.source, what);
		CHECK(item.key.size == rows[first].key.size, what);
		CHECK(item.key.bits == rows[first].key.bits, what);
	}
	CHECK(at == ARRAY_SIZE(rows), "all were taken");
	free(chain.rules);
}

static void test_element_keys(void)
{
	static const uint8_t v4[] = { 10, 2, 0, 0 };
	static const uint8_t v6[] = { 0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0 };
	struct rule rules[] = { rule_of(true, NULL, "10.0.0.0/15"),
				rule_of(true, NULL, "10.2.0.0/15"),
				rule_of(true, "2001:db8:1::/48", NULL) };
	struct nft_item item = { rules, 2, { false, 4, 15 } };
	uint8_t key[16];

	nft_element_key(&item, 1, key);
	CHECK(memcmp(key, v4, sizeof(v4)) == 0, "IPv4");
	item.key = (struct nft_key){ true, 8, 48 };
	nft_element_key(&item, 2, key);
	CHECK(memcmp(key, v6, sizeof(v6)) == 0, "IPv6, a source");
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "names can be read by nft, and read back", test_names },
		{ "chains are divided into rules and maps", test_items },
		{ "keys of elements", test_element_keys },
	};

	return unit_main("nft_form", tests, ARRAY_SIZE(tests));
}
