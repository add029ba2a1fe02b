/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what `nft -j list ruleset` prints, of nft 0.9 to 1.1. */
#ifndef LIBIPMASQ_NAT_NFT_JSON_H
#define LIBIPMASQ_NAT_NFT_JSON_H

#include "nat/dump.h"

extern const struct nat_dump_format nft_json_format;

#endif
