/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the list of configurations that were found in a text. */
#include "config/manifest.h"

#include <stdlib.h>
#include <string.h>

struct manifest_part *manifest_add_part(struct manifest *manifest, struct text *text, bool joins)
{
	int r = array_grow(&manifest->parts, &manifest->capacity, manifest->count,
			   sizeof(*manifest->parts));

	if (r < 0) {
		text_unref(text);
		return NULL;
	}
	manifest->unit_count += !joins;
	manifest->parts[manifest->count] =
		(struct manifest_part){ .text = text, .unit = manifest->unit_count - 1 };
	return &manifest->parts[manifest->count++];
}

int manifest_set_object(struct manifest_part *part, const char *name, const struct pos *pos)
{
	part->object = strdup(name);
	if (!part->object)
		return -ENOMEM;
	part->object_pos = *pos;
	text_ref(pos->text);
	return 0;
}

int manifest_keep_document(struct manifest *manifest, struct document *document)
{
	int r = array_grow(&manifest->documents, &manifest->document_capacity,
			   manifest->document_count, sizeof(*manifest->documents));

	if (r < 0)
		document_free(document);
	else
		manifest->documents[manifest->document_count++] = document;
	return r;
}

int manifest_keep_file(struct manifest *manifest, char *path)
{
	int r = array_grow(&manifest->files, &manifest->file_capacity, manifest->file_count,
			   sizeof(*manifest->files));

	if (r < 0)
		free(path);
	else
		manifest->files[manifest->file_count++] = path;
	return r;
}

void manifest_clear(struct manifest *manifest)
{
	while (manifest->count > 0) {
		const struct manifest_part *part = &manifest->parts[--manifest->count];

		text_unref(part->text);
		text_unref(part->object_pos.text);
		free(part->object);
	}
	while (manifest->document_count > 0)
		document_free(manifest->documents[--manifest->document_count]);
	while (manifest->file_count > 0)
		free(manifest->files[--manifest->file_count]);
	manifest->unit_count = 0;
	manifest->rejected = false;
}

void manifest_free(struct manifest *manifest)
{
	if (!manifest)
		return;
	manifest_clear(manifest);
	free(manifest->parts);
	free(manifest->documents);
	free(manifest->files);
	free(manifest);
}
