/* SPDX-License-Identifier: Apache-2.0 */
/* Reads one line of iptables-restore text, word by word. */
#ifndef TESTS_SIM_READ_H
#define TESTS_SIM_READ_H

#include "sim/sim_rule.h"

#define SIM_WORDS_MAX 64
#define SIM_LINE_MAX  1024

/* One line being read. */
struct sim_reader {
	struct sim *sim;
	char storage[SIM_LINE_MAX];
	char *words[SIM_WORDS_MAX];
	size_t count;
	size_t at;
	unsigned int line;
	char *error;
	size_t error_max;
};

/* Writes "line N: ..." to the reader's error. Returns -1. */
__attribute__((format(printf, 2, 3))) int sim_fail(struct sim_reader *r, const char *format, ...);

/* Splits a line into the reader's words. */
int sim_split(struct sim_reader *r, const char *text, size_t len);
bool sim_at_end(const struct sim_reader *r);

/* Takes the next word if it is this one. */
bool sim_take(struct sim_reader *r, const char *word);

/* Takes the next word, or an empty one at the end. */
const char *sim_take_any(struct sim_reader *r);
int sim_read_number(struct sim_reader *r, const char *text, unsigned long max,
		    unsigned long *value);

/* Reads the rest of the words as a rule. */
int sim_read_rule(struct sim_reader *r, struct rule *rule);

#endif
