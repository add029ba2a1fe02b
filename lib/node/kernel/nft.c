/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the nat table of nf_tables: the messages about tables, then those about chains, then for
 * each chain those about its rules, then one about the generation of all. */
#include "node/kernel/nft.h"

#include <arpa/inet.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "node/kernel/hints.h"
#include "node/kernel/nft_uses.h"
#include "node/kernel/nft_words.h"
#include "rules/chain_name.h"

/* Longer than any name that the kernel takes. */
#define NAME_MAX_BYTES 256

enum stage { TABLES_WANTED, CHAINS_WANTED, RULES_WANTED, ALL_THERE };

struct nft_reader {
	struct reader reader;
	enum stage stage;
	/* Whose rules of table nat come; NULL: those of all chains. */
	const struct send_scope *scope;
	/* How many chains there are whose rules are to come and did not yet. */
	size_t chains;
	struct nft_uses uses;
	/* The generation of the rules that each message names; -1: there was none yet. */
	int generation;
	/* The chain of the last rule. */
	char chain[NAME_MAX_BYTES];
	/* Its number, or CHAIN_NONE: not ours. */
	uint32_t current;
	/* The number of the last rule in its chain, from 1. */
	size_t number;
};

/* The chains of table nat that have a hook, as iptables makes them. iptables may refuse a table
 * with any other. */
static const struct {
	const char *name;
	uint32_t hook;
	int32_t priority;
} base_chains[] = {
	{ "PREROUTING", NF_INET_PRE_ROUTING, -100 },
	{ "INPUT", NF_INET_LOCAL_IN, 100 },
	{ "OUTPUT", NF_INET_LOCAL_OUT, -100 },
	{ POSTROUTING, NF_INET_POST_ROUTING, 100 },
};

static bool is_base_chain(const char *name, const struct nlattr *hook, const char *type)
{
	uint32_t number;
	uint32_t priority;

	for (size_t i = 0; i < ARRAY_SIZE(base_chains); i++)
		if (strcmp(name, base_chains[i].name) == 0)
			return hook && type && strcmp(type, "nat") == 0 &&
			       nft_number(hook, NFTA_HOOK_HOOKNUM, &number) &&
			       nft_number(hook, NFTA_HOOK_PRIORITY, &priority) &&
			       number == base_chains[i].hook &&
			       (int32_t)priority == base_chains[i].priority;
	return !hook;
}

#define ATTRS_MAX 16

/* Sets @attrs[TYPE] to the attribute of that type, or to NULL. */
static void index_attributes(const struct nlmsghdr *message, const struct nlattr **attrs)
{
	struct nlattr *attr;

	memset(attrs, 0, ATTRS_MAX * sizeof(*attrs));
	mnl_attr_for_each(attr, message, sizeof(struct nfgenmsg))
		if (mnl_attr_get_type(attr) < ATTRS_MAX)
			attrs[mnl_attr_get_type(attr)] = attr;
}

/* A name. The kernel has none that is empty. */
static const char *text_of(const struct nlattr *attr)
{
	const char *text;

	if (!attr || mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0 ||
	    mnl_attr_get_payload_len(attr) > NAME_MAX_BYTES)
		return NULL;
	text = mnl_attr_get_str(attr);
	return *text ? text : NULL;
}

/* As `nft' names the family. */
static const char *nft_family(const struct nft_reader *n)
{
	return n->reader.observer->family == IPMASQ_IPV6 ? "ip6" : "ip";
}

static int take_table(struct nft_reader *n, const struct nlmsghdr *message)
{
	const struct nlattr *attrs[ATTRS_MAX];
	const char *name;
	uint32_t flags;

	index_attributes(message, attrs);
	name = text_of(attrs[NFTA_TABLE_NAME]);
	if (!name || !nft_number_of(attrs[NFTA_TABLE_FLAGS], &flags))
		return READER_UNSURE;
	if (strcmp(name, "nat") == 0 && flags & NFT_TABLE_F_DORMANT)
		observer_set_trouble(n->reader.observer,
				     "the nat table is dormant, so no rule of it is in force: "
				     "`nft add table %s nat' wakes it",
				     nft_family(n));
	return 0;
}

