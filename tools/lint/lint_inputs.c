/* SPDX-License-Identifier: Apache-2.0 */
/* Goes through the inputs on the command line. */
#include "lint/lint_inputs.h"

#include <errno.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli_policy.h"
#include "lint/fix.h"
#include "lint/lint_config.h"
#include "lint/lint_files.h"
#include "lint/lint_generated.h"
#include "lint/lint_group.h"
#include "lint/lint_report.h"

/* Checks what -c names, which together is one configuration. */
static void lint_options_configs(struct lint *lint)
{
	const struct cli *cli = lint->cli;
	struct ipmasq_config *config = NULL;
	struct ipmasq_diags *diags = NULL;
	bool read = true;
	int r = ipmasq_diags_new(&diags);

	if (r == 0)
		r = ipmasq_config_new(cli->options, &config);
	for (size_t i = 0; i < cli->config_count && r != -ENOMEM; i++) {
		lint->files++;
		r = cli_load(config, cli->configs[i], diags);
		if (r < 0 && r != -EINVAL)
			read = false;
	}
	/* A rejected configuration is checked too: the rest of it may have findings. */
	if (r != -ENOMEM && read)
		r = lint_config(lint, config, diags);
	if (r == -ENOMEM)
		cli_die(r, cli->configs[0]);
	lint->configurations++;
	lint_report(lint, cli_source(cli->configs[0]).name, diags);
	ipmasq_config_free(config);
	ipmasq_diags_free(diags);
}

/* Checks each configuration of an input on its own. */
static void lint_alone(struct lint *lint, const char *path, const struct ipmasq_source *source)
{
	struct ipmasq_input *input = NULL;
	struct ipmasq_diags *diags = NULL;
	int r = ipmasq_diags_new(&diags);

	if (r == 0)
		r = ipmasq_input_new(lint->cli->options, &input);
	if (r == 0)
		r = lint_load_input(lint, input, source, diags);
	if (r == 0)
		r = lint_input(lint, input, diags);
	if (r == -ENOMEM)
		cli_die(r, path);
	lint->configurations += ipmasq_input_count(input);
	lint_report(lint, ipmasq_input_count(input) > 0 ? source->name : NULL, diags);
	ipmasq_input_free(input);
	ipmasq_diags_free(diags);
}

/*
 * Checks a file, or stdin.
 *
 * @found  in a directory: the user did not name it
 * @group  where the agent of the profile reads it together with others, else NULL
 */
static void lint_file(struct lint *lint, const char *path, bool found, struct lint_group *group)
{
	struct ipmasq_source source = found ? (struct ipmasq_source){ .name = path }
					    : cli_source(path);

	lint->found = found;
	lint->files++;
	if (lint->fix && source.kind == IPMASQ_SOURCE_PATH)
		fix_file(lint, path);
	if (group)
		lint_group_add(lint, group, path, &source);
	else
		lint_alone(lint, path, &source);
}

static bool is_kustomization(const char *name)
{
	return strcmp(name, "kustomization.yaml") == 0 || strcmp(name, "kustomization.yml") == 0 ||
	       strcmp(name, "Kustomization") == 0;
}

/* A kustomization comes first, since it says what the files beside it are. */
static int compare_names(const FTSENT **a, const FTSENT **b)
{
	bool first = is_kustomization((*a)->fts_name);

	if (first != is_kustomization((*b)->fts_name))
		return first ? -1 : 1;
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Files before directories, so that those of one directory follow one another. */
static int compare_files_first(const FTSENT **a, const FTSENT **b)
{
	bool a_is_directory = (*a)->fts_info == FTS_D;
	bool b_is_directory = (*b)->fts_info == FTS_D;

	return a_is_directory == b_is_directory ? compare_names(a, b) : a_is_directory ? 1 : -1;
}

static bool leads_to_file(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* The path of an entry from the directory on that the user named. */
static const char *path_within(const FTSENT *entry, size_t root_length)
{
	const char *path = entry->fts_path + root_length;

	return path + strspn(path, "/");
}

static void lint_entry(struct lint *lint, FTS *stream, FTSENT *entry, size_t root_length,
		       struct lint_group *group)
{
	bool hidden = entry->fts_level > 0 &&
		      (entry->fts_name[0] == '.' ||
		       lint_is_excluded(lint, path_within(entry, root_length)));

	switch (entry->fts_info) {
	case FTS_D:
		/* An agent reads one directory, and none below it. */
		if (group)
			lint_group_close(lint, group);
		if (hidden)
			fts_set(stream, entry, FTS_SKIP);
		break;
	case FTS_F:
	case FTS_SL:
		if (!hidden && lint_is_config_name(entry->fts_name) &&
		    !lint_is_generated(lint, entry->fts_path) && leads_to_file(entry->fts_path))
			lint_file(lint, entry->fts_path, true, group);
		break;
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		/* Reading it as a file fails too, and the finding says why. */
		if (!hidden)
			lint_file(lint, entry->fts_path, false, group);
		break;
	default:
		break;
	}
}

/*
 * Follows no link to a directory except @path itself. The target of any other link is either in the
 * tree anyway or belongs to another tree.
 */
static void lint_tree(struct lint *lint, char *path, bool grouped)
{
	char *const roots[] = { path, NULL };
	FTS *stream = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR,
			       grouped ? compare_files_first : compare_names);
	struct lint_group group = { 0 };
	FTSENT *entry;

	if (!stream)
		cli_die(errno, path);
	while (errno = 0, (entry = fts_read(stream)) != NULL)
		lint_entry(lint, stream, entry, strlen(path), grouped ? &group : NULL);
	if (errno != 0)
		cli_die(errno, path);
	lint_group_close(lint, &group);
	fts_close(stream);
}

static bool is_directory(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

void lint_inputs(struct lint *lint, char *const *paths, size_t count)
{
	bool grouped = lint_group_wanted(lint);
	struct lint_group named = { 0 };

	if (lint->cli->config_count > 0)
		lint_options_configs(lint);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(paths[i], "-") != 0 && is_directory(paths[i]))
			lint_tree(lint, paths[i], grouped);
		else
			lint_file(lint, paths[i], false, grouped ? &named : NULL);
	}
	lint_group_close(lint, &named);
	lint_free_generated(lint);
}
