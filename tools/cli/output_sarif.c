/* SPDX-License-Identifier: Apache-2.0 */
/* How are findings written for code scanning services? As a SARIF 2.1.0 log (OASIS). */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/output.h"
#include "cli/sarif_place.h"

/* A power of two. Findings whose fingerprints fall together are numbered together: no harm. */
#define OCCURRENCES 4096

static void *check(void *made)
{
	if (!made)
		cli_die(-ENOMEM, "cannot write SARIF");
	return made;
}

void sarif_set(struct json_object *object, const char *key, struct json_object *value)
{
	if (json_object_object_add(object, key, check(value)) != 0)
		cli_die(-ENOMEM, "cannot write SARIF");
}

struct json_object *sarif_object(const char *key, struct json_object *value)
{
	struct json_object *object = check(json_object_new_object());

	if (key)
		sarif_set(object, key, value);
	return object;
}

static void append(struct json_object *list, struct json_object *value)
{
	if (json_object_array_add(list, check(value)) != 0)
		cli_die(-ENOMEM, "cannot write SARIF");
}

struct json_object *sarif_list(struct json_object *only)
{
	struct json_object *list = check(json_object_new_array());

	append(list, only);
	return list;
}

/* A single brace begins a placeholder, so one that is meant is doubled (3.11.5). */
static char *put_message(char *out, const char *text)
{
	for (; *text; text++) {
		*out++ = *text;
		if (*text == '{' || *text == '}')
			*out++ = *text;
	}
	return out;
}

/* One or two parts of a sentence, which also gets its full stop. */
static struct json_object *sentence(const char *text, const char *instead)
{
	size_t size = 2 * (strlen(text) + (instead ? strlen(instead) : 0)) + 32;
	char *made = check(malloc(size));
	char *out = put_message(made, text);
	struct json_object *object;

	if (instead) {
		out = put_message(stpcpy(out, "; write "), instead);
		out = stpcpy(out, " instead");
	}
	strcpy(out, out > made && out[-1] == '.' ? "" : ".");
	object = sarif_object("text", json_text(made));
	free(made);
	return object;
}

/* What the checks table says of a finding's code. Its texts are Markdown as they stand. */
static struct json_object *rule(const struct ipmasq_check *its)
{
	const char *severity = ipmasq_severity_name(its->severity);
	struct json_object *made = sarif_object("id", json_text(its->code));
	struct json_object *help = sarif_object("text", json_text(its->help));

	sarif_set(help, "markdown", json_text(its->help));
	sarif_set(made, "shortDescription", sentence(its->summary, NULL));
	sarif_set(made, "fullDescription", sentence(its->summary, NULL));
	sarif_set(made, "help", help);
	sarif_set(made, "defaultConfiguration", sarif_object("level", json_text(severity)));
	return made;
}

static struct json_object *driver(void)
{
	struct json_object *made = sarif_object("name", json_text("ipmasq-lint"));
	struct json_object *rules = check(json_object_new_array());
	const struct ipmasq_check *its;

	sarif_set(made, "version", json_text(ipmasq_version()));
	sarif_set(made, "semanticVersion", json_text(ipmasq_version()));
	for (size_t i = 0; (its = ipmasq_check_get(i)); i++)
		append(rules, rule(its));
	sarif_set(made, "rules", rules);
	return sarif_object("driver", made);
}

static void print(struct json_object *object)
{
	const int style = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;
	const char *text = json_object_to_json_string_ext(object, style);

	if (!text)
		cli_die(-ENOMEM, "cannot write SARIF");
	fputs(text, stdout);
	json_object_put(object);
}

void sarif_open(struct sarif_log *log)
{
	*log = (struct sarif_log){ 0 };
	log->occurrences = check(calloc(OCCURRENCES, sizeof(*log->occurrences)));
	printf("{\"$schema\":\"https://json.schemastore.org/"
	       "sarif-2.1.0.json\",\"version\":\"2.1.0\","
	       "\"runs\":[{\"tool\":");
	print(driver());
	printf(",\"columnKind\":\"unicodeCodePoints\",\"results\":[");
}

/*
 * The fingerprint of the finding, and the how-manieth of its kind it is in its file; so that lines
 * can be moved and added without what was found before looking new.
 */
static struct json_object *fingerprints(struct sarif_log *log, const struct ipmasq_finding *finding)
{
	const char *file = finding->place.file ? finding->place.file : "";
	uint64_t print = sarif_fingerprint(finding);
	char text[48];

	if (!log->file || strcmp(log->file, file) != 0) {
		free(log->file);
		log->file = check(strdup(file));
		memset(log->occurrences, 0, OCCURRENCES * sizeof(*log->occurrences));
	}
	snprintf(text, sizeof(text), "%016" PRIx64 ":%u", print,
		 ++log->occurrences[print % OCCURRENCES]);
	return sarif_object("codeAndText/v1", json_text(text));
}

static struct json_object *location(const struct ipmasq_finding *finding)
{
	struct json_object *place =
		sarif_object("artifactLocation", sarif_artifact(finding->place.file));

	sarif_set(place, "region", sarif_region(finding));
	return sarif_object("physicalLocation", place);
}

void sarif_put(struct sarif_log *log, const struct ipmasq_finding *finding)
{
	struct json_object *result = sarif_object("ruleId", json_text(finding->code));
	struct json_object *fix = sarif_fix(finding);
	const struct ipmasq_check *its;

	for (size_t i = 0; (its = ipmasq_check_get(i)); i++)
		if (strcmp(its->code, finding->code) == 0)
			sarif_set(result, "ruleIndex", json_object_new_int64((int64_t)i));
	sarif_set(result, "level", json_text(ipmasq_severity_name(finding->severity)));
	sarif_set(result, "message", sentence(finding->message, finding->suggestion));
	if (finding->place.file)
		sarif_set(result, "locations", sarif_list(location(finding)));
	sarif_set(result, "partialFingerprints", fingerprints(log, finding));
	if (fix)
		sarif_set(result, "fixes", sarif_list(fix));
	printf("%s\n", log->count++ ? "," : "");
	print(result);
}

void sarif_close(struct sarif_log *log)
{
	puts("\n]}]}");
	free(log->file);
	free(log->occurrences);
}
