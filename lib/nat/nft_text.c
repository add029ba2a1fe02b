/* SPDX-License-Identifier: Apache-2.0 */
#include "nat/nft_text.h"

#include <string.h>

#include "nat/nft_lines.h"
#include "nat/nft_reach.h"
#include "util/text.h"

/* nft prints it on the standard error, which is often in the same file. */
static const char warning[] = "# Warning: table ";

/* The word after a table's name in that warning. */
static const char by_iptables[] = "iptables-nft";

static bool starts_with(const char *text, size_t size, const char *start)
{
	return size >= strlen(start) && memcmp(text, start, strlen(start)) == 0;
}

static bool is_family(struct nft_slice word)
{
	static const char *const families[] = { "ip", "ip6", "inet", "arp", "bridge", "netdev" };

	return nft_slice_in(word, families, ARRAY_SIZE(families));
}

/* The first line of a text, without what comes after. */
static size_t line_length(const char *text, size_t size)
{
	const char *newline = memchr(text, '\n', size);

	return newline ? (size_t)(newline - text) : size;
}

/* `table ip nat {`. */
static bool begins_table(const char *text, size_t size)
{
	struct nft_words words;

	if (!starts_with(text, size, "table "))
		return false;
	words = nft_words_of(text, line_length(text, size));
	nft_next(&words);
	if (words.kind != NFT_WORD || !is_family(words.word))
		return false;
	nft_next(&words);
	if (!nft_is_name(&words))
		return false;
	nft_next(&words);
	return nft_is(&words, "{");
}

bool nft_text_begins(const char *text, size_t size)
{
	return begins_table(text, size) || starts_with(text, size, warning);
}

/* Where a table ends that is cut off: before the first line that is neither indented nor closes
 * anything. */
static size_t cut_length(const char *text, size_t size)
{
	size_t at = 0;
	size_t end = size;
	const char *line;
	size_t len;

	while (nat_dump_line(text, size, &at, &line, &len)) {
		if (line == text || len == 0 || strchr(" \t}#", *line))
			continue;
		end = (size_t)(line - text);
		break;
	}
	return end;
}

/* Moves to the word after the brace that closes a table. False: before that comes the next table,
 * or nothing. */
static bool find_table_end(const char *text, struct nft_words *words)
{
	size_t depth = 0;

	for (; words->kind != NFT_END; nft_next(words)) {
		const char *at = words->begin;

		if (nft_is(words, "{"))
			depth++;
		else if (nft_is(words, "}") && --depth == 0)
			return true;
		else if (at > text && at[-1] == '\n' && begins_table(at, (size_t)(words->end - at)))
			return false;
	}
	return false;
}

/* The length of a table with its line end. */
static size_t table_length(const char *text, size_t size)
{
	struct nft_words words = nft_words_of(text, size);
	size_t end;

	while (!nft_is(&words, "{"))
		nft_next(&words);
	if (!find_table_end(text, &words))
		return cut_length(text, (size_t)(words.begin - text));
	end = (size_t)(words.after - text);
	end += line_length(text + end, size - end);
	return end < size ? end + 1 : size;
}

/* Tables follow each other with nothing but comments and empty lines between them. */
size_t nft_text_length(const char *text, size_t size, struct nat_dump_hint *hint)
{
	size_t end = 0;
	size_t at = 0;

	(void)hint;
	while (at < size) {
		size_t line = line_length(text + at, size - at);
		bool is_blank = strspn(text + at, " \t\r") >= line;

		if (begins_table(text + at, size - at))
			end = at += table_length(text + at, size - at);
		else if (is_blank || text[at] == '#')
			at += line + (at + line < size);
		else
			break;
	}
	/* A warning alone. */
	if (end == 0) {
		end = line_length(text, size);
		end += end < size;
	}
	return end;
}

static int read_set(struct nft_index *index, struct nft_table *table, struct nft_slice name,
		    struct nft_slice body)
{
	struct nft_words words = nft_words_of(body.text, body.len);
	struct nft_set *set;
	int r = nft_need_set(table, name, &set);

	if (r < 0)
		return r;
	while (words.kind != NFT_END) {
		bool is_elements = nft_take(&words, "elements") && nft_take(&words, "=");

		if (is_elements && nft_is(&words, "{")) {
			(void)nft_skip_braces(&words, &set->elements);
			set->has_elements = true;
			index->lists_elements = true;
		}
		while (nft_is_any(&words))
			nft_next(&words);
		nft_next(&words);
	}
	return 0;
}

