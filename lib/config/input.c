/* SPDX-License-Identifier: Apache-2.0 */
/* One file and the configurations in it, each to be loaded on its own. */
#include <stdlib.h>

#include "config/config_load.h"
#include "config/manifest_find.h"
#include "config/manifest_look.h"
#include "config/source.h"

struct ipmasq_input {
	struct manifest_query query;
	const struct profile *profile;
	/* NULL: nothing was read yet, or it was rejected. */
	struct manifest *manifest;
};

IPMASQ_EXPORT int ipmasq_input_new(const struct ipmasq_options *options,
				   struct ipmasq_input **input)
{
	struct ipmasq_input *made;

	if (!input)
		return -EINVAL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->profile = options_profile(options);
	if (options_copy_query(options, &made->query) < 0) {
		ipmasq_input_free(made);
		return -ENOMEM;
	}
	*input = made;
	return 0;
}

IPMASQ_EXPORT void ipmasq_input_free(struct ipmasq_input *input)
{
	if (!input)
		return;
	manifest_free(input->manifest);
	manifest_query_release(&input->query);
	free(input);
}

static int take_text(struct ipmasq_input *input, struct text *text, unsigned int flags, bool path,
		     struct ipmasq_diags *diags)
{
	unsigned int manifest_flags = path ? MANIFEST_PATH : 0;
	int r;

	if (flags & IPMASQ_INPUT_FOUND)
		manifest_flags |= MANIFEST_WITHOUT_CONFIG | MANIFEST_OTHER_FILES;
	if (flags & IPMASQ_INPUT_VALUE)
		manifest_flags |= MANIFEST_VALUE;
	r = manifest_find(text, &input->query, input->profile, manifest_flags, diags,
			  &input->manifest);

	text_unref(text);
	return r;
}

static bool input_may_be(const char *data, size_t size, const void *arg)
{
	return manifest_may_be(data, size, arg);
}

IPMASQ_EXPORT int ipmasq_input_load(struct ipmasq_input *input, const struct ipmasq_source *source,
				    unsigned int flags, struct ipmasq_diags *diags)
{
	struct text *text;
	int r;

	if (!input || !source_is_valid(source) ||
	    flags & ~(IPMASQ_INPUT_FOUND | IPMASQ_INPUT_VALUE))
		return -EINVAL;
	manifest_free(input->manifest);
	input->manifest = NULL;
	if (flags == IPMASQ_INPUT_FOUND && source->kind == IPMASQ_SOURCE_PATH)
		r = source_read_wanted(source->name, input_may_be, &input->query, diags, &text);
	else
		r = source_read(source, diags, &text);
	if (r < 0 || !text)
		return r;
	return take_text(input, text, flags, source->kind == IPMASQ_SOURCE_PATH, diags);
}

IPMASQ_EXPORT size_t ipmasq_input_count(const struct ipmasq_input *input)
{
	return input && input->manifest ? input->manifest->unit_count : 0;
}

IPMASQ_EXPORT const char *ipmasq_input_file(const struct ipmasq_input *input, size_t index)
{
	return input && input->manifest && index < input->manifest->file_count
		       ? input->manifest->files[index]
		       : NULL;
}

/* The number of the first part of a unit; past the last unit, the number of parts. */
static size_t first_part(const struct manifest *manifest, size_t unit)
{
	size_t low = 0;
	size_t high = manifest->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (manifest->parts[middle].unit < unit)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

IPMASQ_EXPORT int ipmasq_config_load_input(struct ipmasq_config *config,
					   const struct ipmasq_input *input, size_t index,
					   struct ipmasq_diags *diags)
{
	const struct manifest *manifest;
	size_t first;
	int r;

	if (!config || !input)
		return -EINVAL;
	if (index >= ipmasq_input_count(input))
		return -ERANGE;
	manifest = input->manifest;
	first = first_part(manifest, index);
	r = config_load_parts(config, manifest, first, first_part(manifest, index + 1) - first,
			      diags);
	if (r < 0)
		config->broken = true;
	return r;
}
