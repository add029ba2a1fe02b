/* SPDX-License-Identifier: Apache-2.0 */
/* Takes configurations out of Kubernetes objects: ConfigMaps, and lists that contain them. */
#ifndef LIBIPMASQ_MANIFEST_OBJECTS_H
#define LIBIPMASQ_MANIFEST_OBJECTS_H

#include "config/manifest.h"
#include "profile/manifest_query.h"
#include "util/diag.h"

/* The state of a search through the documents of a text. */
struct search {
	const struct manifest_query *query;
	/* As manifest_find() takes it. */
	const char *merged;
	unsigned int flags;
	struct ipmasq_diags *diags;
	struct text *text;
	struct document *document;
	struct manifest *manifest;
	/* A bit per node of the document: it was searched, perhaps by way of an alias. */
	uint8_t *visited;
	/* The number, from 1, of the document that is searched. */
	unsigned int number;
	/* How many lists are around the object that is searched. */
	unsigned int depth;
	/* The first placeholder in what is read; its text is NULL where there is none. */
	struct pos placeholder;
	/* The text as a whole looks like one of ours. */
	bool ours;
	/* The next part belongs to the unit of the one before it. */
	bool joins;
};

/* Whether a document is a Kubernetes object; @place gets the first of the keys that tell. */
bool manifest_is_object(const struct document *document, const struct node *root,
			const struct node **place);

/* Adds the configurations in an object, or in what it lists. -ENOMEM. */
int manifest_take_object(struct search *search, const struct node *object);

/* Adds an error at a node, and marks the manifest as rejected. -ENOMEM. */
int manifest_reject(struct search *search, const struct node *node, const char *code,
		    const char *message);

#endif
