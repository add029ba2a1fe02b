/* SPDX-License-Identifier: Apache-2.0 */
#include "nat/nft_snat.h"

#include "nat/nft_map.h"
#include "nat/nft_verdict.h"

static void skip_flags(struct nft_words *words)
{
	static const char *const flags[] = { "random", "fully-random", "random-fully", "persistent",
					     ",",      "netmap" };

	while (nft_is_any(words) && words->kind != NFT_STRING &&
	       nft_slice_in(words->word, flags, ARRAY_SIZE(flags)))
		nft_next_within(words);
}

int nft_masquerade_read(struct nft_rule *rule, struct nft_words *words)
{
	if (nft_take(words, "to") && words->kind == NFT_WORD)
		nft_next_within(words);
	skip_flags(words);
	rule->decision.verdict = NAT_MASQUERADE;
	rule->decided = true;
	return 0;
}

/* `snat to ip saddr map { ... }`: each element is a case. */
static int read_mapped(struct nft_rule *rule, struct nft_words *words, bool is_prefix)
{
	struct nft_keys keys;

	rule->decision.verdict = NAT_SNAT;
	nft_keys_read(rule, words, &keys);
	if (!nft_take(words, "map"))
		return 0;
	return nft_map_read(rule, words, &keys, is_prefix ? NFT_MAP_TO_PREFIX : NFT_MAP_TO);
}

int nft_snat_read(struct nft_rule *rule, struct nft_words *words)
{
	struct nft_slice parts[NFT_PARTS_MAX];
	unsigned int families = NAT_BOTH_FAMILIES;
	bool is_prefix = false;
	int r;

	rule->decided = true;
	if (nft_is(words, "ip") || nft_is(words, "ip6")) {
		families = nft_families(words->word);
		nft_next_within(words);
	}
	/* `addr . port` and `interval` say what a map holds. */
	while (words->kind == NFT_WORD && !nft_is(words, "to")) {
		is_prefix |= nft_is(words, "prefix");
		nft_next_within(words);
	}
	if (nft_take(words, "to") && (nft_starts_key(words) || nft_is(words, "@"))) {
		r = nft_rule_families(rule, families);
		if (r == 0)
			r = read_mapped(rule, words, is_prefix);
		skip_flags(words);
		return r;
	}
	if (nft_is_name(words)) {
		parts[0] = words->word;
		nft_next_within(words);
	} else {
		parts[0] = (struct nft_slice){ "", 0 };
	}
	nft_to_read(parts[0], is_prefix, &rule->decision, &families);
	skip_flags(words);
	return nft_rule_families(rule, families);
}
