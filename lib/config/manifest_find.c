/* SPDX-License-Identifier: Apache-2.0 */
/* Searches a text, which may be a stream of manifests, for configurations. */
#include "config/manifest_find.h"

#include <stdlib.h>
#include <string.h>

#include "config/document_parse.h"
#include "config/manifest_look.h"
#include "config/manifest_objects.h"

/* A node would not see a configuration that stands among manifests. */
static int reject_mixed(struct search *search, const struct node *root)
{
	return manifest_reject(
		search, root, "documents",
		"this is a configuration among manifests; it belongs in a file of its own, or "
		"in the data of a ConfigMap");
}

/* Adds the findings of strict reading for a document that turned out to be ours. */
static int reject_tolerated(struct search *search)
{
	struct document *strict;
	int r = document_parse_stream(search->text, search->number, search->diags, &strict);

	search->manifest->rejected = true;
	if (r == 0)
		document_free(strict);
	return r == -ENOMEM ? r : 0;
}

static int take_documents(struct search *search)
{
	const struct document *document = search->document;
	struct manifest *manifest = search->manifest;
	const struct node *place;
	int r = 0;

	search->number = 0;
	for (uint32_t i = 0; i != NODE_NONE && r == 0; i = document->nodes[i].next) {
		const struct node *root = &document->nodes[i];
		size_t before = manifest->count;
		bool rejected = manifest->rejected;

		search->number++;
		if (manifest_is_object(document, root, &place))
			r = manifest_take_object(search, root);
		else if (manifest_is_config(document, root))
			r = reject_mixed(search, root);
		if (r == 0 && root->tolerated && !rejected && manifest->count > before)
			r = reject_tolerated(search);
	}
	return r;
}

static int reject_template(struct search *search, const struct pos *pos)
{
	return diag_reject(
		search->diags, "template", pos, NULL,
		"this is a template, with placeholders: check what is rendered from it, as in "
		"`helm template CHART | ipmasq-lint -`");
}

static int reject_none(struct search *search, const struct node *place)
{
	struct pos pos = document_pos(search->document, place);
	char *words;
	int r = manifest_query_words(search->query, search->merged, &words);

	if (r < 0)
		return r;
	r = diag_reject(search->diags, "manifest", &pos, NULL,
			"there is no configuration in this manifest: looked for %s", words);
	free(words);
	return r;
}

static size_t visited_size(const struct document *document)
{
	return document->count / 8 + 1;
}

/* A file with placeholders in what is read gets no other finding. */
static int look_for_placeholder(struct search *search)
{
	struct ipmasq_diags *diags = search->diags;
	struct pos pos;
	int r;

	search->diags = NULL;
	r = take_documents(search);
	search->diags = diags;
	pos = search->placeholder;
	manifest_clear(search->manifest);
	memset(search->visited, 0, visited_size(search->document));
	if (r < 0)
		return r;
	return pos.text ? reject_template(search, &pos) : 0;
}

static int take_manifests(struct search *search, const struct node *place, bool templated)
{
	const struct manifest *manifest = search->manifest;
	int r = 0;

	search->visited = calloc(visited_size(search->document), 1);
	if (!search->visited)
		return -ENOMEM;
	if (templated)
		r = look_for_placeholder(search);
	if (r == 0)
		r = take_documents(search);
	if (r < 0 || manifest->count > 0 || manifest->rejected || search->flags)
		return r;
	return reject_none(search, place);
}

static int take_plain(struct search *search, size_t placeholder)
{
	struct document *document = search->document;
	struct pos pos;
	int r;

	if (placeholder != SIZE_MAX) {
		pos = manifest_template_pos(search->text, placeholder);
		return reject_template(search, &pos);
	}
	r = document_reject_second(document, search->diags);
	if (r < 0)
		return r;
	search->number = 1;
	if (document->count > 0 && document->nodes[0].tolerated) {
		r = reject_tolerated(search);
		return r < 0 ? r : -EINVAL;
	}
	r = manifest_add_part(search->manifest, text_ref(search->text), false);
	if (r < 0)
		return r;
	search->manifest->document = document;
	search->document = NULL;
	return 0;
}

/* Whether one of the documents is an object, and whether one is a plain configuration. */
static bool has_objects(const struct document *document, const struct node **place, bool *config)
{
	bool found = false;

	*config = false;
	for (uint32_t i = 0; document->count > 0 && i != NODE_NONE; i = document->nodes[i].next) {
		const struct node *at;

		*config |= manifest_is_config(document, &document->nodes[i]);
		if (!found && manifest_is_object(document, &document->nodes[i], &at)) {
			*place = at;
			found = true;
		}
	}
	return found;
}

/* Parses the text; its document stays NULL where it is not YAML and need not be. */
static int parse_stream(struct search *search, size_t placeholder)
{
	bool other = search->flags & MANIFEST_OTHER_FILES;
	bool quiet = other || placeholder != SIZE_MAX;
	struct pos pos;
	int r = document_parse_stream(search->text, STRICT_NOWHERE, quiet ? NULL : search->diags,
				      &search->document);

	if (r != -EINVAL || !quiet)
		return r;
	if (other && !search->ours)
		return 0;
	if (placeholder == SIZE_MAX)
		return document_parse_stream(search->text, STRICT_NOWHERE, search->diags,
					     &search->document);
	pos = manifest_template_pos(search->text, placeholder);
	return reject_template(search, &pos);
}

static int search_text(struct search *search)
{
	size_t placeholder = manifest_find_template(search->text, 0, search->text->size);
	const struct node *place = NULL;
	bool config;
	int r = parse_stream(search, placeholder);

	if (r < 0 || !search->document)
		return r;
	if (has_objects(search->document, &place, &config))
		return take_manifests(search, place, placeholder != SIZE_MAX);
	if (!config && (search->flags & MANIFEST_OTHER_FILES))
		return 0;
	return take_plain(search, placeholder);
}

int manifest_find(struct text *text, const struct manifest_query *query, const char *merged,
		  unsigned int flags, struct ipmasq_diags *diags, struct manifest **manifest)
{
	struct search search = {
		.query = query,
		.merged = merged,
		.flags = flags,
		.diags = diags,
		.text = text,
		.manifest = calloc(1, sizeof(*search.manifest)),
	};
	int r;

	if (!search.manifest)
		return -ENOMEM;
	search.ours = !(flags & MANIFEST_OTHER_FILES) || manifest_looks_like_ours(text, query);
	r = search_text(&search);
	document_free(search.document);
	free(search.visited);
	if (r < 0)
		manifest_free(search.manifest);
	else
		*manifest = search.manifest;
	return r;
}
