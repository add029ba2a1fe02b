/* SPDX-License-Identifier: Apache-2.0 */
/* Decides by their names which files of a directory are looked at. */
#include "lint/lint_files.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

void lint_exclude(struct lint *lint, const char *pattern)
{
	lint->excludes =
		reallocarray(lint->excludes, lint->exclude_count + 1, sizeof(*lint->excludes));
	if (!lint->excludes)
		cli_die(ENOMEM, pattern);
	while (strncmp(pattern, "./", 2) == 0)
		pattern += 2;
	lint->excludes[lint->exclude_count++] = pattern;
}

static bool matches(const char *pattern, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t len = strlen(pattern);
	char *plain;
	bool found;

	/* As in other programs, `charts/` is the directory. */
	if (len > 1 && pattern[len - 1] == '/')
		len--;
	plain = strndup(pattern, len);
	if (!plain)
		cli_die(ENOMEM, pattern);
	if (!strchr(plain, '/') && slash)
		path = slash + 1;
	found = fnmatch(plain, path, 0) == 0;
	free(plain);
	return found;
}

bool lint_is_excluded(const struct lint *lint, const char *path)
{
	for (size_t i = 0; i < lint->exclude_count; i++)
		if (matches(lint->excludes[i], path))
			return true;
	return false;
}

bool lint_is_config_name(const char *name)
{
	static const char *const patterns[] = { "*.yaml", "*.yml", "*.json" };

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		if (fnmatch(patterns[i], name, 0) == 0)
			return true;
	/* Without an extension: what a ConfigMap is made of, or a kustomization. */
	return strcmp(name, "config") == 0 || strcmp(name, "Kustomization") == 0 ||
	       (strncmp(name, "ip-masq", strlen("ip-masq")) == 0 && !strchr(name, '.'));
}
