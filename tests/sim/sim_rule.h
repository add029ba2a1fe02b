/* SPDX-License-Identifier: Apache-2.0 */
/* The interpreter's table of chains and rules. */
#ifndef TESTS_SIM_RULE_H
#define TESTS_SIM_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* XT_EXTENSION_MAXNAMELEN - 1 */
#define SIM_NAME_MAX 28

/* The hooks are chains 0 to 3. */
#define SIM_POSTROUTING 3

enum target {
	TARGET_NONE,
	TARGET_RETURN,
	TARGET_MASQUERADE,
	TARGET_CHAIN,
};

struct cidr {
	uint8_t addr[16];
	unsigned int len;
	bool negated;
};

struct rule {
	struct cidr src;
	struct cidr dst;
	bool has_proto;
	bool proto_negated;
	uint8_t proto;
	bool has_random;
	/* In parts of 2^31, as in xt_statistic. */
	uint32_t probability;
	bool has_type;
	bool type_negated;
	enum target target;
	bool is_goto;
	int chain;
	uint16_t first_port;
	uint16_t last_port;
	bool random_fully;
	unsigned int line;
};

struct chain {
	/* Empty: the chain is deleted. */
	char name[SIM_NAME_MAX + 1];
	struct rule *rules;
	size_t count;
	size_t capacity;
};

struct sim {
	int family;
	/* The hooks first. */
	struct chain *chains;
	size_t count;
};

/* The index of a chain, or -1. */
int sim_find_chain(const struct sim *sim, const char *name);

/* The index of the new chain. -1: no memory. */
int sim_add_chain(struct sim *sim, const char *name);

/* Inserts before rule @at, or at the end. -1: no memory. */
int sim_insert_rule(struct chain *chain, size_t at, const struct rule *rule);
void sim_delete_rule(struct chain *chain, size_t at);

/* Whether both do the same. */
bool sim_same_rule(const struct rule *a, const struct rule *b);

#endif
