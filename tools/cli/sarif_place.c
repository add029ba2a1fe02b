/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a SARIF log that say where a finding and its fix are. */
#include "cli/sarif_place.h"

#include <stdlib.h>

#include "cli/text_place.h"
#include "cli/uri.h"

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

static struct json_object *region_object(struct text_place start, struct text_place end)
{
	struct json_object *object = json_new_object();

	json_add(object, "startLine", json_new_number(start.line));
	json_add(object, "startColumn", json_new_number(start.column));
	json_add(object, "endLine", json_new_number(end.line));
	json_add(object, "endColumn", json_new_number(end.column));
	return object;
}

static struct text_place place_of(const struct ipmasq_finding *finding)
{
	if (finding->place.line == 0)
		return (struct text_place){ 1, 1 };
	return (struct text_place){ finding->place.line, finding->place.column };
}

struct json_object *sarif_region(const struct ipmasq_finding *finding)
{
	struct text_place start = place_of(finding);
	struct text_place end = start;

	if (finding->place.line)
		end.column = finding->place.end_column;
	return region_object(start, end);
}

struct json_object *sarif_fix(const struct ipmasq_finding *finding)
{
	size_t offset = finding->edit_offset;
	size_t length = finding->edit_length;
	struct json_object *change;
	const char *text;

	if (!finding->edit || !finding->text || offset + length > finding->text_size)
		return NULL;
	change =
		json_new_pair("deletedRegion",
			      region_object(text_place(finding, offset, TEXT_CHARACTERS),
					    text_place(finding, offset + length, TEXT_CHARACTERS)));
	json_add(change, "insertedContent", json_new_pair("text", json_new_text(finding->edit)));
	change = json_new_pair("replacements", json_new_array_of(change));
	json_add(change, "artifactLocation", sarif_artifact(finding->place.file));
	change = json_new_pair("artifactChanges", json_new_array_of(change));
	text = finding->edit[0] ? "Write the certain correction." : "Remove it.";
	json_add(change, "description", json_new_pair("text", json_new_text(text)));
	return change;
}
