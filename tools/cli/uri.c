/* SPDX-License-Identifier: Apache-2.0 */
/* Names of files for other programs. */
#include "cli/uri.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli_say.h"

static void *need_memory(void *made)
{
	if (!made)
		cli_die(-ENOMEM, "cannot write the name of a file");
	return made;
}

/* Finds the next segment that is neither empty nor ".". Returns NULL after the last. */
static const char *next_segment(const char *path, size_t *len)
{
	for (;;) {
		path += strspn(path, "/");
		*len = strcspn(path, "/");
		if (*len == 0)
			return NULL;
		if (*len != 1 || path[0] != '.')
			return path;
		path += *len;
	}
}

static bool goes_up(const char *path)
{
	size_t len;

	while ((path = next_segment(path, &len))) {
		if (len == 2 && memcmp(path, "..", 2) == 0)
			return true;
		path += len;
	}
	return false;
}

/* A copy without empty and "." segments. */
static char *copy_tidy(const char *path)
{
	char *made = need_memory(malloc(strlen(path) + 2));
	char *out = made;
	size_t len;

	if (path[0] == '/')
		*out++ = '/';
	while ((path = next_segment(path, &len))) {
		if (out > made && out[-1] != '/')
			*out++ = '/';
		memcpy(out, path, len);
		out += len;
		path += len;
	}
	if (out == made)
		*out++ = '.';
	*out = '\0';
	return made;
}

/*
 * A copy with the real name of the directory. If the file itself is a symbolic link, it keeps its
 * name, which is the one that people know.
 */
static char *real_path(const char *path)
{
	char *name = copy_tidy(path);
	char *slash = strrchr(name, '/');
	const char *last = slash ? slash + 1 : name;
	char *directory;
	char *made;

	if (strcmp(last, "..") == 0) {
		made = realpath(name, NULL);
		if (made) {
			free(name);
			return made;
		}
		return name;
	}
	if (slash)
		*slash = '\0';
	directory = realpath(!slash ? "." : slash == name ? "/" : name, NULL);
	if (!directory) {
		if (slash)
			*slash = '/';
		return name;
	}
	made = need_memory(malloc(strlen(directory) + strlen(last) + 2));
	strcpy(made, directory);
	if (directory[1] != '\0')
		strcat(made, "/");
	strcat(made, last);
	free(directory);
	free(name);
	return made;
}

char *uri_path(const char *path)
{
	char *real;
	char *here;
	size_t len;

	if (path[0] != '/' && !goes_up(path))
		return copy_tidy(path);
	real = real_path(path);
	here = getcwd(NULL, 0);
	len = here ? strlen(here) : 0;
	if (len > 1 && strncmp(real, here, len) == 0 && real[len] == '/')
		memmove(real, real + len + 1, strlen(real + len + 1) + 1);
	free(here);
	return real;
}

char *uri_encode(const char *path)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				    "-._~/";
	static const char digits[] = "0123456789ABCDEF";
	char *made = need_memory(malloc(3 * strlen(path) + sizeof("file://")));
	char *out = made;

	if (path[0] == '/')
		out = stpcpy(out, "file://");
	for (; *path; path++) {
		unsigned char byte = (unsigned char)*path;

		if (strchr(plain, byte)) {
			*out++ = (char)byte;
			continue;
		}
		*out++ = '%';
		*out++ = digits[byte >> 4];
		*out++ = digits[byte & 15];
	}
	*out = '\0';
	return made;
}
