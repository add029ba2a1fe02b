/* SPDX-License-Identifier: Apache-2.0 */
/* The key with which a rule of nf_tables looks into a set, in parts, and the words for that. */
#include "node/kernel/nat_nft_key.h"

#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <string.h>

/* How many elements of a set without a name are written. */
#define SHOWN_MAX 8

void nat_nft_find_parts(struct nat_nft_lookup *l, const struct nlattr *data)
{
	struct nat_nft_registers *registers = &l->r->registers;
	const struct nat_load *first = nat_nft_register(registers, data, NFTA_LOOKUP_SREG);
	size_t slot = first ? (size_t)(first - registers->loads) : NAT_REGISTERS;
	uint32_t at = 0;

	while (at < l->set->key_len && slot < NAT_REGISTERS) {
		const struct nat_load *load = &registers->loads[slot];
		struct nat_nft_part part = { .load = nat_nft_load_part(load, 0), .at = at };

		/* The length of what is not known is not either. */
		if (load->field == NAT_FIELD_NONE || load->field == NAT_FIELD_OTHER ||
		    part.load.len != load->len || load->len == 0 ||
		    load->len > l->set->key_len - at)
			part.load.field = NAT_FIELD_OTHER;
		l->parts[l->count++] = part;
		if (part.load.field == NAT_FIELD_OTHER)
			return;
		at += (load->len + 3) & ~3u;
		slot += (load->len + 3) / 4;
	}
}

void nat_nft_key_value(const struct nat_nft_lookup *l, const struct nat_nft_part *part,
		       const struct nat_nft_element *element, struct nat_value *value)
{
	uint8_t first[NAT_NFT_KEY_MAX];
	uint8_t last[NAT_NFT_KEY_MAX];

	nat_nft_element_range(l->set, element, first, last);
	*value = (struct nat_value){ .sign = l->inverted ? "!= " : "", .negated = l->inverted };
	if (part->load.field == NAT_FIELD_OTHER || part->load.len > NAT_LOAD_BYTES)
		return;
	memcpy(value->first, first + part->at, part->load.len);
	memcpy(value->last, last + part->at, part->load.len);
	memcpy(value->than, first + part->at, part->load.len);
}

static void show_element(struct nat_nft_lookup *l, const struct nat_nft_part *part,
			 const struct nat_nft_element *element)
{
	char text[2 * PREFIX_TEXT_MAX] = "?";
	struct nat_value value;
	struct addr first;
	struct addr last;

	nat_nft_key_value(l, part, element, &value);
	switch (part->load.field) {
	case NAT_FIELD_SOURCE:
	case NAT_FIELD_DESTINATION:
		if (nat_nft_address_range(&part->load, &value, &first, &last))
			nat_nft_format_range(part->load.family, first, last, text);
		break;
	case NAT_FIELD_SOURCE_PORT:
	case NAT_FIELD_DESTINATION_PORT:
		snprintf(text, sizeof(text), "%u", value.first[0] << 8 | value.first[1]);
		break;
	case NAT_FIELD_PROTOCOL:
		snprintf(text, sizeof(text), "%s",
			 nat_protocol_name(value.first[0], (char[NAT_PROTOCOL_TEXT_MAX]){ 0 }));
		break;
	case NAT_FIELD_IN_NAME:
	case NAT_FIELD_OUT_NAME:
		snprintf(text, sizeof(text), "\"%.16s\"", (const char *)value.first);
		break;
	default:
		break;
	}
	buf_puts(&l->words, text);
}

static void show_elements(struct nat_nft_lookup *l)
{
	buf_puts(&l->words, "{ ");
	for (size_t i = 0; i < l->set->count && i < SHOWN_MAX; i++) {
		if (i > 0)
			buf_puts(&l->words, ", ");
		for (size_t j = 0; j < l->count; j++) {
			if (j > 0)
				buf_puts(&l->words, " . ");
			show_element(l, &l->parts[j], &l->set->elements[i]);
		}
	}
	buf_puts(&l->words, l->set->count > SHOWN_MAX ? ", ... }" : " }");
}

static const char *field_prefix(const struct nat_nft_lookup *l, const struct nat_nft_part *part,
				char room[NAT_PROTOCOL_TEXT_MAX])
{
	unsigned int protocol = l->r->registers.protocol;

	if (part->load.field != NAT_FIELD_SOURCE_PORT &&
	    part->load.field != NAT_FIELD_DESTINATION_PORT)
		return "";
	return protocol ? nat_protocol_name(protocol, room) : "th";
}

static void show_mask(struct nat_nft_lookup *l, const struct nat_load *load)
{
	static const uint8_t ones[NAT_LOAD_BYTES] = { [0 ... NAT_LOAD_BYTES - 1] = 0xff };
	uint8_t mask[NAT_LOAD_BYTES] = { 0 };
	char text[PREFIX_TEXT_MAX];

	if ((load->field != NAT_FIELD_SOURCE && load->field != NAT_FIELD_DESTINATION) ||
	    load->len > NAT_LOAD_BYTES || memcmp(load->mask, ones, load->len) == 0)
		return;
	memcpy(mask, load->mask, load->len);
	addr_format(load->family, addr_from_bytes(load->family, mask), text);
	buf_printf(&l->words, " & %s", text);
}

void nat_nft_find_words(struct nat_nft_lookup *l, const char *how)
{
	char room[NAT_PROTOCOL_TEXT_MAX];

	for (size_t i = 0; i < l->count; i++) {
		const char *before = field_prefix(l, &l->parts[i], room);

		buf_printf(&l->words, "%s %s%s%s", i > 0 ? " ." : "", before, *before ? " " : "",
			   *l->parts[i].load.name ? l->parts[i].load.name : "?");
		show_mask(l, &l->parts[i].load);
	}
	buf_printf(&l->words, "%s %s", how, l->inverted ? "!= " : "");
	if (l->set->flags & NFT_SET_ANONYMOUS)
		show_elements(l);
	else
		buf_printf(&l->words, "@%s", l->set->name);
}
