/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads what nf_tables does to packets that are forwarded into a model. Only chains that are
 * reached from base chains are asked for and taken apart: a node may have ten thousands of rules
 * that no packet meets on its way out.
 */
#include "node/kernel/nat_nft.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "node/kernel/nat_nft_rule.h"
#include "node/kernel/nft_rule.h"

/* A dump of one chain takes as long as that of about so many rules. */
#define CHAIN_COST 5

/* A table of nf_tables. */
struct source {
	uint8_t nfproto;
	char *name;
	bool dormant;
	/* As iptables-nft makes it, or not. */
	bool iptables;
	/* What all its chains hold and what leads to them, about. */
	size_t uses;
	/* NULL: it has no base chain that matters. */
	struct nat_table *table;
	/* How many of the table's chains were asked for; the others are to come. */
	size_t asked;
	/* For each chain of the table, the number of its next rule. */
	size_t *numbers;
	size_t number_capacity;
};

struct nat_nft {
	struct nat_nft_ask ask;
	struct nat_draft *draft;
	struct nat_ipsets *ipsets;
	const struct nat_interfaces *interfaces;
	unsigned int families;
	struct source *sources;
	size_t count;
	size_t capacity;
};

/* Those that an attribute of a message may have. */
#define ATTRS 16

static void index_attributes(const struct nlmsghdr *message, const struct nlattr **attrs)
{
	struct nlattr *attr;

	memset(attrs, 0, ATTRS * sizeof(*attrs));
	mnl_attr_for_each(attr, message, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attr) < ATTRS)
			attrs[mnl_attr_get_type(attr)] = attr;
}

static const char *text_of(const struct nlattr *attr)
{
	return attr && mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) == 0 ? mnl_attr_get_str(attr)
									 : NULL;
}

static uint8_t nfproto_of(const struct nlmsghdr *message)
{
	return ((const struct nfgenmsg *)mnl_nlmsg_get_payload(message))->nfgen_family;
}

/* NAT_FAMILY() bits; 0: packets that are forwarded by their addresses do not meet it. */
static unsigned int families_of(uint8_t nfproto)
{
	switch (nfproto) {
	case NFPROTO_IPV4:
		return NAT_FAMILY(IPMASQ_IPV4);
	case NFPROTO_IPV6:
		return NAT_FAMILY(IPMASQ_IPV6);
	case NFPROTO_INET:
		return NAT_BOTH_FAMILIES;
	default:
		return 0;
	}
}

static int take_table(void *context, const struct nlmsghdr *message)
{
	const struct nlattr *attrs[ATTRS];
	struct nat_nft *n = context;
	struct source source = { .nfproto = nfproto_of(message) };
	const char *name;
	uint32_t flags = 0;

	index_attributes(message, attrs);
	name = text_of(attrs[NFTA_TABLE_NAME]);
	if (!name)
		return -EBADMSG;
	if (!(families_of(source.nfproto) & n->families))
		return 0;
	nft_number_of(attrs[NFTA_TABLE_FLAGS], &flags);
	source.dormant = flags & NFT_TABLE_F_DORMANT;
	if (array_grow(&n->sources, &n->capacity, n->count, sizeof(*n->sources)) < 0)
		return -ENOMEM;
	source.name = strdup(name);
	if (!source.name)
		return -ENOMEM;
	n->sources[n->count++] = source;
	return 0;
}

static struct source *find_source(struct nat_nft *n, uint8_t nfproto, const char *name)
{
	for (size_t i = 0; i < n->count; i++)
		if (n->sources[i].nfproto == nfproto && strcmp(n->sources[i].name, name) == 0)
			return &n->sources[i];
	return NULL;
}

static const struct {
	uint32_t number;
	enum nat_hook hook;
} hooks[] = {
	{ NF_INET_PRE_ROUTING, NAT_PREROUTING },
	{ NF_INET_FORWARD, NAT_FORWARD },
	{ NF_INET_POST_ROUTING, NAT_POSTROUTING },
};

static enum nat_hook hook_of(uint32_t number)
{
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++)
		if (hooks[i].number == number)
			return hooks[i].hook;
	return NAT_NO_HOOK;
}

