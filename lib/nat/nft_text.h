/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what `nft list ruleset` prints, of nft 0.9 to 1.1, with any of its options. */
#ifndef LIBIPMASQ_NAT_NFT_TEXT_H
#define LIBIPMASQ_NAT_NFT_TEXT_H

#include "nat/dump.h"

/* Of a row of the table of formats; see dump.h. */
bool nft_text_begins(const char *text, size_t size);
size_t nft_text_length(const char *text, size_t size, struct nat_dump_hint *hint);
int nft_text_read(struct nat_reading *reading, const struct nat_dump *dump);

#endif
