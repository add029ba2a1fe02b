/* SPDX-License-Identifier: Apache-2.0 */
/* The command-line flags of other agents, and what to write instead. */
#ifndef IPMASQ_AGENT_FLAGS_H
#define IPMASQ_AGENT_FLAGS_H

#include <stddef.h>

struct agent_flag;

/* The flag that @word names. It may have one or two dashes and a value after `='. NULL: none. */
const struct agent_flag *agent_flag_find(const char *word);

/* Without dashes. */
const char *agent_flag_name(const struct agent_flag *flag);

/* The name of our option with that meaning, or NULL. */
const char *agent_flag_option(const struct agent_flag *flag);

/*
 * Writes what to do instead of @flag, for a usage error. @word is as above. @next is the word after
 * it, or NULL. It is the value of a flag that takes one and has no `='.
 */
void agent_flag_advice(const struct agent_flag *flag, const char *word, const char *next,
		       char *advice, size_t size);

#endif
