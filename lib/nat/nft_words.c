/* SPDX-License-Identifier: Apache-2.0 */
#include "nat/nft_words.h"

#include <string.h>

#include "util/ascii.h"

static bool is_sign(char c)
{
	return c != '\0' && strchr("{}(),=!<>&|^", c) != NULL;
}

static bool is_line_end(char c)
{
	return c == '\n' || c == ';';
}

/* What only separates words. Other control characters do too, so that no word has any. */
static bool is_gap(char c)
{
	return !is_line_end(c) && ((unsigned char)c <= ' ' || c == 0x7f);
}

static bool has_counter(const char *p, const char *end)
{
	static const char word[] = "counter";
	const char *found = end > p ? memmem(p, (size_t)(end - p), word, strlen(word)) : NULL;

	return found != NULL;
}

/* A rule of iptables has a counter, which tells it from a comment that somebody wrote. */
static void look_at_line(struct nft_words *words, const char *p)
{
	const char *begin = p;
	const char *end = memchr(p, '\n', (size_t)(words->end - p));

	while (begin > words->start && begin[-1] != '\n')
		begin--;
	words->hash_line = end ? end : words->end;
	words->hash_is_word = has_counter(begin, words->hash_line);
}

/* `# handle 5` at the end of a line, with nft -a. */
static bool is_handle(const char *p, const char *end)
{
	static const char handle[] = "# handle ";
	size_t len = strlen(handle);

	if ((size_t)(end - p) <= len || memcmp(p, handle, len) != 0)
		return false;
	for (p += len; p < end && ascii_is_digit(*p);)
		p++;
	return p == end || is_gap(*p) || *p == '\n';
}

/* At a hash: whether it begins a comment, which goes up to the end of the line. */
static bool begins_comment(struct nft_words *words, const char *p)
{
	if (!words->hash_line || p >= words->hash_line)
		look_at_line(words, p);
	return !words->hash_is_word || is_handle(p, words->hash_line);
}

static const char *skip_gaps(struct nft_words *words, const char *p)
{
	while (p < words->end && (is_gap(*p) || *p == '#')) {
		if (*p != '#')
			p++;
		else if (begins_comment(words, p))
			p = words->hash_line;
		else
			break;
	}
	return p;
}

static size_t sign_length(const char *p, const char *end)
{
	if (end - p < 2)
		return 1;
	if (p[1] == '=' && strchr("=!<>", p[0]))
		return 2;
	return p[1] == p[0] && (p[0] == '<' || p[0] == '>') ? 2 : 1;
}

/* Quotes have no escapes, and end with the line at the latest. */
static void take_string(struct nft_words *words, const char *p)
{
	const char *close = p + 1;

	while (close < words->end && *close != '"' && *close != '\n')
		close++;
	words->kind = NFT_STRING;
	words->word = (struct nft_slice){ p + 1, (size_t)(close - p) - 1 };
	words->after = close < words->end && *close == '"' ? close + 1 : close;
}

static void take_word(struct nft_words *words, const char *p)
{
	const char *after = p;

	while (after < words->end && !is_gap(*after) && !is_line_end(*after) && !is_sign(*after) &&
	       *after != '"')
		after++;
	words->kind = NFT_WORD;
	words->word = (struct nft_slice){ p, (size_t)(after - p) };
	words->after = after;
}

void nft_next(struct nft_words *words)
{
	const char *p = skip_gaps(words, words->after);

	words->before = words->after;
	words->begin = p;
	words->after = p;
	words->word = (struct nft_slice){ p, 0 };
	if (p == words->end) {
		words->kind = NFT_END;
	} else if (is_line_end(*p)) {
		words->kind = NFT_LINE;
		words->after = p + 1;
	} else if (*p == '"') {
		take_string(words, p);
	} else if (is_sign(*p)) {
		words->kind = NFT_SIGN;
		words->word.len = sign_length(p, words->end);
		words->after = p + words->word.len;
	} else if (*p == '#') {
		words->kind = NFT_WORD;
		words->word.len = 1;
		words->after = p + 1;
	} else {
		take_word(words, p);
	}
}

void nft_next_within(struct nft_words *words)
{
	do
		nft_next(words);
	while (words->kind == NFT_LINE);
}

struct nft_words nft_words_of(const char *text, size_t len)
{
	const char *begin = text ? text : "";
	struct nft_words words = { .start = begin, .after = begin, .end = begin + len };

	nft_next(&words);
	return words;
}

bool nft_slice_is(struct nft_slice slice, const char *word)
{
	size_t len = strlen(word);

	return slice.len == len && memcmp(slice.text, word, len) == 0;
}

bool nft_slice_in(struct nft_slice slice, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (nft_slice_is(slice, words[i]))
			return true;
	}
	return false;
}

bool nft_is(const struct nft_words *words, const char *word)
{
	return (words->kind == NFT_WORD || words->kind == NFT_SIGN) &&
	       nft_slice_is(words->word, word);
}

bool nft_take(struct nft_words *words, const char *word)
{
	if (!nft_is(words, word))
		return false;
	nft_next_within(words);
	return true;
}

bool nft_skip_braces(struct nft_words *words, struct nft_slice *inside)
{
	const char *begin = words->after;
	size_t depth = 0;

	for (; words->kind != NFT_END; nft_next_within(words)) {
		if (nft_is(words, "{") || nft_is(words, "("))
			depth++;
		else if (nft_is(words, "}") || nft_is(words, ")"))
			depth--;
		if (depth == 0)
			break;
	}
	if (inside)
		*inside = (struct nft_slice){ begin, (size_t)(words->begin - begin) };
	if (words->kind == NFT_END)
		return false;
	nft_next(words);
	return true;
}
