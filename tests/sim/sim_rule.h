/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of the interpreter share: sim_read.c makes rules of words, sim.c keeps and
 * runs them. */
#ifndef TESTS_SIM_RULE_H
#define TESTS_SIM_RULE_H

#include "sim/sim.h"

#define SIM_NAME_MAX  28 /* XT_EXTENSION_MAXNAMELEN - 1 */
#define SIM_WORDS_MAX 64
#define SIM_LINE_MAX  1024

#define SIM_POSTROUTING 3 /* the hooks are chains 0 to 3 */

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
	uint32_t probability; /* of 2^31, as xt_statistic has it */
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
	char name[SIM_NAME_MAX + 1]; /* empty: deleted */
	struct rule *rules;
	size_t count;
	size_t capacity;
};

struct sim {
	int family;
	struct chain *chains; /* the hooks first */
	size_t count;
};

/* One line being read. */
struct sim_reader {
	struct sim *sim;
	char storage[SIM_LINE_MAX];
	char *words[SIM_WORDS_MAX];
	size_t count;
	size_t at;
	unsigned int line;
	char *error;
};

/* Puts "line N: ..." where the caller of sim_restore() wants it; returns -1. */
__attribute__((format(printf, 2, 3))) int sim_fail(struct sim_reader *r, const char *format, ...);

/* The index of a chain, or -1. */
int sim_find_chain(const struct sim *sim, const char *name);

/* Splits a line into the reader's words. */
int sim_split(struct sim_reader *r, const char *text, size_t len);
bool sim_at_end(const struct sim_reader *r);
/* Goes past the next word if it is this one. */
bool sim_take(struct sim_reader *r, const char *word);
/* The next word, or an empty one at the end. */
const char *sim_take_any(struct sim_reader *r);
int sim_read_number(struct sim_reader *r, const char *text, unsigned long max,
		    unsigned long *value);
/* Reads the rest of the words as a rule. */
int sim_read_rule(struct sim_reader *r, struct rule *rule);

#endif
