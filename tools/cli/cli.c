/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of the three tools. */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/agent_flags.h"

/* Above all characters, which are the values of short options. */
#define LONG_OPTION 256

/* Negative, because cli_next() does not return these. */
enum {
	SHARED_CONFIG = -99,
	SHARED_CONFIGMAP,
	SHARED_KEY,
	SHARED_PROFILE,
	SHARED_RESERVED_RANGES,
	SHARED_CHAIN,
	SHARED_IPV6,
	SHARED_HOSTS,
	SHARED_OUTPUT,
	SHARED_HELP,
	SHARED_VERSION,
};

static const struct cli_option shared_options[] = {
	{ SHARED_CONFIG, "config", 'c', false, "PATH",
	  "a file, a directory, or - for stdin; repeatable\n"
	  "(default: $IPMASQ_CONFIG, else " CLI_DEFAULT_CONFIG ",\n"
	  "else built-in defaults)" },
	{ SHARED_CONFIGMAP, "configmap", 0, false, "NAME",
	  "the ConfigMap in a manifest that holds configurations\n"
	  "(default: those whose name contains ip-masq); repeatable" },
	{ SHARED_KEY, "key", 0, false, "KEY",
	  "the data key that holds a configuration\n"
	  "(default: config and ip-masq*); repeatable" },
	{ SHARED_PROFILE, "profile", 0, false, "NAME",
	  "the agent whose defaults and keys apply: default, cce,\n"
	  "kubernetes, gke, tke, aks or cilium" },
	{ SHARED_RESERVED_RANGES, "nomasq-all-reserved-ranges", 0, false, NULL,
	  "add the reserved ranges to the default nonMasqueradeCIDRs" },
	{ SHARED_CHAIN, "chain", 0, false, "NAME",
	  "the chain that holds the rules (default: the profile's)" },
	{ SHARED_IPV6, "ipv6", 0, false, "auto|on|off",
	  "whether to handle IPv6 (default: the profile's)" },
	{ SHARED_HOSTS, "hosts", 0, false, "FILE",
	  "the addresses of host names (--profile=cce), as in hosts(5);\n"
	  "with it, no name is looked up" },
	{ SHARED_OUTPUT, "output", 'o', false, "text|json", "the format of the results" },
	{ SHARED_HELP, "help", 0, false, NULL, "print this help and exit" },
	{ SHARED_VERSION, "version", 0, false, NULL, "print the version and exit" },
	{ 0 },
};

/* A lost result must not look like success. A full disk is noticed only here. */
static void close_stdout(void)
{
	bool lost = ferror(stdout) != 0;

	errno = 0;
	if (fclose(stdout) == 0 && !lost)
		return;
	cli_say("cannot write the result: %s", errno ? strerror(errno) : "output was lost");
	_exit(CLI_SYSTEM);
}

/*
 * The next file to be opened would get the number of a standard descriptor that the caller closed.
 * So a closed one is opened in a mode in which reading or writing fails, as on a closed one.
 */
static void fill_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)!open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

/* The argument of an option, as --help shows it. */
static const char *argument_of(const struct cli *cli, const struct cli_option *option)
{
	if (option->id == SHARED_OUTPUT && cli->tool->formats)
		return cli->tool->formats;
	return option->argument;
}

static const struct cli_option *option_at(const struct cli *cli, int index)
{
	int shared = sizeof(shared_options) / sizeof(shared_options[0]) - 1;

	return index < shared ? &shared_options[index] : &cli->tool->options[index - shared];
}

static void index_options(struct cli *cli)
{
	char *shorts = cli->shorts;
	const struct cli_option *option;

	*shorts++ = ':';
	for (int i = 0; i < CLI_OPTIONS_MAX && (option = option_at(cli, i))->name; i++) {
		cli->longs[i] = (struct option){
			.name = option->name,
			.has_arg = !option->argument  ? no_argument
				   : option->optional ? optional_argument
						      : required_argument,
			.val = LONG_OPTION + i,
		};
		if (!option->letter)
			continue;
		*shorts++ = option->letter;
		if (option->argument)
			*shorts++ = ':';
	}
}

void cli_init(struct cli *cli, const struct cli_tool *tool, int argc, char **argv)
{
	*cli = (struct cli){ .tool = tool, .argc = argc, .argv = argv };
	cli_say_as(tool->name);
	fill_standard_descriptors();
	/* When the reader goes away, fail with an exit status instead of dying silently. */
	signal(SIGPIPE, SIG_IGN);
	if (atexit(close_stdout) != 0)
		cli_die(ENOMEM, "cannot start");
	index_options(cli);
	cli->configs = calloc((size_t)argc + 1, sizeof(*cli->configs));
	if (!cli->configs || ipmasq_options_new(&cli->options) < 0)
		cli_die(ENOMEM, "cannot start");
	opterr = 0;
}

