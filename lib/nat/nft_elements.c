/* SPDX-License-Identifier: Apache-2.0 */
#include "nat/nft_elements.h"

struct nft_words nft_elements(struct nft_slice elements)
{
	struct nft_words words = nft_words_of(elements.text, elements.len);

	while (words.kind == NFT_LINE)
		nft_next(&words);
	return words;
}

/* What may stand after the value of an element. */
static bool at_attribute(const struct nft_words *words)
{
	static const char *const attributes[] = { "timeout", "expires", "comment", "counter",
						  "limit",   "quota",	"ct",	   "last",
						  ":",	     "." };

	return words->kind == NFT_WORD &&
	       nft_slice_in(words->word, attributes, ARRAY_SIZE(attributes));
}

static bool at_part_end(const struct nft_words *words)
{
	return words->kind == NFT_END || at_attribute(words) || nft_is(words, ",") ||
	       nft_is(words, "}");
}

/* One part: mostly one word, but of several as it stands. */
static struct nft_slice read_part(struct nft_words *words)
{
	struct nft_slice part = words->word;
	const char *begin = words->begin;
	size_t count = 0;

	for (; !at_part_end(words); count++) {
		if (nft_is(words, "{") || nft_is(words, "("))
			(void)nft_skip_braces(words, NULL);
		else
			nft_next_within(words);
		while (words->kind == NFT_LINE)
			nft_next(words);
	}
	if (count != 1)
		part = (struct nft_slice){ begin, (size_t)(words->before - begin) };
	if (count == 0)
		part.len = 0;
	return part;
}

size_t nft_parts_read(struct nft_words *words, struct nft_slice parts[NFT_PARTS_MAX])
{
	size_t count = 0;

	do {
		struct nft_slice part = read_part(words);

		if (count < NFT_PARTS_MAX)
			parts[count++] = part;
	} while (nft_take(words, "."));
	return count;
}

/* From an attribute up to the data or the next element. */
static void skip_attributes(struct nft_words *words, struct nft_element *element)
{
	while (words->kind != NFT_END && !nft_is(words, ",") && !nft_is(words, ":")) {
		if (nft_is(words, "limit") || nft_is(words, "quota") || nft_is(words, "ct"))
			element->is_conditional = true;
		if (nft_is(words, "{") || nft_is(words, "("))
			(void)nft_skip_braces(words, NULL);
		else
			nft_next_within(words);
		while (words->kind == NFT_LINE)
			nft_next(words);
	}
}

bool nft_element_next(struct nft_words *words, struct nft_element *element)
{
	const char *begin;

	while (nft_take(words, ","))
		;
	if (words->kind == NFT_END)
		return false;
	begin = words->begin;
	*element = (struct nft_element){ .count = 0 };
	element->count = nft_parts_read(words, element->parts);
	element->is_any = element->count == 1 && nft_slice_is(element->parts[0], "*");
	skip_attributes(words, element);
	if (nft_take(words, ":")) {
		element->has_data = true;
		element->data = *words;
		while (words->kind != NFT_END && !nft_is(words, ",")) {
			if (nft_is(words, "{") || nft_is(words, "("))
				(void)nft_skip_braces(words, NULL);
			else
				nft_next_within(words);
		}
	}
	element->text = (struct nft_slice){ begin, (size_t)(words->before - begin) };
	return true;
}
