/* SPDX-License-Identifier: Apache-2.0 */
/* Which configurations are there to look at? */
#include <errno.h>
#include <fnmatch.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lint/fix.h"

/* Looks at what -c names, which is one configuration together. */
static void look_at_configs(struct lint *lint)
{
	const struct cli *cli = lint->cli;
	struct ipmasq_config *config = NULL;
	struct ipmasq_diags *diags = NULL;
	bool read = true;
	int r = ipmasq_diags_new(&diags);

	if (r == 0)
		r = ipmasq_config_new(cli->options, &config);
	for (size_t i = 0; i < cli->config_count && r != -ENOMEM; i++) {
		r = cli_load(config, cli->configs[i], diags);
		if (r != 0 && r != -EINVAL)
			read = false;
	}
	/* What was refused is looked at too, for what there is to say on the rest. */
	if (r != -ENOMEM && read)
		r = lint_unit(lint, config, diags);
	if (r == -ENOMEM)
		cli_die(r, cli->configs[0]);
	lint_report(lint, NULL, diags);
	ipmasq_config_free(config);
	ipmasq_diags_free(diags);
}

/* Looks at one configuration of an input, on its own. 0 or -ENOMEM. */
static int look_at_one(struct lint *lint, const struct ipmasq_input *input, size_t index,
		       struct ipmasq_diags *diags)
{
	struct ipmasq_config *config;
	int r = ipmasq_config_new(lint->cli->options, &config);

	if (r)
		return r;
	r = ipmasq_config_load_input(config, input, index, diags);
	if (r != -ENOMEM)
		r = lint_unit(lint, config, diags);
	ipmasq_config_free(config);
	return r;
}

/* All configurations of an input, one after the other. 0 or -ENOMEM. */
static int look_at_all(struct lint *lint, const struct ipmasq_input *input,
		       struct ipmasq_diags *diags)
{
	int r = 0;

	for (size_t i = 0; i < ipmasq_input_count(input) && r == 0; i++)
		r = look_at_one(lint, input, i, diags);
	return r;
}

static unsigned int input_flags(const struct lint *lint)
{
	return lint->found ? IPMASQ_INPUT_FOUND : 0;
}

int lint_text(struct lint *lint, const char *name, const char *data, size_t size,
	      struct ipmasq_diags *diags)
{
	const struct ipmasq_source source = {
		.kind = IPMASQ_SOURCE_DATA, .name = name, .data = data, .size = size
	};
	struct ipmasq_input *input = NULL;
	int looked = 0;
	int r = ipmasq_input_new(lint->cli->options, &input);

	if (r == 0)
		r = ipmasq_input_load(input, &source, input_flags(lint), diags);
	if (r == 0)
		looked = look_at_all(lint, input, diags);
	ipmasq_input_free(input);
	return looked ? looked : r;
}

/* @found: in a directory, and not named. */
static void look_at_file(struct lint *lint, const char *path, bool found)
{
	struct ipmasq_source source = found ? (struct ipmasq_source){ .name = path }
					    : cli_source(path);
	struct ipmasq_input *input = NULL;
	struct ipmasq_diags *diags = NULL;
	int r = ipmasq_diags_new(&diags);

	lint->found = found;
	if (lint->fix && source.kind == IPMASQ_SOURCE_PATH)
		fix_file(lint, path);
	if (r == 0)
		r = ipmasq_input_new(lint->cli->options, &input);
	if (r == 0)
		r = ipmasq_input_load(input, &source, input_flags(lint), diags);
	if (r == 0)
		r = look_at_all(lint, input, diags);
	if (r == -ENOMEM)
		cli_die(r, path);
	lint_report(lint, path, diags);
	ipmasq_input_free(input);
	ipmasq_diags_free(diags);
}

static int compare_names(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool is_wanted(const char *name)
{
	return fnmatch("*.yaml", name, 0) == 0 || fnmatch("*.yml", name, 0) == 0 ||
	       fnmatch("*.json", name, 0) == 0;
}

static bool leads_to_file(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

static void look_at_entry(struct lint *lint, FTS *stream, FTSENT *entry)
{
	bool hidden = entry->fts_level > 0 && entry->fts_name[0] == '.';

	switch (entry->fts_info) {
	case FTS_D:
		if (hidden)
			fts_set(stream, entry, FTS_SKIP);
		break;
	case FTS_F:
	case FTS_SL:
		if (!hidden && is_wanted(entry->fts_name) && leads_to_file(entry->fts_path))
			look_at_file(lint, entry->fts_path, true);
		break;
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		/* Reading it as a file fails as well, and says why. */
		if (!hidden)
			look_at_file(lint, entry->fts_path, false);
		break;
	default:
		break;
	}
}

/*
 * Links to directories are not followed, but for the one that is named: what they lead to is in the
 * tree itself, or belongs to another one.
 */
static void look_at_tree(struct lint *lint, char *path)
{
	char *const roots[] = { path, NULL };
	FTS *stream = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, compare_names);
	FTSENT *entry;

	if (!stream)
		cli_die(errno, path);
	while (errno = 0, (entry = fts_read(stream)) != NULL)
		look_at_entry(lint, stream, entry);
	if (errno != 0)
		cli_die(errno, path);
	fts_close(stream);
}

static bool is_directory(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

void lint_inputs(struct lint *lint, char *const *paths, size_t count)
{
	if (lint->cli->config_count > 0)
		look_at_configs(lint);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(paths[i], "-") != 0 && is_directory(paths[i]))
			look_at_tree(lint, paths[i]);
		else
			look_at_file(lint, paths[i], false);
	}
}
