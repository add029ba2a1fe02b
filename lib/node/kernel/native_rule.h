/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of our native tables as expressions of nf_tables, and back. */
#ifndef LIBIPMASQ_KERNEL_NATIVE_RULE_H
#define LIBIPMASQ_KERNEL_NATIVE_RULE_H

#include <libmnl/libmnl.h>

#include "rules/ruleset.h"

/* A look-up in a verdict map, by the first bits of an address. */
struct native_lookup {
	/* NULL: the rule has none. */
	const char *map;
	bool by_source;
	/* How many bits of the address count; the key has so many bytes, of which the bits behind
	 * them are 0. */
	uint8_t bits;
	uint8_t key_len;
};

struct native_rule {
	/* Its conditions, which no look-up has, and its target. */
	struct rule rule;
	/* Where TARGET_GOTO leads to; NULL otherwise. */
	const char *chain;
	struct native_lookup lookup;
};

/* What was understood of something that the kernel shows. */
enum native_sight {
	/* All there is to it. */
	NATIVE_KNOWN,
	/* We never write such a thing. */
	NATIVE_DIFFERS,
	/* It cannot be told whether we would. */
	NATIVE_UNCLEAR,
};

/* Adds the attribute NFTA_RULE_EXPRESSIONS. */
void native_rule_write(struct nlmsghdr *message, enum ipmasq_family family,
		       const struct native_rule *rule);

/* Adds a verdict as an attribute of that type: RETURN, or a goto to @chain. */
void native_put_verdict(struct nlmsghdr *message, uint16_t type, const char *chain);

/* @expressions: an attribute NFTA_RULE_EXPRESSIONS, or NULL. The names of @rule stay in it. */
enum native_sight native_rule_read(enum ipmasq_family family, const struct nlattr *expressions,
				   struct native_rule *rule);

/* Reads an attribute that holds a verdict. @chain: where a goto leads, or NULL for RETURN. */
enum native_sight native_read_verdict(const struct nlattr *data, const char **chain);

/* Attributes of 32 bits in network order. */
void native_put_u32(struct nlmsghdr *message, uint16_t type, uint32_t number);

#endif
