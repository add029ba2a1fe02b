/* SPDX-License-Identifier: Apache-2.0 */
/* The elements of a set or map, one by one. */
#ifndef LIBIPMASQ_NAT_NFT_ELEMENTS_H
#define LIBIPMASQ_NAT_NFT_ELEMENTS_H

#include "nat/nft_words.h"

/* More parts of a concatenation than the kernel takes. */
#define NFT_PARTS_MAX 16

struct nft_element {
	/* The parts of a concatenation; one, where it is none. */
	struct nft_slice parts[NFT_PARTS_MAX];
	size_t count;
	/* It holds where no other element does: `*`. */
	bool is_any;
	/* It has a limit or the like, so that it may not hold. */
	bool is_conditional;
	/* Of a map: from the first word of what it leads to. */
	bool has_data;
	struct nft_words data;
	struct nft_slice text;
};

/* The first word of the elements. */
struct nft_words nft_elements(struct nft_slice elements);

/* Takes the next element. False: there are no more. */
bool nft_element_next(struct nft_words *words, struct nft_element *element);

/* Reads parts, such as `1.1.1.1 . 80`, up to a word that is none of them. Returns how many. */
size_t nft_parts_read(struct nft_words *words, struct nft_slice parts[NFT_PARTS_MAX]);

#endif
