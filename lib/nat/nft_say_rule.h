/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that nft has in JSON, in the words of `nft list ruleset`. */
#ifndef LIBIPMASQ_NAT_NFT_SAY_RULE_H
#define LIBIPMASQ_NAT_NFT_SAY_RULE_H

#include "nat/nft_say.h"

/* Writes the statements of a rule, with its comment. */
void nft_say_rule(const struct json_tree *tree, const struct json_node *rule, struct buf *out);

#endif
