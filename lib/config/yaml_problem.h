/* SPDX-License-Identifier: Apache-2.0 */
/* Syntax errors of libyaml, worded for people who write configurations. */
#ifndef LIBIPMASQ_YAML_PROBLEM_H
#define LIBIPMASQ_YAML_PROBLEM_H

#include "util/common.h"

/* A syntax error as libyaml's parser reports it. */
struct yaml_problem {
	/* NULL where libyaml does not say more. */
	const char *problem;
	/* What libyaml was reading; may be NULL. */
	const char *context;
	/* The character at the problem; NUL at the end of the text. */
	char here;
};

/*
 * The message for a problem, or libyaml's own text where the problem is unknown. NULL where there
 * is neither.
 *
 * @at_context  becomes true where the finding belongs at the start of the construct (an unclosed
 *              quote) and not where libyaml gave up
 */
const char *yaml_problem_words(const struct yaml_problem *problem, bool *at_context);

#endif
