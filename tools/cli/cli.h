/* SPDX-License-Identifier: Apache-2.0 */
/* What the three tools share: the command line, the way from it to a policy, and the way out. */
#ifndef IPMASQ_CLI_H
#define IPMASQ_CLI_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

#include "ipmasq.h"

enum cli_exit {
	CLI_FINE = 0,
	CLI_NO = 1, /* the tool's own "no": findings, drift, not masqueraded */
	CLI_USAGE = 2,
	CLI_REJECTED = 3, /* the configuration */
	CLI_SYSTEM = 4,
};

enum cli_format {
	CLI_TEXT,
	CLI_JSON,
	CLI_SARIF, /* these are for tools that say so */
	CLI_GITHUB,
};

struct cli_option {
	int id; /* what cli_next() returns: any number above 0 */
	const char *name;
	char letter; /* 0: has none */
	bool optional; /* the argument may be left out, and then stands behind a `=` only */
	const char *argument; /* for the help, NULL: takes none; with a `|` it lists the choices */
	const char *help; /* lines, separated by newlines */
};

struct cli_tool {
	const char *name;
	const char *usage; /* what follows the name, one line a way to call it */
	const char *summary;
	const struct cli_option *options; /* beside the shared ones; the last has no name */
	const char *exits; /* what each exit status means */
	const char *config_help; /* of -c, NULL: as for most */
	const char *formats; /* of -o in the order of enum cli_format, NULL: text|json */
};

#define CLI_OPTIONS_MAX 48

#define CLI_DEFAULT_CONFIG "/etc/config/ip-masq-agent"

struct cli {
	const struct cli_tool *tool;
	int argc;
	char **argv;
	const struct cli_option *current; /* the option that cli_next() returned */
	struct ipmasq_options *options;
	const char *hosts_file; /* of --hosts, or NULL */
	struct ipmasq_hosts *hosts; /* what host names stand for, as far as it is known */
	struct ipmasq_hosts *hosts_before; /* and what it was before that became known */
	struct resolver *resolver; /* NULL: there was nothing to resolve yet */
	const char **configs; /* the arguments of -c */
	size_t config_count;
	enum cli_format format;
	bool reserved_ranges;
	bool stdin_taken; /* by the tool, so that no configuration can come from there */
	bool quiet; /* findings below an error are not printed */
	struct option longs[CLI_OPTIONS_MAX + 1];
	char shorts[2 * CLI_OPTIONS_MAX + 2];
};

/*
 * To be called first. From here on a result that cannot be written to stdout ends the process with
 * CLI_SYSTEM, at exit if not before.
 */
void cli_init(struct cli *cli, const struct cli_tool *tool, int argc, char **argv);
void cli_release(struct cli *cli);

/*
 * The id of the tool's next option, with its argument (NULL: none) in @value; 0 after the last.
 * Shared options are dealt with on the way, errors end the process.
 */
int cli_next(struct cli *cli, const char **value);

/* Which of the current option's choices @value is, counted from 0; anything else is an error. */
unsigned int cli_choice(const struct cli *cli, const char *value);

/* Hands an option's argument to the library, whose reason is told when it refuses. */
void cli_set(struct cli *cli, const char *value,
	     int (*set)(struct ipmasq_options *, const char *, struct ipmasq_diags *));

/* The arguments that are no options, after cli_next() returned 0. */
char **cli_arguments(const struct cli *cli, size_t *count);

/* A path of the command line; "-" is stdin. */
struct ipmasq_source cli_source(const char *path);

/* Reads a file, a directory, or for "-" stdin. As ipmasq_config_load(). */
int cli_load(struct ipmasq_config *config, const char *path, struct ipmasq_diags *diags);

/* Ends the process when stdin would be read twice. */
void cli_one_stdin(const char *const *paths, size_t count, bool taken);

/*
 * The policy of what the command line and the environment name. Findings go to stderr. Returns
 * CLI_FINE or the exit code.
 */
enum cli_exit cli_policy(struct cli *cli, struct ipmasq_policy **policy);

/* The same of the paths given, united. */
enum cli_exit cli_policy_of(struct cli *cli, const char *const *paths, size_t count,
			    struct ipmasq_policy **policy);

/*
 * Finds out what the host names of a configuration stand for, and makes it known to cli->options:
 * what --hosts says, else what the system's resolver does. Waits for names that were never answered
 * yet, up to ten seconds or until @stop_fd (-1: none) is readable; what is not resolved then is
 * left out of policies. The errors of ipmasq_hosts_load().
 */
int cli_hosts(struct cli *cli, const struct ipmasq_config *config, struct ipmasq_diags *diags,
	      int stop_fd);

/* Only what --hosts says, where it is given. */
int cli_hosts_file(struct cli *cli, struct ipmasq_diags *diags);

/* Makes the answers that came since known. -ENOMEM. */
int cli_hosts_known(struct cli *cli);
void cli_hosts_release(struct cli *cli);

/* Says what went wrong, and for the first also where help is, and ends the process. */
_Noreturn void cli_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void cli_die(int error, const char *what);

/* A line on stderr that starts with the tool's name. */
void cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
