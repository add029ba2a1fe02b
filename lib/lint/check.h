/* SPDX-License-Identifier: Apache-2.0 */
/* What can be found wrong with a configuration? One row a code. */
#ifndef LIBIPMASQ_CHECK_H
#define LIBIPMASQ_CHECK_H

#include "util/common.h"

struct ipmasq_check {
	const char *code;
	enum ipmasq_severity severity; /* the usual one */
	const char *summary; /* one line, no full stop */
	/* A paragraph, then "Bad:" and "Mended:", each above a configuration that is indented by
	 * four. A first line `# ipmasq-lint OPTIONS` in that says how it is looked at. */
	const char *help;
};

/* The rows stand with what they are about; the last one has no code. */
extern const struct ipmasq_check check_inputs[]; /* is it a file, and well-formed? */
extern const struct ipmasq_check check_values[]; /* are the keys and values what they must be? */
extern const struct ipmasq_check check_lists[]; /* do the entries make sense? */
extern const struct ipmasq_check check_meanings[]; /* is what comes out what was meant? */

#endif
