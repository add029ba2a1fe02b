/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings as a GitLab code quality report, which merge requests show. GitLab compares the reports
 * of two branches by the fingerprints, and reads no other members of the Code Climate format.
 */
#include "cli/output_gitlab.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli_say.h"
#include "cli/finding_json.h"
#include "cli/fingerprint.h"

struct gitlab_report {
	struct json_list list;
	struct fingerprints *fingerprints;
};

static void *open_gitlab(int fail_on)
{
	struct gitlab_report *report = malloc(sizeof(*report));

	(void)fail_on;
	if (!report)
		cli_die(-ENOMEM, "cannot write JSON");
	report->fingerprints = fingerprints_new();
	json_list_open(&report->list);
	return report;
}

static const char *severity_word(enum ipmasq_severity severity)
{
	switch (severity) {
	case IPMASQ_ERROR:
		return "major";
	case IPMASQ_WARNING:
		return "minor";
	default:
		return "info";
	}
}

/* 32 digits, because the fingerprints of other tools are MD5 sums. */
static struct json_object *fingerprint_text(struct gitlab_report *report,
					    const struct ipmasq_finding *finding)
{
	struct fingerprint print = fingerprints_next(report->fingerprints, finding);
	char text[48];

	snprintf(text, sizeof(text), "%016" PRIx64 "%016x", print.file_and_text, print.occurrence);
	return json_new_text(text);
}

static struct json_object *location_object(const struct ipmasq_finding *finding, const char *input)
{
	unsigned int line = finding->place.line;
	struct json_object *object = json_new_pair("path", finding_json_path(finding, input));

	json_add(object, "lines", json_new_pair("begin", json_new_number(line ? line : 1)));
	return object;
}

static void put_gitlab(void *state, const char *input, const struct ipmasq_diags *diags)
{
	struct gitlab_report *report = state;
	struct ipmasq_finding finding;

	for (size_t i = 0; ipmasq_diags_get(diags, i, &finding, sizeof(finding)) == 0; i++) {
		struct json_object *object = json_new_object();

		json_add(object, "description", finding_json_message(&finding));
		json_add(object, "check_name", json_new_text(finding.code));
		json_add(object, "fingerprint", fingerprint_text(report, &finding));
		json_add(object, "severity", json_new_text(severity_word(finding.severity)));
		json_add(object, "location", location_object(&finding, input));
		json_list_put(&report->list, object);
	}
}

static void close_gitlab(void *state)
{
	struct gitlab_report *report = state;

	json_list_close(&report->list);
	fingerprints_free(report->fingerprints);
	free(report);
}

const struct finding_format gitlab_format = {
	.open = open_gitlab,
	.put = put_gitlab,
	.close = close_gitlab,
};
