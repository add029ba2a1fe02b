/* SPDX-License-Identifier: Apache-2.0 */
/* Which addresses do host names stand for? What somebody else found out, or a file says. */
#include "profile/hosts.h"

#include <stdlib.h>
#include <string.h>

#include "config/source.h"

/* A DNS answer of 64 KiB has room for no more of one type. */
#define ADDRESSES_MAX 8192

IPMASQ_EXPORT int ipmasq_hosts_new(struct ipmasq_hosts **hosts)
{
	struct ipmasq_hosts *made;

	if (!hosts)
		return -EINVAL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	*hosts = made;
	return 0;
}

IPMASQ_EXPORT void ipmasq_hosts_free(struct ipmasq_hosts *hosts)
{
	if (!hosts)
		return;
	for (size_t i = 0; i < hosts->names.count; i++) {
		free(hosts->hosts[i].addresses);
		free(hosts->hosts[i].why);
	}
	free(hosts->hosts);
	names_release(&hosts->names);
	free(hosts);
}

const struct host *hosts_find(const struct ipmasq_hosts *hosts, const char *name)
{
	uint32_t number = hosts ? names_find(&hosts->names, name, strlen(name)) : NAMES_NONE;

	return number == NAMES_NONE ? NULL : &hosts->hosts[number];
}

static bool is_name(const char *text, size_t len)
{
	enum ipmasq_family family;
	struct addr addr;

	return addr_parse(text, len, &family, &addr) == PREFIX_HOST_NAME;
}

/* The host of that name, made where it is not there. */
static int host_of(struct ipmasq_hosts *hosts, const char *name, size_t len, struct host **host)
{
	size_t before = hosts->names.count;
	uint32_t number;
	int r;

	if (!is_name(name, len))
		return -EINVAL;
	r = array_grow(&hosts->hosts, &hosts->capacity, before, sizeof(**host));
	if (r == 0)
		r = names_add(&hosts->names, name, len, &number);
	if (r < 0)
		return r;
	*host = &hosts->hosts[number];
	if (number == before)
		**host = (struct host){ 0 };
	return 0;
}

static int address_compare(const struct prefix *a, const struct prefix *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return addr_compare(a->addr, b->addr);
}

static int host_add(struct host *host, const struct prefix *address)
{
	size_t at = host->count;
	int order = 1;
	int r;

	while (at > 0 && (order = address_compare(&host->addresses[at - 1], address)) > 0)
		at--;
	if (at > 0 && order == 0)
		return 0;
	if (host->count == ADDRESSES_MAX)
		return -E2BIG;
	r = array_grow(&host->addresses, &host->capacity, host->count, sizeof(*address));
	if (r < 0)
		return r;
	memmove(&host->addresses[at + 1], &host->addresses[at],
		(host->count - at) * sizeof(*address));
	host->addresses[at] = *address;
	host->count++;
	free(host->why);
	host->why = NULL;
	return 0;
}

static bool is_mapped(const struct prefix *address)
{
	return address->family == IPMASQ_IPV6 && address->addr.hi == 0 &&
	       address->addr.lo >> 32 == 0xffff;
}

IPMASQ_EXPORT int ipmasq_hosts_add(struct ipmasq_hosts *hosts, const char *name,
				   enum ipmasq_family family, const void *address)
{
	struct prefix prefix;
	struct host *host;
	int r;

	if (!hosts || !name || !address || !family_is_known(family))
		return -EINVAL;
	prefix = (struct prefix){ addr_from_bytes(family, address), (uint8_t)family_bits(family),
				  (uint8_t)family };
	r = is_mapped(&prefix) ? -EINVAL : host_of(hosts, name, strlen(name), &host);
	return r < 0 ? r : host_add(host, &prefix);
}

IPMASQ_EXPORT int ipmasq_hosts_fail(struct ipmasq_hosts *hosts, const char *name, const char *why)
{
	struct host *host;
	char *copy;
	int r;

	if (!hosts || !name || !why)
		return -EINVAL;
	r = host_of(hosts, name, strlen(name), &host);
	if (r < 0 || host->count > 0)
		return r;
	copy = strdup(why);
	if (!copy)
		return -ENOMEM;
	free(host->why);
	host->why = copy;
	return 0;
}

IPMASQ_EXPORT const char *ipmasq_hosts_name(const struct ipmasq_hosts *hosts, size_t index)
{
	return hosts && index < hosts->names.count ? hosts->names.names[index] : NULL;
}

IPMASQ_EXPORT int ipmasq_hosts_address(const struct ipmasq_hosts *hosts, const char *name,
				       size_t index, enum ipmasq_family *family,
				       uint8_t address[16])
{
	const struct host *host;

	if (!hosts || !name || !family || !address)
		return -EINVAL;
	host = hosts_find(hosts, name);
	if (!host || index >= host->count)
		return -ERANGE;
	*family = (enum ipmasq_family)host->addresses[index].family;
	addr_to_bytes(*family, host->addresses[index].addr, address);
	return 0;
}

/* hosts(5): an address and its names on a line, blanks between them, comments from a # on. */

struct line_reader {
	const struct text *text;
	struct ipmasq_hosts *hosts;
	struct ipmasq_diags *diags;
	struct pos pos; /* of the word that was read last */
	size_t at;
	bool rejected;
};

static bool ends_word(char c)
{
	return c == '\0' || c == '#' || c == '\n' || c == ' ' || c == '\t' || c == '\r' ||
	       c == '\v' || c == '\f';
}

/* The next word of the line; its length, 0 after the last. */
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
		column += ((unsigned char)data[reader->at] & 0xc0) != 0x80;
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
	reader->rejected = true;
	return diag_add(reader->diags, IPMASQ_ERROR, "hosts-file", &reader->pos, NULL,
			"\"%.*s\" %s", len > 72 ? 72 : (int)len,
			reader->text->data + reader->pos.offset, what);
}

static int read_names(struct line_reader *reader, const struct prefix *address)
{
	struct host *host;
	size_t len;
	int r = 0;

	while (r == 0 && (len = next_word(reader)) > 0) {
		r = host_of(reader->hosts, reader->text->data + reader->pos.offset, len, &host);
		if (r == 0)
			r = host_add(host, address);
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
	/* Files in use have such lines; no packet can be matched by a zone. */
	if (error == PREFIX_ZONE)
		return 0;
	if (error == PREFIX_MAPPED)
		return refuse_word(reader, len, "is an IPv4-mapped IPv6 address: write it as IPv4");
	if (error != PREFIX_OK)
		return refuse_word(reader, len,
				   "is not an IPv4 or IPv6 address: a line is an address and the "
				   "names that have it");
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
