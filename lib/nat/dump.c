/* SPDX-License-Identifier: Apache-2.0 */
/* The tables that dumps told of, and findings about places of dumps. */
#include "nat/dump.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/cursor.h"

/* How many warnings are added, so that a large file of rubbish does not drown the rest. */
#define WARNINGS_MAX 50

struct nat_told {
	struct nat_table *table;
	bool backend_told;
	const struct nat_dump_format *format;
};

static struct nat_told *find_told(struct nat_reading *reading, enum nat_backend backend,
				  bool backend_told, unsigned int families, const char *name)
{
	for (size_t i = 0; i < reading->told_count; i++) {
		struct nat_told *told = &reading->told[i];
		bool both_told = told->backend_told && backend_told;

		if (told->table->families != families || strcmp(told->table->name, name) != 0)
			continue;
		if (both_told && told->table->backend != backend)
			continue;
		/* A table of nftables that iptables could not have made is another one. */
		if (!both_told &&
		    (backend == NAT_NFTABLES) != (told->table->backend == NAT_NFTABLES))
			continue;
		return told;
	}
	return NULL;
}

static int keep_first(struct nat_reading *reading, const struct nat_dump *dump,
		      struct nat_told *told, enum nat_backend backend, bool backend_told)
{
	if (!told->backend_told && backend_told) {
		told->table->backend = backend;
		told->backend_told = true;
	}
	if (told->format != dump->format)
		return 0;
	return nat_add_note(reading->model,
			    "table %s %s is in the dumps more than once; the one of %s was used",
			    told->table->family_name, told->table->name, told->table->source);
}

int nat_dump_table(struct nat_reading *reading, const struct nat_dump *dump,
		   enum nat_backend backend, bool backend_told, unsigned int families,
		   const char *name, struct nat_table **table)
{
	struct nat_told *told = find_told(reading, backend, backend_told, families, name);
	int r;

	*table = NULL;
	/* All of iptables-save is there, or there is no table nat. */
	if (dump->format->scope == NAT_DUMP_ALL || strcmp(name, "nat") == 0)
		reading->families |= families;
	if (told)
		return keep_first(reading, dump, told, backend, backend_told);
	r = array_grow(&reading->told, &reading->told_capacity, reading->told_count,
		       sizeof(*reading->told));
	if (r == 0)
		r = nat_add_table(reading->model, backend, families, name, dump->text->name, table);
	if (r == 0)
		reading->told[reading->told_count++] =
			(struct nat_told){ *table, backend_told, dump->format };
	return r;
}

/* Who prints table nat alone does not see what drops packets before it, or ends their tracking. */
static int note_other_tables(struct nat_reading *reading, const struct nat_told *told)
{
	const struct nat_table *table = told->table;

	if (told->format->scope != NAT_DUMP_ONE_TABLE || strcmp(table->name, "nat") != 0 ||
	    (reading->has_nftables && table->backend != NAT_LEGACY) ||
	    nat_find_table(reading->model, table->backend, table->families, "raw"))
		return 0;
	return nat_add_note(reading->model,
			    "%s shows table nat alone; what raw, mangle and filter do is not known",
			    table->source);
}

int nat_dump_settle(struct nat_reading *reading)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < reading->told_count; i++) {
		struct nat_told *told = &reading->told[i];

		if (told->backend_told) {
			r = note_other_tables(reading, told);
			continue;
		}
		/* Tables of iptables-nft are in a dump of nftables, which would have told. */
		told->table->backend = reading->has_nftables ? NAT_LEGACY : NAT_IPTABLES_NFT;
		told->backend_told = true;
		if (!reading->has_nftables)
			r = nat_add_note(reading->model,
					 "%s does not tell which iptables printed it; it is taken "
					 "for iptables-nft",
					 told->table->source);
		if (r == 0)
			r = note_other_tables(reading, told);
	}
	return r;
}

void nat_reading_release(struct nat_reading *reading)
{
	free(reading->told);
	reading->told = NULL;
	reading->told_count = reading->told_capacity = 0;
}

static struct pos find_place(const struct nat_dump *dump, size_t offset, size_t len)
{
	struct cursor start = cursor_start(dump->text);
	struct cursor end;

	cursor_to_offset(&start, offset);
	end = start;
	cursor_to_offset(&end, offset + len);
	return cursor_pos(&start, &end);
}

static int add_finding(struct nat_reading *reading, const struct nat_dump *dump,
		       enum ipmasq_severity severity, size_t offset, size_t len, const char *format,
		       va_list args) PRINTF_LIKE(6, 0);

static int add_finding(struct nat_reading *reading, const struct nat_dump *dump,
		       enum ipmasq_severity severity, size_t offset, size_t len, const char *format,
		       va_list args)
{
	char message[512];
	struct pos pos;

	if (!reading->diags)
		return 0;
	pos = find_place(dump, offset, len);
	(void)vsnprintf(message, sizeof(message), format, args);
	return diag_add(reading->diags, severity, "dump", &pos, NULL, "%s", message);
}

int nat_dump_warn(struct nat_reading *reading, const struct nat_dump *dump, size_t offset,
		  size_t len, const char *format, ...)
{
	va_list args;
	int r;

	if (reading->warnings++ >= WARNINGS_MAX)
		return 0;
	va_start(args, format);
	r = add_finding(reading, dump, IPMASQ_WARNING, offset, len, format, args);
	va_end(args);
	return r;
}

int nat_dump_reject(struct nat_reading *reading, const struct nat_dump *dump, size_t offset,
		    size_t len, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = add_finding(reading, dump, IPMASQ_ERROR, offset, len, format, args);
	va_end(args);
	return r < 0 ? r : -EINVAL;
}

bool nat_dump_line(const char *text, size_t end, size_t *at, const char **line, size_t *len)
{
	const char *newline;

	if (*at >= end)
		return false;
	*line = text + *at;
	newline = memchr(*line, '\n', end - *at);
	*len = newline ? (size_t)(newline - *line) : end - *at;
	*at += *len + (newline != NULL);
	if (*len > 0 && (*line)[*len - 1] == '\r')
		(*len)--;
	return true;
}
