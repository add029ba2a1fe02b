/* SPDX-License-Identifier: Apache-2.0 */
/* Searches a text, which may be a stream of manifests, for configurations. */
#include "config/manifest_find.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "config/document_parse.h"
#include "config/manifest_chunks.h"
#include "config/manifest_daemonset.h"
#include "config/manifest_helm.h"
#include "config/manifest_kustomize.h"
#include "config/manifest_look.h"
#include "config/manifest_objects.h"
#include "profile/lenience.h"
#include "config/manifest_template.h"

/* A node would not see a configuration that stands among manifests. */
static int reject_mixed(struct search *search, const struct node *root)
{
	return search_reject(
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
	return r == -ENOMEM ? r : lenience_extend(search->profile, search->diags);
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
		if (manifest_is_kustomization(document, root, &place))
			r = manifest_take_kustomization(search, root);
		else if (manifest_is_object(document, root, &place))
			r = manifest_take_object(search, root);
		else if (manifest_is_config(document, root))
			r = reject_mixed(search, root);
		else if (manifest_is_values(document, root, &place))
			r = manifest_take_values(search, root);
		/* A part in the document itself is read as what it became. */
		if (r == 0 && root->tolerated && !rejected && manifest->count > before &&
		    !manifest->parts[before].document)
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

static int reject_placeholder(struct search *search, const struct placeholder *found)
{
	struct pos pos = manifest_template_pos(search->text, found);

	return reject_template(search, &pos);
}

/* Remembers where one of our keys stands in a place that nobody reads. */
static int look_for_key(struct search *search)
{
	const struct document *document = search->document;

	for (size_t i = 0; i < document->count; i++) {
		const struct node *node = &document->nodes[i];
		struct pos pos;

		if (node->kind != NODE_SCALAR || node->alias_of != NODE_NONE ||
		    !manifest_is_key(node->value, node->value_len))
			continue;
		pos = document_pos(document, node);
		return near_add(&search->near, NULL, IPMASQ_NOTE, &pos,
				"%s stands here, outside of it", node->value);
	}
	return 0;
}

/* Says what was looked for, and what comes closest to it. */
static int reject_none(struct search *search, const struct node *place)
{
	int r = search->near.count ? 0 : look_for_key(search);
	const struct near_miss *near = near_best(&search->near);
	struct pos pos = near ? near->pos : document_pos(search->document, place);
	char *words;

	if (r < 0)
		return r;
	if (near && near->code)
		return diag_reject(search->diags, near->code, &pos, NULL, "%s", near->message);
	r = manifest_query_words(search->query, search->profile->file_pattern, &words);
	if (r < 0)
		return r;
	r = diag_reject(search->diags, "manifest", &pos, NULL,
			"there is no configuration in this manifest: looked for %s%s%s", words,
			near ? "; the nearest: " : "", near ? near->message : "");
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
	near_release(&search->near);
	memset(search->visited, 0, visited_size(search->document));
	if (r < 0)
		return r;
	return pos.text ? reject_template(search, &pos) : 0;
}

/* Whether a text without a configuration is an error. */
static bool is_wanted(const struct search *search)
{
	return !(search->flags & (MANIFEST_WITHOUT_CONFIG | MANIFEST_OTHER_FILES));
}

static int take_manifests(struct search *search, const struct node *place, bool templated)
{
	const struct manifest *manifest = search->manifest;
	int r;

	search->visited = calloc(visited_size(search->document), 1);
	if (!search->visited)
		return -ENOMEM;
	r = manifest_collect_agents(search);
	if (r == 0 && templated)
		r = look_for_placeholder(search);
	if (r == 0)
		r = manifest_note_agents(search);
	if (r == 0)
		r = take_documents(search);
	if (r < 0)
		return r;
	if (manifest->count == 0 && !manifest->rejected && is_wanted(search))
		return reject_none(search, place);
	return near_report(&search->near, search->diags);
}

/* Takes the text itself as a configuration. */
static int take_plain(struct search *search)
{
	struct document *document = search->own;
	struct manifest_part *part;
	int r = document_reject_second(document, search->diags);

	if (r == -EINVAL && lenience_extend(search->profile, search->diags) < 0)
		return -ENOMEM;
	if (r < 0)
		return r;
	search->number = 1;
	if (document->count > 0 && (document->nodes[0].tolerated || document->nodes[0].merges)) {
		r = reject_tolerated(search);
		return r < 0 ? r : -EINVAL;
	}
	part = manifest_add_part(search->manifest, text_ref(search->text), false);
	if (!part)
		return -ENOMEM;
	part->document = document;
	part->root = document->count > 0 ? document->nodes : NULL;
	return 0;
}

/* Whether one of the documents is an object or Helm values, and whether one is a plain
 * configuration. */
static bool has_objects(const struct document *document, const struct node **place, bool *config)
{
	bool found = false;

	*config = false;
	for (uint32_t i = 0; document->count > 0 && i != NODE_NONE; i = document->nodes[i].next) {
		const struct node *root = &document->nodes[i];
		const struct node *at;

		*config |= manifest_is_config(document, root);
		if (!found && (manifest_is_object(document, root, &at) ||
			       manifest_is_kustomization(document, root, &at) ||
			       manifest_is_values(document, root, &at))) {
			*place = at;
			found = true;
		}
	}
	return found;
}

/* Decides what a text is that cannot be parsed. The search goes on in what is left of it, if there
 * is a document then. */
static int parse_broken(struct search *search, struct placeholder *left_out)
{
	bool named = !(search->flags & MANIFEST_OTHER_FILES);
	struct broken broken = { 0 };
	int r = manifest_find_broken(search->text, search->query, named, &broken);

	*left_out = broken.left_out;
	if (r == 0 && broken.ours && broken.placeholder.end) {
		r = reject_placeholder(search, &broken.placeholder);
	} else if (r == 0) {
		bool quiet = !named && !broken.ours;

		text_unref(search->text);
		search->text = text_ref(broken.text);
		r = document_parse_stream(search->text, STRICT_NOWHERE,
					  quiet ? NULL : search->diags, &search->own);
		if (r == -EINVAL && quiet)
			r = 0;
	}
	text_unref(broken.text);
	return r;
}

/* Whether the agent reads a file of that name; it looks at some names only. */
static bool is_read_by_name(const struct search *search)
{
	const char *pattern = search->profile->file_pattern;
	const char *slash = strrchr(search->text->name, '/');

	return !pattern || fnmatch(pattern, slash ? slash + 1 : search->text->name, 0) == 0;
}

static int warn_name(struct search *search)
{
	const struct pos pos = { .text = search->text };

	return diag_add(search->diags, IPMASQ_WARNING, "no-file", &pos, NULL,
			"the agent of the profile %s reads files with a name like %s only, not "
			"this one",
			search->profile->name, search->profile->file_pattern);
}

static int search_text(struct search *search)
{
	bool found_only = search->flags & MANIFEST_OTHER_FILES;
	struct placeholder left_out = { 0 };
	struct placeholder any = { 0 };
	const struct node *place = NULL;
	bool templated;
	bool config;
	int r = document_parse_stream(search->text, STRICT_NOWHERE, NULL, &search->own);

	if (r == -EINVAL)
		r = parse_broken(search, &left_out);
	if (r < 0 || !search->own)
		return r;
	search->document = search->own;
	templated = manifest_find_template(search->text, 0, search->text->size, &any);
	if (!(search->flags & MANIFEST_VALUE) && has_objects(search->document, &place, &config))
		return take_manifests(search, place, templated);
	if (found_only && !(search->flags & MANIFEST_VALUE)) {
		if (!config)
			return 0;
		if (!is_read_by_name(search))
			return warn_name(search);
	}
	if (templated || left_out.end)
		return reject_placeholder(search, templated ? &any : &left_out);
	return take_plain(search);
}

static bool has_part_of(const struct manifest *manifest, const struct document *document)
{
	for (size_t i = 0; i < manifest->count; i++)
		if (manifest->parts[i].document && manifest->parts[i].document == document)
			return true;
	return false;
}

static int find_dir(const char *path, char **dir)
{
	const char *slash = strrchr(path, '/');

	*dir = !slash ? strdup(".") : strndup(path, slash > path ? (size_t)(slash - path) : 1);
	return *dir ? 0 : -ENOMEM;
}

int manifest_find(struct text *text, const struct manifest_query *query,
		  const struct profile *profile, unsigned int flags, struct ipmasq_diags *diags,
		  struct manifest **manifest)
{
	struct search search = {
		.query = query,
		.profile = profile,
		.flags = flags,
		.diags = diags,
		.text = text_ref(text),
		.manifest = calloc(1, sizeof(*search.manifest)),
	};
	int r = search.manifest ? 0 : -ENOMEM;

	if (r == 0 && flags & MANIFEST_PATH)
		r = find_dir(text->name, &search.dir);
	if (r == 0)
		r = search_text(&search);

	if (r == 0 && has_part_of(search.manifest, search.own)) {
		r = manifest_keep_document(search.manifest, search.own);
		search.own = NULL;
	}
	document_free(search.own);
	near_release(&search.near);
	free(search.agents.items);
	free(search.visited);
	free(search.dir);
	text_unref(search.text);
	if (r < 0)
		manifest_free(search.manifest);
	else
		*manifest = search.manifest;
	return r;
}
