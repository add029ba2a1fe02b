/* SPDX-License-Identifier: Apache-2.0 */
/* Reads inputs into a configuration: files, directories, and the configurations in manifests. */
#include "config/config_load.h"

#include <stdlib.h>
#include <string.h>

#include "config/config_read.h"
#include "config/document_parse.h"
#include "config/manifest_find.h"
#include "config/manifest_kustomize.h"
#include "config/source.h"
#include "profile/lenience.h"
#include "util/buf.h"
#include "util/show.h"
#include "util/text_map.h"

static int read_document(struct ipmasq_config *config, const struct document *document,
			 const struct node *root, struct ipmasq_diags *diags,
			 struct config_part *part)
{
	struct reading reading = {
		.profile = config->profile,
		.hosts = &config->hosts,
		.document = document,
		.root = root,
		.diags = diags,
	};
	int r = config_read_document(&reading, part);

	return r == 0 && reading.rejected ? -EINVAL : r;
}

static int read_part(struct ipmasq_config *config, struct text *text, struct ipmasq_diags *diags,
		     struct config_part *part)
{
	struct document *document;
	int r = document_parse(text, diags, &document);

	if (r == -EINVAL && lenience_extend(config->profile, diags) < 0)
		return -ENOMEM;
	if (r < 0)
		return r;
	r = read_document(config, document, document->count > 0 ? document->nodes : NULL, diags,
			  part);
	document_free(document);
	return r;
}

static int load_part(struct ipmasq_config *config, const struct manifest_part *found,
		     struct ipmasq_diags *diags)
{
	struct text *origin = text_map_origin(found->text);
	struct config_part part = { .text = text_ref(origin), .no_bytes = found->text->size == 0 };
	int r = diag_read(diags, origin);

	if (r == 0)
		r = found->document
			    ? read_document(config, found->document, found->root, diags, &part)
			    : read_part(config, found->text, diags, &part);
	if (r == 0)
		return config_add_part(config, &part);
	config_part_release(&part);
	return r;
}

static int warn_mixed(const struct ipmasq_config *config, const struct manifest_part *part,
		      struct ipmasq_diags *diags)
{
	const struct pos *before = &config->object_pos;
	CLEANUP(buf_release) struct buf these = BUF_INIT;
	CLEANUP(buf_release) struct buf those = BUF_INIT;
	char shown[SHOWN_MAX];

	profile_put_names(&these, profile_reads, part->object, "and");
	profile_put_names(&those, profile_reads, config->object, "and");
	if (these.error || those.error)
		return -ENOMEM;
	return diag_add(diags, IPMASQ_WARNING, "united", &part->object_pos, NULL,
			"this is for %s, and %s (%s:%u) for %s: no agent reads both, but here they "
			"are one configuration; choose one with --configmap, or give each on its "
			"own",
			these.data, show_text(config->object, strlen(config->object), shown),
			before->text->name, before->line, those.data);
}

/* ConfigMaps that no agent reads together must not become one configuration without a word. */
static int warn_united(const struct ipmasq_config *config, const struct manifest_part *part,
		       struct ipmasq_diags *diags)
{
	const struct profile *profile = config->profile;
	const struct pos *before = &config->object_pos;
	char shown[SHOWN_MAX];

	if (before->text == part->object_pos.text && before->offset == part->object_pos.offset)
		return 0;
	if (!profile_may_share(config->object, part->object))
		return warn_mixed(config, part, diags);
	if (profile->merges && profile_may_read(profile, config->object) &&
	    profile_may_read(profile, part->object))
		return 0;
	return diag_add(diags, IPMASQ_WARNING, "united", &part->object_pos, NULL,
			"this and %s (%s:%u) are one configuration here; choose one with "
			"--configmap, or give each on its own",
			show_text(config->object, strlen(config->object), shown),
			before->text->name, before->line);
}

static int load_found(struct ipmasq_config *config, const struct manifest_part *part,
		      struct ipmasq_diags *diags)
{
	char *object = NULL;
	int r = load_part(config, part, diags);

	if (r < 0 || !part->object)
		return r;
	if (config->object)
		r = warn_united(config, part, diags);
	if (r == 0)
		object = strdup(part->object);
	if (!object)
		return -ENOMEM;
	config_release_object(config);
	config->object = object;
	config->object_pos = part->object_pos;
	text_ref(part->object_pos.text);
	return 0;
}

int config_load_parts(struct ipmasq_config *config, const struct manifest *manifest, size_t first,
		      size_t count, struct ipmasq_diags *diags)
{
	int result = 0;

	for (size_t i = first; i < first + count && result != -ENOMEM; i++) {
		int r = load_found(config, &manifest->parts[i], diags);

		if (r < 0)
			result = r;
	}
	return result;
}

/* Moves the paths of the files that a manifest was read from besides itself to a list. */
static int move_files(struct manifest *manifest, struct listing *files)
{
	int r = 0;

	while (manifest->file_count > 0 && r == 0) {
		r = array_grow(&files->paths, &files->capacity, files->count,
			       sizeof(*files->paths));
		if (r == 0)
			files->paths[files->count++] = manifest->files[--manifest->file_count];
	}
	return r;
}

