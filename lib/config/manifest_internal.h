/* SPDX-License-Identifier: Apache-2.0 */
/* How do manifest.c (streams), manifest_objects.c (their objects) and
 * manifest_look.c (what a text looks like) work together? */
#ifndef LIBIPMASQ_MANIFEST_INTERNAL_H
#define LIBIPMASQ_MANIFEST_INTERNAL_H

#include "config/manifest.h"

/* A stream on its way into parts. */
struct search {
	const struct manifest_query *query;
	const char *merged;
	unsigned int flags;
	struct ipmasq_diags *diags;
	struct text *text;
	struct document *document;
	struct manifest *manifest;
	unsigned int number; /* of the document that is looked at, from 1 */
	unsigned int depth; /* of lists */
	struct pos placeholder; /* the first in what is read; no text: there is none */
	bool ours; /* whether it looks so, as a whole */
	bool joins; /* the next part does */
};

/* Whether a document is a Kubernetes object: @place gets its first telling key. */
bool manifest_is_object(const struct document *document, const struct node *root,
			struct node **place);

/* Adds the parts in an object, or in what it lists. -ENOMEM. */
int manifest_take_object(struct search *search, struct node *object);

/* Takes @text over, also when it fails. -ENOMEM. */
int manifest_add_part(struct search *search, struct text *text);

/* An error at a node; the manifest is rejected. -ENOMEM. */
int manifest_reject(struct search *search, const struct node *node, const char *code,
		    const char *message);

/* The first placeholder `{{ ... }}` from @begin up to @end that is not in a comment; SIZE_MAX:
 * there is none. */
size_t manifest_find_template(const struct text *text, size_t begin, size_t end);

/* The place of a placeholder that starts at an offset. */
struct pos manifest_template_pos(const struct text *text, size_t offset);

/* Whether a text that cannot be read as it is would be, or hold, a configuration: it has a line
 * with one of our keys, or is a ConfigMap and says a name that is looked for. */
bool manifest_looks_like_ours(const struct text *text, const struct manifest_query *query);

/* Whether a mapping is a configuration and not one of another program: it has a key that only ours
 * have, or only keys that ours have. */
bool manifest_is_config(const struct document *document, const struct node *root);

#endif
