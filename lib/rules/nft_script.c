/* SPDX-License-Identifier: Apache-2.0 */
/* Writes rulesets as text for nft. */
#include "rules/nft_script.h"

/* Lines of the table and the base chain before the first chain of the ruleset. */
#define HEAD_LINES (4 + nft_base_test_count)

#define PUT_LITERAL(buf, text) buf_add(buf, text, sizeof(text) - 1)

static const char *family_word(const struct ipmasq_ruleset *ruleset)
{
	return ruleset->family == IPMASQ_IPV4 ? "ip" : "ip6";
}

static void put_name(struct buf *buf, const char *chain)
{
	char name[NFT_NAME_MAX + 1];

	nft_name(chain, name);
	buf_puts(buf, name);
}

static void put_goto(struct buf *buf, const struct ipmasq_ruleset *ruleset, size_t chain)
{
	PUT_LITERAL(buf, "goto ");
	put_name(buf, ruleset->chains[chain].name);
}

static void put_masquerade(struct buf *buf, const struct rule *rule)
{
	PUT_LITERAL(buf, "masquerade");
	if (rule->ports.first) {
		PUT_LITERAL(buf, " to :");
		buf_putu(buf, rule->ports.first);
		if (rule->ports.last != rule->ports.first) {
			buf_putc(buf, '-');
			buf_putu(buf, rule->ports.last);
		}
	}
	if (rule->random_fully)
		PUT_LITERAL(buf, " fully-random");
}

static void put_verdict(struct buf *buf, const struct ipmasq_ruleset *ruleset,
			const struct rule *rule)
{
	switch (rule->target) {
	case TARGET_MASQUERADE:
		put_masquerade(buf, rule);
		break;
	case TARGET_GOTO:
		put_goto(buf, ruleset, rule->chain);
		break;
	default:
		PUT_LITERAL(buf, "return");
		break;
	}
}

static void put_address(struct buf *buf, enum ipmasq_family family, struct addr addr)
{
	char text[PREFIX_TEXT_MAX];

	buf_add(buf, text, addr_format(family, addr, text));
}

/*
 * nft loads what a prefix has of whole bytes. The kernel has a fast way for one, two and four, not
 * for the three of a /24, so that one is written as four with a mask.
 */
static void put_prefix(struct buf *buf, const char *field, const struct prefix *prefix)
{
	char text[PREFIX_TEXT_MAX];

	if (prefix->len == 0)
		return;
	buf_puts(buf, prefix->family == IPMASQ_IPV4 ? "ip " : "ip6 ");
	buf_puts(buf, field);
	if (prefix->family == IPMASQ_IPV4 && prefix->len == 24) {
		PUT_LITERAL(buf, " & 255.255.255.0 == ");
		put_address(buf, IPMASQ_IPV4, prefix->addr);
	} else {
		buf_putc(buf, ' ');
		buf_add(buf, text, prefix_format(prefix, text));
	}
	buf_putc(buf, ' ');
}

void nft_script_put_rule(struct buf *buf, const struct ipmasq_ruleset *ruleset,
			 const struct rule *rule)
{
	put_prefix(buf, "saddr", &rule->src);
	put_prefix(buf, "daddr", &rule->dst);
	if (rule->proto) {
		PUT_LITERAL(buf, "meta l4proto ");
		buf_puts(buf, rule_proto_name(rule));
		buf_putc(buf, ' ');
	}
	if (rule->probability != PROBABILITY_ONE)
		buf_printf(buf, "numgen random mod %u < %u ", PROBABILITY_ONE, rule->probability);
	put_verdict(buf, ruleset, rule);
}

static void put_rule(struct buf *buf, const struct ipmasq_ruleset *ruleset, const struct rule *rule)
{
	const char *comment = nft_comment(ruleset, rule);

	nft_script_put_rule(buf, ruleset, rule);
	if (comment) {
		PUT_LITERAL(buf, " comment \"");
		buf_puts(buf, comment);
		buf_putc(buf, '"');
	}
}

/* Of addresses, nft has types. What is part of one is a number. */
static bool is_part(const struct nft_item *item, enum ipmasq_family family)
{
	return item->key.size * 8u < family_bits(family);
}

static void put_number(struct buf *buf, struct addr addr, uint8_t size)
{
	if (size == 4)
		buf_printf(buf, "0x%08x", (unsigned int)(addr.hi >> 32));
	else
		buf_printf(buf, "0x%016llx", (unsigned long long)addr.hi);
}

/* Where in the header of an IPv6 packet the addresses are, in bits. */
#define SOURCE_BIT	64
#define DESTINATION_BIT 192

void nft_script_put_key(struct buf *buf, const struct ipmasq_ruleset *ruleset,
			const struct nft_item *item)
{
	const enum ipmasq_family family = ruleset->family;
	const struct nft_key *key = &item->key;
	const struct addr mask = addr_mask(key->bits);

	if (is_part(item, family)) {
		buf_printf(buf, "@nh,%d,%d", key->source ? SOURCE_BIT : DESTINATION_BIT,
			   key->size * 8);
	} else {
		buf_puts(buf, family == IPMASQ_IPV4 ? "ip " : "ip6 ");
		buf_puts(buf, key->source ? "saddr" : "daddr");
	}
	if (key->bits < key->size * 8) {
		PUT_LITERAL(buf, " & ");
		if (is_part(item, family))
			put_number(buf, mask, key->size);
		else
			put_address(buf, family, mask);
	}
	PUT_LITERAL(buf, " vmap {");
}

void nft_script_put_element(struct buf *buf, const struct ipmasq_ruleset *ruleset,
			    const struct nft_item *item, const struct rule *element)
{
	const struct addr addr = item->key.source ? element->src.addr : element->dst.addr;

	if (is_part(item, ruleset->family))
		put_number(buf, addr, item->key.size);
	else
		put_address(buf, ruleset->family, addr);
	PUT_LITERAL(buf, " : ");
	put_verdict(buf, ruleset, element);
}