/* @others: where the paths of other files go that were read; NULL: nowhere. */
static int load_text(struct ipmasq_config *config, struct text *text, unsigned int flags,
		     struct ipmasq_diags *diags, struct listing *others)
{
	struct manifest *manifest;
	int r = manifest_find(text, &config->query, config->profile, flags, diags, &manifest);

	if (r < 0)
		return r;
	r = config_load_parts(config, manifest, 0, manifest->count, diags);
	if (r == 0 && manifest->rejected)
		r = -EINVAL;
	if (others && r != -ENOMEM && move_files(manifest, others) < 0)
		r = -ENOMEM;
	manifest_free(manifest);
	return r;
}

/* A configuration that lacks one of its inputs must not be used: it is not what the user meant. */
static int note_failure(struct ipmasq_config *config, int r)
{
	if (r < 0)
		config->broken = true;
	return r;
}

static int load_one(struct ipmasq_config *config, const struct ipmasq_source *source,
		    unsigned int flags, struct ipmasq_diags *diags, struct listing *others)
{
	struct text *text;
	int r = source_read(source, diags, &text);

	if (r < 0)
		return r;
	if (source->kind == IPMASQ_SOURCE_PATH)
		flags |= MANIFEST_PATH;
	r = load_text(config, text, flags, diags, others);
	text_unref(text);
	return r;
}

/* Refuses a directory whose manifests are all for other programs: it must not mean the defaults. */
static int reject_dir(const struct ipmasq_config *config, const char *path,
		      struct ipmasq_diags *diags)
{
	char *words;
	int r = manifest_query_words(&config->query, config->profile->file_pattern, &words);

	if (r < 0)
		return r;
	r = source_reject(path, diags, -EINVAL, "manifest",
			  "there is no configuration in these manifests: looked for ", words);
	free(words);
	return r;
}

/* The agent then uses its defaults. That somebody has given a directory tells that more was meant.
 */
static int warn_no_file(const struct ipmasq_config *config, const char *path,
			struct ipmasq_diags *diags)
{
	const struct profile *profile = config->profile;
	struct pos pos = { 0 };
	struct text *text;
	int r = text_new(path, 0, &text);

	if (r < 0)
		return r;
	pos.text = text;
	r = diag_add(diags, IPMASQ_WARNING, "no-file", &pos, NULL,
		     "no file here has a name like %s, as the agent of the profile %s wants: it "
		     "uses its defaults",
		     profile->file_pattern, profile->name);
	text_unref(text);
	return r;
}

static bool is_listed(const struct listing *listing, const char *path)
{
	for (size_t i = 0; i < listing->count; i++)
		if (strcmp(listing->paths[i], path) == 0)
			return true;
	return false;
}

/* Loads the kustomizations among the files, or all others but those that were read by way of them.
 */
static int load_files(struct ipmasq_config *config, const struct listing *files,
		      bool kustomizations, struct listing *others, struct ipmasq_diags *diags)
{
	int result = 0;

	for (size_t i = 0; i < files->count && result != -ENOMEM; i++) {
		const struct ipmasq_source file = { .name = files->paths[i] };
		int r;

		if (manifest_is_kustomization_path(file.name) != kustomizations ||
		    (!kustomizations && is_listed(others, file.name)))
			continue;
		r = load_one(config, &file, MANIFEST_WITHOUT_CONFIG, diags, others);
		if (result == 0 || r == -ENOMEM)
			result = r;
	}
	return result;
}

static int load_dir(struct ipmasq_config *config, const char *path, struct ipmasq_diags *diags)
{
	size_t before = config->count;
	struct listing others = { 0 };
	struct listing files;
	int r;
	int result = source_list_dir(path, config->profile->file_pattern, diags, &files);

	if (result < 0)
		return note_failure(config, result);
	if (files.count == 0 && config->profile->file_pattern)
		result = warn_no_file(config, path, diags);
	/* A kustomization says what the files beside it are. */
	r = load_files(config, &files, true, &others, diags);
	if (r != -ENOMEM && result == 0)
		result = r;
	if (r != -ENOMEM)
		r = load_files(config, &files, false, &others, diags);
	if (r < 0 && (result == 0 || r == -ENOMEM))
		result = r;
	listing_release(&others);
	if (result == 0 && files.count > 0 && config->count == before)
		result = reject_dir(config, path, diags);
	listing_release(&files);
	return note_failure(config, result);
}

IPMASQ_EXPORT int ipmasq_config_load(struct ipmasq_config *config,
				     const struct ipmasq_source *source, struct ipmasq_diags *diags)
{
	int r;

	if (!config || !source_is_valid(source))
		return -EINVAL;
	if (source->kind == IPMASQ_SOURCE_PATH && source_is_dir(source->name))
		return load_dir(config, source->name, diags);
	r = load_one(config, source, 0, diags, NULL);
	/* Whether a missing file matters is the decision of the caller. */
	return r == -ENOENT ? r : note_failure(config, r);
}
