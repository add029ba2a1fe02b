/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel holds of ours in the native table of a family: names, and what messages have. */
#include "node/kernel/native_table.h"

#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "rules/chain_name.h"
#include "rules/nft_form.h"

void native_map_name(const char *chain, size_t index, char name[NATIVE_MAP_NAME_MAX])
{
	snprintf(name, NATIVE_MAP_NAME_MAX, "%s.%zu", chain, index);
}

bool native_chain_is_ours(const char *name, const char *root, char *generation)
{
	char prefix[CHAIN_PREFIX_MAX];
	char chain[CHAIN_NAME_MAX + 1];
	size_t len = chain_prefix(root, prefix);

	if (!nft_name_read(name, chain) || strcmp(chain, root) == 0 || !chain_is_ours(chain, root))
		return false;
	*generation = chain[len];
	return true;
}

bool native_map_is_ours(const char *name, const char *root, char *generation)
{
	const char *dot = strrchr(name, '.');
	char chain[NFT_NAME_MAX + 1];

	if (!dot || dot[1] == '\0' || dot[1 + strspn(dot + 1, "0123456789")] != '\0' ||
	    (size_t)(dot - name) > NFT_NAME_MAX)
		return false;
	memcpy(chain, name, (size_t)(dot - name));
	chain[dot - name] = '\0';
	return native_chain_is_ours(chain, root, generation);
}

static bool has_name(const struct native_names *names, const char *root, char generation,
		     bool (*is_ours)(const char *name, const char *root, char *generation))
{
	const char *name = names->text.data;
	char letter;

	for (size_t i = 0; i < names->count; i++, name += strlen(name) + 1)
		if (is_ours(name, root, &letter) && letter == generation)
			return true;
	return false;
}

bool native_has_generation(const struct native_table *table, const char *root, char generation)
{
	return has_name(&table->chains, root, generation, native_chain_is_ours) ||
	       has_name(&table->maps, root, generation, native_map_is_ours);
}

/* In 10 ms, modulo what six digits hold: 252 days. */
#define TIME_DIGITS  6
#define TIME_MODULUS UINT64_C(2176782336)
#define TIME_MARK    't'

/* In softirq a packet is done within microseconds; a virtual processor may be stopped meanwhile. */
#define SETTLED_AFTER 100

static uint64_t time_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return ((uint64_t)now.tv_sec * 100 + (uint64_t)now.tv_nsec / 10000000) % TIME_MODULUS;
}

/* False: the name has no time in it. */
static bool read_time(const char *name, const char *root, uint64_t *time)
{
	char prefix[CHAIN_PREFIX_MAX];
	size_t len = chain_prefix(root, prefix) + 1;
	char *end;

	if (strlen(name) != len + 1 + TIME_DIGITS || name[len] != TIME_MARK)
		return false;
	*time = strtoull(name + len + 1, &end, 36);
	return *end == '\0';
}

/* Changes that follow each other within 10 ms have times that are ahead, each by one more. */
#define AHEAD_MAX UINT64_C(360000)

/* How long ago it was, and AHEAD_MAX more. */
static uint64_t age_of(uint64_t since, uint64_t now)
{
	return (now + AHEAD_MAX + TIME_MODULUS - since) % TIME_MODULUS;
}

/* The first chain of the generation with the latest time. False: there is none. All ages are those
 * of one moment: else a chain that is read a little later would be the older one. */
static bool find_latest(const struct native_table *table, const char *root, uint64_t now,
			char chain[CHAIN_NAME_MAX + 1], char *generation, uint64_t *time)
{
	const char *name = table->chains.text.data;
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < table->chains.count; i++, name += strlen(name) + 1) {
		char read[CHAIN_NAME_MAX + 1];
		uint64_t since;
		char letter;

		if (!native_chain_is_ours(name, root, &letter) || !nft_name_read(name, read) ||
		    !read_time(read, root, &since) || age_of(since, now) >= least)
			continue;
		least = age_of(since, now);
		*generation = letter;
		*time = since;
		strcpy(chain, read);
	}
	return least != UINT64_MAX;
}

bool native_find_latest(const struct native_table *table, const char *root,
			char chain[CHAIN_NAME_MAX + 1], char *generation)
{
	uint64_t time;

	return find_latest(table, root, time_now(), chain, generation, &time);
}

void native_timed_name(const struct native_table *table, const char *root, char generation,
		       char name[CHAIN_NAME_MAX + 1])
{
	char what[] = { TIME_MARK, 0, 0, 0, 0, 0, 0, 0 };
	const uint64_t now = time_now();
	uint64_t time = now;
	uint64_t latest;
	char letter;

	if (find_latest(table, root, now, name, &letter, &latest) &&
	    age_of(latest, now) <= AHEAD_MAX)
		time = (latest + 1) % TIME_MODULUS;
	for (size_t i = TIME_DIGITS; i > 0; i--, time /= 36)
		what[i] = "0123456789abcdefghijklmnopqrstuvwxyz"[time % 36];
	chain_sub_name(root, generation, what, name);
}

bool native_is_settled(const struct native_table *table, const char *root)
{
	uint64_t since;

	if (!table->generation || table->rules->count == 0 ||
	    !read_time(table->rules->chains[0].name, root, &since))
		return false;
	return age_of(since, time_now()) >= AHEAD_MAX + SETTLED_AFTER;
}

void native_odd(struct native_table *table, enum native_sight sight, const char *what,
		const char *where)
{
	table->unclear |= sight == NATIVE_UNCLEAR;
	if (!*table->odd)
		snprintf(table->odd, sizeof(table->odd), "%s %s", what, where);
}

const struct nlattr *native_attr(const struct nlmsghdr *message, uint16_t type)
{
	struct nlattr *attr;

	mnl_attr_for_each(attr, message, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attr) == type)
			return attr;
	return NULL;
}

/* The kernel's limit is 256 with the NUL. */
const char *native_text(const struct nlmsghdr *message, uint16_t type)
{
	const struct nlattr *attr = native_attr(message, type);

	if (!attr || mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0 ||
	    mnl_attr_get_payload_len(attr) > NATIVE_NAME_MAX || !*mnl_attr_get_str(attr))
		return NULL;
	return mnl_attr_get_str(attr);
}

void native_table_release(struct native_table *table)
{
	ipmasq_ruleset_free(table->rules);
	buf_release(&table->chains.text);
	buf_release(&table->maps.text);
	*table = (struct native_table){ .exists = false };
}

static bool is_same_list(const struct native_names *a, const struct native_names *b)
{
	return a->count == b->count && a->text.len == b->text.len &&
	       (a->count == 0 || memcmp(a->text.data, b->text.data, a->text.len) == 0);
}

bool native_table_looks_alike(const struct native_table *a, const struct native_table *b)
{
	return a->exists == b->exists && a->dormant == b->dormant && a->has_base == b->has_base &&
	       a->faults == b->faults && a->switched == b->switched && a->led == b->led &&
	       a->base_rules == b->base_rules && a->generation == b->generation &&
	       strcmp(a->odd, b->odd) == 0 && is_same_list(&a->chains, &b->chains) &&
	       is_same_list(&a->maps, &b->maps);
}
