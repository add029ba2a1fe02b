/* SPDX-License-Identifier: Apache-2.0 */
/* What the registers of nf_tables hold while a rule is read. */
#ifndef LIBIPMASQ_KERNEL_NAT_NFT_LOAD_H
#define LIBIPMASQ_KERNEL_NAT_NFT_LOAD_H

#include <libmnl/libmnl.h>

#include "util/prefix.h"

/* What was loaded, as far as a model knows it. */
enum nat_field {
	NAT_FIELD_NONE,
	NAT_FIELD_OTHER,
	NAT_FIELD_SOURCE,
	NAT_FIELD_DESTINATION,
	NAT_FIELD_PROTOCOL,
	NAT_FIELD_SOURCE_PORT,
	NAT_FIELD_DESTINATION_PORT,
	NAT_FIELD_IN_INDEX,
	NAT_FIELD_OUT_INDEX,
	NAT_FIELD_IN_NAME,
	NAT_FIELD_OUT_NAME,
	NAT_FIELD_MARK,
	NAT_FIELD_CONNECTION_MARK,
	NAT_FIELD_STATE,
	NAT_FIELD_STATUS,
	NAT_FIELD_FAMILY,
	NAT_FIELD_OWNER,
	NAT_FIELD_SOURCE_TYPE,
	NAT_FIELD_DESTINATION_TYPE,
	NAT_FIELD_CHANCE,
	/* A number of the rule itself. */
	NAT_FIELD_CONSTANT,
	NAT_FIELDS,
};

#define NAT_LOAD_BYTES 16

struct nat_load {
	enum nat_field field;
	/* Of addresses. */
	enum ipmasq_family family;
	/* In bytes. */
	uint32_t len;
	/* Of what comes from the packet; else `base` is UINT32_MAX. */
	uint32_t base;
	uint32_t offset;
	/* Ones for the bits that count. */
	uint8_t mask[NAT_LOAD_BYTES];
	/* Of NAT_FIELD_CONSTANT. */
	uint8_t value[NAT_LOAD_BYTES];
	/* The words of nft. */
	char name[48];
};

/* A value, or a range of values, that something is compared with. */
struct nat_value {
	uint8_t first[NAT_LOAD_BYTES];
	uint8_t last[NAT_LOAD_BYTES];
	bool negated;
	/* Of the comparison, for words: "", "< " and the like; and with what. */
	const char *sign;
	uint8_t than[NAT_LOAD_BYTES];
};

#define NAT_REGISTERS 16

struct nat_nft_registers {
	/* By the number of the register of four bytes where they begin. */
	struct nat_load loads[NAT_REGISTERS];
	/* Of the packets that come so far: of an inet table, not known at first. */
	bool family_known;
	enum ipmasq_family family;
	/* The protocol that packets have, 0: any. */
	unsigned int protocol;
};

/* The load in a register, whose number an attribute has; NULL: there is none of this number. */
struct nat_load *nat_nft_register(struct nat_nft_registers *r, const struct nlattr *data,
				  uint16_t type);

/* Each is for one expression, whose NFTA_EXPR_DATA is @data. False: it loads nothing, but sets
 * something. */
bool nat_nft_load_payload(struct nat_nft_registers *r, const struct nlattr *data);
bool nat_nft_load_meta(struct nat_nft_registers *r, const struct nlattr *data);
bool nat_nft_load_ct(struct nat_nft_registers *r, const struct nlattr *data);
bool nat_nft_load_fib(struct nat_nft_registers *r, const struct nlattr *data);
/* numgen and hash. */
bool nat_nft_load_chance(struct nat_nft_registers *r, const struct nlattr *data);
/* Any other; @name: how it is called, and @type: of its destination register. */
void nat_nft_load_other(struct nat_nft_registers *r, const struct nlattr *data, uint16_t type,
			const char *name);
void nat_nft_load_constant(struct nat_nft_registers *r, const struct nlattr *data);
void nat_nft_load_bitwise(struct nat_nft_registers *r, const struct nlattr *data);
void nat_nft_load_byteorder(struct nat_nft_registers *r, const struct nlattr *data);

/* The field that begins with byte @at of what was loaded from the packet, which may be a part of
 * it. */
struct nat_load nat_nft_load_part(const struct nat_load *load, uint32_t at);

#endif
