/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks what is written to the native tables of the network namespace that it runs in.
 *
 *     native_check load 4|6 a|b COUNT    replaces what is in force by a ruleset made of COUNT
 * entries native_check read 4|6 a|b COUNT    says whether the kernel holds it: same, or how it
 * differs native_check leave 4|6 a|b COUNT   loads it, and ends before the switch, as if it were
 * killed native_check delete 4|6            deletes all of ours
 *
 * Exits with 0; 1: not the same, or refused; 2: wrong arguments.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/kernel/native_load.h"
#include "node/kernel/native_read.h"
#include "node/kernel/native_write.h"
#include "rules/chain_index.h"
#include "rules/chain_name.h"
#include "rules/nft_form.h"

#define ROOT "IP-MASQ-AGENT"

static struct ipmasq_ruleset *made;

static void need(int r, const char *what)
{
	if (r >= 0)
		return;
	fprintf(stderr, "native_check: %s: %s\n", what, strerror(-r));
	exit(1);
}

static uint32_t add_chain(char generation, const char *what)
{
	char name[CHAIN_NAME_MAX + 1];
	uint32_t index;

	chain_sub_name(ROOT, generation, what, name);
	need(ruleset_add_chain(made, name, strlen(name), &index), "chain");
	return index;
}

static void add_rule(uint32_t chain, const struct rule *rule)
{
	need(chain_add_rule(&made->chains[chain], rule), "rule");
}

/* The prefix number @index of its length, the first bits of which are spread. */
static struct prefix spread(enum ipmasq_family family, unsigned int len, uint64_t index)
{
	struct prefix prefix = { .len = (uint8_t)len, .family = (uint8_t)family };
	struct addr mask = addr_mask(len);

	prefix.addr.hi = len >= 64 ? index << 20 | UINT64_C(0x2001) << 48 : index << (64 - len);
	prefix.addr.lo = len > 64 ? index << (128 - len) : 0;
	prefix.addr.hi &= mask.hi;
	prefix.addr.lo &= mask.lo;
	return prefix;
}

/* A map of @count elements; each third returns. */
static void add_map(uint32_t chain, bool source, unsigned int len, size_t count, uint32_t to)
{
	for (size_t i = 1; i <= count; i++) {
		struct rule rule = rule_any(made->family);

		*(source ? &rule.src : &rule.dst) = spread(made->family, len, i);
		rule.in_map = true;
		rule.target = i % 3 == 0 ? TARGET_RETURN : TARGET_GOTO;
		rule.chain = i % 3 == 0 ? 0 : to;
		add_rule(chain, &rule);
	}
}

/* Every length of both addresses. */
static void add_prefixes(uint32_t chain, uint32_t to)
{
	for (unsigned int len = 1; len <= (made->family == IPMASQ_IPV6 ? 128 : 32); len++) {
		struct rule rule = rule_any(made->family);

		rule.dst = spread(made->family, len, 1);
		rule.target = len % 2 ? TARGET_RETURN : TARGET_GOTO;
		rule.chain = len % 2 ? 0 : to;
		add_rule(chain, &rule);
		rule.src = spread(made->family, len, 1);
		add_rule(chain, &rule);
	}
}

