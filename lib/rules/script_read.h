/* SPDX-License-Identifier: Apache-2.0 */
/* Rules as iptables-save prints them, read as rules of the model. */
#ifndef LIBIPMASQ_SCRIPT_READ_H
#define LIBIPMASQ_SCRIPT_READ_H

#include "rules/ruleset.h"
#include "rules/script_words.h"

/*
 * Reads "-A CHAIN matches... -j TARGET" (split) as a rule. @target_name gets what -j or -g names,
 * or NULL; a -g or -j to a chain is TARGET_OTHER here: which chain it is, and so whether it is a
 * goto within the ruleset, is for the caller to resolve.
 * @is_goto tells -g from -j.
 */
void script_read_rule(enum ipmasq_family family, const struct script_words *words,
		      struct rule *rule, const char **target_name, bool *is_goto);

#endif
