/* SPDX-License-Identifier: Apache-2.0 */
/* Lists the files that a configuration is read from, for programs that watch them. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

IPMASQ_EXPORT int ipmasq_options_list_files(const struct ipmasq_options *options, const char *path,
					    char ***files)
{
	struct listing listing;
	struct stat st;
	int r;

	if (!path || !files)
		return -EINVAL;
	if (stat(path, &st) < 0)
		return source_error(-errno);
	if (!S_ISDIR(st.st_mode))
		return copy_paths(&path, 1, files);
	r = listing_read(path, options_profile(options)->file_pattern, &listing);
	if (r < 0)
		return source_error(r);
	r = copy_paths((const char *const *)listing.paths, listing.count, files);
	listing_release(&listing);
	return r;
}
