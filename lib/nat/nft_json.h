/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what `nft -j list ruleset` prints, of nft 0.9 to 1.1. */
#ifndef LIBIPMASQ_NAT_NFT_JSON_H
#define LIBIPMASQ_NAT_NFT_JSON_H

#include "nat/dump.h"

/* Of a row of the table of formats; see dump.h. */
bool nft_json_begins(const char *text, size_t size);
size_t nft_json_length(const char *text, size_t size, struct nat_dump_hint *hint);
int nft_json_read(struct nat_reading *reading, const struct nat_dump *dump);

#endif
