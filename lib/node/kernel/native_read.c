/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what there is of ours in the native table of a family: the table, its chains and maps, and
 * where the base chain leads. native_contents.c reads what these hold. */
#include "node/kernel/native_read.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "node/kernel/native_contents.h"
#include "node/kernel/nft_rule.h"
#include "rules/nft_form.h"
#include "util/patience.h"

struct look {
	struct native_table *table;
	const char *root;
	char base[NFT_NAME_MAX + 1];
	enum ipmasq_family family;
};

static int take_table(void *context, const struct nlmsghdr *message)
{
	struct look *look = context;
	const char *name = native_text(message, NFTA_TABLE_NAME);
	uint32_t flags;

	if (!name || !nft_number_of(native_attr(message, NFTA_TABLE_FLAGS), &flags))
		return -EPROTO;
	look->table->kube_proxy |= strcmp(name, "kube-proxy") == 0;
	if (strcmp(name, NFT_TABLE) != 0)
		return 0;
	look->table->exists = true;
	look->table->dormant = flags & NFT_TABLE_F_DORMANT;
	return 0;
}

/* One that is not hooked has neither of them. */
static void judge_base(struct look *look, const struct nlmsghdr *message)
{
	const struct nlattr *hook = native_attr(message, NFTA_CHAIN_HOOK);
	const char *type = native_text(message, NFTA_CHAIN_TYPE);
	struct native_table *table = look->table;
	uint32_t number;

	table->has_base = true;
	table->faults = 0;
	if (!type || strcmp(type, "nat") != 0)
		table->faults |= NATIVE_BASE_TYPE;
	if (!hook || !nft_number(hook, NFTA_HOOK_HOOKNUM, &number) ||
	    number != NF_INET_POST_ROUTING)
		table->faults |= NATIVE_BASE_HOOK;
	if (!hook || !nft_number(hook, NFTA_HOOK_PRIORITY, &number) || number != NFT_PRIORITY)
		table->faults |= NATIVE_BASE_PRIORITY;
	if (!nft_number_of(native_attr(message, NFTA_CHAIN_POLICY), &number) || number != NF_ACCEPT)
		table->faults |= NATIVE_BASE_POLICY;
	table->hooked = table->faults == 0;
}

static int add_name(struct native_names *names, const char *name)
{
	buf_add(&names->text, name, strlen(name) + 1);
	names->count++;
	return names->text.error;
}

static int take_chain(void *context, const struct nlmsghdr *message)
{
	struct look *look = context;
	struct native_table *table = look->table;
	const char *in = native_text(message, NFTA_CHAIN_TABLE);
	const char *name = native_text(message, NFTA_CHAIN_NAME);
	uint32_t uses = 0;
	char generation;

	if (!in || !name)
		return -EPROTO;
	if (strcmp(in, NFT_TABLE) != 0)
		return 0;
	nft_number_of(native_attr(message, NFTA_CHAIN_USE), &uses);
	table->uses += uses;
	if (strcmp(name, look->base) == 0) {
		judge_base(look, message);
		return 0;
	}
	if (native_chain_is_ours(name, look->root, &generation))
		return add_name(&table->chains, name);
	table->others++;
	return 0;
}

static int take_set(void *context, const struct nlmsghdr *message)
{
	struct look *look = context;
	const char *in = native_text(message, NFTA_SET_TABLE);
	const char *name = native_text(message, NFTA_SET_NAME);
	char generation;

	if (!in || !name)
		return -EPROTO;
	if (strcmp(in, NFT_TABLE) != 0 || !native_map_is_ours(name, look->root, &generation))
		return 0;
	return add_name(&look->table->maps, name);
}

/* A rule of the base chain. */
static bool leads_to_ours(const struct look *look, const struct native_rule *rule, char *generation)
{
	return rule->chain && native_chain_is_ours(rule->chain, look->root, generation);
}

