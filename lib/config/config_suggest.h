/* SPDX-License-Identifier: Apache-2.0 */
/* What to write in place of a value, as it must be written there. */
#ifndef LIBIPMASQ_CONFIG_SUGGEST_H
#define LIBIPMASQ_CONFIG_SUGGEST_H

#include "config/document.h"
#include "util/prefix.h"

/* Room for a suggestion in quotes. */
#define SUGGESTION_MAX (PREFIX_TEXT_MAX + 2)

/*
 * The text to write in place of a scalar: @text, in quotes where the scalar has or needs them. NULL
 * where the place does not cover all of the scalar.
 */
const char *config_suggest(const struct document *document, const struct node *node,
			   const char *text, char suggestion[SUGGESTION_MAX]);

/*
 * The text to write in place of an item that is several CIDRs: an item for each, on lines of their
 * own where the list has its items so. @list: it is in place of a list instead, so brackets are
 * around it. The caller frees @suggestion, which becomes NULL where the place does not cover all of
 * the scalar. -ENOMEM.
 */
int config_suggest_items(const struct document *document, const struct node *node, bool list,
			 char **suggestion);

#endif
