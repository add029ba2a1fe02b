/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers as a table on stdout, one per line. Its columns are the members that an answer has in
 * JSON, in the same order, with the place as one column.
 */
#ifndef IPMASQ_ANSWER_TABLE_H
#define IPMASQ_ANSWER_TABLE_H

#include <stdio.h>

#include "explain/answer.h"

#define ANSWER_TABLE_COLUMNS 8

struct answer_table {
	const struct answer_style *style;
	const char *indent;
	/* How many columns are shown. */
	size_t shown;
	/* The width of the terminal, or 0. */
	size_t room;
	size_t widths[ANSWER_TABLE_COLUMNS];
	/* The cells of one line, one after another. */
	FILE *cells;
	char *text;
	size_t size;
};

void answer_table_open(struct answer_table *table, const struct answer_style *style,
		       const char *indent);
void answer_table_close(struct answer_table *table);

/* To be called with every answer before the first line is printed. The answer needs no rule if
 * there is no terminal: nothing follows that column. */
void answer_table_measure(struct answer_table *table, const struct answer *answer);

/*
 * Prints the names of the columns. A terminal that is too narrow for the last columns does not get
 * them, since lines that wrap are no table.
 */
void answer_table_head(struct answer_table *table);

void answer_table_row(struct answer_table *table, const struct answer *answer);

#endif
