/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what host names stand for from a file in the format of hosts(5). */
#include <string.h>

#include "config/source.h"
#include "profile/hosts.h"
#include "util/show.h"
#include "util/utf8.h"

/* Lines are an address and its names, with blanks between them. A # starts a comment. */
struct line_reader {
	const struct text *text;
	struct ipmasq_hosts *hosts;
	struct ipmasq_diags *diags;
	/* Of the word that was read last. */
	struct pos pos;
	size_t at;
	bool rejected;
};

static bool ends_word(char c)
{
	return c == '\0' || c == '#' || c == '\n' || c == ' ' || c == '\t' || c == '\r' ||
	       c == '\v' || c == '\f';
}

/* Reads the next word of the line. Returns its length, or 0 after the last word. */
static size_t next_word(struct line_reader *reader)
{
	const char *data = reader->text->data;
	uint32_t column = reader->pos.end_column;
	size_t begin;

	while (data[reader->at] != '\n' && data[reader->at] != '#' && data[reader->at] &&
	       ends_word(data[reader->at])) {
		reader->at++;
		column++;
	}
	begin = reader->at;
	reader->pos.offset = (uint32_t)begin;
	reader->pos.column = column;
	while (!ends_word(data[reader->at])) {
		column += utf8_starts_character(data[reader->at]);
		reader->at++;
	}
	reader->pos.end_column = column;
	return reader->at - begin;
}

static void next_line(struct line_reader *reader)
{
	const char *data = reader->text->data;

	while (data[reader->at] && data[reader->at] != '\n')
		reader->at++;
	reader->at += data[reader->at] == '\n';
	reader->pos.line++;
	reader->pos.end_column = 1;
}

static int refuse_word(struct line_reader *reader, size_t len, const char *what)
{
	const char *word = reader->text->data + reader->pos.offset;
	char shown[SHOWN_MAX];

	reader->rejected = true;
	return diag_add(reader->diags, IPMASQ_ERROR, "hosts-file", &reader->pos, NULL, "\"%s\" %s",
			show_text(word, len, shown), what);
}

static int read_names(struct line_reader *reader, const struct prefix *address)
{
	size_t len;
	int r = 0;

	while (r == 0 && (len = next_word(reader)) > 0) {
		r = hosts_add(reader->hosts, reader->text->data + reader->pos.offset, len, address);
		if (r == -EINVAL)
			r = refuse_word(reader, len, "is not a host name");
		else if (r == -E2BIG)
			r = refuse_word(reader, len, "has more than 8192 addresses");
	}
	return r;
}

static int read_line(struct line_reader *reader)
{
	size_t len = next_word(reader);
	const char *word = reader->text->data + reader->pos.offset;
	struct prefix address;
	enum ipmasq_family family;
	enum prefix_error error;

	if (len == 0)
		return 0;
	error = addr_parse(word, len, &family, &address.addr);
	/* Real files have such lines, but a rule cannot match a zone. */
	if (error == PREFIX_ZONE)
		return 0;
	if (error == PREFIX_MAPPED)
		return refuse_word(reader, len, "is an IPv4-mapped IPv6 address: write it as IPv4");
	if (error != PREFIX_OK)
		return refuse_word(reader, len,
				   "is not an IPv4 or IPv6 address: a line is an address and its "
				   "names");
	address.family = (uint8_t)family;
	address.len = (uint8_t)family_bits(family);
	return read_names(reader, &address);
}

IPMASQ_EXPORT int ipmasq_hosts_load(struct ipmasq_hosts *hosts, const struct ipmasq_source *source,
				    struct ipmasq_diags *diags)
{
	struct line_reader reader = { .hosts = hosts, .diags = diags };
	struct text *text;
	int r;

	if (!hosts || !source_is_valid(source))
		return -EINVAL;
	r = source_read(source, diags, &text);
	if (r < 0)
		return r;
	reader.text = text;
	reader.pos = (struct pos){ .text = text, .line = 1, .end_column = 1 };
	while (r == 0 && reader.at < text->size) {
		r = read_line(&reader);
		next_line(&reader);
	}
	text_unref(text);
	return r == 0 && reader.rejected ? -EINVAL : r;
}
