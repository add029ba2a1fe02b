/* SPDX-License-Identifier: Apache-2.0 */
/* The interpreter: reads scripts as iptables-restore does, and walks chains as netfilter does. */
#include "sim/sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sim_read.h"

/* NFT_JUMP_STACK_SIZE: nf_tables refuses chains that lead deeper. */
#define DEPTH_MAX 16

static const char *const hooks[] = { "PREROUTING", "INPUT", "OUTPUT", "POSTROUTING" };

static int do_append(struct sim_reader *r, struct chain *chain)
{
	struct rule rule;

	if (sim_read_rule(r, &rule) < 0)
		return -1;
	return sim_insert_rule(chain, chain->count, &rule) < 0 ? sim_fail(r, "no memory") : 0;
}

static int do_insert(struct sim_reader *r, struct chain *chain)
{
	unsigned long at = 1;
	struct rule rule;

	if (!sim_at_end(r) && r->words[r->at][0] != '-' &&
	    sim_read_number(r, sim_take_any(r), chain->count + 1, &at) < 0)
		return -1;
	if (!at)
		return sim_fail(r, "rule numbers count from 1");
	if (sim_read_rule(r, &rule) < 0)
		return -1;
	return sim_insert_rule(chain, at - 1, &rule) < 0 ? sim_fail(r, "no memory") : 0;
}

static int do_delete(struct sim_reader *r, struct chain *chain)
{
	struct rule rule;

	if (r->at + 1 == r->count) {
		unsigned long at;

		if (sim_read_number(r, sim_take_any(r), chain->count, &at) < 0)
			return -1;
		if (!at)
			return sim_fail(r, "rule numbers count from 1");
		sim_delete_rule(chain, at - 1);
		return 0;
	}
	if (sim_read_rule(r, &rule) < 0)
		return -1;
	for (size_t i = 0; i < chain->count; i++) {
		if (!sim_same_rule(&chain->rules[i], &rule))
			continue;
		sim_delete_rule(chain, i);
		return 0;
	}
	return sim_fail(r, "no such rule in '%s'", chain->name);
}

static int do_flush(struct sim_reader *r, struct chain *chain)
{
	chain->count = 0;
	return sim_at_end(r) ? 0 : sim_fail(r, "words after -F CHAIN");
}

static int do_drop(struct sim_reader *r, struct chain *chain)
{
	struct sim *sim = r->sim;
	int index = (int)(chain - sim->chains);

	if (index <= SIM_POSTROUTING || chain->count || !sim_at_end(r))
		return sim_fail(r, "'%s' cannot be deleted", chain->name);
	for (size_t i = 0; i < sim->count; i++)
		for (size_t j = 0; j < sim->chains[i].count; j++)
			if (sim->chains[i].rules[j].target == TARGET_CHAIN &&
			    sim->chains[i].rules[j].chain == index)
				return sim_fail(r, "'%s' still leads to '%s'", sim->chains[i].name,
						chain->name);
	chain->name[0] = '\0';
	return 0;
}

/* ":NAME POLICY [packets:bytes]" makes the chain, or flushes the existing one. */
static int do_declare(struct sim_reader *r)
{
	const char *name = sim_take_any(r) + 1;
	int index = sim_find_chain(r->sim, name);
	bool hook = index >= 0 && index <= SIM_POSTROUTING;
	uint64_t packets, bytes;
	int used = 0;

	if (!*name || strlen(name) > SIM_NAME_MAX || *name == '-' || *name == '!')
		return sim_fail(r, "'%s' cannot be a chain's name", name);
	if (!sim_take(r, hook ? "ACCEPT" : "-"))
		return sim_fail(r, "':%s' with the policy '%s'", name, sim_take_any(r));
	if (!sim_at_end(r)) {
		const char *word = sim_take_any(r);

		if (sscanf(word, "[%" SCNu64 ":%" SCNu64 "]%n", &packets, &bytes, &used) != 2 ||
		    !used || word[used] || !sim_at_end(r))
			return sim_fail(r, "counters '%s'", word);
	}
	if (index >= 0)
		r->sim->chains[index].count = 0;
	else if (sim_add_chain(r->sim, name) < 0)
		return sim_fail(r, "no memory");
	return 0;
}

static int do_command(struct sim_reader *r)
{
	static const struct {
		const char *word;
		int (*run)(struct sim_reader *r, struct chain *chain);
	} commands[] = {
		{ "-A", do_append }, { "-I", do_insert }, { "-D", do_delete },
		{ "-F", do_flush },  { "-X", do_drop },
	};
	const char *word, *name;
	int index;

	if (r->words[0][0] == ':')
		return do_declare(r);
	word = sim_take_any(r);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(word, commands[i].word))
			continue;
		name = sim_take_any(r);
		index = sim_find_chain(r->sim, name);
		if (!*name || index < 0)
			return sim_fail(r, "there is no chain '%s'", name);
		return commands[i].run(r, &r->sim->chains[index]);
	}
	return sim_fail(r, "unknown word '%s'", word);
}