/* What makes the rules of POSTROUTING be in force. */
static void judge_postrouting(struct nft_reader *n, const struct nlattr **attrs, bool is_base)
{
	uint32_t policy;

	if (!is_base || !attrs[NFTA_CHAIN_HOOK])
		observer_set_trouble(
			n->reader.observer,
			"chain POSTROUTING of the nat table does not have the type nat, "
			"the hook postrouting and the priority 100: after `nft flush chain "
			"%s nat POSTROUTING' and `nft delete chain %s nat "
			"POSTROUTING', the next run makes it anew",
			nft_family(n), nft_family(n));
	else if (nft_number_of(attrs[NFTA_CHAIN_POLICY], &policy) && policy != NF_ACCEPT)
		observer_set_policy(n->reader.observer);
}

/* A chain whose rules do not come. */
static void count_foreign(struct nft_reader *n, const struct nlattr **attrs)
{
	struct observation *obs = n->reader.observer->obs;
	uint32_t used;

	if (nft_number_of(attrs[NFTA_CHAIN_USE], &used))
		obs->foreign_count += used;
	else
		n->reader.observer->elsewhere = true;
	obs->foreign_estimated = true;
}

/* Notes a chain, and how much is to come of it. */
static int add_chain(struct nft_reader *n, const char *name, const struct nlattr **attrs)
{
	uint32_t index;
	uint32_t used = 0;
	int r = observer_add_chain(n->reader.observer, name, &index);

	if (r < 0)
		return r;
	if (n->scope && !send_scope_has(n->scope, name)) {
		count_foreign(n, attrs);
		return 0;
	}
	n->chains++;
	if (index == CHAIN_NONE)
		return 0;
	if (!nft_number_of(attrs[NFTA_CHAIN_USE], &used))
		n->reader.observer->elsewhere = true;
	return nft_uses_tell(&n->uses, index, used);
}

static int take_chain(struct nft_reader *n, const struct nlmsghdr *message)
{
	const struct nlattr *attrs[ATTRS_MAX];
	const char *table;
	const char *name;
	bool is_base;

	index_attributes(message, attrs);
	table = text_of(attrs[NFTA_CHAIN_TABLE]);
	name = text_of(attrs[NFTA_CHAIN_NAME]);
	if (!table || !name)
		return READER_UNSURE;
	if (strcmp(table, HINT_TABLE) == 0)
		n->reader.observer->obs->hints |= is_hint_chain(name);
	if (strcmp(table, "nat") != 0)
		return 0;
	is_base = is_base_chain(name, attrs[NFTA_CHAIN_HOOK], text_of(attrs[NFTA_CHAIN_TYPE]));
	if (strcmp(name, POSTROUTING) == 0)
		judge_postrouting(n, attrs, is_base);
	else if (!is_base && chain_is_ours(name, n->reader.observer->root))
		n->reader.observer->doubts |= DOUBT_JUMP;
	else if (!is_base)
		n->reader.observer->obs->foreign = true;
	return add_chain(n, name, attrs);
}

/* Counts what the kernel counts: the rule of a chain, and what it leads to. */
static int count_uses(struct nft_reader *n, const struct nft_rule *read)
{
	uint32_t to = CHAIN_NONE;
	int r = n->current == CHAIN_NONE ? 0 : nft_uses_read(&n->uses, n->current);

	if (read->chain)
		to = observer_find_chain(n->reader.observer, read->chain);
	return r == 0 && to != CHAIN_NONE ? nft_uses_read(&n->uses, to) : r;
}

static int take_our_rule(struct nft_reader *n, struct nft_rule *read)
{
	struct rule *rule = &read->seen.rule;
	bool same = read->known && !read->foreign && !rule->not_local;

	observer_note_comment(n->reader.observer, read->seen.comment, read->seen.comment_len);
	if (same && read->chain) {
		rule->chain = observer_find_chain(n->reader.observer, read->chain);
		rule->target = TARGET_GOTO;
		same = rule->chain != CHAIN_NONE && read->is_goto;
	}
	if (!same)
		return observer_add_odd(n->reader.observer, n->current, read->differs);
	return observer_add_rule(n->reader.observer, n->current, rule, read->seen.comment,
				 read->seen.comment_len);
}

static bool is_our_jump(const struct nft_reader *n, const struct nft_rule *read)
{
	return read->known && strcmp(read->chain, n->reader.observer->root) == 0 &&
	       rule_is_jump(&read->seen.rule, read->is_goto);
}

