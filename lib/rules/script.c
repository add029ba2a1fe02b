/* SPDX-License-Identifier: Apache-2.0 */
/* Writes rulesets as iptables-restore text. */
#include "rules/script.h"

#include <string.h>

#define JUMP_COMMENT "ip-masq: pod traffic that leaves the node"

#define PUT_LITERAL(buf, text) buf_add(buf, text, sizeof(text) - 1)

static void put_prefix(struct buf *buf, const char *option, const struct prefix *prefix)
{
	char text[PREFIX_TEXT_MAX];
	size_t len = prefix_format(prefix, text);

	buf_puts(buf, option);
	buf_add(buf, text, len);
}

/* Eleven decimals, as iptables-save has them: enough to give back each of the 2^31 steps. */
static void put_probability(struct buf *buf, uint32_t probability)
{
	char digits[11];
	uint64_t rest = probability;

	for (size_t i = 0; i < sizeof(digits); i++) {
		rest *= 10;
		digits[i] = (char)('0' + rest / PROBABILITY_ONE);
		rest %= PROBABILITY_ONE;
	}
	PUT_LITERAL(buf, " -m statistic --mode random --probability 0.");
	buf_add(buf, digits, sizeof(digits));
}

static void put_masquerade(struct buf *buf, const struct rule *rule)
{
	PUT_LITERAL(buf, " -j MASQUERADE");
	if (rule->ports.first) {
		PUT_LITERAL(buf, " --to-ports ");
		buf_putu(buf, rule->ports.first);
		buf_putc(buf, '-');
		buf_putu(buf, rule->ports.last);
	}
	if (rule->random_fully)
		PUT_LITERAL(buf, " --random-fully");
}

static void put_target(struct buf *buf, const struct ipmasq_ruleset *ruleset,
		       const struct rule *rule)
{
	switch (rule->target) {
	case TARGET_MASQUERADE:
		put_masquerade(buf, rule);
		break;
	case TARGET_JUMP:
		PUT_LITERAL(buf, " -j ");
		buf_puts(buf, ruleset->chains[0].name);
		break;
	case TARGET_GOTO:
		PUT_LITERAL(buf, " -g ");
		buf_puts(buf, ruleset->chains[rule->chain].name);
		break;
	default:
		PUT_LITERAL(buf, " -j RETURN");
		break;
	}
}

/* What stands behind the name of the chain. @comment may be NULL. */
static void put_rule(struct buf *buf, const struct ipmasq_ruleset *ruleset, const struct rule *rule,
		     const char *comment)
{
	const struct ipmasq_entry *entry = rule_entry(ruleset, rule);
	/* An entry of a list is written out even where it matches everything. */
	bool listed = entry && entry->origin < IPMASQ_ORIGIN_OUT_BOUND;
	bool by_source = entry && entry->origin <= IPMASQ_ORIGIN_NON_MASQUERADE_SRC;

	if (entry)
		comment = ipmasq_origin_name(entry->origin);
	else if (!comment)
		comment = rule_label(ruleset, rule);
	if (rule->src.len || (listed && by_source))
		put_prefix(buf, " -s ", &rule->src);
	if (rule->dst.len || (listed && !by_source))
		put_prefix(buf, " -d ", &rule->dst);
	if (rule->proto) {
		PUT_LITERAL(buf, " -p ");
		buf_puts(buf, rule_proto_name(rule));
	}
	if (rule->probability != PROBABILITY_ONE)
		put_probability(buf, rule->probability);
	if (comment) {
		PUT_LITERAL(buf, " -m comment --comment \"");
		buf_puts(buf, comment);
		buf_putc(buf, '"');
	}
	if (rule->not_local)
		PUT_LITERAL(buf, " -m addrtype ! --dst-type LOCAL");
	put_target(buf, ruleset, rule);
}

bool script_comment_is_ours(const char *comment, size_t len)
{
	const char *name = JUMP_COMMENT;

	for (int origin = 0; name; name = ipmasq_origin_name((enum ipmasq_origin)origin++))
		if (strlen(name) == len && memcmp(name, comment, len) == 0)
			return true;
	return false;
}

void script_write_rule(struct buf *buf, const struct ipmasq_ruleset *ruleset, size_t chain,
		       size_t index)
{
	PUT_LITERAL(buf, "-A ");
	buf_puts(buf, ruleset->chains[chain].name);
	put_rule(buf, ruleset, &ruleset->chains[chain].rules[index], NULL);
}

