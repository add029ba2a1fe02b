/* SPDX-License-Identifier: Apache-2.0 */
/* The chains of a table of iptables, read as far as base chains lead. */
#include "nat/dump_chains.h"

#include <stdlib.h>
#include <string.h>

#include "nat/xt_value.h"
#include "util/hash.h"

/* The chains of iptables that a forwarded packet meets, and in which order. */
static const struct base {
	const char *table;
	const char *chain;
	enum nat_hook hook;
	enum nat_type type;
	int priority;
} bases[] = {
	{ "raw", "PREROUTING", NAT_PREROUTING, NAT_TYPE_FILTER, -300 },
	{ "mangle", "PREROUTING", NAT_PREROUTING, NAT_TYPE_FILTER, -150 },
	{ "mangle", "FORWARD", NAT_FORWARD, NAT_TYPE_FILTER, -150 },
	{ "filter", "FORWARD", NAT_FORWARD, NAT_TYPE_FILTER, 0 },
	{ "security", "FORWARD", NAT_FORWARD, NAT_TYPE_FILTER, 50 },
	{ "mangle", "POSTROUTING", NAT_POSTROUTING, NAT_TYPE_FILTER, -150 },
	{ "nat", "POSTROUTING", NAT_POSTROUTING, NAT_TYPE_NAT, 100 },
};

bool dump_table_matters(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(bases); i++) {
		if (xt_is(name, len, bases[i].table))
			return true;
	}
	return false;
}

static uint32_t *find_slot(const struct dump_chains *chains, const char *name, size_t len)
{
	size_t hash = hash_fold(hash_bytes(HASH_START, name, len));

	for (size_t probe = 0;; probe++) {
		uint32_t *slot = slots_probe(&chains->slots, hash, probe);
		const struct dump_chain *chain;

		if (*slot == SLOT_FREE)
			return slot;
		chain = &chains->chains[*slot];
		if (chain->len == len && memcmp(chain->name, name, len) == 0)
			return slot;
	}
}

static int make_slots(struct dump_chains *chains)
{
	if (slots_suffice(&chains->slots, chains->count + 1))
		return 0;
	if (slots_reset(&chains->slots, 2 * (chains->count + 1)))
		return -ENOMEM;
	for (size_t i = 0; i < chains->count; i++)
		*find_slot(chains, chains->chains[i].name, chains->chains[i].len) = (uint32_t)i;
	return 0;
}

int dump_chains_need(struct dump_chains *chains, const char *name, size_t len, uint32_t *number)
{
	uint32_t *slot;

	if (chains->count >= SLOT_FREE - 1 || make_slots(chains) ||
	    array_grow(&chains->chains, &chains->capacity, chains->count, sizeof(*chains->chains)))
		return -ENOMEM;
	slot = find_slot(chains, name, len);
	if (*slot == SLOT_FREE) {
		*slot = (uint32_t)chains->count;
		chains->chains[chains->count++] = (struct dump_chain){
			.name = name,
			.len = len,
			.first = DUMP_NO_LINE,
			.last = DUMP_NO_LINE,
			.policy = NAT_UNKNOWN,
			.index = NAT_NO_CHAIN,
		};
	}
	*number = *slot;
	return 0;
}

int dump_chains_add_line(struct dump_chains *chains, uint32_t number, const char *text, size_t len,
			 unsigned char form)
{
	struct dump_chain *chain = &chains->chains[number];
	uint32_t line = (uint32_t)chains->line_count;

	if (chains->line_count >= DUMP_NO_LINE ||
	    array_grow(&chains->lines, &chains->line_capacity, chains->line_count,
		       sizeof(*chains->lines)))
		return -ENOMEM;
	chains->lines[chains->line_count++] = (struct dump_rule_line){
		.text = text, .len = len, .next = DUMP_NO_LINE, .form = form
	};
	if (chain->last == DUMP_NO_LINE)
		chain->first = line;
	else
		chains->lines[chain->last].next = line;
	chain->last = line;
	return 0;
}

void dump_chains_release(struct dump_chains *chains)
{
	free(chains->chains);
	free(chains->lines);
	slots_release(&chains->slots);
}

/* The loading of chains, and those that are reached but not yet read. */
struct loading {
	struct dump_chains *chains;
	struct nat_reading *reading;
	const struct nat_dump *dump;
	enum ipmasq_family family;
	struct nat_table *table;
	dump_rule_fn *read;
	void *context;
	/* Numbers of chains. */
	uint32_t *queue;
	size_t queued;
	struct xt_rule rule;
};

