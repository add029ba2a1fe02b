/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings as JUnit XML, for services that show the results of tests. An input is a suite, and each
 * finding a test, which failed if the run fails because of it. An input without findings has one
 * test, which passed, because some services take a report without tests for a broken one.
 */
#include "cli/output_junit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli_say.h"
#include "cli/uri.h"
#include "cli/xml.h"

struct junit_report {
	int fail_on;
};

static char *need_text(char *made)
{
	if (!made)
		cli_die(-ENOMEM, "cannot write XML");
	return made;
}

static void print_attribute(const char *name, const char *value)
{
	printf(" %s=\"", name);
	xml_put(stdout, value);
	putchar('"');
}

static void print_path(const char *name, const char *file)
{
	char *path = uri_path(file);

	print_attribute(name, path);
	free(path);
}

/* The lines of the text format are kept as they are. */
static void print_body(const struct ipmasq_diags *diags, size_t index)
{
	char *line;
	char *text;
	char *rest;

	if (ipmasq_diags_format(diags, index, false, &text) < 0)
		need_text(NULL);
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		xml_put(stdout, line);
		putchar('\n');
	}
	free(text);
}

static bool has_same_name(const struct ipmasq_finding *a, const struct ipmasq_finding *b)
{
	return a->place.line == b->place.line && a->place.column == b->place.column &&
	       strcmp(a->code, b->code) == 0;
}

/* Services tell tests apart by their names, so several findings at a place are numbered. */
static void print_name(const struct ipmasq_diags *diags, size_t index,
		       const struct ipmasq_finding *finding)
{
	struct ipmasq_finding other;
	size_t number = 1;
	char name[128];
	int length = snprintf(name, sizeof(name), "%s", finding->code);

	if (finding->place.line > 0)
		length += snprintf(name + length, sizeof(name) - (size_t)length, " at %u:%u",
				   finding->place.line, finding->place.column);
	/* The list is sorted by places. */
	while (index-- > 0 && ipmasq_diags_get(diags, index, &other, sizeof(other)) == 0 &&
	       other.place.line == finding->place.line)
		number += has_same_name(&other, finding);
	if (number > 1)
		snprintf(name + length, sizeof(name) - (size_t)length, " (%zu)", number);
	print_attribute("name", name);
}

static void print_finding(const struct junit_report *report, const struct ipmasq_diags *diags,
			  size_t index, const struct ipmasq_finding *finding, const char *input)
{
	const struct ipmasq_place *place = &finding->place;
	const char *file = place->file ? place->file : input;
	const char *element = (int)finding->severity >= report->fail_on ? "failure" : "system-out";

	printf("<testcase");
	print_name(diags, index, finding);
	print_path("classname", file);
	print_path("file", file);
	if (place->line > 0)
		printf(" line=\"%u\"", place->line);
	printf("><%s", element);
	if (strcmp(element, "failure") == 0) {
		print_attribute("message", finding->message);
		print_attribute("type", ipmasq_severity_name(finding->severity));
	}
	putchar('>');
	print_body(diags, index);
	printf("</%s></testcase>\n", element);
}

static size_t count_failures(const struct junit_report *report, const struct ipmasq_diags *diags)
{
	struct ipmasq_finding finding;
	size_t count = 0;

	for (size_t i = 0; ipmasq_diags_get(diags, i, &finding, sizeof(finding)) == 0; i++)
		count += (int)finding.severity >= report->fail_on;
	return count;
}

static void put_junit(void *state, const char *input, const struct ipmasq_diags *diags)
{
	const struct junit_report *report = state;
	size_t count = ipmasq_diags_count(diags);
	struct ipmasq_finding finding;

	if (!input && ipmasq_diags_get(diags, 0, &finding, sizeof(finding)) < 0)
		return;
	if (!input)
		input = finding.place.file ? finding.place.file : ".";
	printf("<testsuite");
	print_path("name", input);
	printf(" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"0\">\n", count ? count : 1,
	       count_failures(report, diags));
	if (count == 0) {
		printf("<testcase name=\"ipmasq-lint\"");
		print_path("classname", input);
		print_path("file", input);
		puts("/>");
	}
	for (size_t i = 0; ipmasq_diags_get(diags, i, &finding, sizeof(finding)) == 0; i++)
		print_finding(report, diags, i, &finding, input);
	puts("</testsuite>");
}

static void *open_junit(int fail_on)
{
	struct junit_report *report = malloc(sizeof(*report));

	if (!report)
		need_text(NULL);
	else
		report->fail_on = fail_on;
	puts("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ipmasq-lint\">");
	return report;
}

static void close_junit(void *state)
{
	puts("</testsuites>");
	free(state);
}

const struct finding_format junit_format = {
	.open = open_junit,
	.put = put_junit,
	.close = close_junit,
};
