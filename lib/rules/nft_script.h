/* SPDX-License-Identifier: Apache-2.0 */
/* Rulesets as text for nft. */
#ifndef LIBIPMASQ_NFT_SCRIPT_H
#define LIBIPMASQ_NFT_SCRIPT_H

#include "rules/nft_form.h"
#include "util/buf.h"

/*
 * Writes the table of a ruleset whose policy is set, as `nft -f` takes it from nft 1.0.1 on, for a
 * node that does not have it. Each rule, and each element of a map, is on a line of its own.
 *
 * Maps are written in the rule that looks them up, since nft before 1.0.3 has no name for the type
 * of a key that is part of an IPv6 address.
 */
void nft_script_write(struct buf *buf, const struct ipmasq_ruleset *ruleset);

/* Which rule of the model is on line number @line (from 1). False: none. */
bool nft_script_at(const struct ipmasq_ruleset *ruleset, size_t line, size_t *chain, size_t *rule);

/* The rule as a command, without the newline: "add rule ip ipmasq CHAIN ...". Of a map it has the
 * one element. */
void nft_script_write_rule(struct buf *buf, const struct ipmasq_ruleset *ruleset, size_t chain,
			   size_t rule);

/* Its parts: a rule without its comment, a look-up up to "vmap {", and an element of one. */
void nft_script_put_rule(struct buf *buf, const struct ipmasq_ruleset *ruleset,
			 const struct rule *rule);
void nft_script_put_key(struct buf *buf, const struct ipmasq_ruleset *ruleset,
			const struct nft_item *item);
void nft_script_put_element(struct buf *buf, const struct ipmasq_ruleset *ruleset,
			    const struct nft_item *item, const struct rule *element);

#endif
