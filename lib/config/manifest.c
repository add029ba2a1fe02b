/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the list of configurations that were found in a text. */
#include "config/manifest.h"

#include <stdlib.h>

int manifest_add_part(struct manifest *manifest, struct text *text, bool joins)
{
	int r = array_grow(&manifest->parts, &manifest->capacity, manifest->count,
			   sizeof(*manifest->parts));

	if (r < 0) {
		text_unref(text);
		return r;
	}
	manifest->unit_count += !joins;
	manifest->parts[manifest->count++] =
		(struct manifest_part){ text, manifest->unit_count - 1 };
	return 0;
}

void manifest_clear(struct manifest *manifest)
{
	while (manifest->count > 0)
		text_unref(manifest->parts[--manifest->count].text);
	manifest->unit_count = 0;
	manifest->rejected = false;
}

void manifest_free(struct manifest *manifest)
{
	if (!manifest)
		return;
	manifest_clear(manifest);
	free(manifest->parts);
	document_free(manifest->document);
	free(manifest);
}
