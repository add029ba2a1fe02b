/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as a SARIF 2.1.0 log (OASIS), for code scanning services. */
#include "cli/output_sarif.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli_say.h"
#include "cli/fingerprint.h"
#include "cli/json.h"
#include "cli/sarif_place.h"

#define SARIF_STYLE (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

struct sarif_log {
	size_t count;
	struct fingerprints *fingerprints;
};

static void *need_memory(void *made)
{
	if (!made)
		cli_die(-ENOMEM, "cannot write SARIF");
	return made;
}

/* A single brace begins a placeholder, so a literal one is doubled (3.11.5). */
static char *copy_message(char *out, const char *text)
{
	for (; *text; text++) {
		*out++ = *text;
		if (*text == '{' || *text == '}')
			*out++ = *text;
	}
	return out;
}

/* A sentence with a full stop. @instead, if not NULL, is the correction. */
static struct json_object *sentence_object(const char *text, const char *instead)
{
	size_t size = 2 * (strlen(text) + (instead ? strlen(instead) : 0)) + 32;
	char *made = need_memory(malloc(size));
	char *out = copy_message(made, text);
	struct json_object *object;

	if (instead) {
		out = copy_message(stpcpy(out, "; write "), instead);
		out = stpcpy(out, " instead");
	}
	strcpy(out, out > made && out[-1] == '.' ? "" : ".");
	object = json_new_pair("text", json_new_text(made));
	free(made);
	return object;
}

/* The rule of a check. Its texts are Markdown already. */
static struct json_object *rule_object(const struct ipmasq_check *its)
{
	const char *severity = ipmasq_severity_name(its->severity);
	struct json_object *made = json_new_pair("id", json_new_text(its->code));
	struct json_object *help = json_new_pair("text", json_new_text(its->help));

	json_add(help, "markdown", json_new_text(its->help));
	json_add(made, "shortDescription", sentence_object(its->summary, NULL));
	json_add(made, "fullDescription", sentence_object(its->summary, NULL));
	json_add(made, "help", help);
	json_add(made, "defaultConfiguration", json_new_pair("level", json_new_text(severity)));
	return made;
}

static struct json_object *driver_object(void)
{
	struct json_object *made = json_new_pair("name", json_new_text("ipmasq-lint"));
	struct json_object *rules = json_new_array();
	const struct ipmasq_check *its;

	json_add(made, "version", json_new_text(ipmasq_version()));
	json_add(made, "semanticVersion", json_new_text(ipmasq_version()));
	for (size_t i = 0; (its = ipmasq_check_get(i)); i++)
		json_append(rules, rule_object(its));
	json_add(made, "rules", rules);
	return json_new_pair("driver", made);
}

static void *open_sarif(int fail_on)
{
	struct sarif_log *log = need_memory(calloc(1, sizeof(*log)));

	(void)fail_on;
	log->fingerprints = fingerprints_new();
	printf("{\"$schema\":\"https://json.schemastore.org/"
	       "sarif-2.1.0.json\",\"version\":\"2.1.0\","
	       "\"runs\":[{\"tool\":");
	json_print(driver_object(), SARIF_STYLE);
	printf(",\"columnKind\":\"unicodeCodePoints\",\"results\":[");
	return log;
}

/*
 * The fingerprint of the finding, and its number among those of the same kind in the file. A known
 * finding does not look new after lines were added or moved.
 */
static struct json_object *fingerprints_object(struct sarif_log *log,
					       const struct ipmasq_finding *finding)
{
	struct fingerprint print = fingerprints_next(log->fingerprints, finding);
	char text[48];

	snprintf(text, sizeof(text), "%016" PRIx64 ":%u", print.text, print.occurrence);
	return json_new_pair("codeAndText/v1", json_new_text(text));
}

static struct json_object *location_object(const struct ipmasq_finding *finding)
{
	struct json_object *place =
		json_new_pair("artifactLocation", sarif_artifact(finding->place.file));

	json_add(place, "region", sarif_region(finding));
	return json_new_pair("physicalLocation", place);
}

static struct json_object *result_object(struct sarif_log *log,
					 const struct ipmasq_finding *finding)
{
	struct json_object *result = json_new_pair("ruleId", json_new_text(finding->code));
	struct json_object *fix = sarif_fix(finding);
	const struct ipmasq_check *its;

	for (size_t i = 0; (its = ipmasq_check_get(i)); i++)
		if (strcmp(its->code, finding->code) == 0)
			json_add(result, "ruleIndex", json_new_number((int64_t)i));
	json_add(result, "level", json_new_text(ipmasq_severity_name(finding->severity)));
	json_add(result, "message", sentence_object(finding->message, finding->suggestion));
	if (finding->place.file)
		json_add(result, "locations", json_new_array_of(location_object(finding)));
	json_add(result, "partialFingerprints", fingerprints_object(log, finding));
	if (fix)
		json_add(result, "fixes", json_new_array_of(fix));
	return result;
}

static void put_sarif(void *state, const char *input, const struct ipmasq_diags *diags)
{
	struct sarif_log *log = state;
	struct ipmasq_finding finding;

	(void)input;
	for (size_t i = 0; ipmasq_diags_get(diags, i, &finding, sizeof(finding)) == 0; i++) {
		printf("%s\n", log->count++ ? "," : "");
		json_print(result_object(log, &finding), SARIF_STYLE);
	}
}

static void close_sarif(void *state)
{
	struct sarif_log *log = state;

	puts("\n]}]}");
	fingerprints_free(log->fingerprints);
	free(log);
}

const struct finding_format sarif_format = {
	.open = open_sarif,
	.put = put_sarif,
	.close = close_sarif,
};
