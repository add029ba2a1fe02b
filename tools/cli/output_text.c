/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as text, for people. */
#include "cli/output_text.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/cli_say.h"

bool text_colour(FILE *stream)
{
	const char *forbidden = getenv("NO_COLOR");

	return isatty(fileno(stream)) && !(forbidden && forbidden[0]);
}

size_t text_width(FILE *stream)
{
	struct winsize size;

	return ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static void print_findings(FILE *stream, const struct ipmasq_diags *diags,
			   enum ipmasq_severity least, bool colour)
{
	struct ipmasq_finding finding;
	char *text;

	for (size_t i = 0; ipmasq_diags_get(diags, i, &finding, sizeof(finding)) == 0; i++) {
		if (finding.severity < least)
			continue;
		if (ipmasq_diags_format(diags, i, colour, &text) < 0)
			cli_die(-ENOMEM, "cannot print a finding");
		fputs(text, stream);
		free(text);
	}
}

void text_findings(FILE *stream, const struct ipmasq_diags *diags, enum ipmasq_severity least)
{
	print_findings(stream, diags, least, text_colour(stream));
	text_dropped(diags);
}

void text_dropped(const struct ipmasq_diags *diags)
{
	if (ipmasq_diags_dropped(diags) > 0)
		cli_say("%zu more findings are not shown", ipmasq_diags_dropped(diags));
}

static void *open_text(int fail_on)
{
	(void)fail_on;
	return NULL;
}

static void put_text(void *state, const char *input, const struct ipmasq_diags *diags)
{
	(void)state;
	(void)input;
	print_findings(stdout, diags, IPMASQ_NOTE, text_colour(stdout));
}

static void close_text(void *state)
{
	(void)state;
}

const struct finding_format text_format = {
	.open = open_text,
	.put = put_text,
	.close = close_text,
};
