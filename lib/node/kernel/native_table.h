/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel holds of ours in the native table of a family, rebuilt as a ruleset. */
#ifndef LIBIPMASQ_KERNEL_NATIVE_TABLE_H
#define LIBIPMASQ_KERNEL_NATIVE_TABLE_H

#include "node/kernel/native_rule.h"
#include "node/kernel/native_socket.h"
#include "rules/ruleset.h"
#include "util/buf.h"

/* Names, each with its NUL. */
struct native_names {
	struct buf text;
	size_t count;
};

/* What a base chain of ours may have otherwise. */
enum native_base_fault {
	NATIVE_BASE_TYPE = 1 << 0,
	NATIVE_BASE_HOOK = 1 << 1,
	NATIVE_BASE_PRIORITY = 1 << 2,
	NATIVE_BASE_POLICY = 1 << 3,
};

struct native_table {
	bool exists;
	/* No packet meets its rules. */
	bool dormant;
	/* The base chain of our root. */
	bool has_base;
	/* It has the right type, hook, priority and policy. */
	bool hooked;
	/* Which of them it has not: enum native_base_fault. */
	unsigned int faults;
	/* Its rules are those that lead to `generation`. */
	bool switched;
	/* Each of its rules is as it should be, and leads to chains of ours: with pods there can
	 * be several, of which the first counts. */
	bool led;
	/* How many rules it has. */
	size_t base_rules;
	/* The letter of the generation that its first rule leads to; NUL: to none. */
	char generation;
	/* How many rules all its chains have, and how many rules and elements lead to them. */
	uint64_t uses;
	/* Chains of ours but for the base chain, and maps of ours, by their names in the kernel. */
	struct native_names chains;
	struct native_names maps;
	/* kube-proxy runs in its nftables mode: its table is there. */
	bool kube_proxy;
	/* How many of them are not of `generation`. */
	size_t stale;
	/* Chains of others in the table. */
	size_t others;
	/* The chains of `generation`, with the one that the base chain leads to first; none where
	 * there is no generation. What is odd in them is opaque. */
	struct ipmasq_ruleset *rules;
	/* The first thing that we never write, or that is not understood; empty: there is none. */
	char odd[256];
	/* It could not be told whether something is what we write. */
	bool unclear;
	/* Of all tables, in which it was read. */
	uint32_t id;
};

void native_table_release(struct native_table *table);

/* Its base chain leads to no generation of which it could be told, but has rules, which may lead
 * anywhere. */
static inline bool native_leads_anywhere(const struct native_table *table)
{
	return !table->generation && table->base_rules > 0;
}

/* Whether two looks saw the same, but for the contents of the chains of a generation and what
 * concerns tables of others. */
bool native_table_looks_alike(const struct native_table *a, const struct native_table *b);

/* The name of the map number @index of a chain, for names that nft_name() made. */
#define NATIVE_MAP_NAME_MAX 128
void native_map_name(const char *chain, size_t index, char name[NATIVE_MAP_NAME_MAX]);

/* Whether a chain or map of that name is one of our root's, apart from the base chain, and the
 * letter of its generation. */
bool native_chain_is_ours(const char *name, const char *root, char *generation);
bool native_map_is_ours(const char *name, const char *root, char *generation);

/* Whether something of that generation is there. */
bool native_has_generation(const struct native_table *table, const char *root, char generation);

/*
 * The first chain of a generation can have the time in its name at which it came into force. Then,
 * once it is old enough, no packet is in what was in force before it: native_is_settled(). The name
 * takes CHAIN_PREFIX_MAX + 8 bytes. Its time is later than all others of the table.
 */
void native_timed_name(const struct native_table *table, const char *root, char generation,
		       char name[CHAIN_NAME_MAX + 1]);
bool native_is_settled(const struct native_table *table, const char *root);

/* The first chain, with such a name, of the generation that came into force last. False: there is
 * none. */
bool native_find_latest(const struct native_table *table, const char *root,
			char chain[CHAIN_NAME_MAX + 1], char *generation);

/* The kernel's limit for names, with the NUL. */
#define NATIVE_NAME_MAX 256

/* Notes something that we never write, or that is not understood. */
void native_odd(struct native_table *table, enum native_sight sight, const char *what,
		const char *where);

/* The attribute of a message; the name in one. NULL: there is none. */
const struct nlattr *native_attr(const struct nlmsghdr *message, uint16_t type);
const char *native_text(const struct nlmsghdr *message, uint16_t type);

#endif