static int take_base_rule(void *context, const struct nlmsghdr *message)
{
	struct look *look = context;
	struct native_table *table = look->table;
	struct native_rule rule;
	enum native_sight sight =
		native_rule_read(look->family, native_attr(message, NFTA_RULE_EXPRESSIONS), &rule);
	struct rule wanted = rule_any(look->family);
	char name[CHAIN_NAME_MAX + 1];
	char generation;
	uint32_t index;

	wanted.not_local = true;
	table->base_rules++;
	if (sight != NATIVE_KNOWN)
		native_odd(table, sight, "a rule of the base chain", look->base);
	if (!leads_to_ours(look, &rule, &generation)) {
		table->switched = false;
		table->led = false;
		return 0;
	}
	rule.rule.target = TARGET_RETURN;
	table->led &= sight == NATIVE_KNOWN && rule_equal(&rule.rule, &wanted);
	table->switched &= table->led && (!table->generation || table->generation == generation);
	if (table->generation)
		return 0;
	table->generation = generation;
	nft_name_read(rule.chain, name);
	return ruleset_add_chain(table->rules, name, strlen(name), &index);
}

static int read_base(struct native_socket *socket, struct look *look)
{
	struct native_table *table = look->table;
	struct nlmsghdr *question;
	int r;

	if (!table->has_base)
		return 0;
	table->switched = true;
	table->led = true;
	question = native_question(socket, NFT_MSG_GETRULE, NLM_F_DUMP);
	mnl_attr_put_strz(question, NFTA_RULE_TABLE, NFT_TABLE);
	mnl_attr_put_strz(question, NFTA_RULE_CHAIN, look->base);
	r = native_ask(socket, take_base_rule, look);
	table->switched &= table->base_rules == nft_base_test_count;
	table->led &= table->base_rules > 0;
	return r;
}

/* A table that is not there is no error. */
static int read_table(struct native_socket *socket, struct look *look)
{
	int r;

	native_question(socket, NFT_MSG_GETTABLE, NLM_F_DUMP);
	r = native_ask(socket, take_table, look);
	if (r < 0 || !look->table->exists)
		return r;
	native_question(socket, NFT_MSG_GETCHAIN, NLM_F_DUMP);
	r = native_ask(socket, take_chain, look);
	if (r < 0)
		return r;
	mnl_attr_put_strz(native_question(socket, NFT_MSG_GETSET, NLM_F_DUMP), NFTA_SET_TABLE,
			  NFT_TABLE);
	r = native_ask(socket, take_set, look);
	return r < 0 ? r : read_base(socket, look);
}

static size_t count_stale(const struct native_names *names, const struct look *look,
			  bool (*is_ours)(const char *name, const char *root, char *generation))
{
	const char *name = names->text.data;
	size_t stale = 0;
	char generation;

	for (size_t i = 0; i < names->count; i++, name += strlen(name) + 1)
		stale += is_ours(name, look->root, &generation) &&
			 generation != look->table->generation;
	return stale;
}

/* Where somebody has emptied the base chain, what was in force last is still there. */
static int take_latest(struct look *look)
{
	struct native_table *table = look->table;
	char name[CHAIN_NAME_MAX + 1];
	uint32_t index;

	if (table->generation || table->base_rules > 0 ||
	    !native_find_latest(table, look->root, name, &table->generation))
		return 0;
	table->switched = false;
	table->led = false;
	return ruleset_add_chain(table->rules, name, strlen(name), &index);
}

int native_read(struct native_socket *socket, const char *root, bool contents,
		struct native_table *table)
{
	struct look look = { .table = table, .root = root, .family = socket->family };
	int r;

	*table = (struct native_table){ .exists = false };
	nft_name(root, look.base);
	native_begin(socket);
	r = ruleset_new_empty(socket->family, &table->rules);
	if (r == 0)
		r = read_table(socket, &look);
	if (r == 0)
		r = take_latest(&look);
	if (r == 0) {
		table->stale = count_stale(&table->chains, &look, native_chain_is_ours) +
			       count_stale(&table->maps, &look, native_map_is_ours);
		if (contents && table->generation)
			r = native_contents_read(socket, root, table);
	}
	return r < 0 ? r : native_generation(socket, &table->id);
}

int native_read_patiently(struct native_socket *socket, const char *root, bool contents,
			  unsigned int seconds, struct native_table *table)
{
	struct patience patience = { .tries = 0 };
	int r = native_read(socket, root, contents, table);

	while (r == NATIVE_STALE && patience_left(&patience, seconds)) {
		native_table_release(table);
		r = native_read(socket, root, contents, table);
	}
	return r;
}