static void put_chain_line(struct buf *buf, const char *name)
{
	buf_putc(buf, ':');
	buf_puts(buf, name);
	PUT_LITERAL(buf, " - [0:0]\n");
}

static void put_insertion(struct buf *buf, const struct ipmasq_ruleset *ruleset, size_t chain,
			  size_t index)
{
	const struct chain *to = &ruleset->chains[chain];

	PUT_LITERAL(buf, "-I ");
	buf_puts(buf, to->name);
	buf_putc(buf, ' ');
	buf_putu(buf, index + 1);
	put_rule(buf, ruleset, &to->rules[index], NULL);
}

static void put_rules(struct buf *buf, const struct ipmasq_ruleset *ruleset, size_t chain)
{
	for (size_t i = 0; i < ruleset->chains[chain].count; i++) {
		script_write_rule(buf, ruleset, chain, i);
		buf_putc(buf, '\n');
	}
}

static bool is_written(const bool *unchanged, size_t chain)
{
	return !unchanged || !unchanged[chain];
}

/* The rules of a chain that are written, all or those that are inserted. */
static struct rule_run run_of(const struct ipmasq_ruleset *ruleset,
			      const struct script_edits *edits, size_t chain)
{
	struct rule_run all = { .count = ruleset->chains[chain].count };

	if (!is_written(edits->unchanged, chain))
		all.count = 0;
	else if (edits->inserts && edits->inserts[chain].count > 0)
		return edits->inserts[chain];
	return all;
}

static bool is_anew(const struct script_edits *edits, size_t chain)
{
	return is_written(edits->unchanged, chain) &&
	       !(edits->inserts && edits->inserts[chain].count > 0);
}

void script_write_line(struct buf *buf, const struct ipmasq_ruleset *ruleset,
		       const struct script_edits *edits, size_t chain, size_t rule)
{
	struct rule_run run = run_of(ruleset, edits, chain);

	/* Those that come last are appended, for which no number can be wrong. */
	if (run.at + run.count == ruleset->chains[chain].count)
		script_write_rule(buf, ruleset, chain, rule);
	else
		put_insertion(buf, ruleset, chain, rule);
}

static void put_chains(struct buf *buf, const struct ipmasq_ruleset *ruleset,
		       const struct script_edits *edits)
{
	for (size_t i = 0; i < ruleset->count; i++)
		if (is_anew(edits, i))
			put_chain_line(buf, ruleset->chains[i].name);
	for (size_t i = 0; i < ruleset->count; i++) {
		struct rule_run run = run_of(ruleset, edits, i);

		for (size_t j = run.at; j < run.at + run.count; j++) {
			script_write_line(buf, ruleset, edits, i, j);
			buf_putc(buf, '\n');
		}
	}
}

static void put_jump(struct buf *buf, const struct ipmasq_ruleset *ruleset, size_t at)
{
	struct rule jump = rule_jump(ruleset->family);

	if (at) {
		PUT_LITERAL(buf, "-I POSTROUTING ");
		buf_putu(buf, at);
	} else {
		PUT_LITERAL(buf, "-A POSTROUTING");
	}
	put_rule(buf, ruleset, &jump, JUMP_COMMENT);
	buf_putc(buf, '\n');
}

static void put_edits(struct buf *buf, const struct ipmasq_ruleset *ruleset,
		      const struct script_edits *edits)
{
	for (size_t i = 0; i < edits->delete_count; i++) {
		PUT_LITERAL(buf, "-D ");
		buf_puts(buf, edits->deletes[i]);
		buf_putc(buf, '\n');
	}
	if (ruleset && edits->add_jump)
		put_jump(buf, ruleset, edits->jump_at);
	for (size_t i = 0; i < edits->flush_count; i++)
		put_chain_line(buf, edits->flush_chains[i]);
}

static void put_drop(struct buf *buf, const char *name)
{
	PUT_LITERAL(buf, "-X ");
	buf_puts(buf, name);
	buf_putc(buf, '\n');
}

