/* SPDX-License-Identifier: Apache-2.0 */
/* How are results written, as text for people and as JSON for programs? */
#ifndef IPMASQ_OUTPUT_H
#define IPMASQ_OUTPUT_H

#include <json-c/json.h>
#include <stdio.h>

#include "ipmasq.h"

/* What happens to one address, or to every address of a range, and why. */
struct answer {
	const char *target; /* the address as it was asked for, or the range */
	enum ipmasq_family family;
	const struct ipmasq_entry *entry; /* NULL: IPv6 is off, we have no rules for it */
	const struct ipmasq_entry *const *overrides; /* what matches as well, in decision order */
	size_t override_count;
	const uint8_t *first; /* of the target's addresses */
	const char *rule; /* those on the packet's way, a line each; NULL: it matches none */
};

enum ipmasq_verdict answer_verdict(const struct answer *answer);
enum ipmasq_origin answer_origin(const struct answer *answer);

/* What answers are spoken of in: the same for all of one run. */
struct answer_style {
	const char *profile; /* whose defaults apply */
	bool reserved_ranges; /* these were added to the defaults */
	bool colour;
};

/* Whether a stream takes colours: a terminal, and NO_COLOR does not forbid it. */
bool text_colour(FILE *stream);

/* Every finding from @least on, and how many there was no room for. */
void text_findings(FILE *stream, const struct ipmasq_diags *diags, enum ipmasq_severity least);

/* Only the latter, on stderr. */
void text_dropped(const struct ipmasq_diags *diags);

/* One answer in full, on several lines; and one in brief, as a line of a table. */
void text_answer(const struct answer_style *style, const struct answer *answer);
void text_row(const struct answer_style *style, const struct answer *answer, const char *indent,
	      size_t width);

/* What an entry is and where it stands: "10.0.0.0/8 in nonMasqueradeCIDRs (FILE:2:3)". */
void text_entry(const struct answer_style *style, enum ipmasq_family family,
		const struct ipmasq_entry *entry);

/* One line for each thing that was found or done in a family. */
void text_report(const struct ipmasq_report *report, enum ipmasq_family family);

const char *family_name(enum ipmasq_family family);
const char *state_name(enum ipmasq_state state);

/*
 * An array on stdout that is written object by object, so that its length costs no memory. The
 * objects are taken over. Running out of memory ends the process.
 */
struct json_list {
	size_t count;
};

void json_open(struct json_list *list);
void json_put(struct json_list *list, struct json_object *object);
void json_close(const struct json_list *list);

/* A string, or null where @text is. JSON is UTF-8 but file names are bytes: what is no character
 * becomes U+FFFD. */
struct json_object *json_text(const char *text);

struct json_object *json_finding(const struct ipmasq_finding *finding);
struct json_object *json_check(const struct ipmasq_check *check);
struct json_object *json_answer(const struct answer *answer);
/* CIDR number @index of a diff; @sources: it is one of sources. */
struct json_object *json_change(const struct ipmasq_diff *diff, enum ipmasq_family family,
				bool sources, size_t index);
struct json_object *json_report(const struct ipmasq_report *report, enum ipmasq_family family);
struct json_object *json_script(enum ipmasq_family family, const char *command, const char *script);

/* A workflow command of GitHub Actions. */
void github_finding(const struct ipmasq_finding *finding);

/*
 * A log in the format SARIF 2.1.0 on stdout, written finding by finding, so that its length costs
 * no memory. The findings of one file come one after the other.
 */
struct sarif_log {
	size_t count;
	char *file; /* of the last finding */
	unsigned int *occurrences; /* in that file, by a part of the fingerprint */
};

void sarif_open(struct sarif_log *log);
void sarif_put(struct sarif_log *log, const struct ipmasq_finding *finding);
void sarif_close(struct sarif_log *log);

#endif