static void add_masquerades(uint32_t chain)
{
	static const struct {
		uint8_t proto;
		uint32_t probability;
		struct port_range ports;
		bool random_fully;
	} rows[] = {
		{ 6, PROBABILITY_ONE / 3, { 1000, 2000 }, true },
		{ 6, PROBABILITY_ONE, { 4096, 4096 }, false },
		{ 17, 1, { 1, 65535 }, true },
		{ 132, PROBABILITY_ONE - 1, { 7, 8 }, false },
		{ 0, PROBABILITY_ONE, { 0, 0 }, true },
		{ 0, PROBABILITY_ONE, { 0, 0 }, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct rule rule = rule_any(made->family);

		rule.target = TARGET_MASQUERADE;
		rule.proto = rows[i].proto;
		rule.probability = rows[i].probability;
		rule.ports = rows[i].ports;
		rule.random_fully = rows[i].random_fully;
		add_rule(chain, &rule);
	}
}

static void make(enum ipmasq_family family, char generation, size_t count)
{
	static const unsigned int lengths[2][5] = { { 32, 24, 16, 9, 31 },
						    { 32, 64, 128, 33, 65 } };
	struct rule last = rule_any(family);
	uint32_t first;
	uint32_t rules;
	uint32_t masquerade;

	need(ruleset_new_empty(family, &made), "ruleset");
	first = add_chain(generation, "root");
	rules = add_chain(generation, "rules");
	masquerade = add_chain(generation, "masq");
	add_map(first, false, lengths[family == IPMASQ_IPV6][0], count, rules);
	for (size_t i = 1; i < 5; i++)
		add_map(first, i == 3, lengths[family == IPMASQ_IPV6][i], i == 3 ? 3 : 5,
			masquerade);
	last.target = TARGET_GOTO;
	last.chain = rules;
	add_rule(first, &last);
	add_prefixes(rules, masquerade);
	add_masquerades(masquerade);
}

static bool same_maps(const struct chain *a, const struct chain *b)
{
	for (size_t i = 0; i < a->count; i++)
		if (a->rules[i].in_map != b->rules[i].in_map)
			return false;
	return true;
}

static int compare(struct native_table *table)
{
	int r = 0;

	if (!table->exists || table->dormant || !table->has_base || !table->hooked ||
	    !table->switched)
		r = puts("the base chain differs");
	need(chains_align(table->rules, made), "align");
	if (table->rules->count != made->count)
		r = printf("%zu chains, not %zu\n", table->rules->count, made->count);
	for (size_t i = 0; i < made->count; i++)
		if (!chain_equal(&table->rules->chains[i], &made->chains[i]) ||
		    !same_maps(&table->rules->chains[i], &made->chains[i]))
			r = printf("chain %s differs\n", made->chains[i].name);
	if (table->stale)
		r = printf("%zu stale\n", table->stale);
	if (*table->odd)
		r = printf("%s: %s\n", table->unclear ? "unclear" : "odd", table->odd);
	if (r == 0)
		puts("same");
	return r != 0;
}

static void load(struct native_socket *socket, bool whole, size_t bytes)
{
	struct native_table table;
	struct native_batch batch;
	char first[NFT_NAME_MAX + 1];
	char generation;

	need(native_batch_begin(&batch, socket), "batch");
	if (bytes && bytes < batch.size)
		batch.size = bytes;
	need(native_read(socket, ROOT, false, &table), "look");
	need(native_delete(&batch, ROOT, table.generation, &table), "delete what is stale");
	need(native_load(&batch, made), "load");
	printf("%zu transactions of up to %zu bytes\n", batch.committed, batch.size);
	native_table_release(&table);
	nft_name(made->chains[0].name, first);
	native_chain_is_ours(first, ROOT, &generation);
	if (whole) {
		need(native_read(socket, ROOT, false, &table), "look");
		need(native_switch(&batch, ROOT, first, &table), "switch");
		native_settle();
		need(native_delete(&batch, ROOT, generation, &table), "delete the old");
		native_table_release(&table);
	}
	native_batch_release(&batch);
}

static void delete (struct native_socket *socket)
{
	struct native_table table;
	struct native_batch batch;

	need(native_batch_begin(&batch, socket), "batch");
	need(native_read(socket, ROOT, false, &table), "look");
	need(native_delete_base(&batch, ROOT, &table), "delete the base chain");
	need(native_delete(&batch, ROOT, '\0', &table), "delete");
	need(native_delete_table(&batch, &table), "delete the table");
	native_table_release(&table);
	native_batch_release(&batch);
}

static int read_back(struct native_socket *socket)
{
	struct native_table table;
	int r;

	need(native_read(socket, ROOT, true, &table), "read");
	r = compare(&table);
	native_table_release(&table);
	return r;
}

int main(int argc, char **argv)
{
	struct native_socket *socket;
	int r = 0;

	if (argc < 3 || argc > 6 || (argc < 5 && strcmp(argv[1], "delete") != 0))
		return 2;
	need(native_open(-1, argv[2][0] == '6' ? IPMASQ_IPV6 : IPMASQ_IPV4, &socket), "socket");
	if (argc >= 5)
		make(socket->family, argv[3][0], strtoul(argv[4], NULL, 10));
	if (strcmp(argv[1], "load") == 0)
		load(socket, true, argc == 6 ? strtoul(argv[5], NULL, 10) : 0);
	else if (strcmp(argv[1], "leave") == 0)
		load(socket, false, 0);
	else if (strcmp(argv[1], "read") == 0)
		r = read_back(socket);
	else
		delete (socket);
	native_close(socket);
	ipmasq_ruleset_free(made);
	return r;
}