void script_write(struct buf *buf, const struct ipmasq_ruleset *ruleset,
		  const struct script_edits *edits)
{
	PUT_LITERAL(buf, "*nat\n");
	if (ruleset)
		put_chains(buf, ruleset, edits);
	put_edits(buf, ruleset, edits);
	/* Declaring a chain flushes it: they may lead to each other, so all are emptied first. */
	for (size_t i = 0; i < edits->drop_count; i++)
		put_chain_line(buf, edits->drop_chains[i]);
	for (size_t i = 0; i < edits->drop_count; i++)
		put_drop(buf, edits->drop_chains[i]);
	PUT_LITERAL(buf, "COMMIT\n");
}

/* The sub-chain that takes place @place in the order of writing. */
static size_t chain_at_place(const struct ipmasq_ruleset *ruleset, size_t place)
{
	const struct chain *first = &ruleset->chains[1];
	bool goes_on = false;

	/* A goto leads to a later chain, except those to the chain of --to-ports, which is number 1
	 * and leads nowhere. */
	for (size_t i = 0; i < first->count; i++)
		goes_on |= first->rules[i].target == TARGET_GOTO;
	if (goes_on)
		return ruleset->count - 1 - place;
	return place == 0 ? 1 : ruleset->count - place;
}

/* Puts a transaction of the next chains that are written, from place @begin on; returns the place
 * after them. */
static size_t put_block(struct buf *buf, const struct ipmasq_ruleset *ruleset,
			const bool *unchanged, size_t begin, size_t most)
{
	size_t count = ruleset->count - 1;
	size_t end = begin;

	PUT_LITERAL(buf, "*nat\n");
	for (size_t put = 0; end < count && put < most; end++) {
		size_t chain = chain_at_place(ruleset, end);

		if (!is_written(unchanged, chain))
			continue;
		put_chain_line(buf, ruleset->chains[chain].name);
		put++;
	}
	for (size_t i = begin; i < end; i++)
		if (is_written(unchanged, chain_at_place(ruleset, i)))
			put_rules(buf, ruleset, chain_at_place(ruleset, i));
	PUT_LITERAL(buf, "COMMIT\n");
	return end;
}

static void put_sub_chains(struct buf *buf, const struct ipmasq_ruleset *ruleset,
			   const bool *unchanged, size_t most)
{
	for (size_t at = 0; at < ruleset->count - 1;)
		at = put_block(buf, ruleset, unchanged, at, most);
}

static size_t count_written(const struct ipmasq_ruleset *ruleset, const bool *unchanged)
{
	size_t count = 0;

	for (size_t i = 0; i < ruleset->count; i++)
		count += is_written(unchanged, i);
	return count;
}

static void put_drops(struct buf *buf, const struct script_edits *edits, size_t most,
		      void (*put)(struct buf *buf, const char *name))
{
	for (size_t i = 0; i < edits->drop_count; i++) {
		if (i % most == 0)
			buf_puts(buf, i ? "COMMIT\n*nat\n" : "*nat\n");
		put(buf, edits->drop_chains[i]);
	}
	if (edits->drop_count > 0)
		PUT_LITERAL(buf, "COMMIT\n");
}

void script_write_blocks(struct buf *buf, const struct ipmasq_ruleset *ruleset,
			 const struct script_edits *edits, size_t most)
{
	bool apart = count_written(ruleset, edits->unchanged) > most;

	if (apart)
		put_sub_chains(buf, ruleset, edits->unchanged, most);
	PUT_LITERAL(buf, "*nat\n");
	if (apart) {
		put_chain_line(buf, ruleset->chains[0].name);
		put_rules(buf, ruleset, 0);
	} else {
		put_chains(buf, ruleset, edits);
	}
	put_edits(buf, ruleset, edits);
	PUT_LITERAL(buf, "COMMIT\n");
	/* All are emptied before the first is deleted: they lead to each other across blocks. */
	put_drops(buf, edits, most, put_chain_line);
	put_drops(buf, edits, most, put_drop);
}

bool script_written_at(const struct ipmasq_ruleset *ruleset, const struct script_edits *edits,
		       size_t line, size_t *chain, size_t *rule)
{
	size_t first = 2;

	for (size_t i = 0; i < ruleset->count; i++)
		first += is_anew(edits, i);
	for (size_t i = 0; i < ruleset->count; i++) {
		struct rule_run run = run_of(ruleset, edits, i);

		if (line >= first && line - first < run.count) {
			*chain = i;
			*rule = run.at + line - first;
			return true;
		}
		first += run.count;
	}
	return false;
}