/* The chain's number in the model. -ENOMEM. */
static int reach(struct loading *loading, struct dump_chain *chain, uint32_t *index)
{
	int r = 0;

	if (chain->index == NAT_NO_CHAIN) {
		r = nat_need_chain(loading->table, chain->name, chain->len, &chain->index);
		if (r == 0)
			loading->queue[loading->queued++] =
				(uint32_t)(chain - loading->chains->chains);
	}
	*index = chain->index;
	return r;
}

/* A rule that cannot be read may do anything. */
static void read_broken(struct xt_rule *rule, const char *line, size_t len)
{
	xt_rule_start(rule, rule->model, rule->family);
	xt_add_unknown(rule, line, len);
	rule->rule.verdict = NAT_UNKNOWN;
}

static int note_missing(const struct loading *loading, const struct xt_rule *rule)
{
	if (rule->rule.verdict != NAT_UNKNOWN || !rule->target)
		return 0;
	return nat_add_note(loading->reading->model,
			    "table %s of %s has neither rules nor a meaning for the target %.*s",
			    loading->table->name, loading->dump->text->name,
			    (int)(rule->target_len < 64 ? rule->target_len : 64), rule->target);
}

static int load_line(struct loading *loading, const struct dump_rule_line *line, uint32_t index,
		     size_t number)
{
	struct dump_chains *chains = loading->chains;
	struct xt_rule *rule = &loading->rule;
	uint32_t to = NAT_NO_CHAIN;
	struct nat_rule finished;
	const char *text = line->text;
	size_t len = line->len;
	int r = 0;

	xt_rule_start(rule, loading->reading->model, loading->family);
	if (line->broken)
		read_broken(rule, line->text, line->len);
	else
		loading->read(loading->context, rule, line, &text, &len);
	if (rule->target) {
		uint32_t slot = *find_slot(chains, rule->target, rule->target_len);

		if (slot != SLOT_FREE)
			r = reach(loading, &chains->chains[slot], &to);
		else
			r = note_missing(loading, rule);
	}
	if (r == 0)
		r = xt_rule_finish(rule, text, len, to, &finished);
	if (r < 0)
		return r;
	finished.number = number;
	return nat_add_rule(loading->table, index, &finished);
}

static int load_chain(struct loading *loading, const struct dump_chain *chain)
{
	const struct dump_chains *chains = loading->chains;
	bool is_last = chain->last == DUMP_NO_LINE || chain->last + 1 == chains->line_count;
	size_t number = 0;
	int r = 0;

	for (uint32_t line = chain->first; r == 0 && line != DUMP_NO_LINE;
	     line = chains->lines[line].next)
		r = load_line(loading, &chains->lines[line], chain->index, ++number);
	if (!chain->declared || (chains->cut && is_last))
		loading->table->chains[chain->index].incomplete = true;
	return r;
}

static int reach_base(struct loading *loading, const struct base *base)
{
	struct dump_chains *chains = loading->chains;
	uint32_t number = *find_slot(chains, base->chain, strlen(base->chain));
	struct nat_chain *made;
	uint32_t index;
	int r;

	if (number == SLOT_FREE)
		return 0;
	r = reach(loading, &chains->chains[number], &index);
	if (r < 0)
		return r;
	made = &loading->table->chains[index];
	made->hook = base->hook;
	made->type = base->type;
	made->priority = base->priority;
	made->policy = chains->chains[number].policy == NAT_DROP ? NAT_DROP : NAT_ACCEPT;
	return 0;
}

int dump_chains_load(struct dump_chains *chains, struct nat_reading *reading,
		     const struct nat_dump *dump, enum ipmasq_family family, const char *name,
		     struct nat_table *table, dump_rule_fn *read, void *context)
{
	struct loading loading = {
		.chains = chains,
		.reading = reading,
		.dump = dump,
		.family = family,
		.table = table,
		.read = read,
		.context = context,
	};
	int r = make_slots(chains);

	if (r < 0)
		return r;
	loading.queue = calloc(chains->count + 1, sizeof(*loading.queue));
	if (!loading.queue)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(bases); i++) {
		if (strcmp(bases[i].table, name) == 0)
			r = reach_base(&loading, &bases[i]);
	}
	for (size_t next = 0; r == 0 && next < loading.queued; next++)
		r = load_chain(&loading, &chains->chains[loading.queue[next]]);
	free(loading.queue);
	return r;
}
