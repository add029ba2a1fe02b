/* SPDX-License-Identifier: Apache-2.0 */
/* What a kernel answered once. */
#include "support/recordings.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/unit.h"

static uint8_t recording[1u << 20];

static size_t load(const char *path)
{
	FILE *file = fopen(path, "rbe");
	size_t size = file ? fread(recording, 1, sizeof(recording), file) : 0;

	if (file)
		fclose(file);
	return size;
}

static int is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

void recordings_each(const char *directory, int least,
		     void (*take)(const char *name, const uint8_t *data, size_t size))
{
	const char *srcdir = getenv("srcdir");
	struct dirent **entries;
	char path[512];
	int count;

	snprintf(path, sizeof(path), "%s/%s", srcdir ? srcdir : ".", directory);
	count = scandir(path, &entries, is_file, alphasort);
	CHECK(count >= least, path);
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;
		size_t size;

		snprintf(path, sizeof(path), "%s/%s/%s", srcdir ? srcdir : ".", directory, name);
		size = load(path);
		if (CHECK(size > 0, path))
			take(name, recording, size);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}