/* The base chains of iptables-nft, by the names of their tables. */
static bool is_of_iptables(const struct source *source, const char *chain, uint32_t hook,
			   int32_t priority)
{
	static const char *const names[] = { "PREROUTING", "INPUT", "FORWARD", "OUTPUT",
					     "POSTROUTING" };
	static const struct {
		const char *table;
		/* By the number of the hook. */
		int32_t priorities[ARRAY_SIZE(names)];
	} tables[] = {
		{ "raw", { -300, -300, -300, -300, -300 } },
		{ "mangle", { -150, -150, -150, -150, -150 } },
		{ "nat", { -100, 100, 0, -100, 100 } },
		{ "filter", { 0, 0, 0, 0, 0 } },
		{ "security", { 50, 50, 50, 50, 50 } },
	};

	if (source->nfproto == NFPROTO_INET || hook >= ARRAY_SIZE(names) ||
	    strcmp(chain, names[hook]) != 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		if (strcmp(source->name, tables[i].table) == 0)
			return tables[i].priorities[hook] == priority;
	return false;
}

/* A base chain of type nat elsewhere than at postrouting changes destinations, if at all. */
static bool matters(enum nat_hook hook, enum nat_type type)
{
	return type == NAT_TYPE_NAT ? hook == NAT_POSTROUTING : hook != NAT_NO_HOOK;
}

static int need_table(struct nat_nft *n, struct source *source)
{
	if (source->table)
		return 0;
	if (nat_add_table(n->draft->model, NAT_NFTABLES, families_of(source->nfproto), source->name,
			  NULL, &source->table) < 0)
		return -ENOMEM;
	source->table->dormant = source->dormant;
	return 0;
}

static int add_base_chain(struct nat_nft *n, struct source *source, const char *name,
			  const struct nlattr **attrs)
{
	const char *type_name = text_of(attrs[NFTA_CHAIN_TYPE]);
	uint32_t policy = NF_ACCEPT;
	uint32_t priority = 0;
	uint32_t number = UINT32_MAX;
	enum nat_type type = NAT_TYPE_FILTER;
	struct nat_chain *chain;
	uint32_t index;

	nft_number(attrs[NFTA_CHAIN_HOOK], NFTA_HOOK_HOOKNUM, &number);
	nft_number(attrs[NFTA_CHAIN_HOOK], NFTA_HOOK_PRIORITY, &priority);
	nft_number_of(attrs[NFTA_CHAIN_POLICY], &policy);
	source->iptables |= is_of_iptables(source, name, number, (int32_t)priority);
	if (type_name && strcmp(type_name, "nat") == 0)
		type = NAT_TYPE_NAT;
	else if (type_name && strcmp(type_name, "route") == 0)
		type = NAT_TYPE_ROUTE;
	if (!matters(hook_of(number), type))
		return 0;
	if (need_table(n, source) < 0 ||
	    nat_need_chain(source->table, name, strlen(name), &index) < 0)
		return -ENOMEM;
	chain = &source->table->chains[index];
	chain->hook = hook_of(number);
	chain->type = type;
	chain->priority = (int32_t)priority;
	chain->policy = policy == NF_DROP ? NAT_DROP : NAT_ACCEPT;
	return 0;
}

static int take_chain(void *context, const struct nlmsghdr *message)
{
	const struct nlattr *attrs[ATTRS];
	struct nat_nft *n = context;
	struct source *source;
	const char *table;
	const char *name;
	uint32_t uses;

	index_attributes(message, attrs);
	table = text_of(attrs[NFTA_CHAIN_TABLE]);
	name = text_of(attrs[NFTA_CHAIN_NAME]);
	if (!table || !name || !*name)
		return -EBADMSG;
	source = find_source(n, nfproto_of(message), table);
	if (!source)
		return 0;
	if (nft_number_of(attrs[NFTA_CHAIN_USE], &uses))
		source->uses += uses;
	return attrs[NFTA_CHAIN_HOOK] ? add_base_chain(n, source, name, attrs) : 0;
}

/* Messages of rules whose chains are wanted. */
struct rules {
	struct source *source;
	/* Chains from this number on are not wanted yet. */
	size_t end;
	/* The chain of the last rule, and whether it is wanted. */
	char last[256];
	bool wanted;
	struct buf messages;
};

static int keep_rule(void *context, const struct nlmsghdr *message)
{
	struct rules *rules = context;
	const struct nat_table *table = rules->source->table;
	const struct nlattr *attrs[ATTRS];
	const char *name;
	uint32_t chain;

	index_attributes(message, attrs);
	name = text_of(attrs[NFTA_RULE_CHAIN]);
	if (!name || strlen(name) >= sizeof(rules->last))
		return -EBADMSG;
	if (strcmp(name, rules->last) != 0) {
		strcpy(rules->last, name);
		chain = nat_find_chain(table, name, strlen(name));
		rules->wanted = chain != NAT_NO_CHAIN && chain >= rules->source->asked &&
				chain < rules->end && !table->chains[chain].proved;
	}
	return rules->wanted ? nat_nft_keep(&rules->messages, message) : 0;
}

static int ask_rules(struct nat_nft *n, struct rules *rules, const char *chain)
{
	const struct nat_nft_name names[] = { { NFTA_RULE_TABLE, rules->source->name },
					      { chain ? NFTA_RULE_CHAIN : 0, chain } };

	return nat_nft_ask(&n->ask, rules->source->nfproto, NFT_MSG_GETRULE, true, names, keep_rule,
			   rules);
}

/* Asks for the chains of the table that were not asked for: one by one, or for all that the table
 * has where that is less work. */
static int ask_wanted(struct nat_nft *n, struct rules *rules)
{
	struct nat_table *table = rules->source->table;
	size_t wanted = 0;
	int r = 0;

	for (size_t i = rules->source->asked; i < rules->end; i++)
		wanted += !nat_draft_skip_chain(n->draft, table, (uint32_t)i);
	if (wanted * CHAIN_COST > rules->source->uses)
		return ask_rules(n, rules, NULL);
	for (size_t i = rules->source->asked; i < rules->end && r == 0; i++)
		if (!table->chains[i].proved)
			r = ask_rules(n, rules, table->chains[i].name);
	return r;
}

static int read_rule(struct nat_nft_rule *rule, struct source *source,
		     const struct nlmsghdr *message)
{
	CLEANUP(buf_release) struct buf prefix = BUF_INIT;
	const struct nlattr *attrs[ATTRS];
	const char *name;

	index_attributes(message, attrs);
	name = text_of(attrs[NFTA_RULE_CHAIN]);
	rule->chain = nat_find_chain(source->table, name, strlen(name));
	while (source->number_capacity <= rule->chain) {
		size_t before = source->number_capacity;

		if (array_grow(&source->numbers, &source->number_capacity, before,
			       sizeof(*source->numbers)) < 0)
			return -ENOMEM;
		memset(source->numbers + before, 0,
		       (source->number_capacity - before) * sizeof(*source->numbers));
	}
	buf_printf(&prefix, "-A %s", name);
	if (prefix.error)
		return -ENOMEM;
	rule->prefix = prefix.data;
	return nat_nft_rule_read(rule, ++source->numbers[rule->chain], attrs[NFTA_RULE_EXPRESSIONS],
				 attrs[NFTA_RULE_USERDATA]);
}

static int read_rules(struct nat_nft_rule *rule, struct rules *rules)
{
	int r = 0;

	for (size_t at = 0; at < rules->messages.len && r == 0;) {
		const struct nlmsghdr *message = (const void *)(rules->messages.data + at);

		r = read_rule(rule, rules->source, message);
		at += NLMSG_ALIGN(message->nlmsg_len);
	}
	return r;
}

/* Rules lead to chains, whose rules lead to more. */
static int read_chains(struct nat_nft *n, struct source *source)
{
	struct nat_nft_sets sets = { .ask = &n->ask,
				     .nfproto = source->nfproto,
				     .table = source->name };
	struct nat_nft_rule rule = { .draft = n->draft,
				     .ipsets = n->ipsets,
				     .sets = &sets,
				     .interfaces = n->interfaces,
				     .table = source->table };
	int r = 0;

	while (source->asked < source->table->count && r == 0) {
		struct rules rules = { .source = source, .end = source->table->count };

		r = ask_wanted(n, &rules);
		if (r == 0)
			r = read_rules(&rule, &rules);
		source->asked = rules.end;
		buf_release(&rules.messages);
	}
	nat_nft_sets_release(&sets);
	return r;
}

static int read_all(struct nat_nft *n, struct nat_wire *wire)
{
	int r = nat_nft_ask_start(&n->ask, wire);

	if (r == 0)
		r = nat_nft_ask(&n->ask, NFPROTO_UNSPEC, NFT_MSG_GETTABLE, true, NULL, take_table,
				n);
	if (r == 0)
		r = nat_nft_ask(&n->ask, NFPROTO_UNSPEC, NFT_MSG_GETCHAIN, true, NULL, take_chain,
				n);
	for (size_t i = 0; i < n->count && r == 0; i++) {
		if (!n->sources[i].table)
			continue;
		if (n->sources[i].iptables)
			n->sources[i].table->backend = NAT_IPTABLES_NFT;
		r = read_chains(n, &n->sources[i]);
	}
	return r == 0 ? nat_nft_ask_end(&n->ask) : r;
}

int nat_nft_read(struct nat_draft *draft, struct nat_wire *wire, struct nat_ipsets *ipsets,
		 const struct nat_interfaces *interfaces, unsigned int families)
{
	struct nat_nft n = {
		.draft = draft, .ipsets = ipsets, .interfaces = interfaces, .families = families
	};
	int r = read_all(&n, wire);

	for (size_t i = 0; i < n.count; i++) {
		free(n.sources[i].name);
		free(n.sources[i].numbers);
	}
	free(n.sources);
	return r;
}
