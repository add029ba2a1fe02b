/* SPDX-License-Identifier: Apache-2.0 */
/* A model of a node's way out as text, for comparisons and for looking at it. */
#include "support/nat_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_ranges(const struct nat_set *set, FILE *out)
{
	fputs("{", out);
	for (size_t i = 0; i < set->ranges.count; i++) {
		struct prefix_split split = { .family = set->family,
					      .first = set->ranges.ranges[i].first,
					      .last = set->ranges.ranges[i].last };
		struct prefix prefix;
		char text[PREFIX_TEXT_MAX];

		while (prefix_split_next(&split, &prefix)) {
			prefix_format(&prefix, text);
			fprintf(out, " %s", text);
		}
	}
	fprintf(out, " }%s%s", set->complete ? "" : " incomplete", set->partial ? " partial" : "");
}

static void print_set(const char *what, const struct nat_set *set, unsigned int flags, FILE *out)
{
	fprintf(out, "%s in ", what);
	if (!set)
		fputs("?", out);
	else if (set->name && flags & NAT_TEXT_MEANING)
		fprintf(out, "@%s", set->name);
	else
		print_ranges(set, out);
}

static void print_protocols(const struct nat_condition *c, FILE *out)
{
	fputs("protocol", out);
	for (unsigned int p = 0; p < 256; p++)
		if (c->protocols[p / 64] >> p % 64 & 1)
			fprintf(out, " %u", p);
}

static void print_ports(const char *what, const struct nat_condition *c, FILE *out)
{
	fputs(what, out);
	for (size_t i = 0; i < c->ports.count; i++)
		fprintf(out, " %u-%u", c->ports.ranges[i].first, c->ports.ranges[i].last);
}

static void print_kind(const struct nat_condition *c, unsigned int flags, FILE *out)
{
	switch (c->kind) {
	case NAT_ON_SOURCE:
		print_set("source", c->set, flags, out);
		break;
	case NAT_ON_DESTINATION:
		print_set("destination", c->set, flags, out);
		break;
	case NAT_ON_IP_PROTOCOL:
		print_protocols(c, out);
		break;
	case NAT_ON_SOURCE_PORT:
		print_ports("source port", c, out);
		break;
	case NAT_ON_DESTINATION_PORT:
		print_ports("destination port", c, out);
		break;
	case NAT_ON_IN_INTERFACE:
	case NAT_ON_OUT_INTERFACE:
		fprintf(out, "%s %s%s", c->kind == NAT_ON_IN_INTERFACE ? "in" : "out",
			c->interface.name, c->interface.is_start ? "*" : "");
		break;
	case NAT_ON_SOURCE_TYPE:
		fprintf(out, "source type %#x", c->address_types);
		break;
	case NAT_ON_DESTINATION_TYPE:
		fprintf(out, "destination type %#x", c->address_types);
		break;
	case NAT_ON_PACKET_MARK:
		fprintf(out, "mark %#x/%#x", c->mark.number, c->mark.mask);
		break;
	case NAT_ON_CONNECTION_MARK:
		fprintf(out, "connection mark %#x/%#x", c->mark.number, c->mark.mask);
		break;
	case NAT_ON_CONNECTION_STATE:
		fprintf(out, "state %#x", c->states);
		break;
	case NAT_ON_SOCKET_OWNER:
		fputs("owner", out);
		break;
	case NAT_ON_STATISTIC:
		fputs("statistic", out);
		break;
	case NAT_ON_UNKNOWN:
		fputs("unknown", out);
		break;
	}
}

static char *condition_text(const struct nat_condition *c, unsigned int flags)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	fputs(c->negated ? " [not " : " [", out);
	print_kind(c, flags, out);
	if (flags & NAT_TEXT_TEXTS)
		fprintf(out, " (%s)", c->text);
	fputs("]", out);
	if (fclose(out) != 0 || !text)
		abort();
	return text;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void print_conditions(const struct nat_rule *rule, unsigned int flags, FILE *out)
{
	char **texts = calloc(rule->condition_count + 1, sizeof(*texts));

	if (!texts)
		abort();
	for (size_t i = 0; i < rule->condition_count; i++)
		texts[i] = condition_text(&rule->conditions[i], flags);
	if (flags & NAT_TEXT_SORTED)
		qsort(texts, rule->condition_count, sizeof(*texts), compare_texts);
	for (size_t i = 0; i < rule->condition_count; i++) {
		fputs(texts[i], out);
		free(texts[i]);
	}
	free(texts);
}

