/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the tools on stderr, and the exit statuses that go with them. */
#include "cli/cli_say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Global, because a handler that runs at exit gets no argument. */
static const char *tool_name;

void cli_say_as(const char *name)
{
	tool_name = name;
}

void cli_say(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", tool_name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

_Noreturn void cli_usage(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", tool_name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nTry '%s --help' for more information.\n", tool_name);
	exit(CLI_USAGE);
}

_Noreturn void cli_die(int error, const char *what)
{
	cli_say("%s: %s", what, strerror(error < 0 ? -error : error));
	exit(CLI_SYSTEM);
}
