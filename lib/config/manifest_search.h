/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a search for configurations in a text, and what all parts of the search share. */
#ifndef LIBIPMASQ_MANIFEST_SEARCH_H
#define LIBIPMASQ_MANIFEST_SEARCH_H

#include "config/manifest.h"
#include "config/manifest_near.h"
#include "profile/manifest_query.h"
#include "profile/profile.h"

/* A data key that the volume of an agent has. */
struct agent_item {
	const struct node *configmap;
	const struct node *key;
};

/* What DaemonSets in the same text say. */
struct agents {
	struct agent_item *items;
	size_t count;
	size_t capacity;
	/* Where the first of them runs; NULL: not told. */
	const struct node *namespace;
};

struct search {
	const struct manifest_query *query;
	/* As manifest_find() takes them. */
	const struct profile *profile;
	unsigned int flags;
	struct ipmasq_diags *diags;
	struct text *text;
	/* The directory that it is in; NULL: it has none. */
	char *dir;
	/* The document that is searched: that of the text, or one within it. */
	const struct document *document;
	/* That of the text. Its owner is the search until a part is in it. */
	struct document *own;
	struct manifest *manifest;
	/* A bit per node of the own document: it was searched, perhaps by way of an alias. */
	uint8_t *visited;
	/* The number, from 1, of the document that is searched. */
	unsigned int number;
	/* How many lists are around the object that is searched. */
	unsigned int depth;
	/* The first placeholder in what is read; its text is NULL where there is none. */
	struct pos placeholder;
	/* The next part belongs to the unit of the one before it. */
	bool joins;
	/* The name of the ConfigMap that is searched; NULL: none is, or it has none. */
	const struct node *object;
	/* What almost was a configuration. */
	struct near near;
	struct agents agents;
};

/*
 * The value of a key of a mapping, and at @key, where not NULL, the key itself. NULL: there is no
 * such key. A key that is not in the mapping itself is looked for in what it merges by `<<`.
 */
const struct node *search_find(const struct document *document, const struct node *mapping,
			       const char *name, const struct node **key);

/* The value of a key that is a scalar, also by way of an alias; NULL: there is none. */
const struct node *search_find_text(const struct document *document, const struct node *mapping,
				    const char *name);

/* Follows a path of keys that ends with NULL. NULL: there is no such value. */
const struct node *search_path(const struct document *document, const struct node *mapping,
			       const char *const *keys);

/* Adds an error at a node, and marks the manifest as rejected. -ENOMEM. */
int search_reject(struct search *search, const struct node *node, const char *code,
		  const char *message);

/* Marks a node of the own document as visited; false: it was. */
bool search_visit(struct search *search, const struct node *node);

/* Whether a value is, or has, a template's placeholder, which is remembered. */
bool search_is_placeholder(struct search *search, const struct node *node);

/* Remembers the first placeholder of a text that was taken out of the manifest. */
void search_find_placeholder(struct search *search, const struct text *inner);

/* Begins the search of a ConfigMap of that name, or none: settles whether its configurations are
 * read together with those before it. */
void search_begin_object(struct search *search, const struct node *name);

/* Adds the value of a data key as a part. Values that Kubernetes refuses are errors. -ENOMEM. */
int search_take_value(struct search *search, const struct node *key, const struct node *value);

/* Adds a text, which is taken over also when it fails, as a part of its own. -ENOMEM. */
int search_take_text(struct search *search, const struct node *place, struct text *text);

/* Adds a mapping of the present document as a configuration of its own. -ENOMEM. */
int search_take_mapping(struct search *search, const struct node *node);

#endif
