/* SPDX-License-Identifier: Apache-2.0 */
#include "nat/nft_verdict.h"

#include <string.h>

bool nft_verdict_take(const struct nft_rule *rule, struct nft_words *words,
		      struct nft_decision *decision)
{
	static const struct {
		const char *word;
		enum nat_verdict verdict;
	} verdicts[] = {
		{ "accept", NAT_ACCEPT },     { "drop", NAT_DROP }, { "return", NAT_RETURN },
		{ "continue", NAT_CONTINUE }, { "jump", NAT_JUMP }, { "goto", NAT_GOTO },
		{ "queue", NAT_QUEUE },
	};

	*decision = (struct nft_decision){ .chain = NAT_NO_CHAIN };
	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++) {
		if (!nft_take(words, verdicts[i].word))
			continue;
		decision->verdict = verdicts[i].verdict;
		if (decision->verdict != NAT_JUMP && decision->verdict != NAT_GOTO)
			return true;
		if (nft_is_name(words)) {
			decision->chain = nft_find_name(&rule->table->chain_names, words->word);
			nft_next_within(words);
		}
		return true;
	}
	return false;
}

/* Takes `[address]` off the front of a text. */
static bool take_bracketed(struct nft_slice *text, struct nft_slice *address)
{
	const char *close = text->len ? memchr(text->text, ']', text->len) : NULL;

	if (!close || *text->text != '[')
		return false;
	*address = (struct nft_slice){ text->text + 1, (size_t)(close - text->text) - 1 };
	text->len -= (size_t)(close - text->text) + 1;
	text->text = close + 1;
	return true;
}

/* `[a]:port`, `[a]-[b]:port`: addresses of IPv6 with ports. */
static bool read_bracketed(struct nft_slice text, enum ipmasq_family *family, struct range *range)
{
	struct nft_slice first;
	struct nft_slice last;
	struct range end;

	if (!take_bracketed(&text, &first) || !nft_address_range(first, family, range))
		return false;
	if (text.len == 0 || *text.text != '-')
		return true;
	text.text++;
	text.len--;
	if (!take_bracketed(&text, &last) || !nft_address_range(last, family, &end))
		return false;
	range->last = end.last;
	return true;
}

/* An address of IPv4 ends at the only colon. */
static struct nft_slice without_port(struct nft_slice text)
{
	const char *colon = text.len ? memchr(text.text, ':', text.len) : NULL;
	struct nft_slice rest;

	if (!colon)
		return text;
	rest = (struct nft_slice){ colon + 1, text.len - (size_t)(colon - text.text) - 1 };
	if (rest.len == 0 || memchr(rest.text, ':', rest.len))
		return text;
	text.len -= rest.len + 1;
	return text;
}

void nft_to_read(struct nft_slice text, bool is_prefix, struct nft_decision *decision,
		 unsigned int *families)
{
	struct range range = { { 0, 0 }, { 0, 0 } };
	enum ipmasq_family family;

	*decision = (struct nft_decision){ .verdict = NAT_SNAT, .chain = NAT_NO_CHAIN };
	if (text.len > 0 && *text.text == '[') {
		if (!read_bracketed(text, &family, &range))
			return;
	} else if (!nft_address_range(without_port(text), &family, &range)) {
		return;
	}
	*families &= NAT_FAMILY(family);
	decision->to_known = true;
	decision->to_first = range.first;
	decision->to_last = range.last;
	if (is_prefix) {
		decision->verdict = NAT_NETMAP;
		decision->to_prefix = prefix_from_range(family, range.first, range.last);
		decision->to_known = addr_equal(prefix_last(&decision->to_prefix), range.last);
		if (!decision->to_known)
			decision->verdict = NAT_SNAT;
	}
}
