/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the readers of dumps share. A dump is a stretch of a text that one program printed: a text
 * may hold several, with lines of other kinds between them. Each format of dumps is a row of a
 * table (dump_read.c), and its reader fills a model.
 */
#ifndef LIBIPMASQ_NAT_DUMP_H
#define LIBIPMASQ_NAT_DUMP_H

#include "nat/nat.h"
#include "util/diag.h"

/* What the name of a file, or the lines before a dump, tell of the program that printed it. */
struct nat_dump_hint {
	bool has_family;
	enum ipmasq_family family;
	bool has_backend;
	enum nat_backend backend;
	/* The option -t of iptables; empty: it is not told. */
	char table[32];
};

struct nat_dump_format;

struct nat_dump {
	const struct nat_dump_format *format;
	struct text *text;
	/* Offsets in the text: of the first byte, and after the last. */
	size_t begin;
	size_t end;
	struct nat_dump_hint hint;
};

/* The reading of several dumps into one model. */
struct nat_reading {
	struct nat_model *model;
	/* May be NULL. */
	struct ipmasq_diags *diags;
	/* What was said of each table of the model, by number. */
	struct nat_told *told;
	size_t told_count;
	size_t told_capacity;
	/* NAT_FAMILY() bits: whose table nat, or all tables, were shown. */
	unsigned int families;
	/* A dump of all of nftables was read, so that a table which is not in it is of the legacy
	 * iptables. */
	bool has_nftables;
	/* iptables-nft warned of rules of iptables-legacy. */
	bool warned_of_legacy;
	size_t warnings;
};

/* What a dump lists. */
enum nat_dump_scope {
	/* All tables of iptables, or sets. */
	NAT_DUMP_ALL,
	/* One table of iptables, whichever was asked for. */
	NAT_DUMP_ONE_TABLE,
	/* All tables of nftables. */
	NAT_DUMP_NFTABLES,
};

struct nat_dump_format {
	/* As messages name it: "iptables-save". */
	const char *name;
	/*
	 * Whether a dump of this format begins at @text, which is the start of a line; @size bytes
	 * are left of the text, and a NUL follows. It is asked for each line of large files, so it
	 * tells most of them from the first bytes.
	 */
	bool (*begins)(const char *text, size_t size);
	/*
	 * The length in bytes of the dump that begins at @text: at least 1, at most @size, up to
	 * the start of a line or the end of the text. Reads from @hint what is known of the
	 * program, and may add what the dump itself tells.
	 */
	size_t (*length)(const char *text, size_t size, struct nat_dump_hint *hint);
	/*
	 * Reads a dump into the model. What cannot be read is a chain that is incomplete, a rule of
	 * verdict NAT_UNKNOWN or a condition NAT_ON_UNKNOWN, and a warning with its place where the
	 * user should know. -ENOMEM. Other errors, with a finding: nothing of it can be read.
	 */
	int (*read)(struct nat_reading *reading, const struct nat_dump *dump);
	enum nat_dump_scope scope;
};

/*
 * Adds the table of a dump to the model. One that another dump told already, which was read first
 * as it says more, is not read again: @table becomes NULL, and the reader passes over it.
 *
 * @backend_told  false: @backend is a guess; a dump of nftables that is read later may settle it
 *
 * -ENOMEM.
 */
int nat_dump_table(struct nat_reading *reading, const struct nat_dump *dump,
		   enum nat_backend backend, bool backend_told, unsigned int families,
		   const char *name, struct nat_table **table);

/* Once all were read: settles the backends that were not told, or says that they are not. -ENOMEM.
 */
int nat_dump_settle(struct nat_reading *reading);

void nat_reading_release(struct nat_reading *reading);

/* Adds a warning about @len bytes at @offset of the dump's text; none after very many. -ENOMEM. */
int nat_dump_warn(struct nat_reading *reading, const struct nat_dump *dump, size_t offset,
		  size_t len, const char *format, ...) PRINTF_LIKE(5, 6);

/* Adds an error there. -EINVAL or -ENOMEM. */
int nat_dump_reject(struct nat_reading *reading, const struct nat_dump *dump, size_t offset,
		    size_t len, const char *format, ...) PRINTF_LIKE(5, 6);

/* Takes the next line of a stretch of text: from *@at on, without its end (LF or CRLF), and moves
 * *@at to the line after it. False: there is none. */
bool nat_dump_line(const char *text, size_t end, size_t *at, const char **line, size_t *len);

#endif
