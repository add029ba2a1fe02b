/* SPDX-License-Identifier: Apache-2.0 */
/* The sets of ipset. */
#include "nat/read_ipset.h"

#include <stdlib.h>
#include <string.h>

#include "nat/dump_hint.h"
#include "nat/dump_lines.h"
#include "nat/xt_value.h"
#include "util/ascii.h"

/* A set whose elements are being read. */
struct sets {
	struct nat_model *model;
	/* NULL: its elements are not read. */
	struct nat_set *set;
	/* Its elements are the names of other sets. */
	bool is_list;
	/* Members of `ipset list` follow. */
	bool in_members;
	/* In the dump. */
	const char *name;
	size_t name_len;
};

static bool is_type(const char *word, size_t len)
{
	static const char *const types[] = { "hash:", "bitmap:", "list:" };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (len > strlen(types[i]) && memcmp(word, types[i], strlen(types[i])) == 0)
			return true;
	}
	return false;
}

static bool has_word(const char *line, size_t len, const char *wanted)
{
	const char *word;
	size_t word_len;

	for (size_t i = 0; dump_line_word(line, len, i, &word, &word_len); i++) {
		if (xt_is(word, word_len, wanted))
			return true;
	}
	return false;
}

static struct nat_set *find_set(const struct nat_model *model, enum ipmasq_family family,
				const char *name, size_t len)
{
	for (size_t i = 0; i < model->set_count; i++) {
		struct nat_set *set = model->sets[i];

		if (set->name && set->family == family && xt_is(name, len, set->name))
			return set;
	}
	return NULL;
}

/* More sets are not kept: names are looked up one by one. */
#define SETS_MAX 8192

static int add_set(struct sets *sets, enum ipmasq_family family, struct nat_set **set)
{
	char *name;
	int r;

	*set = NULL;
	/* From another dump. */
	if (sets->model->set_count >= SETS_MAX ||
	    find_set(sets->model, family, sets->name, sets->name_len))
		return 0;
	name = strndup(sets->name, sets->name_len);
	if (!name)
		return -ENOMEM;
	r = nat_add_set(sets->model, name, family, set);
	free(name);
	return r;
}

/* What was added to the set by now, of each family. */
static void end_set(const struct sets *sets)
{
	for (int family = IPMASQ_IPV4; sets->set && family <= IPMASQ_IPV6; family++) {
		struct nat_set *set = find_set(sets->model, (enum ipmasq_family)family, sets->name,
					       sets->name_len);

		if (set)
			ranges_unite(&set->ranges);
	}
}

/* Begins a set. @header has its family and options. */
static int begin_set(struct sets *sets, const char *type, size_t type_len, const char *header,
		     size_t header_len)
{
	enum ipmasq_family family = has_word(header, header_len, "inet6") ? IPMASQ_IPV6
									  : IPMASQ_IPV4;
	const char *kind = memchr(type, ':', type_len);
	size_t kind_len = kind ? type_len - (size_t)(kind + 1 - type) : 0;
	int r;

	sets->set = NULL;
	sets->is_list = false;
	if (!kind)
		return 0;
	kind++;
	if (xt_is(kind, kind_len, "set")) {
		/* A list may hold sets of both families. */
		sets->is_list = true;
		r = add_set(sets, IPMASQ_IPV6, &sets->set);
		return r < 0 ? r : add_set(sets, IPMASQ_IPV4, &sets->set);
	}
	/* Elements begin with an address, which ports, marks and others may follow. */
	if (kind_len < 2 || (memcmp(kind, "ip", 2) != 0 && memcmp(kind, "net", 3) != 0))
		return 0;
	r = add_set(sets, family, &sets->set);
	if (r < 0 || !sets->set)
		return r;
	sets->set->partial = memchr(kind, ',', kind_len) != NULL;
	if (has_word(header, header_len, "netmask") || has_word(header, header_len, "bitmask")) {
		sets->set->partial = true;
		sets->set->complete = false;
	}
	return 0;
}

/* What another set has, of each family. */
static int add_member(struct sets *sets, const char *name, size_t len)
{
	int r = 0;
	bool found = false;

	for (int family = IPMASQ_IPV4; r == 0 && family <= IPMASQ_IPV6; family++) {
		const struct nat_set *from =
			find_set(sets->model, (enum ipmasq_family)family, name, len);
		struct nat_set *to = find_set(sets->model, (enum ipmasq_family)family, sets->name,
					      sets->name_len);

		if (!from || !to || from == to)
			continue;
		found = true;
		for (size_t i = 0; r == 0 && i < from->ranges.count; i++)
			r = ranges_add_range(&to->ranges, from->ranges.ranges[i].first,
					     from->ranges.ranges[i].last);
		to->partial |= from->partial;
		to->complete &= from->complete;
	}
	if (!found && sets->set)
		sets->set->complete = false;
	return r;
}

