/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a SARIF log that say where a finding and its fix are. */
#include "cli/sarif_place.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cli/hash.h"
#include "cli/uri.h"
#include "cli/utf8.h"

struct place {
	/* Both from 1. Columns count characters. */
	unsigned int line;
	unsigned int column;
};

struct json_object *sarif_artifact(const char *file)
{
	char *path = uri_path(file);
	char *uri = uri_encode(path);
	struct json_object *artifact = json_new_pair("uri", json_new_text(uri));

	/* The service knows the base, because it has the sources. */
	if (path[0] != '/')
		json_add(artifact, "uriBaseId", json_new_text("%SRCROOT%"));
	free(path);
	free(uri);
	return artifact;
}

static struct json_object *region_object(struct place start, struct place end)
{
	struct json_object *object = json_new_object();

	json_add(object, "startLine", json_new_number(start.line));
	json_add(object, "startColumn", json_new_number(start.column));
	json_add(object, "endLine", json_new_number(end.line));
	json_add(object, "endColumn", json_new_number(end.column));
	return object;
}

static struct place place_of(const struct ipmasq_finding *finding)
{
	if (finding->place.line == 0)
		return (struct place){ 1, 1 };
	return (struct place){ finding->place.line, finding->place.column };
}

struct json_object *sarif_region(const struct ipmasq_finding *finding)
{
	struct place start = place_of(finding);
	struct place end = start;

	if (finding->place.line)
		end.column = finding->place.end_column;
	return region_object(start, end);
}

/* LF, CRLF or a lone CR ends a line, as in the places of findings. */
static bool ends_line(const char *text, size_t size, size_t at)
{
	return text[at] == '\n' || (text[at] == '\r' && (at + 1 == size || text[at + 1] != '\n'));
}

/* The place of the byte at @to. It counts from the byte at @from, which is usually near. */
static struct place place_at(const char *text, size_t size, struct place from_place, size_t from,
			     size_t to)
{
	struct place place = { from_place.line, 1 };

	for (size_t at = from; at < to; at++)
		place.line += ends_line(text, size, at);
	for (size_t at = to; at < from; at++)
		place.line -= ends_line(text, size, at);
	for (size_t at = to; at > 0 && !ends_line(text, size, at - 1); at--)
		place.column += utf8_starts_character(text[at - 1]);
	return place;
}

struct json_object *sarif_fix(const struct ipmasq_finding *finding)
{
	size_t offset = finding->edit_offset;
	size_t length = finding->edit_length;
	size_t size = finding->text_size;
	const char *text = finding->text;
	struct json_object *change;
	struct place start;
	struct place end;

	if (!finding->edit || !text || offset + length > size)
		return NULL;
	start = place_at(text, size, place_of(finding), finding->text_offset, offset);
	end = place_at(text, size, start, offset, offset + length);
	change = json_new_pair("deletedRegion", region_object(start, end));
	json_add(change, "insertedContent", json_new_pair("text", json_new_text(finding->edit)));
	change = json_new_pair("replacements", json_new_array_of(change));
	json_add(change, "artifactLocation", sarif_artifact(finding->place.file));
	change = json_new_pair("artifactChanges", json_new_array_of(change));
	text = finding->edit[0] ? "Write the certain correction." : "Remove it.";
	json_add(change, "description", json_new_pair("text", json_new_text(text)));
	return change;
}

/* No adversary writes the texts, so the hash need not resist collisions. */
uint64_t sarif_fingerprint(const struct ipmasq_finding *finding)
{
	unsigned int width = finding->place.end_column - finding->place.column;
	uint64_t made = hash_bytes(HASH_START, finding->code, strlen(finding->code) + 1);
	size_t size = finding->text_size;
	const char *text = finding->text;
	size_t at = finding->text_offset;
	size_t end;

	for (end = at; text && width > 0 && end < size; width--)
		do
			end++;
		while (end < size && !utf8_starts_character(text[end]));
	return text ? hash_bytes(made, text + at, end - at) : made;
}
