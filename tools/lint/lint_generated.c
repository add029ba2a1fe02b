/* SPDX-License-Identifier: Apache-2.0 */
/* Remembers the files that kustomizations have led to. */
#include "lint/lint_generated.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "lint/fix.h"
#include "lint/lint_config.h"

static int compare_paths(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void remember(struct lint *lint, const char *path)
{
	char *copy = strdup(path);
	char *const *found = copy ? tsearch(copy, &lint->generated, compare_paths) : NULL;

	if (!found)
		cli_die(ENOMEM, path);
	if (*found != copy) {
		free(copy);
		return;
	}
	lint->files++;
	if (!lint->fix)
		return;
	lint->value = true;
	fix_file(lint, path);
	lint->value = false;
}

static void add_generated(struct lint *lint, const struct ipmasq_input *input)
{
	const char *path;

	for (size_t i = 0; (path = ipmasq_input_file(input, i)) != NULL; i++)
		remember(lint, path);
}

int lint_load_input(struct lint *lint, struct ipmasq_input *input,
		    const struct ipmasq_source *source, struct ipmasq_diags *diags)
{
	unsigned int flags = lint_input_flags(lint);
	int r;

	if (lint->fix && ipmasq_input_load(input, source, flags, NULL) == 0)
		add_generated(lint, input);
	r = ipmasq_input_load(input, source, flags, diags);
	add_generated(lint, input);
	return r;
}

bool lint_is_generated(const struct lint *lint, const char *path)
{
	return tfind(path, &lint->generated, compare_paths) != NULL;
}

void lint_free_generated(struct lint *lint)
{
	tdestroy(lint->generated, free);
	lint->generated = NULL;
}
