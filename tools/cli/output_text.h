/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as text, for people. */
#ifndef IPMASQ_OUTPUT_TEXT_H
#define IPMASQ_OUTPUT_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/finding_format.h"

extern const struct finding_format text_format;

/* Whether to use colours: the stream is a terminal, and NO_COLOR is unset or empty. */
bool text_colour(FILE *stream);

/* How many columns the stream has, if it is a terminal that tells; else 0. */
size_t text_width(FILE *stream);

/* Prints every finding of at least this severity, and how many were dropped. */
void text_findings(FILE *stream, const struct ipmasq_diags *diags, enum ipmasq_severity least);

/* Prints on stderr how many findings were dropped because there was no room, if any. */
void text_dropped(const struct ipmasq_diags *diags);

#endif
