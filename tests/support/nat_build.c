/* SPDX-License-Identifier: Apache-2.0 */
/* Makes models of a node's way out from a short notation. */
#include "support/nat_build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct builder {
	struct nat_model *model;
	struct nat_table *table;
	const char *line;
};

struct word {
	const char *name;
	unsigned int value;
};

static _Noreturn void fail(const struct builder *b, const char *what)
{
	fprintf(stderr, "nat_build: %s: %s\n", b->line, what);
	abort();
}

static void *need(const struct builder *b, const void *pointer)
{
	if (!pointer)
		fail(b, "no memory");
	return (void *)(uintptr_t)pointer;
}

static unsigned int look_up(const struct builder *b, const struct word *words, const char *name)
{
	for (; words->name; words++) {
		if (strcmp(words->name, name) == 0)
			return words->value;
	}
	fail(b, name);
}

static const struct word backends[] = {
	{ "legacy", NAT_LEGACY },
	{ "nft", NAT_IPTABLES_NFT },
	{ "native", NAT_NFTABLES },
	{ NULL, 0 },
};

static const struct word family_words[] = {
	{ "ip", NAT_FAMILY(IPMASQ_IPV4) },
	{ "ip6", NAT_FAMILY(IPMASQ_IPV6) },
	{ "inet", NAT_BOTH_FAMILIES },
	{ NULL, 0 },
};

static const struct word hooks[] = {
	{ "prerouting", NAT_PREROUTING },
	{ "forward", NAT_FORWARD },
	{ "postrouting", NAT_POSTROUTING },
	{ NULL, 0 },
};

static const struct word types[] = {
	{ "filter", NAT_TYPE_FILTER },
	{ "route", NAT_TYPE_ROUTE },
	{ "nat", NAT_TYPE_NAT },
	{ NULL, 0 },
};

static const struct word verdicts[] = {
	{ "CONTINUE", NAT_CONTINUE },
	{ "ACCEPT", NAT_ACCEPT },
	{ "RETURN", NAT_RETURN },
	{ "DROP", NAT_DROP },
	{ "JUMP", NAT_JUMP },
	{ "GOTO", NAT_GOTO },
	{ "MASQUERADE", NAT_MASQUERADE },
	{ "SNAT", NAT_SNAT },
	{ "NETMAP", NAT_NETMAP },
	{ "NOTRACK", NAT_NOTRACK },
	{ "QUEUE", NAT_QUEUE },
	{ "UNKNOWN", NAT_UNKNOWN },
	{ NULL, 0 },
};

static const struct word kinds[] = {
	{ "s", NAT_ON_SOURCE },
	{ "d", NAT_ON_DESTINATION },
	{ "i", NAT_ON_IN_INTERFACE },
	{ "o", NAT_ON_OUT_INTERFACE },
	{ "stype", NAT_ON_SOURCE_TYPE },
	{ "dtype", NAT_ON_DESTINATION_TYPE },
	{ "state", NAT_ON_CONNECTION_STATE },
	{ "proto", NAT_ON_IP_PROTOCOL },
	{ "port", NAT_ON_DESTINATION_PORT },
	{ "mark", NAT_ON_PACKET_MARK },
	{ "owner", NAT_ON_SOCKET_OWNER },
	{ "chance", NAT_ON_STATISTIC },
	{ "what", NAT_ON_UNKNOWN },
	{ NULL, 0 },
};

static const struct word type_words[] = {
	{ "unicast", NAT_ADDRESS_UNICAST },
	{ "local", NAT_ADDRESS_LOCAL },
	{ "broadcast", NAT_ADDRESS_BROADCAST },
	{ "multicast", NAT_ADDRESS_MULTICAST },
	{ NULL, 0 },
};

static const struct word state_words[] = {
	{ "new", NAT_STATE_NEW },
	{ "established", NAT_STATE_ESTABLISHED },
	{ "related", NAT_STATE_RELATED },
	{ "dnat", NAT_STATE_DNAT },
	{ NULL, 0 },
};

static const char *keep(const struct builder *b, const char *text)
{
	return need(b, nat_text(b->model, text, strlen(text)));
}

static struct prefix cidr(const struct builder *b, const char *text)
{
	struct prefix prefix;
	enum prefix_error error = prefix_parse(text, strlen(text), &prefix);

	if (error != PREFIX_OK && error != PREFIX_BARE_ADDRESS)
		fail(b, text);
	return prefix;
}

static const struct nat_set *addresses(const struct builder *b, char *list, bool complete)
{
	struct nat_set *set;
	char *rest = NULL;

	if (nat_add_set(b->model, NULL, IPMASQ_IPV4, &set))
		fail(b, "no memory");
	set->complete = complete;
	for (char *one = strtok_r(list, ",", &rest); one; one = strtok_r(NULL, ",", &rest)) {
		struct prefix prefix = cidr(b, one);

		set->family = prefix.family;
		if (ranges_add(&set->ranges, &prefix))
			fail(b, "no memory");
	}
	ranges_unite(&set->ranges);
	return set;
}

