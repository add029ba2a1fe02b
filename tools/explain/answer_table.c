/* SPDX-License-Identifier: Apache-2.0 */
/* Answers as a table on stdout, one per line. */
#include "explain/answer_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli_say.h"
#include "cli/output_text.h"

/* A longer cell moves the rest of its line to the right, rather than that of every line. */
#define WIDTH_MAX 160

/* The columns that a terminal gets whatever its width: up to the place. */
#define SHOWN_MIN 6

struct cell {
	FILE *stream;
	const struct answer_style *style;
	const struct answer *answer;
	struct ipmasq_entry_details entry;
};

static void put_address(const struct cell *cell)
{
	fputs(cell->answer->target, cell->stream);
}

static void put_verdict(const struct cell *cell)
{
	fputs(ipmasq_verdict_name(cell->entry.verdict), cell->stream);
}

static void put_origin(const struct cell *cell)
{
	fputs(ipmasq_origin_name(cell->entry.origin), cell->stream);
}

static void put_entry(const struct cell *cell)
{
	fputs(cell->entry.cidr, cell->stream);
}

static void put_host(const struct cell *cell)
{
	if (cell->entry.host)
		fputs(cell->entry.host, cell->stream);
}

static void put_place(const struct cell *cell)
{
	if (cell->answer->entry)
		answer_put_place(cell->stream, cell->style, &cell->entry);
	else
		fputs("IPv6 is off", cell->stream);
}

static void put_override(FILE *stream, const struct ipmasq_entry_details *entry)
{
	const struct ipmasq_place *place = &entry->place;

	fputs(ipmasq_origin_name(entry->origin), stream);
	if (entry->cidr[0])
		fprintf(stream, " %s", entry->cidr);
	if (entry->host)
		fprintf(stream, " %s", entry->host);
	if (place->file)
		fprintf(stream, " (%s:%u:%u)", place->file, place->line, place->column);
	else
		fputs(" (built-in)", stream);
}

static void put_overrides(const struct cell *cell)
{
	for (size_t i = 0; i < cell->answer->override_count; i++) {
		const struct ipmasq_entry_details entry = answer_entry(cell->answer->overrides[i]);

		fputs(i > 0 ? ", " : "", cell->stream);
		put_override(cell->stream, &entry);
	}
}

/* In a tree it is several rules long. */
static void put_rule(const struct cell *cell)
{
	const char *at = cell->answer->rule;
	size_t length;

	for (; at && *at; at += length + (at[length] == '\n')) {
		length = strcspn(at, "\n");
		fputs(at == cell->answer->rule ? "" : "; ", cell->stream);
		fwrite(at, 1, length, cell->stream);
	}
}

static const struct column {
	const char *name;
	/* Writes what the cell holds. If that is nothing, it is shown as "-". */
	void (*put)(const struct cell *cell);
} columns[ANSWER_TABLE_COLUMNS] = {
	{ "address", put_address },	{ "verdict", put_verdict },
	{ "origin", put_origin },	{ "entry", put_entry },
	{ "host", put_host },		{ "file:line:column", put_place },
	{ "overrides", put_overrides }, { "rule", put_rule },
};

/* Fills the text of the table with the cells of an answer. Cell number i starts at starts[i] and
 * ends at starts[i + 1]. */
static void fill(struct answer_table *table, const struct answer *answer,
		 size_t starts[ANSWER_TABLE_COLUMNS + 1])
{
	const struct cell cell = { .stream = table->cells,
				   .style = table->style,
				   .answer = answer,
				   .entry = answer_entry(answer->entry) };

	starts[0] = 0;
	rewind(table->cells);
	for (size_t i = 0; i < ANSWER_TABLE_COLUMNS; i++) {
		size_t end;

		columns[i].put(&cell);
		end = (size_t)ftell(table->cells);
		if (end == starts[i]) {
			putc('-', table->cells);
			end++;
		}
		starts[i + 1] = end;
	}
	if (fflush(table->cells) != 0)
		cli_die(ENOMEM, "cannot print the table");
}

void answer_table_open(struct answer_table *table, const struct answer_style *style,
		       const char *indent)
{
	*table = (struct answer_table){ .style = style,
					.indent = indent,
					.shown = ANSWER_TABLE_COLUMNS,
					.room = text_width(stdout) };
	for (size_t i = 0; i < ANSWER_TABLE_COLUMNS; i++)
		table->widths[i] = strlen(columns[i].name);
	table->cells = open_memstream(&table->text, &table->size);
	if (!table->cells)
		cli_die(ENOMEM, "cannot print the table");
}

void answer_table_close(struct answer_table *table)
{
	fclose(table->cells);
	free(table->text);
}

void answer_table_measure(struct answer_table *table, const struct answer *answer)
{
	size_t starts[ANSWER_TABLE_COLUMNS + 1];

	fill(table, answer, starts);
	for (size_t i = 0; i < ANSWER_TABLE_COLUMNS; i++) {
		size_t width = starts[i + 1] - starts[i];

		if (width > table->widths[i])
			table->widths[i] = width;
	}
}

/* Leaves out the last columns that a terminal has no room for. */
static void fit(struct answer_table *table)
{
	size_t width = strlen(table->indent) + table->widths[0];

	for (size_t i = 1; i < ANSWER_TABLE_COLUMNS; i++) {
		width += 2 + table->widths[i];
		if (table->room > 0 && width > table->room && i >= SHOWN_MIN && i < table->shown)
			table->shown = i;
		if (table->widths[i] > WIDTH_MAX)
			table->widths[i] = WIDTH_MAX;
	}
}

static void print_cell(const struct answer_table *table, size_t column, const char *text,
		       size_t length)
{
	char blanks[WIDTH_MAX + 2];
	size_t width = length < table->widths[column] ? table->widths[column] - length : 0;

	fwrite(text, 1, length, stdout);
	if (column + 1 == table->shown) {
		putchar('\n');
		return;
	}
	memset(blanks, ' ', width + 2);
	fwrite(blanks, 1, width + 2, stdout);
}

void answer_table_head(struct answer_table *table)
{
	fit(table);
	fputs(table->indent, stdout);
	for (size_t i = 0; i < table->shown; i++)
		print_cell(table, i, columns[i].name, strlen(columns[i].name));
}

void answer_table_row(struct answer_table *table, const struct answer *answer)
{
	size_t starts[ANSWER_TABLE_COLUMNS + 1];

	fill(table, answer, starts);
	fputs(table->indent, stdout);
	for (size_t i = 0; i < table->shown; i++)
		print_cell(table, i, table->text + starts[i], starts[i + 1] - starts[i]);
}
