/* SPDX-License-Identifier: Apache-2.0 */
/* Divides the chains of a ruleset into rules and verdict maps, and names them for nftables. */
#include "rules/nft_form.h"

#include <string.h>

const enum nft_base_test nft_base_tests[] = { NFT_BASE_NOT_LOCAL };
const size_t nft_base_test_count = ARRAY_SIZE(nft_base_tests);

/*
 * A hash of keys of 4 bytes is a type of its own in the kernel, the fastest, and a load of 4 bytes
 * is as well.
 */
static uint8_t key_size(const struct prefix *prefix)
{
	return prefix->len <= 32 ? 4 : prefix->len <= 64 ? 8 : 16;
}

static const struct prefix *keyed_prefix(const struct rule *rule, bool source)
{
	return source ? &rule->src : &rule->dst;
}

bool nft_item_next(const struct chain *chain, size_t *at, struct nft_item *item)
{
	const struct rule *first;
	bool source;
	size_t count = 1;
	uint8_t bits;

	if (*at >= chain->count)
		return false;
	first = &chain->rules[*at];
	source = first->src.len > 0;
	bits = keyed_prefix(first, source)->len;
	*item = (struct nft_item){ .rules = first };
	if (first->in_map) {
		while (*at + count < chain->count && first[count].in_map &&
		       keyed_prefix(&first[count], source)->len == bits)
			count++;
		item->key.source = source;
		item->key.size = key_size(keyed_prefix(first, source));
		item->key.bits = bits;
	}
	item->count = count;
	*at += count;
	return true;
}

void nft_element_key(const struct nft_item *item, size_t index, uint8_t key[16])
{
	const struct prefix *prefix = keyed_prefix(&item->rules[index], item->key.source);
	uint8_t bytes[16] = { 0 };

	addr_to_bytes(prefix->family, prefix->addr, bytes);
	memcpy(key, bytes, item->key.size);
}

const char *nft_comment(const struct ipmasq_ruleset *ruleset, const struct rule *rule)
{
	const struct ipmasq_entry *entry = rule_entry(ruleset, rule);

	if (!entry || ruleset->layout != IPMASQ_LAYOUT_LINEAR)
		return NULL;
	return ipmasq_origin_name(entry->origin);
}

/* Before a name that does not begin with a letter that may stay. */
#define NAME_MARK 'X'

static bool is_capital(char c)
{
	return c >= 'A' && c <= 'Z' && c != NAME_MARK;
}

static bool stays(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.';
}

/* Whether a chain is called so in nftables too. */
static bool is_unchanged(const char *name)
{
	size_t len = 0;

	while (len <= CHAIN_NAME_MAX && stays(name[len]))
		len++;
	return is_capital(name[0]) && len <= CHAIN_NAME_MAX && name[len] == '\0';
}

void nft_name(const char *chain, char name[NFT_NAME_MAX + 1])
{
	static const char digits[] = "0123456789abcdef";
	size_t len = 0;

	if (!is_capital(chain[0]))
		name[len++] = NAME_MARK;
	for (size_t i = 0; i < CHAIN_NAME_MAX && chain[i]; i++) {
		unsigned char byte = (unsigned char)chain[i];

		if (stays(chain[i]) && (i > 0 || is_capital(chain[i]))) {
			name[len++] = chain[i];
			continue;
		}
		name[len++] = '/';
		name[len++] = digits[byte >> 4];
		name[len++] = digits[byte & 15];
	}
	name[len] = '\0';
}

static bool read_digit(char c, unsigned int *byte)
{
	if (c >= '0' && c <= '9')
		*byte = *byte << 4 | (unsigned int)(c - '0');
	else if (c >= 'a' && c <= 'f')
		*byte = *byte << 4 | (unsigned int)(c - 'a' + 10);
	else
		return false;
	return true;
}

bool nft_name_read(const char *name, char chain[CHAIN_NAME_MAX + 1])
{
	char again[NFT_NAME_MAX + 1];
	size_t len = 0;

	if (is_unchanged(name)) {
		strcpy(chain, name);
		return true;
	}
	for (const char *p = name + (name[0] == NAME_MARK); *p; p++) {
		unsigned int byte = (unsigned char)*p;

		if (len == CHAIN_NAME_MAX)
			return false;
		if (*p == '/') {
			byte = 0;
			if (!read_digit(p[1], &byte) || !read_digit(p[2], &byte) || byte == 0)
				return false;
			p += 2;
		}
		chain[len++] = (char)byte;
	}
	chain[len] = '\0';
	nft_name(chain, again);
	return len > 0 && strcmp(again, name) == 0;
}