/* Says that the dump ends too early. */
static int say_cut(struct nft_index *index, const struct nft_words *words)
{
	return nat_dump_warn(index->reading, index->dump,
			     (size_t)(words->end - index->dump->text->data), 0,
			     "the list of rules ends here, within a table: what comes after is not "
			     "known");
}

static int read_block(struct nft_index *index, struct nft_table *table, struct nft_words *words)
{
	bool is_chain = nft_is(words, "chain");
	struct nft_slice name;
	struct nft_slice body;
	struct nft_chain *chain;
	bool closed;
	int r;

	nft_next(words);
	name = words->word;
	if (!nft_is_name(words))
		return 0;
	nft_next_within(words);
	if (!nft_is(words, "{"))
		return 0;
	closed = nft_skip_braces(words, &body);
	if (!is_chain)
		return read_set(index, table, name, body);
	r = nft_need_chain(table, name, &chain);
	if (r == 0)
		r = nft_add_lines(table, chain, body);
	if (r == 0 && !closed)
		chain->incomplete = true;
	return r;
}

/* `flags dormant`, also in a list of flags. */
static void read_flags(struct nft_table *table, struct nft_words *words)
{
	for (; nft_is_any(words); nft_next(words)) {
		if (nft_is(words, "dormant"))
			table->dormant = true;
	}
}

/* Counters, limits, helpers and whatever comes: up to the end of the line, blocks as a whole. */
static void skip_other(struct nft_words *words)
{
	while (nft_is_any(words)) {
		if (nft_is(words, "{") || nft_is(words, "("))
			(void)nft_skip_braces(words, NULL);
		else
			nft_next(words);
	}
}

static int read_body(struct nft_index *index, struct nft_table *table, struct nft_slice body)
{
	struct nft_words words = nft_words_of(body.text, body.len);
	int r = 0;

	while (r == 0 && words.kind != NFT_END) {
		if (words.kind == NFT_LINE)
			nft_next(&words);
		else if (nft_is(&words, "chain") || nft_is(&words, "set") ||
			 nft_is(&words, "map") || nft_is(&words, "meter"))
			r = read_block(index, table, &words);
		else if (nft_is(&words, "flags"))
			read_flags(table, &words);
		else
			skip_other(&words);
	}
	return r;
}

static int read_one(struct nft_index *index, struct nft_words *words)
{
	unsigned int families;
	struct nft_table *table;
	struct nft_slice body;
	struct nft_slice name;
	bool closed;
	int r;

	nft_next(words);
	families = nft_families(words->word);
	nft_next(words);
	name = words->word;
	nft_next_within(words);
	closed = nft_skip_braces(words, &body);
	if (families == 0)
		return 0;
	r = nft_need_table(index, families, name, &table);
	if (r < 0 || !table)
		return r;
	table->is_listed = true;
	r = read_body(index, table, body);
	return r < 0 || closed ? r : say_cut(index, words);
}

/* `# Warning: table ip nat is managed by iptables-nft, do not touch!` */
static int read_warning(struct nft_index *index, const char *line, size_t len)
{
	struct nft_words words = nft_words_of(line + strlen(warning), len - strlen(warning));
	unsigned int families = nft_families(words.word);
	struct nft_table *table;
	struct nft_slice name;
	int r;

	nft_next(&words);
	name = words.word;
	while (nft_is_any(&words) && !nft_is(&words, by_iptables))
		nft_next(&words);
	if (families == 0 || !nft_is(&words, by_iptables))
		return 0;
	r = nft_need_table(index, families, name, &table);
	if (r == 0 && table)
		table->is_of_iptables = true;
	return r;
}

static int read_tables(struct nft_index *index, const char *text, size_t size)
{
	size_t at = 0;
	int r = 0;

	while (r == 0 && at < size) {
		size_t left = size - at;
		size_t line = line_length(text + at, left);

		if (begins_table(text + at, left)) {
			size_t table = table_length(text + at, left);
			struct nft_words words = nft_words_of(text + at, table);

			r = read_one(index, &words);
			at += table;
			continue;
		}
		if (starts_with(text + at, line, warning))
			r = read_warning(index, text + at, line);
		at += line + 1;
	}
	return r;
}

int nft_text_read(struct nat_reading *reading, const struct nat_dump *dump)
{
	struct nft_index index;
	int r;

	nft_index_begin(&index, reading, dump);
	r = read_tables(&index, dump->text->data + dump->begin, dump->end - dump->begin);
	if (r == 0)
		r = nft_index_read(&index);
	nft_index_release(&index);
	return r;
}