/* A rule that leads to one of our chains. What differs from our jump needs no program to tell so.
 */
static int take_referrer(struct nft_reader *n, const struct nlattr **attrs,
			 const struct nft_rule *read)
{
	bool in_postrouting = strcmp(n->chain, POSTROUTING) == 0;
	struct referrer referrer = {
		.number = n->number,
		.right = in_postrouting && is_our_jump(n, read),
	};

	referrer.words =
		nft_rule_words(n->chain, attrs[NFTA_RULE_EXPRESSIONS], read, &referrer.exact);
	/* A comment that stands beside the rule has no place among its words. */
	referrer.exact &= !attrs[NFTA_RULE_USERDATA];
	nft_handle_of(attrs[NFTA_RULE_HANDLE], &referrer.handle);
	referrer.wrong = in_postrouting && !referrer.right && (read->known || read->differs);
	if (in_postrouting && !referrer.right && !referrer.wrong)
		n->reader.observer->doubts |= DOUBT_JUMP;
	if (!in_postrouting && !referrer.exact)
		n->reader.observer->doubts |= DOUBT_OTHERS;
	return observer_add_referrer(n->reader.observer, &referrer, n->chain, read->chain);
}

static int take_foreign_rule(struct nft_reader *n, const struct nlattr **attrs,
			     const struct nft_rule *read)
{
	struct observer *observer = n->reader.observer;
	bool exact;

	observer->obs->foreign |= read->foreign;
	if (read->chain && chain_is_ours(read->chain, observer->root))
		return take_referrer(n, attrs, read);
	observer->obs->foreign_count++;
	if (!read->rewrites || strcmp(n->chain, POSTROUTING) != 0)
		return 0;
	return observer_add_rewriter(observer, n->number,
				     nft_rule_words(n->chain, attrs[NFTA_RULE_EXPRESSIONS], read,
						    &exact));
}

/* iptables-nft and nft keep a comment beside the rule: a byte 0, the length, and the text with its
 * NUL, among other such records. */
static void read_comment(const struct nlattr *attr, struct xt_seen *seen)
{
	const uint8_t *data = attr ? mnl_attr_get_payload(attr) : NULL;
	size_t left = attr ? mnl_attr_get_payload_len(attr) : 0;

	while (left >= 2 && left - 2 >= data[1]) {
		if (data[0] == 0) {
			seen->comment = (const char *)data + 2;
			seen->comment_len = strnlen(seen->comment, data[1]);
			return;
		}
		left -= 2u + data[1];
		data += 2 + data[1];
	}
}

static int take_rule(struct nft_reader *n, const struct nlmsghdr *message)
{
	const struct nlattr *attrs[ATTRS_MAX];
	struct nft_rule rule;
	const char *table;
	const char *chain;
	int r;

	index_attributes(message, attrs);
	table = text_of(attrs[NFTA_RULE_TABLE]);
	chain = text_of(attrs[NFTA_RULE_CHAIN]);
	if (!table || !chain)
		return READER_UNSURE;
	if (strcmp(table, "nat") != 0)
		return 0;
	if (strcmp(chain, n->chain) != 0) {
		strcpy(n->chain, chain);
		n->number = 0;
		n->current = observer_find_chain(n->reader.observer, chain);
	}
	n->number++;
	nft_rule_read(n->reader.observer->family, attrs[NFTA_RULE_EXPRESSIONS], &rule);
	read_comment(attrs[NFTA_RULE_USERDATA], &rule.seen);
	r = count_uses(n, &rule);
	if (r < 0)
		return r;
	return n->current == CHAIN_NONE ? take_foreign_rule(n, attrs, &rule)
					: take_our_rule(n, &rule);
}

/* The end of one answer. */
static int take_done(struct nft_reader *n)
{
	if (n->stage < RULES_WANTED)
		n->stage++;
	else if (n->stage != RULES_WANTED || n->chains-- == 0)
		return READER_UNSURE;
	return 0;
}

