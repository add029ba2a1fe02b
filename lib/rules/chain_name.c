/* SPDX-License-Identifier: Apache-2.0 */
/* Makes and recognises the names of our chains. */
#include "rules/chain_name.h"

#include <stdio.h>
#include <string.h>

#define ROOT_BYTES 10

/* FNV-1a, folded to 16 bits. */
static unsigned int root_hash(const char *root)
{
	uint32_t hash = 2166136261u;

	for (const char *p = root; *p; p++)
		hash = (hash ^ (unsigned char)*p) * 16777619u;
	return (hash >> 16) ^ (hash & 0xffffu);
}

size_t chain_prefix(const char *root, char prefix[CHAIN_PREFIX_MAX])
{
	return (size_t)snprintf(prefix, CHAIN_PREFIX_MAX, "%.*s.%04x.", ROOT_BYTES, root,
				root_hash(root));
}

void chain_sub_name(const char *root, char generation, const char *what,
		    char name[CHAIN_NAME_MAX + 1])
{
	char prefix[CHAIN_PREFIX_MAX];

	chain_prefix(root, prefix);
	snprintf(name, CHAIN_NAME_MAX + 1, "%s%c%.7s", prefix, generation, what);
}

void chain_put_digits(uint64_t hash, char *text, size_t len)
{
	for (size_t i = 0; i < len; i++, hash /= 36)
		text[i] = "0123456789abcdefghijklmnopqrstuvwxyz"[hash % 36];
	text[len] = '\0';
}

/* An IPv4 region is named by its address and length; of an IPv6 one only a hash has room. */
static void put_region(const struct prefix *region, uint64_t salt, char *name, size_t room)
{
	uint64_t hash = region->addr.hi * 0x9e3779b97f4a7c15u;

	if (region->family == IPMASQ_IPV4 && salt == 0) {
		snprintf(name, room + 1, "%08x%02u", (unsigned int)(region->addr.hi >> 32),
			 region->len);
		return;
	}
	hash = (hash ^ hash >> 32 ^ region->addr.lo) * 0xbf58476d1ce4e5b9u;
	hash = (hash ^ hash >> 29 ^ region->len ^ salt << 8) * 0x94d049bb133111ebu;
	chain_put_digits(hash ^ hash >> 31, name, room);
}

void chain_region_name(const char *prefix, char generation, bool by_source,
		       const struct prefix *region, uint64_t salt, char name[CHAIN_NAME_MAX + 1])
{
	size_t len = strlen(prefix);

	memcpy(name, prefix, len);
	name[len++] = generation;
	/* The tree of destinations has names of its own. */
	if (by_source)
		name[len++] = 's';
	put_region(region, salt, name + len, CHAIN_NAME_MAX - len);
}

int chain_add_first(struct ipmasq_ruleset *ruleset)
{
	const char *root = ruleset->policy->chain;
	char name[CHAIN_NAME_MAX + 1];
	uint32_t index;

	if (!ruleset->nftables)
		return ruleset_add_chain(ruleset, root, strlen(root), &index);
	chain_sub_name(root, ruleset->generation, "root", name);
	return ruleset_add_chain(ruleset, name, strlen(name), &index);
}

bool chain_is_ours(const char *name, const char *root)
{
	char prefix[CHAIN_PREFIX_MAX];
	size_t len;

	if (strcmp(name, root) == 0)
		return true;
	len = chain_prefix(root, prefix);
	return strncmp(name, prefix, len) == 0 && name[len] != '\0';
}