/* For people; nft drops it: the list that the line comes from, and the CIDR there if it is another.
 */
static void put_entry(struct buf *buf, const struct ipmasq_ruleset *ruleset,
		      const struct rule *rule)
{
	const struct ipmasq_entry *entry = rule_entry(ruleset, rule);
	char cidr[IPMASQ_TEXT_MAX];
	const struct prefix *prefix = rule->src.len > 0 ? &rule->src : &rule->dst;

	if (!entry || nft_comment(ruleset, rule))
		return;
	PUT_LITERAL(buf, " # ");
	buf_puts(buf, ipmasq_origin_name(entry->origin));
	if (!prefix_equal(&entry->prefix, prefix) && entry_cidr(entry, cidr)) {
		buf_putc(buf, ' ');
		buf_puts(buf, cidr);
	}
}

static void put_item(struct buf *buf, const struct ipmasq_ruleset *ruleset,
		     const struct nft_item *item)
{
	PUT_LITERAL(buf, "\t\t");
	if (item->key.size == 0) {
		put_rule(buf, ruleset, item->rules);
		put_entry(buf, ruleset, item->rules);
		buf_putc(buf, '\n');
		return;
	}
	nft_script_put_key(buf, ruleset, item);
	buf_putc(buf, '\n');
	for (size_t i = 0; i < item->count; i++) {
		PUT_LITERAL(buf, "\t\t\t");
		nft_script_put_element(buf, ruleset, item, &item->rules[i]);
		if (i + 1 < item->count)
			buf_putc(buf, ',');
		put_entry(buf, ruleset, &item->rules[i]);
		buf_putc(buf, '\n');
	}
	PUT_LITERAL(buf, "\t\t}\n");
}

static void put_chain(struct buf *buf, const struct ipmasq_ruleset *ruleset,
		      const struct chain *chain)
{
	struct nft_item item;
	size_t at = 0;

	PUT_LITERAL(buf, "\tchain ");
	put_name(buf, chain->name);
	PUT_LITERAL(buf, " {\n");
	while (nft_item_next(chain, &at, &item))
		put_item(buf, ruleset, &item);
	PUT_LITERAL(buf, "\t}\n");
}

static void put_base_chain(struct buf *buf, const struct ipmasq_ruleset *ruleset)
{
	static const char *const tests[] = {
		[NFT_BASE_NOT_LOCAL] = "fib daddr type != local ",
	};

	PUT_LITERAL(buf, "\tchain ");
	put_name(buf, ruleset->policy->chain);
	PUT_LITERAL(buf, " {\n\t\ttype nat hook postrouting priority srcnat + 5; policy accept;\n");
	for (size_t i = 0; i < nft_base_test_count; i++) {
		PUT_LITERAL(buf, "\t\t");
		buf_puts(buf, tests[nft_base_tests[i]]);
		put_goto(buf, ruleset, 0);
		buf_putc(buf, '\n');
	}
	PUT_LITERAL(buf, "\t}\n");
}

void nft_script_write(struct buf *buf, const struct ipmasq_ruleset *ruleset)
{
	PUT_LITERAL(buf, "table ");
	buf_puts(buf, family_word(ruleset));
	PUT_LITERAL(buf, " " NFT_TABLE " {\n");
	put_base_chain(buf, ruleset);
	for (size_t i = 0; i < ruleset->count; i++)
		put_chain(buf, ruleset, &ruleset->chains[i]);
	PUT_LITERAL(buf, "}\n");
}

/* The same for one chain, whose first item is on line number *@at, which moves behind it. */
static bool find_in_chain(const struct chain *chain, size_t line, size_t *at, size_t *rule)
{
	struct nft_item item;
	size_t next = 0;

	while (nft_item_next(chain, &next, &item)) {
		/* The first line of a map has no element. */
		size_t first = *at + (item.key.size > 0);

		if (line >= first && line < first + item.count) {
			*rule = next - item.count + (line - first);
			return true;
		}
		*at = first + item.count + (item.key.size > 0);
	}
	return false;
}

bool nft_script_at(const struct ipmasq_ruleset *ruleset, size_t line, size_t *chain, size_t *rule)
{
	size_t at = HEAD_LINES + 1;

	for (size_t i = 0; i < ruleset->count && at <= line; i++) {
		at++;
		if (find_in_chain(&ruleset->chains[i], line, &at, rule)) {
			*chain = i;
			return true;
		}
		at++;
	}
	return false;
}

/* The item that has the rule. */
static struct nft_item item_of(const struct chain *chain, size_t rule)
{
	struct nft_item item = { 0 };
	size_t at = 0;

	while (at <= rule && nft_item_next(chain, &at, &item))
		;
	return item;
}

void nft_script_write_rule(struct buf *buf, const struct ipmasq_ruleset *ruleset, size_t chain,
			   size_t index)
{
	const struct chain *place = &ruleset->chains[chain];
	const struct rule *rule = &place->rules[index];
	struct nft_item item = item_of(place, index);

	PUT_LITERAL(buf, "add rule ");
	buf_puts(buf, family_word(ruleset));
	PUT_LITERAL(buf, " " NFT_TABLE " ");
	put_name(buf, place->name);
	buf_putc(buf, ' ');
	if (item.key.size == 0) {
		put_rule(buf, ruleset, rule);
		return;
	}
	nft_script_put_key(buf, ruleset, &item);
	buf_putc(buf, ' ');
	nft_script_put_element(buf, ruleset, &item, rule);
	PUT_LITERAL(buf, " }");
}
