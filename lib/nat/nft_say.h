/* SPDX-License-Identifier: Apache-2.0 */
/* What nft has in JSON, in the words of `nft list ruleset`, so that both are read alike. */
#ifndef LIBIPMASQ_NAT_NFT_SAY_H
#define LIBIPMASQ_NAT_NFT_SAY_H

#include "nat/json_tree.h"

/* How values are written, for what they are compared with. */
enum nft_say_kind {
	NFT_SAY_PLAIN,
	/* In quotes. */
	NFT_SAY_NAMES,
	/* In hexadecimal digits. */
	NFT_SAY_MARKS,
};

/* The kind of a key, such as {"meta": {"key": "mark"}}, or of a type of elements. */
enum nft_say_kind nft_say_kind_of_key(const struct json_tree *tree, const struct json_node *key);
enum nft_say_kind nft_say_kind_of_type(const char *type);

/* Whether nft has this expression in words that the reader of rules does not know. */
bool nft_say_is_other(const struct json_tree *tree, const struct json_node *node);

/* Write an expression, a word, or a text in quotes. */
void nft_say(const struct json_tree *tree, const struct json_node *node, enum nft_say_kind kind,
	     struct buf *out);
void nft_say_word(const char *word, struct buf *out);
void nft_say_quoted(const char *text, struct buf *out);

/* Writes the elements of a set, the parts of which are of these kinds. */
#define NFT_SAY_KINDS 16
void nft_say_elements(const struct json_tree *tree, const struct json_node *list,
		      const enum nft_say_kind kinds[NFT_SAY_KINDS], struct buf *out);

#endif
