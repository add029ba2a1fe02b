/* SPDX-License-Identifier: Apache-2.0 */
/* The configurations that were found in a text: the text itself, or values of ConfigMaps in it. */
#ifndef LIBIPMASQ_MANIFEST_H
#define LIBIPMASQ_MANIFEST_H

#include "config/document.h"

/* Allows a manifest without a configuration. */
#define MANIFEST_WITHOUT_CONFIG 0x1u
/* Allows a text that is neither a manifest nor a configuration; it then has no parts. */
#define MANIFEST_OTHER_FILES 0x2u

/* The text is the value of a data key: it is a configuration, and no manifest. */
#define MANIFEST_VALUE 0x4u
/* The name of the text is its path, so that files beside it can be read. */
#define MANIFEST_PATH 0x8u

struct manifest_part {
	struct text *text;
	/* What it was parsed into already, which the manifest owns; NULL: it was not. */
	const struct document *document;
	/* Its root there; NULL: it is empty. */
	const struct node *root;
	/* Parts with the same number are one configuration. */
	uint32_t unit;
	/* The name of the ConfigMap that it is a value of, and its place, which holds a reference
	 * to its text; NULL: of none. */
	char *object;
	struct pos object_pos;
};

struct manifest {
	/* The documents that parts are in. */
	struct document **documents;
	size_t document_count;
	size_t document_capacity;
	/* In the order of the text. */
	struct manifest_part *parts;
	size_t count;
	size_t capacity;
	/* The paths of other files that parts were read from, as a kustomization names them. */
	char **files;
	size_t file_count;
	size_t file_capacity;
	/* Units are numbered from 0, in the order of the text. */
	uint32_t unit_count;
	/* Something that should be a part is none; there was a finding. */
	bool rejected;
};

/*
 * Adds a part, and returns it for the caller to set its document; or NULL when there is no memory.
 *
 * @text   taken over, also when it fails
 * @joins  it belongs to the unit of the part before it
 */
struct manifest_part *manifest_add_part(struct manifest *manifest, struct text *text, bool joins);

/* Says which ConfigMap a part is a value of. @name is copied. -ENOMEM. */
int manifest_set_object(struct manifest_part *part, const char *name, const struct pos *pos);

/* Takes a document over, also when it fails. -ENOMEM. */
int manifest_keep_document(struct manifest *manifest, struct document *document);

/* Takes a path over, also when it fails. -ENOMEM. */
int manifest_keep_file(struct manifest *manifest, char *path);

/* Removes all parts, and the documents and files that were kept for them. */
void manifest_clear(struct manifest *manifest);
void manifest_free(struct manifest *manifest);

#endif