/* The kernel walks every path from a hook before it takes a table, and refuses loops and deep ones.
 */
static bool too_deep(const struct sim *sim, int index, unsigned int depth)
{
	const struct chain *chain = &sim->chains[index];

	if (depth == DEPTH_MAX)
		return true;
	for (size_t i = 0; i < chain->count; i++)
		if (chain->rules[i].target == TARGET_CHAIN &&
		    too_deep(sim, chain->rules[i].chain, depth + 1))
			return true;
	return false;
}

static int do_line(struct sim_reader *r, bool *open)
{
	if (!*open) {
		if (r->count != 1 || strcmp(r->words[0], "*nat"))
			return sim_fail(r, "'%s' instead of '*nat'", r->words[0]);
		*open = true;
		return 0;
	}
	if (r->count == 1 && !strcmp(r->words[0], "COMMIT")) {
		*open = false;
		if (too_deep(r->sim, SIM_POSTROUTING, 0))
			return sim_fail(r, "chains lead in a circle, or %d deep", DEPTH_MAX);
		return 0;
	}
	return do_command(r);
}

int sim_restore(struct sim *sim, const char *script, char error[SIM_ERROR_MAX])
{
	struct sim_reader r = { .sim = sim, .error = error, .error_max = SIM_ERROR_MAX };
	const char *end;
	bool open = false;

	for (const char *line = script; *line; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		r.line++;
		if (*line == '#' || end == line)
			continue;
		if (sim_split(&r, line, (size_t)(end - line)) < 0)
			return -1;
		if (!r.count)
			return sim_fail(&r, "only blanks");
		if (do_line(&r, &open) < 0)
			return -1;
	}
	return open ? sim_fail(&r, "the text ends without COMMIT") : 0;
}

struct sim *sim_new(int family)
{
	struct sim *sim = calloc(1, sizeof(*sim));

	if (!sim)
		return NULL;
	sim->family = family;
	for (size_t i = 0; i <= SIM_POSTROUTING; i++) {
		if (sim_add_chain(sim, hooks[i]) < 0) {
			sim_free(sim);
			return NULL;
		}
	}
	return sim;
}

void sim_free(struct sim *sim)
{
	if (!sim)
		return;
	for (size_t i = 0; i < sim->count; i++)
		free(sim->chains[i].rules);
	free(sim->chains);
	free(sim);
}

int sim_rule_count(const struct sim *sim, const char *chain)
{
	int index = sim_find_chain(sim, chain);

	return index < 0 ? -1 : (int)sim->chains[index].count;
}

static bool cidr_matches(const struct cidr *cidr, const uint8_t *addr)
{
	bool inside = true;

	for (unsigned int i = 0; i < cidr->len && inside; i++)
		inside = !((cidr->addr[i / 8] ^ addr[i / 8]) & (0x80u >> i % 8));
	return inside != cidr->negated;
}

static bool rule_matches(const struct rule *rule, const struct sim_packet *packet,
			 sim_random *random, void *context)
{
	if (!cidr_matches(&rule->src, packet->src) || !cidr_matches(&rule->dst, packet->dst))
		return false;
	if (rule->has_proto && (rule->proto == packet->proto) == rule->proto_negated)
		return false;
	if (rule->has_type && packet->dst_is_local == rule->type_negated)
		return false;
	if (!rule->has_random)
		return true;
	return ((random ? random(context) : 0) & 0x7fffffffu) < rule->probability;
}

/*
 * Walks one chain. True: a verdict was reached. A RETURN and the chain's end both lead back to the
 * caller of this chain. After a goto there is no rule to come back to, which is as a RETURN.
 */
static bool run_chain(const struct sim *sim, int index, const struct sim_packet *packet,
		      sim_random *random, void *context, struct sim_result *result)
{
	const struct chain *chain = &sim->chains[index];

	for (size_t i = 0; i < chain->count; i++) {
		const struct rule *rule = &chain->rules[i];

		result->rules++;
		if (!rule_matches(rule, packet, random, context))
			continue;
		if (rule->target == TARGET_RETURN) {
			result->line = rule->line;
			return false;
		}
		if (rule->target == TARGET_MASQUERADE) {
			result->verdict = SIM_MASQUERADE;
			result->line = rule->line;
			result->first_port = rule->first_port;
			result->last_port = rule->last_port;
			result->random_fully = rule->random_fully;
			return true;
		}
		if (run_chain(sim, rule->chain, packet, random, context, result))
			return true;
		if (rule->is_goto)
			return false;
	}
	return false;
}

struct sim_result sim_run(const struct sim *sim, const struct sim_packet *packet,
			  sim_random *random, void *context)
{
	struct sim_result result = { .verdict = SIM_RETURN };

	run_chain(sim, SIM_POSTROUTING, packet, random, context, &result);
	return result;
}