/* "10.0.0.0/8 timeout 5", "10.0.0.1,tcp:80", "10.1.0.0/16 nomatch". */
static int add_element(struct sets *sets, const char *line, size_t len)
{
	const char *word;
	size_t word_len;
	const char *address;
	size_t address_len;
	struct range range;

	if (!sets->set || !dump_line_word(line, len, 0, &word, &word_len))
		return 0;
	if (sets->is_list)
		return add_member(sets, word, word_len);
	(void)xt_next_item(&word, &word_len, &address, &address_len);
	if (!xt_read_range((enum ipmasq_family)sets->set->family, address, address_len, &range)) {
		sets->set->complete = false;
		return 0;
	}
	if (has_word(line, len, "nomatch")) {
		/* Taken out of the larger ones around it. */
		sets->set->partial = true;
		return 0;
	}
	return ranges_add_range(&sets->set->ranges, range.first, range.last);
}

bool read_ipset_save_begins(const char *text, size_t size)
{
	const char *line;
	const char *word;
	size_t word_len;
	size_t at = 0;
	size_t len;

	return size > 7 && memcmp(text, "create ", 7) == 0 &&
	       dump_lines_next(text, size, &at, &line, &len) &&
	       dump_line_word(line, len, 2, &word, &word_len) && is_type(word, word_len);
}

static enum dump_line tell_save(void *context, const char *line, size_t len)
{
	(void)context;
	if (dump_line_has_word(line, len, "create") || dump_line_has_word(line, len, "add"))
		return DUMP_LINE_OURS;
	return len == 0 ? DUMP_LINE_STRANGE : DUMP_LINE_OTHER;
}

size_t read_ipset_save_length(const char *text, size_t size, struct nat_dump_hint *hint)
{
	(void)hint;
	return dump_lines_length(text, size, tell_save, NULL);
}

static int read_save_line(struct sets *sets, const char *line, size_t len)
{
	const char *name;
	const char *rest;
	size_t name_len;
	size_t rest_len;

	if (!dump_line_word(line, len, 1, &name, &name_len) ||
	    !dump_line_word(line, len, 2, &rest, &rest_len))
		return 0;
	if (dump_line_has_word(line, len, "create")) {
		end_set(sets);
		sets->name = name;
		sets->name_len = name_len;
		return begin_set(sets, rest, rest_len, line, len);
	}
	/* Elements follow their set. */
	if (name_len != sets->name_len || !sets->name || memcmp(name, sets->name, name_len) != 0)
		return 0;
	return add_element(sets, rest, len - (size_t)(rest - line));
}

int read_ipset_save(struct nat_reading *reading, const struct nat_dump *dump)
{
	struct sets sets = { .model = reading->model };
	size_t at = dump->begin;
	const char *line;
	size_t len;
	int r = 0;

	while (r == 0 && dump_lines_next(dump->text->data, dump->end, &at, &line, &len))
		r = read_save_line(&sets, line, len);
	end_set(&sets);
	return r;
}

bool read_ipset_list_begins(const char *text, size_t size)
{
	const char *line;
	const char *word;
	size_t word_len;
	size_t at = 0;
	size_t len;

	if (size < 12 || memcmp(text, "Name: ", 6) != 0)
		return false;
	return dump_lines_next(text, size, &at, &line, &len) &&
	       dump_lines_next(text, size, &at, &line, &len) &&
	       dump_line_has_word(line, len, "Type:") &&
	       dump_line_word(line, len, 1, &word, &word_len) && is_type(word, word_len);
}

/* The lines of one set, up to an empty line or the next set. */
static enum dump_line tell_list(void *context, const char *line, size_t len)
{
	bool *begun = context;

	if (len == 0)
		return DUMP_LINE_LAST;
	if (dump_line_has_word(line, len, "Name:") && *begun)
		return DUMP_LINE_OTHER;
	*begun = true;
	return nat_hint_is_command(line, len) ? DUMP_LINE_OTHER : DUMP_LINE_OURS;
}

size_t read_ipset_list_length(const char *text, size_t size, struct nat_dump_hint *hint)
{
	bool begun = false;

	(void)hint;
	return dump_lines_length(text, size, tell_list, &begun);
}

static int read_list_line(struct sets *sets, const char *line, size_t len, const char **type,
			  size_t *type_len)
{
	if (sets->in_members)
		return add_element(sets, line, len);
	if (dump_line_has_word(line, len, "Name:"))
		(void)dump_line_word(line, len, 1, &sets->name, &sets->name_len);
	else if (dump_line_has_word(line, len, "Type:"))
		(void)dump_line_word(line, len, 1, type, type_len);
	else if (dump_line_has_word(line, len, "Header:"))
		return begin_set(sets, *type, *type_len, line, len);
	sets->in_members = dump_line_has_word(line, len, "Members:");
	return 0;
}

int read_ipset_list(struct nat_reading *reading, const struct nat_dump *dump)
{
	struct sets sets = { .model = reading->model, .name = "" };
	size_t at = dump->begin;
	const char *type = "";
	size_t type_len = 0;
	const char *line;
	size_t len;
	int r = 0;

	while (r == 0 && dump_lines_next(dump->text->data, dump->end, &at, &line, &len))
		r = read_list_line(&sets, line, len, &type, &type_len);
	/* Without its members, as in `ipset list -t`. */
	if (sets.set && !sets.in_members)
		sets.set->complete = false;
	end_set(&sets);
	return r;
}
