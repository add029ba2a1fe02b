/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the tools on stderr, and the exit statuses that go with them. */
#ifndef IPMASQ_CLI_SAY_H
#define IPMASQ_CLI_SAY_H

enum cli_exit {
	CLI_FINE = 0,
	/* The tool's own "no": findings, drift, not masqueraded. */
	CLI_NO = 1,
	CLI_USAGE = 2,
	/* The configuration was rejected. */
	CLI_REJECTED = 3,
	CLI_SYSTEM = 4,
};

/* Sets the name that starts every message. To be called first. */
void cli_say_as(const char *name);

/* Prints a line on stderr that starts with the name of the tool. */
void cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints what is wrong with the command line and where help is. Ends the process. */
_Noreturn void cli_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints what failed and why. Ends the process. @error is an errno, negative or not. */
_Noreturn void cli_die(int error, const char *what);

#endif
