/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a configuration is mounted so that changes of it never arrive. */
#include "apply/mounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The fields of a line of mountinfo before the one wanted: see proc(5). */
#define ROOT_FIELD  3
#define POINT_FIELD 4

/* Ends the field at its blank, with its escapes as the bytes they stand for. */
static void take_field(char *field)
{
	char *to = field;

	for (const char *p = field; *p && *p != ' '; p++) {
		if (p[0] == '\\' && p[1] >= '0' && p[1] <= '3' && p[2] && p[3]) {
			*to++ = (char)((p[1] - '0') * 64 + (p[2] - '0') * 8 + (p[3] - '0'));
			p += 3;
		} else {
			*to++ = *p;
		}
	}
	*to = '\0';
}

/* Field number @index of the line, or NULL. */
static char *find_field(char *line, unsigned int index)
{
	for (; line && index > 0; index--) {
		line = strchr(line, ' ');
		line = line ? line + 1 : NULL;
	}
	return line;
}

/* Whether a directory of the path is one state of a volume. */
static bool has_state(const char *path)
{
	const char *at = path;

	while ((at = strstr(at, "/..")) != NULL) {
		at += 3;
		if (*at && *at != '/')
			return true;
	}
	return false;
}

/* Later mounts cover earlier ones. */
static bool is_fixed(FILE *mounts, const char *path, bool is_dir)
{
	char *line = NULL;
	size_t size = 0;
	bool fixed = false;

	while (getline(&line, &size, mounts) >= 0) {
		char *root = find_field(line, ROOT_FIELD);
		char *point = find_field(line, POINT_FIELD);

		if (!root || !point)
			continue;
		/* The later field first, since this ends the line. */
		take_field(point);
		take_field(root);
		if (strcmp(point, path) == 0)
			fixed = !is_dir || has_state(root);
	}
	free(line);
	return fixed;
}

bool mount_is_fixed(const char *path)
{
	char *real = realpath(path, NULL);
	FILE *mounts = real ? fopen("/proc/self/mountinfo", "re") : NULL;
	bool fixed = false;
	struct stat st;

	if (mounts && stat(real, &st) == 0)
		fixed = is_fixed(mounts, real, S_ISDIR(st.st_mode));
	if (mounts)
		fclose(mounts);
	free(real);
	return fixed;
}