/* @value: what follows "=", or NULL. */
static void set_value(const struct builder *b, struct nat_condition *c, char *value, bool complete)
{
	size_t len = value ? strlen(value) : 0;

	switch (c->kind) {
	case NAT_ON_SOURCE:
	case NAT_ON_DESTINATION:
		c->set = value ? addresses(b, value, complete) : NULL;
		break;
	case NAT_ON_IN_INTERFACE:
	case NAT_ON_OUT_INTERFACE:
		c->interface.is_start = len > 0 && value[len - 1] == '+';
		if (c->interface.is_start)
			value[len - 1] = '\0';
		c->interface.name = keep(b, value);
		break;
	case NAT_ON_SOURCE_TYPE:
	case NAT_ON_DESTINATION_TYPE:
		c->address_types = look_up(b, type_words, value);
		break;
	case NAT_ON_CONNECTION_STATE:
		c->states = look_up(b, state_words, value);
		break;
	case NAT_ON_IP_PROTOCOL:
		c->protocols[atoi(value) / 64] |= UINT64_C(1) << atoi(value) % 64;
		break;
	case NAT_ON_PACKET_MARK:
		c->mark.number = (uint32_t)strtoul(value, &value, 0);
		c->mark.mask = *value ? (uint32_t)strtoul(value + 1, NULL, 0) : UINT32_MAX;
		break;
	default:
		break;
	}
}

static struct nat_condition condition(const struct builder *b, char *word)
{
	struct nat_condition c = { .text = keep(b, word) };
	char name[16];
	size_t len;

	c.negated = *word == '!';
	word += c.negated;
	len = strcspn(word, "=~?");
	if (len >= sizeof(name))
		fail(b, word);
	memcpy(name, word, len);
	name[len] = '\0';
	c.kind = look_up(b, kinds, name);
	set_value(b, &c, word[len] && word[len] != '?' ? word + len + 1 : NULL, word[len] != '~');
	return c;
}

static void set_target(const struct builder *b, struct nat_rule *rule, char *word)
{
	char *value = strchr(word, '=');

	if (value)
		*value++ = '\0';
	rule->verdict = look_up(b, verdicts, word);
	rule->chain = NAT_NO_CHAIN;
	if (rule->verdict == NAT_SNAT && value) {
		rule->to_known = true;
		rule->to_first = cidr(b, value).addr;
		rule->to_last = rule->to_first;
	} else if (rule->verdict == NAT_NETMAP) {
		rule->to_prefix = cidr(b, value);
	} else if (value && nat_need_chain(b->table, value, strlen(value), &rule->chain)) {
		fail(b, "no memory");
	}
}

static void add_rule(const struct builder *b, char *words, const char *chain)
{
	struct nat_condition conditions[16];
	struct nat_rule rule = { .text = keep(b, b->line) };
	uint32_t index;
	char *rest = NULL;
	char *word = strtok_r(words, " ", &rest);

	for (; word && strcmp(word, "->") != 0; word = strtok_r(NULL, " ", &rest)) {
		if (strncmp(word, "c=", 2) == 0)
			rule.comment = keep(b, word + 2);
		else
			conditions[rule.condition_count++] = condition(b, word);
	}
	word = strtok_r(NULL, " ", &rest);
	if (!word)
		fail(b, "no verdict");
	set_target(b, &rule, word);
	rule.conditions =
		need(b, nat_copy(b->model, conditions, rule.condition_count * sizeof(*conditions)));
	if (nat_need_chain(b->table, chain, strlen(chain), &index))
		fail(b, "no memory");
	rule.number = b->table->chains[index].count + 1;
	if (nat_add_rule(b->table, index, &rule))
		fail(b, "no memory");
}

static void add_base(const struct builder *b, const char *line)
{
	char hook[16], type[16], policy[16], name[64];
	struct nat_chain *chain;
	uint32_t index;
	int priority;

	if (sscanf(line, "base %15s %15s %d %15s %63s", hook, type, &priority, policy, name) != 5 ||
	    nat_need_chain(b->table, name, strlen(name), &index))
		fail(b, "not a base chain");
	chain = &b->table->chains[index];
	chain->hook = look_up(b, hooks, hook);
	chain->type = look_up(b, types, type);
	chain->priority = priority;
	chain->policy = look_up(b, verdicts, policy);
}

static void add_table(struct builder *b, const char *line)
{
	char backend[16], family[16], name[64];

	if (sscanf(line, "table %15s %15s %63s", backend, family, name) != 3 ||
	    nat_add_table(b->model, look_up(b, backends, backend), look_up(b, family_words, family),
			  name, NULL, &b->table))
		fail(b, "not a table");
}

static void add_line(struct builder *b, char *line)
{
	char name[64];
	uint32_t index;

	b->line = keep(b, line);
	if (strncmp(line, "table ", 6) == 0) {
		add_table(b, line);
	} else if (strncmp(line, "base ", 5) == 0) {
		add_base(b, line);
	} else if (sscanf(line, "incomplete %63s", name) == 1) {
		if (nat_need_chain(b->table, name, strlen(name), &index))
			fail(b, "no memory");
		b->table->chains[index].incomplete = true;
	} else if (sscanf(line, "%63s", name) == 1) {
		add_rule(b, line + strlen(name), name);
	}
}

void nat_build_into(struct nat_model *model, const char *text)
{
	struct builder b = { .model = model, .line = "" };
	char *copy = need(&b, strdup(text));
	char *rest = NULL;

	for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		add_line(&b, line);
	free(copy);
}

struct nat_model *nat_build(const char *text)
{
	struct builder b = { .line = "" };

	if (nat_model_new(&b.model))
		fail(&b, "no memory");
	nat_build_into(b.model, text);
	if (nat_model_finish(b.model))
		fail(&b, "no memory");
	return b.model;
}
