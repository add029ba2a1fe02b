/* SPDX-License-Identifier: Apache-2.0 */
/* Reads inputs into a configuration: files, directories, and the configurations in manifests. */
#include "config/config_load.h"

#include <stdlib.h>

#include "config/config_read.h"
#include "config/document_parse.h"
#include "config/manifest_find.h"
#include "config/source.h"
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

int config_load_parts(struct ipmasq_config *config, const struct manifest *manifest, size_t first,
		      size_t count, struct ipmasq_diags *diags)
{
	int result = 0;

	for (size_t i = first; i < first + count && result != -ENOMEM; i++) {
		int r = load_part(config, &manifest->parts[i], diags);

		if (r < 0)
			result = r;
	}
	return result;
}

static int load_text(struct ipmasq_config *config, struct text *text, unsigned int flags,
		     struct ipmasq_diags *diags)
{
	struct manifest *manifest;
	int r = manifest_find(text, &config->query, config->profile->file_pattern, flags, diags,
			      &manifest);

	if (r < 0)
		return r;
	r = config_load_parts(config, manifest, 0, manifest->count, diags);
	if (r == 0 && manifest->rejected)
		r = -EINVAL;
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
		    unsigned int flags, struct ipmasq_diags *diags)
{
	struct text *text;
	int r = source_read(source, diags, &text);

	if (r < 0)
		return r;
	r = load_text(config, text, flags, diags);
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

static int load_dir(struct ipmasq_config *config, const char *path, struct ipmasq_diags *diags)
{
	size_t before = config->count;
	struct listing files;
	int result = source_list_dir(path, config->profile->file_pattern, diags, &files);

	if (result < 0)
		return note_failure(config, result);
	for (size_t i = 0; i < files.count && result != -ENOMEM; i++) {
		const struct ipmasq_source file = { .name = files.paths[i] };
		int r = load_one(config, &file, MANIFEST_WITHOUT_CONFIG, diags);

		if (result == 0 || r == -ENOMEM)
			result = r;
	}
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
	r = load_one(config, source, 0, diags);
	/* Whether a missing file matters is the decision of the caller. */
	return r == -ENOENT ? r : note_failure(config, r);
}