void cli_release(struct cli *cli)
{
	cli_hosts_release(&cli->hosts);
	ipmasq_options_free(cli->options);
	free(cli->configs);
}

#define HELP_COLUMN 34

/* Prints the lines of a text. The first one is already indented. */
static void print_lines(const char *text, int indent)
{
	size_t len;

	for (const char *line = text; *line; line += len + (line[len] == '\n')) {
		len = strcspn(line, "\n");
		printf("%*s%.*s\n", line == text ? 0 : indent, "", (int)len, line);
	}
}

static void print_option(const struct cli *cli, const struct cli_option *option)
{
	const char *argument = argument_of(cli, option);
	const char *help = option->help;
	char name[80];

	if (option->id == SHARED_CONFIG && cli->tool->config_help)
		help = cli->tool->config_help;
	snprintf(name, sizeof(name), "  %c%c%c --%s%s%s%s%s", option->letter ? '-' : ' ',
		 option->letter ? option->letter : ' ', option->letter ? ',' : ' ', option->name,
		 option->optional ? "[" : "", argument ? "=" : "", argument ? argument : "",
		 option->optional ? "]" : "");
	printf("%-*s", HELP_COLUMN, name);
	if (strlen(name) >= HELP_COLUMN)
		printf("\n%*s", HELP_COLUMN, "");
	print_lines(help, HELP_COLUMN);
}

static _Noreturn void print_help(const struct cli *cli)
{
	const struct cli_tool *tool = cli->tool;
	const char *line = tool->usage;
	size_t len;

	for (; *line; line += len + (line[len] == '\n')) {
		len = strcspn(line, "\n");
		printf("%s %s %.*s\n", line == tool->usage ? "Usage:" : "      ", tool->name,
		       (int)len, line);
	}
	printf("%s\n\n", tool->summary);
	for (const struct cli_option *option = tool->options; option->name; option++)
		print_option(cli, option);
	for (const struct cli_option *option = shared_options; option->name; option++)
		print_option(cli, option);
	puts("\nA flag of another ip-masq-agent is refused with what to write instead.");
	printf("Exit status: %s\n", tool->exits);
	exit(CLI_FINE);
}

static bool has_option(const struct cli *cli, const char *name)
{
	const struct cli_option *option;

	for (int i = 0; (option = option_at(cli, i))->name; i++)
		if (strcmp(option->name, name) == 0)
			return true;
	return false;
}

#define ADVICE_SIZE 256

/* Ends the process if the refused word is a flag of another agent. */
static void refuse_flag(const struct cli *cli)
{
	const struct agent_flag *flag = agent_flag_find(cli->word);
	const char *option = flag ? agent_flag_option(flag) : NULL;
	char advice[ADVICE_SIZE];
	int at = 0;

	if (!flag)
		return;
	if (option && !has_option(cli, option))
		cli_usage("'%s' is a flag of another agent that changes no verdict; leave it out, "
			  "or give ipmasq-apply the option '--%s'",
			  cli->word, option);
	while (cli->argv[at] != cli->word)
		at++;
	/* argv ends with NULL. */
	agent_flag_advice(flag, cli->word, cli->argv[at + 1], advice, sizeof(advice));
	cli_usage("'%s' is a flag of another agent; %s", cli->word, advice);
}

/* Other agents have flags of the same name with other values. */
static _Noreturn void refuse_choice(const struct cli *cli, const char *choices, const char *value)
{
	const struct agent_flag *flag = agent_flag_find(cli->word);
	char advice[ADVICE_SIZE];

	if (!flag)
		cli_usage("option '--%s' takes %s, not '%s'", cli->current->name, choices, value);
	agent_flag_advice(flag, cli->word, value, advice, sizeof(advice));
	cli_usage("option '--%s' takes %s, not '%s'; %s", cli->current->name, choices, value,
		  advice);
}

unsigned int cli_choice(const struct cli *cli, const char *value)
{
	const char *choices = argument_of(cli, cli->current);
	const char *choice = choices;
	size_t len;

	for (unsigned int i = 0;; i++, choice += len + 1) {
		len = strcspn(choice, "|");
		if (strlen(value) == len && strncmp(choice, value, len) == 0)
			return i;
		if (choice[len] == '\0')
			break;
	}
	refuse_choice(cli, choices, value);
}

void cli_set(struct cli *cli, const char *value,
	     int (*set)(struct ipmasq_options *, const char *, struct ipmasq_diags *))
{
	struct ipmasq_diags *diags = NULL;
	int r = ipmasq_diags_new(&diags);

	if (r == 0)
		r = set(cli->options, value, diags);
	cli_must_be_set(cli, r, diags);
}

