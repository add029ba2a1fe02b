/* SPDX-License-Identifier: Apache-2.0 */
#include "nat/nft_lines.h"

/* `srcnat + 5`, `filter`, `-150`. */
static int read_priority(struct nft_words *words)
{
	bool negative;
	int priority = 0;
	int offset = 0;

	if (words->kind != NFT_WORD || !nft_priority(words->word, &priority))
		return 0;
	nft_next(words);
	negative = nft_is(words, "-");
	if (!negative && !nft_is(words, "+"))
		return priority;
	nft_next(words);
	if (words->kind == NFT_WORD && nft_priority(words->word, &offset))
		nft_next(words);
	/* The sum of two numbers of 32 bits fits. */
	return (int)((long long)priority + (negative ? -(long long)offset : offset));
}

/* `type nat hook postrouting priority srcnat`. */
static void read_base(struct nft_chain *chain, struct nft_words *words)
{
	struct nft_slice type;

	nft_next(words);
	type = words->word;
	nft_next(words);
	if (!nft_is(words, "hook"))
		return;
	nft_next(words);
	nft_set_base(chain, type, words->word);
	while (nft_is_any(words) && !nft_is(words, "priority"))
		nft_next(words);
	if (nft_is(words, "priority")) {
		nft_next(words);
		chain->priority = read_priority(words);
	}
}

/* `comment "..."` by itself: since nft 1.1 rules may begin with theirs. */
static bool is_comment(const struct nft_words *words)
{
	struct nft_words next = *words;

	if (!nft_is(words, "comment"))
		return false;
	nft_next(&next);
	nft_next(&next);
	return !nft_is_any(&next);
}

/* What is said of the chain itself. False: it is a rule. */
static bool read_of_chain(struct nft_chain *chain, struct nft_words *words)
{
	if (nft_is(words, "type")) {
		read_base(chain, words);
	} else if (nft_is(words, "policy")) {
		nft_next(words);
		chain->policy = nft_is(words, "drop") ? NAT_DROP : NAT_ACCEPT;
	} else if (!is_comment(words) && !nft_is(words, "devices") && !nft_is(words, "flags") &&
		   !nft_is(words, "device")) {
		return false;
	}
	while (nft_is_any(words))
		nft_next(words);
	return true;
}

/* Passes over a rule, and takes a note of what tells who made it. */
static struct nft_slice read_rule(struct nft_table *table, struct nft_words *words)
{
	const char *begin = words->begin;
	bool counted = false;

	while (nft_is_any(words)) {
		counted |= nft_is(words, "counter");
		table->has_xt |= nft_is(words, "xt") || nft_is(words, "#");
		if (nft_is(words, "{") || nft_is(words, "("))
			(void)nft_skip_braces(words, NULL);
		else
			nft_next(words);
	}
	table->rule_count++;
	table->uncounted += !counted;
	return (struct nft_slice){ begin, (size_t)(words->before - begin) };
}

int nft_add_lines(struct nft_table *table, struct nft_chain *chain, struct nft_slice body)
{
	struct nft_words words = nft_words_of(body.text, body.len);
	int r = 0;

	while (r == 0 && words.kind != NFT_END) {
		if (words.kind == NFT_LINE)
			nft_next(&words);
		else if (!read_of_chain(chain, &words))
			r = nft_add_rule(chain, read_rule(table, &words));
	}
	return r;
}
