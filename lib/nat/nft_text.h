/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what `nft list ruleset` prints, of nft 0.9 to 1.1, with any of its options. */
#ifndef LIBIPMASQ_NAT_NFT_TEXT_H
#define LIBIPMASQ_NAT_NFT_TEXT_H

#include "nat/dump.h"

extern const struct nat_dump_format nft_text_format;

#endif