/* Where all rules were read, an element of a verdict map is what else can lead to a chain. */
static int add_map_elements(struct nft_reader *n)
{
	struct observer *observer = n->reader.observer;
	const struct ipmasq_ruleset *rules = observer->obs->rules;
	int r = 0;

	for (uint32_t i = 0; i < rules->count && r == 0; i++) {
		struct referrer element = { .words = NULL };

		if (!nft_uses_lack(&n->uses, i))
			continue;
		element.words = strdup("an element of a map of nft");
		r = observer_add_referrer(observer, &element, "", rules->chains[i].name);
	}
	return r;
}

/* Chains without rules have no message that names a generation, so only this one shows that nothing
 * changed since the first. */
static int take_generation(struct nft_reader *n, const struct nlmsghdr *message)
{
	const struct nlattr *attrs[ATTRS_MAX];
	uint32_t id;

	index_attributes(message, attrs);
	if (n->stage != RULES_WANTED || n->chains > 0 || !attrs[NFTA_GEN_ID] ||
	    mnl_attr_get_payload_len(attrs[NFTA_GEN_ID]) != sizeof(id))
		return READER_UNSURE;
	memcpy(&id, mnl_attr_get_payload(attrs[NFTA_GEN_ID]), sizeof(id));
	n->reader.changed = (int)(ntohl(id) & 0xffff) != n->generation;
	if (n->reader.changed)
		return READER_UNSURE;
	n->reader.observer->obs->nft_generation = n->generation;
	n->reader.observer->obs->generation = ntohl(id);
	n->stage = ALL_THERE;
	if (!n->scope)
		return add_map_elements(n);
	n->reader.observer->elsewhere |= !nft_uses_agree(&n->uses);
	return 0;
}

/* What changed between two messages was never in force as a whole. */
static bool is_of_one_generation(struct nft_reader *n, const struct nlmsghdr *message)
{
	const struct nfgenmsg *nfgen = mnl_nlmsg_get_payload(message);
	int generation;

	n->reader.changed = message->nlmsg_flags & NLM_F_DUMP_INTR;
	if (n->reader.changed)
		return false;
	if (message->nlmsg_type == NLMSG_DONE)
		return true;
	if (mnl_nlmsg_get_payload_len(message) < sizeof(*nfgen))
		return false;
	generation = ntohs(nfgen->res_id);
	if (n->generation < 0)
		n->generation = generation;
	n->reader.changed = n->generation != generation;
	return !n->reader.changed;
}

static int take_message(struct reader *reader, const char *data, size_t len)
{
	const struct nlmsghdr *message = (const void *)data;
	struct nft_reader *n = (struct nft_reader *)reader;

	if (message->nlmsg_len == 0)
		return 0;
	if (len < sizeof(*message) || !is_of_one_generation(n, message))
		return READER_UNSURE;
	switch (message->nlmsg_type) {
	case NLMSG_DONE:
		return take_done(n);
	case NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN:
		return take_generation(n, message);
	case NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE:
		return n->stage == TABLES_WANTED ? take_table(n, message) : READER_UNSURE;
	case NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWCHAIN:
		return n->stage == CHAINS_WANTED ? take_chain(n, message) : READER_UNSURE;
	case NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE:
		return n->stage == RULES_WANTED ? take_rule(n, message) : READER_UNSURE;
	default:
		return READER_UNSURE;
	}
}

/* After an answer there may be four bytes that fill it up. */
static size_t measure_message(const struct reader *reader, const char *data, size_t len)
{
	uint32_t whole;

	(void)reader;
	if (len < sizeof(whole))
		return 0;
	memcpy(&whole, data, sizeof(whole));
	if (whole > READER_FRAME_MAX)
		return SIZE_MAX;
	return whole == 0 ? sizeof(whole) : MNL_ALIGN(whole);
}

/* No table at all is fine, and so is one that only nft has made, without POSTROUTING: iptables
 * makes the chain when it writes. */
static bool is_whole(const struct reader *reader)
{
	return ((const struct nft_reader *)reader)->stage == ALL_THERE;
}

static void release_uses(struct reader *reader)
{
	nft_uses_release(&((struct nft_reader *)reader)->uses);
}

struct reader *nft_reader_new(struct observer *observer, const struct send_scope *scope)
{
	struct nft_reader *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->generation = -1;
	n->scope = scope;
	n->reader.observer = observer;
	n->reader.measure = measure_message;
	n->reader.take = take_message;
	n->reader.is_whole = is_whole;
	n->reader.release = release_uses;
	return &n->reader;
}