void cli_must_be_set(struct cli *cli, int r, struct ipmasq_diags *diags)
{
	struct ipmasq_finding finding;

	if (r == -EINVAL && ipmasq_diags_get(diags, 0, &finding, sizeof(finding)) == 0)
		cli_usage("option '--%s' takes %s: %s", cli->current->name, cli->current->argument,
			  finding.message);
	ipmasq_diags_free(diags);
	if (r < 0)
		cli_die(r, cli->current->name);
}

static void take_shared_option(struct cli *cli, const char *value)
{
	switch (cli->current->id) {
	case SHARED_CONFIG:
		cli->configs[cli->config_count++] = value;
		break;
	case SHARED_CONFIGMAP:
		if (ipmasq_options_add_pattern(cli->options, IPMASQ_CONFIGMAP_PATTERN, value) < 0)
			cli_die(ENOMEM, "cannot start");
		break;
	case SHARED_KEY:
		if (ipmasq_options_add_pattern(cli->options, IPMASQ_KEY_PATTERN, value) < 0)
			cli_die(ENOMEM, "cannot start");
		break;
	case SHARED_PROFILE:
		cli_set(cli, value, ipmasq_options_set_profile);
		break;
	case SHARED_RESERVED_RANGES:
		cli->reserved_ranges = true;
		ipmasq_options_set_mode(cli->options, IPMASQ_FEATURE_RESERVED_RANGES, IPMASQ_ON);
		break;
	case SHARED_CHAIN:
		cli_set(cli, value, ipmasq_options_set_chain);
		break;
	case SHARED_IPV6:
		cli->has_ipv6 = true;
		cli->ipv6 = (enum ipmasq_mode)cli_choice(cli, value);
		ipmasq_options_set_mode(cli->options, IPMASQ_FEATURE_IPV6, cli->ipv6);
		break;
	case SHARED_HOSTS:
		cli->hosts.file = value;
		break;
	case SHARED_OUTPUT:
		cli->format = (enum cli_format)cli_choice(cli, value);
		break;
	case SHARED_HELP:
		print_help(cli);
	case SHARED_VERSION:
		printf("%s (libipmasq) %s\n", cli->tool->name, ipmasq_version());
		exit(CLI_FINE);
	}
}

/* Says why getopt_long() refused an option, as far as it tells. */
static _Noreturn void refuse_option(const struct cli *cli, int c)
{
	const char *word = cli->argv[optind - 1];
	const struct cli_option *option;

	refuse_flag(cli);
	if (optopt >= LONG_OPTION) {
		option = option_at(cli, optopt - LONG_OPTION);
		if (c == ':')
			cli_usage("option '--%s' takes %s", option->name, argument_of(cli, option));
		cli_usage("option '--%s' takes no argument", option->name);
	}
	for (int i = 0; c == ':' && (option = option_at(cli, i))->name; i++)
		if (option->letter == optopt)
			cli_usage("option '-%c' takes %s", optopt, argument_of(cli, option));
	if (optopt)
		cli_usage("unknown option '-%c'", optopt);
	cli_usage("unknown or ambiguous option '%s'", word);
}

/* The row of a short option. */
static int row_of_letter(const struct cli *cli, int letter)
{
	int row = 0;

	while (option_at(cli, row)->letter != letter)
		row++;
	return row;
}

/* The first word from optind on that holds options: getopt_long() looks at it next, or is inside of
 * it. NULL: there is none. */
static const char *next_word(const struct cli *cli)
{
	int i = optind;

	while (i < cli->argc && (cli->argv[i][0] != '-' || cli->argv[i][1] == '\0'))
		i++;
	return cli->argv[i];
}

/* Returns what getopt_long() does. */
static int next_option(struct cli *cli)
{
	cli->word = next_word(cli);
	return getopt_long(cli->argc, cli->argv, cli->shorts, cli->longs, NULL);
}

int cli_next(struct cli *cli, const char **value)
{
	int c;

	while ((c = next_option(cli)) != -1) {
		if (c == '?' || c == ':')
			refuse_option(cli, c);
		c = c >= LONG_OPTION ? c - LONG_OPTION : row_of_letter(cli, c);
		cli->current = option_at(cli, c);
		if (cli->current->id > 0) {
			*value = optarg;
			return cli->current->id;
		}
		take_shared_option(cli, optarg);
	}
	return 0;
}

char **cli_arguments(const struct cli *cli, size_t *count)
{
	*count = (size_t)(cli->argc - optind);
	return cli->argv + optind;
}
