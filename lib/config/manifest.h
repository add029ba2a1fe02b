/* SPDX-License-Identifier: Apache-2.0 */
/* The configurations that were found in a text: the text itself, or values of ConfigMaps in it. */
#ifndef LIBIPMASQ_MANIFEST_H
#define LIBIPMASQ_MANIFEST_H

#include "config/document.h"

struct manifest_part {
	struct text *text;
	/* Parts with the same number are one configuration. */
	uint32_t unit;
};

struct manifest {
	/* Where the text itself is the only part, what it was parsed into; else NULL. */
	struct document *document;
	/* In the order of the text. */
	struct manifest_part *parts;
	size_t count;
	size_t capacity;
	/* Units are numbered from 0, in the order of the text. */
	uint32_t unit_count;
	/* Something that should be a part is none; there was a finding. */
	bool rejected;
};

/*
 * Adds a part.
 *
 * @text   taken over, also when it fails
 * @joins  it belongs to the unit of the part before it
 *
 * -ENOMEM.
 */
int manifest_add_part(struct manifest *manifest, struct text *text, bool joins);

/* Removes all parts. */
void manifest_clear(struct manifest *manifest);
void manifest_free(struct manifest *manifest);

#endif
