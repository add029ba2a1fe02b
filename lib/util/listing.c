/* SPDX-License-Identifier: Apache-2.0 */
/* Lists directories. */
#include "util/listing.h"

#include <dirent.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "util/buf.h"
#include "util/common.h"

static int join_path(const char *dir, const char *name, char **path)
{
	struct buf buf = BUF_INIT;

	buf_puts(&buf, dir);
	if (buf.len > 0 && buf.data[buf.len - 1] != '/')
		buf_putc(&buf, '/');
	buf_puts(&buf, name);
	return buf_steal(&buf, path, NULL);
}

/* Adds a path if it leads to a regular file. Takes the path over. */
static int listing_add(struct listing *listing, char *path)
{
	struct stat st;
	int r = stat(path, &st) < 0 ? -errno : 0;

	/* A link that leads nowhere is no file. Any other error must not hide one. */
	if (r == -ENOENT || r == -ELOOP || (r == 0 && !S_ISREG(st.st_mode))) {
		free(path);
		return 0;
	}
	if (r == 0)
		r = array_grow(&listing->paths, &listing->capacity, listing->count,
			       sizeof(*listing->paths));
	if (r < 0)
		free(path);
	else
		listing->paths[listing->count++] = path;
	return r;
}

static int listing_fill(struct listing *listing, DIR *stream, const char *dir, const char *pattern)
{
	int r = 0;

	while (r == 0) {
		const struct dirent *entry;
		char *path;

		errno = 0;
		entry = readdir(stream);
		if (!entry)
			return -errno;
		/* A ConfigMap volume keeps its own links in names that start with a dot. */
		if (entry->d_name[0] == '.')
			continue;
		if (pattern && fnmatch(pattern, entry->d_name, 0) != 0)
			continue;
		r = join_path(dir, entry->d_name, &path);
		if (r == 0)
			r = listing_add(listing, path);
	}
	return r;
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int listing_read(const char *dir, const char *pattern, struct listing *listing)
{
	DIR *stream = opendir(dir);
	int r;

	*listing = (struct listing){ 0 };
	if (!stream)
		return -errno;
	r = listing_fill(listing, stream, dir, pattern);
	closedir(stream);
	if (r < 0)
		listing_release(listing);
	else
		array_sort(listing->paths, listing->count, sizeof(*listing->paths), compare_paths);
	return r;
}

void listing_release(struct listing *listing)
{
	for (size_t i = 0; i < listing->count; i++)
		free(listing->paths[i]);
	free(listing->paths);
	*listing = (struct listing){ 0 };
}
