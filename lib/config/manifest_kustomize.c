/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes configurations out of the configMapGenerator of kustomizations.
 *
 * An item of `files` is `KEY=PATH` or `PATH`, whose last part is the key; one of `literals` is
 * `KEY=VALUE`; the lines of a file of `envs` are such too. As kustomize does by default, files are
 * read only below the directory of the kustomization: it may be of somebody else's repository.
 */
#include "config/manifest_kustomize.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/manifest_configmap.h"
#include "config/manifest_extract.h"
#include "config/manifest_helm.h"
#include "config/source.h"
#include "util/buf.h"
#include "util/show.h"

/* One ConfigMap that is generated. */
struct generator {
	struct search *search;
	/* How many of its keys are ones that are read. */
	size_t taken;
	/* The first item with another key; NULL: none. */
	const struct node *other;
};

typedef int take_item_fn(struct generator *generator, const struct node *item);

bool manifest_is_kustomization_path(const char *path)
{
	static const char *const names[] = { "kustomization.yaml", "kustomization.yml",
					     "Kustomization" };
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

bool manifest_is_kustomization(const struct document *document, const struct node *root,
			       const struct node **place)
{
	return search_find(document, root, "configMapGenerator", place) ||
	       search_find(document, root, "helmCharts", place);
}

/* Whether the key of an item, @len bytes, is read; if not, remembers the item. */
static int is_wanted(struct generator *generator, const struct node *item, const char *key,
		     size_t len, bool *wanted)
{
	const struct search *search = generator->search;
	char *copy = strndup(key, len);

	if (!copy)
		return -ENOMEM;
	*wanted = manifest_query_key(search->query, search->profile->file_pattern, copy);
	free(copy);
	generator->taken += *wanted;
	if (!*wanted && !generator->other)
		generator->other = item;
	return 0;
}

/* Remembers that a file is not read, and why. */
static int miss_file(struct search *search, const struct node *item, const char *why)
{
	struct pos pos = document_pos(search->document, item);
	char shown[SHOWN_MAX];

	return near_add(&search->near, "generator-file", IPMASQ_WARNING, &pos,
			"the file of \"%s\" is not looked at: %s",
			show_text(item->value, item->value_len, shown), why);
}

/* Whether a path, where links lead, is below a directory: 1 or 0, or -ENOMEM. */
static int is_below(const char *dir, const char *path)
{
	char *real_dir = realpath(dir, NULL);
	char *real_path = real_dir ? realpath(path, NULL) : NULL;
	size_t len = real_dir ? strlen(real_dir) : 0;
	int below = 0;

	if (!real_path && errno == ENOMEM)
		below = -ENOMEM;
	else if (real_path)
		below = strncmp(real_dir, real_path, len) == 0 &&
			(real_path[len] == '/' || len == 1);
	free(real_dir);
	free(real_path);
	return below;
}

static int join(const char *dir, const char *relative, char **path)
{
	struct buf buf = BUF_INIT;

	while (strncmp(relative, "./", 2) == 0)
		relative += 2;
	if (strcmp(dir, ".") != 0)
		buf_printf(&buf, "%s/", strcmp(dir, "/") == 0 ? "" : dir);
	buf_puts(&buf, relative);
	return buf_steal(&buf, path, NULL);
}

/* Why a file must not be read; NULL: it may be. */
static const char *find_obstacle(const struct search *search, const char *relative,
				 const char *path, int *error)
{
	static const char outside[] = "it is outside of the kustomization's directory";
	int below;

	*error = 0;
	if (relative[0] == '/' || strncmp(relative, "../", 3) == 0 || strstr(relative, "/../"))
		return outside;
	if (access(path, F_OK) < 0)
		return "there is no such file";
	below = is_below(search->dir, path);
	*error = below < 0 ? below : 0;
	return below ? NULL : outside;
}

/* Reads a file below the directory. @text becomes NULL where it cannot be read. */
static int read_path(struct search *search, char *path, struct text **text)
{
	const struct ipmasq_source source = { .name = path };
	int r = source_read(&source, search->diags, text);

	if (r == 0) {
		r = manifest_keep_file(search->manifest, path);
		if (r < 0) {
			text_unref(*text);
			*text = NULL;
		}
		return r;
	}
	free(path);
	if (r == -ENOMEM)
		return r;
	search->manifest->rejected = true;
	return 0;
}

/* Reads a file that a kustomization names. @text becomes NULL where it is not read, which is told.
 */
static int read_file(struct search *search, const struct node *item, const char *relative,
		     struct text **text)
{
	const char *obstacle;
	char *path;
	int r;

	*text = NULL;
	if (!search->dir)
		return miss_file(search, item,
				 "it stands beside the kustomization; check the directory, or what "
				 "`kustomize build` prints");
	r = join(search->dir, relative, &path);
	if (r < 0)
		return r;
	obstacle = find_obstacle(search, relative, path, &r);
	if (r == 0 && !obstacle)
		return read_path(search, path, text);
	free(path);
	return r < 0 ? r : miss_file(search, item, obstacle);
}

static int take_file(struct generator *generator, const struct node *item)
{
	const char *equals = strchr(item->value, '=');
	const char *path = equals ? equals + 1 : item->value;
	const char *slash = strrchr(path, '/');
	const char *key = equals ? item->value : slash ? slash + 1 : path;
	struct text *text;
	bool wanted;
	int r = is_wanted(generator, item, key,
			  equals ? (size_t)(equals - item->value) : strlen(key), &wanted);

	if (r < 0 || !wanted)
		return r;
	r = read_file(generator->search, item, path, &text);
	return r < 0 || !text ? r : search_take_text(generator->search, item, text);
}

/* Adds `KEY=VALUE` in a text, from @from up to @to, if the key is one that is read. */
static int take_pair(struct generator *generator, const struct node *item, struct text *text,
		     size_t from, size_t to, bool quotes)
{
	const char *equals = memchr(text->data + from, '=', to - from);
	size_t value = equals ? (size_t)(equals - text->data) + 1 : to;
	struct text *slice;
	bool wanted;
	int r;

	if (!equals)
		return 0;
	r = is_wanted(generator, item, text->data + from, value - 1 - from, &wanted);
	if (r < 0 || !wanted)
		return r;
	/* kustomize takes quotes around the value of a literal away. */
	if (quotes && to - value >= 2 && strchr("\"'", text->data[value]) &&
	    text->data[to - 1] == text->data[value]) {
		value++;
		to--;
	}
	r = manifest_slice(text, value, to, &slice);
	return r < 0 ? r : search_take_text(generator->search, item, slice);
}

static int take_literal(struct generator *generator, const struct node *item)
{
	struct text *inner;
	int r = manifest_extract(generator->search->document->text, item, &inner);

	if (r < 0)
		return r;
	r = take_pair(generator, item, inner, 0, inner->size, true);
	text_unref(inner);
	return r;
}

static int take_env(struct generator *generator, const struct node *item)
{
	struct text *text;
	size_t end = 0;
	int r = read_file(generator->search, item, item->value, &text);

	if (r < 0 || !text)
		return r;
	for (size_t begin = 0; begin < text->size && r == 0; begin = end + 1) {
		end = begin + strcspn(text->data + begin, "\r\n");
		begin += strspn(text->data + begin, " \t");
		if (text->data[begin] != '#' && begin < end)
			r = take_pair(generator, item, text, begin, end, false);
	}
	text_unref(text);
	return r;
}

/* Calls a function for each text in a list, or for the one that stands in its place. */
static int each_item(struct generator *generator, const struct node *list, take_item_fn *take)
{
	const struct document *document = generator->search->document;
	const struct node *nodes = document->nodes;
	int r = 0;

	if (!list)
		return 0;
	list = document_resolve(document, list);
	if (list->kind == NODE_SCALAR)
		return list->type == SCALAR_STRING ? take(generator, list) : 0;
	if (list->kind != NODE_SEQUENCE)
		return 0;
	for (uint32_t i = list->first_child; i != NODE_NONE && r == 0; i = nodes[i].next) {
		const struct node *item = document_resolve(document, &nodes[i]);

		if (item->kind == NODE_SCALAR && search_visit(generator->search, item))
			r = take(generator, item);
	}
	return r;
}

static int miss_key(struct generator *generator)
{
	struct search *search = generator->search;
	struct pos pos = document_pos(search->document, generator->other);
	char shown[SHOWN_MAX];
	char *words;
	int r = manifest_query_key_words(search->query, search->profile->file_pattern, &words);

	if (r < 0)
		return r;
	show_text(generator->other->value, generator->other->value_len, shown);
	r = near_add(
		&search->near, "data-key", IPMASQ_WARNING, &pos,
		"no data key of this ConfigMap is one that the agent reads: looked for %s; as in "
		"KEY=%s, KEY names it",
		words, shown);
	free(words);
	return r;
}

static int take_generator(struct search *search, const struct node *item)
{
	static const struct {
		const char *member;
		take_item_fn *take;
	} members[] = {
		{ "files", take_file },
		{ "literals", take_literal },
		{ "envs", take_env },
		{ "env", take_env },
	};
	const struct node *name = search_find_text(search->document, item, "name");
	struct generator generator = { .search = search };
	int r = 0;

	if (!name || !manifest_query_configmap(search->query, name->value))
		return 0;
	search_begin_object(search, name);
	r = manifest_check_namespace(search, search_find_text(search->document, item, "namespace"));
	for (size_t i = 0; i < ARRAY_SIZE(members) && r == 0; i++)
		r = each_item(&generator,
			      search_find(search->document, item, members[i].member, NULL),
			      members[i].take);
	if (r == 0 && generator.taken == 0 && generator.other)
		r = miss_key(&generator);
	search_begin_object(search, NULL);
	return r;
}

static int take_chart(struct search *search, const struct node *item)
{
	return manifest_take_any_values(search,
					search_find(search->document, item, "valuesInline", NULL));
}

int manifest_take_kustomization(struct search *search, const struct node *root)
{
	static const struct {
		const char *member;
		int (*take)(struct search *search, const struct node *item);
	} members[] = {
		{ "configMapGenerator", take_generator },
		{ "helmCharts", take_chart },
	};
	const struct document *document = search->document;
	const struct node *nodes = document->nodes;
	int r = 0;

	for (size_t m = 0; m < ARRAY_SIZE(members); m++) {
		const struct node *list = search_find(document, root, members[m].member, NULL);

		list = list ? document_resolve(document, list) : NULL;
		if (!list || list->kind != NODE_SEQUENCE)
			continue;
		for (uint32_t i = list->first_child; i != NODE_NONE && r == 0; i = nodes[i].next)
			r = members[m].take(search, &nodes[i]);
	}
	return r;
}
