/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of the three tools. */
#ifndef IPMASQ_CLI_H
#define IPMASQ_CLI_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/cli_hosts.h"
#include "cli/cli_say.h"
#include "ipmasq.h"

enum cli_format {
	CLI_TEXT,
	CLI_JSON,
	/* For tools that list them in their formats. */
	CLI_SARIF,
	CLI_GITHUB,
	CLI_GITLAB,
	CLI_JUNIT,
	CLI_RDJSON,
};

struct cli_option {
	/* What cli_next() returns: any number above 0. */
	int id;
	const char *name;
	/* The short option, or 0. */
	char letter;
	/* The argument may be left out. If given, it follows a `='. */
	bool optional;
	/* The argument as --help shows it, or NULL. With a `|' it lists the choices. */
	const char *argument;
	/* Lines, separated by newlines. */
	const char *help;
};

struct cli_tool {
	const char *name;
	/* What follows the name. One line per way to call the tool. */
	const char *usage;
	const char *summary;
	/* The tool's own options. The last one has no name. */
	const struct cli_option *options;
	/* The meaning of each exit status. */
	const char *exits;
	/* The help of -c, or NULL for the common one. */
	const char *config_help;
	/* The choices of -o in the order of enum cli_format, or NULL for text|json. */
	const char *formats;
};

#define CLI_OPTIONS_MAX 48

#define CLI_DEFAULT_CONFIG "/etc/config/ip-masq-agent"

struct cli {
	const struct cli_tool *tool;
	int argc;
	char **argv;
	/* The option that cli_next() returned. */
	const struct cli_option *current;
	/* The word of argv that holds it. */
	const char *word;
	struct ipmasq_options *options;
	struct cli_hosts hosts;
	/* The arguments of -c. */
	const char **configs;
	size_t config_count;
	enum cli_format format;
	bool reserved_ranges;
	/* The argument of --ipv6, if it was given. */
	bool has_ipv6;
	enum ipmasq_mode ipv6;
	/* The tool reads stdin itself, so no configuration can come from there. */
	bool stdin_taken;
	/* Only errors are printed, no other findings. */
	bool quiet;
	struct option longs[CLI_OPTIONS_MAX + 1];
	char shorts[2 * CLI_OPTIONS_MAX + 2];
};

/*
 * To be called first. From here on, a result that cannot be written to stdout ends the process with
 * CLI_SYSTEM, at exit at the latest.
 */
void cli_init(struct cli *cli, const struct cli_tool *tool, int argc, char **argv);
void cli_release(struct cli *cli);

/*
 * Returns the id of the tool's next option, or 0 after the last. @value gets the argument, or NULL.
 * Handles shared options on the way. An error ends the process.
 */
int cli_next(struct cli *cli, const char **value);

/* The index of @value among the choices of the current option. An error ends the process. */
unsigned int cli_choice(const struct cli *cli, const char *value);

/* Passes the argument of the current option to the library. If refused, prints why and ends. */
void cli_set(struct cli *cli, const char *value,
	     int (*set)(struct ipmasq_options *, const char *, struct ipmasq_diags *));

/* The same when the library was asked already: @r is its answer, @diags its reason, which is freed.
 */
void cli_must_be_set(struct cli *cli, int r, struct ipmasq_diags *diags);

/* The arguments that are no options, after cli_next() returned 0. */
char **cli_arguments(const struct cli *cli, size_t *count);

#endif
