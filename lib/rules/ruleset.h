/* SPDX-License-Identifier: Apache-2.0 */
/* How is a policy said in chains and rules? The model that layouts make, scripts write, nodes read,
 * and proofs judge. */
#ifndef LIBIPMASQ_RULESET_H
#define LIBIPMASQ_RULESET_H

#include "policy/policy.h"

enum rule_target {
	TARGET_RETURN,
	TARGET_MASQUERADE,
	TARGET_GOTO, /* -g: to another chain of the ruleset, not to come back */
	TARGET_OTHER, /* read from a kernel: anything else */
};

#define RULE_NO_ENTRY	UINT32_MAX
#define PROBABILITY_ONE 0x80000000u /* the kernel's scale: xt_statistic compares 31 random bits */

struct rule {
	struct prefix src; /* length 0: any */
	struct prefix dst;
	uint32_t entry; /* index of the policy's entry it comes from, or RULE_NO_ENTRY */
	uint32_t
		probability; /* in 1/PROBABILITY_ONE; PROBABILITY_ONE: always, no statistic match */
	uint32_t chain; /* TARGET_GOTO: index of the chain */
	struct port_range ports; /* MASQUERADE --to-ports; 0-0: none */
	uint8_t proto; /* 0: any, else IPPROTO_TCP, _UDP or _SCTP */
	uint8_t target;
	bool random_fully;
	bool opaque; /* read from a kernel: has a match or option that this model does not know */
};

struct chain {
	char name[CHAIN_NAME_MAX + 1];
	struct rule *rules;
	size_t count;
	size_t capacity;
	bool absent; /* stands in for one that the kernel does not have */
};

/* The first letter that a ruleset's generation can be. */
#define GENERATION_FIRST 'a'

struct ipmasq_ruleset {
	const struct ipmasq_policy *policy; /* NULL when read from a kernel */
	enum ipmasq_family family;
	bool random_fully; /* whether MASQUERADE is to have --random-fully */
	enum ipmasq_layout layout; /* linear or tree */
	/* A letter in the names of a tree's sub-chains. */
	char generation;
	struct chain *chains; /* chains[0] is the one POSTROUTING jumps to */
	size_t count;
	size_t capacity;
};

/* An empty ruleset, without chains; and one more chain for it, of which @index tells. -ENOMEM. */
int ruleset_new_empty(enum ipmasq_family family, struct ipmasq_ruleset **ruleset);
int ruleset_add_chain(struct ipmasq_ruleset *ruleset, const char *name, size_t name_len,
		      uint32_t *index);
int chain_add_rule(struct chain *chain, const struct rule *rule);

/* A rule that matches everything and returns, to be filled in. */
struct rule rule_any(enum ipmasq_family family);

/* Whether two rules, or two rulesets rule by rule, do the same; comments and entries do not count.
 */
bool rule_equal(const struct rule *a, const struct rule *b);
bool chain_equal(const struct chain *a, const struct chain *b);
bool ruleset_equal(const struct ipmasq_ruleset *a, const struct ipmasq_ruleset *b);

#endif