static void print_verdict(const struct nat_table *table, const struct nat_rule *rule, FILE *out)
{
	static const char *const names[] = {
		[NAT_CONTINUE] = "continue", [NAT_ACCEPT] = "accept", [NAT_RETURN] = "return",
		[NAT_DROP] = "drop",	     [NAT_JUMP] = "jump",     [NAT_GOTO] = "goto",
		[NAT_MASQUERADE] = "masq",   [NAT_SNAT] = "snat",     [NAT_NETMAP] = "netmap",
		[NAT_NOTRACK] = "notrack",   [NAT_QUEUE] = "queue",   [NAT_UNKNOWN] = "unknown",
	};
	enum ipmasq_family family = table->families & NAT_FAMILY(IPMASQ_IPV4) ? IPMASQ_IPV4
									      : IPMASQ_IPV6;
	char text[PREFIX_TEXT_MAX];

	fprintf(out, " %s", names[rule->verdict]);
	if (rule->verdict == NAT_JUMP || rule->verdict == NAT_GOTO)
		fprintf(out, " %s",
			rule->chain < table->count ? table->chains[rule->chain].name : "?");
	if (rule->verdict == NAT_SNAT && rule->to_known) {
		/* Tables of both families have addresses of either. */
		if (table->families == NAT_BOTH_FAMILIES && rule->to_first.lo)
			family = IPMASQ_IPV6;
		addr_format(family, rule->to_first, text);
		fprintf(out, " %s", text);
		addr_format(family, rule->to_last, text);
		if (!addr_equal(rule->to_first, rule->to_last))
			fprintf(out, "-%s", text);
	}
	if (rule->verdict == NAT_NETMAP) {
		prefix_format(&rule->to_prefix, text);
		fprintf(out, " %s", text);
	}
}

static void print_chain(const struct nat_table *table, const struct nat_chain *chain,
			unsigned int flags, FILE *out)
{
	static const char *const hooks[] = { "prerouting", "forward", "postrouting" };
	static const char *const types[] = { "filter", "route", "nat" };

	fprintf(out, "  chain %s", chain->name);
	if (chain->hook != NAT_NO_HOOK)
		fprintf(out, " %s %s %d %s", types[chain->type], hooks[chain->hook],
			chain->priority, chain->policy == NAT_DROP ? "drop" : "accept");
	fprintf(out, "%s\n", chain->incomplete ? " incomplete" : "");
	for (size_t i = 0; i < chain->count; i++) {
		const struct nat_rule *rule = &chain->rules[i];

		fprintf(out, "    %zu", rule->number);
		print_conditions(rule, flags, out);
		print_verdict(table, rule, out);
		if (rule->comment)
			fprintf(out, " # %s", rule->comment);
		fputs("\n", out);
		if (flags & NAT_TEXT_TEXTS)
			fprintf(out, "      %s\n", rule->text);
	}
}

static int compare_tables(const void *a, const void *b)
{
	const struct nat_table *left = *(const struct nat_table *const *)a;
	const struct nat_table *right = *(const struct nat_table *const *)b;
	int r = strcmp(left->family_name, right->family_name);

	return r ? r : strcmp(left->name, right->name);
}

static int compare_chains(const void *a, const void *b)
{
	const struct nat_chain *left = *(const struct nat_chain *const *)a;
	const struct nat_chain *right = *(const struct nat_chain *const *)b;

	return strcmp(left->name, right->name);
}

static void print_table(const struct nat_table *table, unsigned int flags, FILE *out)
{
	const struct nat_chain **chains = calloc(table->count + 1, sizeof(*chains));
	size_t count = 0;

	if (!chains)
		abort();
	for (size_t i = 0; i < table->count; i++)
		if (table->chains[i].reached)
			chains[count++] = &table->chains[i];
	qsort(chains, count, sizeof(*chains), compare_chains);
	if (count > 0)
		fprintf(out, "table %s %s%s%s%s\n", table->family_name, table->name,
			flags & NAT_TEXT_MEANING ? "" : " of ",
			flags & NAT_TEXT_MEANING ? "" : nat_backend_name(table->backend),
			table->dormant ? " dormant" : "");
	for (size_t i = 0; i < count; i++)
		print_chain(table, chains[i], flags, out);
	free(chains);
}

void nat_text_print(const struct nat_model *model, unsigned int flags, FILE *out)
{
	struct nat_table **tables = calloc(model->count + 1, sizeof(struct nat_table *));

	if (!tables)
		abort();
	if (model->count > 0)
		memcpy(tables, model->tables, model->count * sizeof(struct nat_table *));
	qsort(tables, model->count, sizeof(struct nat_table *), compare_tables);
	for (size_t i = 0; i < model->count; i++)
		print_table(tables[i], flags, out);
	for (size_t i = 0; i < model->note_count; i++)
		fprintf(out, "note: %s\n", model->notes[i]);
	free(tables);
}
