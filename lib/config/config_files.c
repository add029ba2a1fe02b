/* SPDX-License-Identifier: Apache-2.0 */
/* Lists the files that a configuration is read from, for programs that watch them. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/manifest_find.h"
#include "config/manifest_kustomize.h"
#include "config/source.h"
#include "profile/options.h"

/* Copies paths into one block of memory: the pointers, NULL, and then the texts. */
static int copy_paths(const char *const *paths, size_t count, char ***files)
{
	size_t size = (count + 1) * sizeof(*paths);
	char **made;
	char *text;

	for (size_t i = 0; i < count; i++)
		size += strlen(paths[i]) + 1;
	made = malloc(size);
	if (!made)
		return -ENOMEM;
	text = (char *)&made[count + 1];
	for (size_t i = 0; i < count; i++) {
		made[i] = text;
		text = stpcpy(text, paths[i]) + 1;
	}
	made[count] = NULL;
	*files = made;
	return 0;
}

/* Adds the files that a kustomization makes ConfigMaps of. What is wrong with it matters when it is
 * read. */
static int add_generated(const struct ipmasq_options *options, const char *path,
			 struct listing *listing)
{
	const struct ipmasq_source source = { .name = path };
	struct manifest *manifest;
	struct text *text;
	int r = source_read(&source, NULL, &text);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	r = manifest_find(text, options_query(options), options_profile(options),
			  MANIFEST_WITHOUT_CONFIG | MANIFEST_PATH, NULL, &manifest);
	text_unref(text);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	while (manifest->file_count > 0 && r == 0) {
		char *file = manifest->files[manifest->file_count - 1];

		r = array_grow(&listing->paths, &listing->capacity, listing->count,
			       sizeof(*listing->paths));
		if (r < 0)
			break;
		manifest->file_count--;
		listing->paths[listing->count++] = file;
	}
	manifest_free(manifest);
	return r;
}

/* Adds those of all kustomizations in a list. */
static int add_all_generated(const struct ipmasq_options *options, struct listing *listing)
{
	size_t count = listing->count;
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++)
		if (manifest_is_kustomization_path(listing->paths[i]))
			r = add_generated(options, listing->paths[i], listing);
	return r;
}

static int list_one(const char *path, struct listing *listing)
{
	char *copy = strdup(path);
	int r = copy ? array_grow(&listing->paths, &listing->capacity, 0, sizeof(*listing->paths))
		     : -ENOMEM;

	if (r < 0)
		free(copy);
	else
		listing->paths[listing->count++] = copy;
	return r;
}

IPMASQ_EXPORT int ipmasq_options_list_files(const struct ipmasq_options *options, const char *path,
					    char ***files)
{
	struct listing listing = { 0 };
	struct stat st;
	int r;

	if (!path || !files)
		return -EINVAL;
	if (stat(path, &st) < 0)
		return source_error(-errno);
	if (S_ISDIR(st.st_mode))
		r = listing_read(path, options_profile(options)->file_pattern, &listing);
	else
		r = list_one(path, &listing);
	if (r < 0)
		return source_error(r);
	r = add_all_generated(options, &listing);
	if (r == 0)
		r = copy_paths((const char *const *)listing.paths, listing.count, files);
	listing_release(&listing);
	return r;
}
