/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of `nft list ruleset`, without their blanks and comments.
 *
 * nft before 1.0.6 lists a match or target of iptables that it cannot translate as `# ` and the
 * words of `iptables -L`, or as `# xt_NAME`, with the rest of the rule after it. Then the hash is a
 * word.
 */
#ifndef LIBIPMASQ_NAT_NFT_WORDS_H
#define LIBIPMASQ_NAT_NFT_WORDS_H

#include "util/common.h"

/* A stretch of a text, which belongs to somebody else. */
struct nft_slice {
	const char *text;
	size_t len;
};

enum nft_word_kind {
	/* The end of the stretch. */
	NFT_END,
	/* The end of a line, or a semicolon. */
	NFT_LINE,
	NFT_WORD,
	/* In quotes, which are not part of it. */
	NFT_STRING,
	/* One of { } ( ) , = ! < > & | ^, or == != <= >= << >>. */
	NFT_SIGN,
};

/* A word, and what comes after it. Copies go on from there by themselves. */
struct nft_words {
	enum nft_word_kind kind;
	struct nft_slice word;
	/* Where the word before it ended, and where it begins and ends in the text, with its
	 * quotes. */
	const char *before;
	const char *begin;
	const char *after;
	const char *end;
	/* Where the stretch begins. */
	const char *start;
	/* The end of the line whose hashes are looked at, and whether they are words. */
	const char *hash_line;
	bool hash_is_word;
};

/* Begins with the first word of a stretch, which may be NULL where it is empty. */
struct nft_words nft_words_of(const char *text, size_t len);

/* Goes on to the next word. At the end it stays there. */
void nft_next(struct nft_words *words);

/* The same, but over ends of lines. */
void nft_next_within(struct nft_words *words);

/* Whether it is at this word, not in quotes, or at this sign. */
bool nft_is(const struct nft_words *words, const char *word);

/* The same; if so, goes on to the next within a statement. */
bool nft_take(struct nft_words *words, const char *word);

/* From an opening brace or parenthesis to the word after the one that closes it. False: it is never
 * closed, and all that is left is inside. @inside: what is between them; may be NULL. */
bool nft_skip_braces(struct nft_words *words, struct nft_slice *inside);

static inline bool nft_is_name(const struct nft_words *words)
{
	return words->kind == NFT_WORD || words->kind == NFT_STRING;
}

/* At a word, in quotes or not, or a sign. */
static inline bool nft_is_any(const struct nft_words *words)
{
	return words->kind != NFT_END && words->kind != NFT_LINE;
}

bool nft_slice_is(struct nft_slice slice, const char *word);

/* Whether it is one of @count words. */
bool nft_slice_in(struct nft_slice slice, const char *const *words, size_t count);

#endif
