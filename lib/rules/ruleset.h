/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rulesets: a policy as chains and rules of iptables. This is the model that layouts fill, scripts
 * are written from, nodes are read into, and proofs judge.
 */
#ifndef LIBIPMASQ_RULESET_H
#define LIBIPMASQ_RULESET_H

#include "policy/policy.h"

enum rule_target {
	TARGET_RETURN,
	TARGET_MASQUERADE,
	/* -g: to another chain of the ruleset, not to come back. */
	TARGET_GOTO,
	/* -j: from POSTROUTING to the first chain of the ruleset. */
	TARGET_JUMP,
	/* Read from a kernel: anything else. */
	TARGET_OTHER,
};

#define RULE_NO_ENTRY UINT32_MAX
/* The kernel's scale: xt_statistic compares 31 random bits. */
#define PROBABILITY_ONE 0x80000000u

struct rule {
	/* Length 0: any address. */
	struct prefix src;
	struct prefix dst;
	/* Index of the policy's entry that the rule comes from, or RULE_NO_ENTRY. In a ruleset
	 * without a policy: of its labels. */
	uint32_t entry;
	/* In 1/PROBABILITY_ONE. PROBABILITY_ONE: always, without a statistic match. */
	uint32_t probability;
	/* Of TARGET_GOTO: index of the chain. */
	uint32_t chain;
	/* Of MASQUERADE: --to-ports; 0-0: none. */
	struct port_range ports;
	/* 0: any, else IPPROTO_TCP, _UDP or _SCTP. */
	uint8_t proto;
	/* enum rule_target */
	uint8_t target;
	bool random_fully;
	/* Matches what is not for the node itself, as the jump from POSTROUTING does. */
	bool not_local;
	/* Read from a kernel: has a match or option that this model does not have. */
	bool opaque;
	/* With nftables, it is an element of a verdict map: of those of its length side by side. */
	bool in_map;
};

struct chain {
	char name[CHAIN_NAME_MAX + 1];
	struct rule *rules;
	size_t count;
	size_t capacity;
	/* Stands in for one that the kernel does not have. */
	bool absent;
	/* Taken over as it was seen, whatever it holds. */
	bool kept;
};

/* The first letter that a ruleset's generation can be. */
#define GENERATION_FIRST 'a'

struct ipmasq_ruleset {
	/* NULL when read from a kernel. */
	const struct ipmasq_policy *policy;
	enum ipmasq_family family;
	/* Whether MASQUERADE is to have --random-fully. */
	bool random_fully;
	/* For nftables, not for iptables. */
	bool nftables;
	/* Linear, tree or maps. */
	enum ipmasq_layout layout;
	/* A letter in the names of sub-chains. */
	char generation;
	/* How many chains a packet goes through before it comes to the first. */
	unsigned int above;
	/* Where the sources of podCIDRs go, by goto; 0, the first chain: there is no such goto. */
	uint32_t pods;
	/* The first is the one that POSTROUTING jumps to, or the base chain of nftables goes to. */
	struct chain *chains;
	size_t count;
	size_t capacity;
	/* Comments, where there is no policy. */
	char **labels;
	size_t label_count;
	size_t label_capacity;
};

/* An empty ruleset, without chains; and one more chain for it, of which @index tells. -ENOMEM. */
int ruleset_new_empty(enum ipmasq_family family, struct ipmasq_ruleset **ruleset);
int ruleset_add_chain(struct ipmasq_ruleset *ruleset, const char *name, size_t name_len,
		      uint32_t *index);
int chain_add_rule(struct chain *chain, const struct rule *rule);

/* Adds a label, of which @index tells. -ENOMEM. */
int ruleset_add_label(struct ipmasq_ruleset *ruleset, const char *text, size_t len,
		      uint32_t *index);

/* The label of a rule; NULL: it has none. */
const char *rule_label(const struct ipmasq_ruleset *ruleset, const struct rule *rule);

/* How many rules all its chains have. */
size_t ruleset_rule_count(const struct ipmasq_ruleset *ruleset);

/* The policy's entry that a rule comes from; NULL where it comes from none, or that is not known.
 */
const struct ipmasq_entry *rule_entry(const struct ipmasq_ruleset *ruleset,
				      const struct rule *rule);

/* A rule that matches everything and returns, to be filled in. */
struct rule rule_any(enum ipmasq_family family);

/*
 * The jump: the rule of POSTROUTING that leads to the first chain of a ruleset, for what is not for
 * the node itself.
 */
struct rule rule_jump(enum ipmasq_family family);

/*
 * Whether a rule of POSTROUTING that leads to the first chain, by -g or by -j, is the jump. The
 * target in @rule does not count, as readers cannot resolve it.
 */
bool rule_is_jump(const struct rule *rule, bool is_goto);

/* Whether a rule of our chains is one that no layout makes, and so was read from a kernel. */
static inline bool rule_is_odd(const struct rule *rule)
{
	return rule->opaque || rule->not_local || rule->target > TARGET_GOTO;
}

/* "tcp", "udp" or "sctp", of a rule that has a protocol. */
const char *rule_proto_name(const struct rule *rule);

/*
 * Whether two rules, or two chains rule by rule, do the same. Comments and entries do not count.
 * What is not in the model equals nothing.
 */
bool rule_equal(const struct rule *a, const struct rule *b);
bool chain_equal(const struct chain *a, const struct chain *b);

/* Whether a chain is as it is wanted; also the labels of pods count. Chain number @index of both.
 */
bool chain_is_as_wanted(const struct ipmasq_ruleset *seen, const struct ipmasq_ruleset *wanted,
			size_t index);

/* Rules of a chain that follow each other. */
struct rule_run {
	size_t at;
	size_t count;
};

/* Whether such rules, which are wanted, are all that a chain lacks. */
bool chain_lacks_run(const struct ipmasq_ruleset *seen, const struct ipmasq_ruleset *wanted,
		     size_t index, struct rule_run *run);

#endif
