/* SPDX-License-Identifier: Apache-2.0 */
/* Rules in the words of iptables-save and `iptables -S`. */
#ifndef LIBIPMASQ_NAT_XT_SAVE_H
#define LIBIPMASQ_NAT_XT_SAVE_H

#include "nat/xt_rule.h"
#include "rules/script_words.h"

/* What the reading of one line needs, for reuse. */
struct xt_save {
	struct script_words words;
	/* A copy of the line with a NUL, then the rule without its counters. */
	struct buf text;
};

/* Reads "[1:2] -A CHAIN ... -j TARGET". @text becomes the rule without its counters. A line that is
 * longer than any rule of the kernel's is unknown. */
void xt_save_read(struct xt_save *save, struct xt_rule *rule, const char *line, size_t len,
		  const char **text, size_t *text_len);
void xt_save_release(struct xt_save *save);

#endif
