/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a call: for each family its result, and sentences on what was found and done. */
#include "node/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/node.h"

IPMASQ_EXPORT int ipmasq_report_new(struct ipmasq_report **report)
{
	struct ipmasq_report *made;

	if (!report)
		return -EINVAL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	*report = made;
	return 0;
}

void report_reset(struct ipmasq_report *report)
{
	for (size_t i = 0; i < ARRAY_SIZE(report->families); i++) {
		struct family_report *family = &report->families[i];

		for (size_t j = 0; j < family->count; j++)
			free(family->lines[j].text);
		free(family->lines);
		text_unref(family->pos.text);
	}
	*report = (struct ipmasq_report){ 0 };
}

IPMASQ_EXPORT void ipmasq_report_free(struct ipmasq_report *report)
{
	if (!report)
		return;
	report_reset(report);
	free(report);
}

/* Rules of others are quoted, and their comments must not act on a terminal. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

void report_add(struct ipmasq_report *report, enum ipmasq_family family, enum ipmasq_line_kind kind,
		const char *format, ...)
{
	struct family_report *f = &report->families[family_index(family)];
	char *line;
	va_list args;
	int len;

	va_start(args, format);
	len = vasprintf(&line, format, args);
	va_end(args);
	if (len < 0) {
		report_no_memory(report, family);
		return;
	}
	make_printable(line);
	if (array_grow(&f->lines, &f->capacity, f->count, sizeof(*f->lines)) < 0) {
		free(line);
		report_no_memory(report, family);
		return;
	}
	f->lines[f->count++] =
		(struct report_line){ .kind = kind, .backend = f->backend, .text = line };
}

void report_take_back(struct ipmasq_report *report, enum ipmasq_family family, size_t count)
{
	struct family_report *f = &report->families[family_index(family)];

	while (f->count > count)
		free(f->lines[--f->count].text);
}

void report_set_writer(struct ipmasq_report *report, enum ipmasq_family family,
		       const struct observation *obs)
{
	struct family_report *f = &report->families[family_index(family)];

	f->writer = observation_writer(obs);
	strcpy(f->comment, obs->signs.others);
	make_printable(f->comment);
}

void report_fail(struct ipmasq_report *report, enum ipmasq_family family,
		 const struct failure *failure, const struct pos *pos)
{
	struct family_report *f = &report->families[family_index(family)];

	if (f->error < 0)
		return;
	f->error = failure->error;
	f->code = failure->code;
	snprintf(f->text, sizeof(f->text), "%s", failure->text);
	make_printable(f->text);
	if (pos && pos->text) {
		f->pos = *pos;
		text_ref(pos->text);
	}
}

void report_no_memory(struct ipmasq_report *report, enum ipmasq_family family)
{
	struct failure failure;

	failure_no_memory(&failure);
	report_fail(report, family, &failure, NULL);
}

int report_error(const struct ipmasq_report *report)
{
	return report->families[0].error < 0 ? report->families[0].error
					     : report->families[1].error;
}

IPMASQ_EXPORT const char *ipmasq_state_name(enum ipmasq_state state)
{
	static const char *const names[] = {
		[IPMASQ_STATE_UNKNOWN] = "unknown",	  [IPMASQ_STATE_IN_LINE] = "in line",
		[IPMASQ_STATE_CHANGED] = "changed",	  [IPMASQ_STATE_DRIFT] = "drift",
		[IPMASQ_STATE_SKIPPED] = "skipped",	  [IPMASQ_STATE_FAILED] = "failed",
		[IPMASQ_STATE_OVERRIDDEN] = "overridden",
	};

	return NAME_OF(names, state);
}

IPMASQ_EXPORT int ipmasq_report_result(const struct ipmasq_report *report,
				       enum ipmasq_family family, struct ipmasq_result *result,
				       size_t size)
{
	const struct family_report *f;
	struct ipmasq_result made = { 0 };

	if (!report || !family_is_known(family))
		return -EINVAL;
	f = &report->families[family_index(family)];
	made.state = f->state;
	made.backend = f->backend;
	made.error = f->error;
	made.code = f->code;
	made.text = f->error < 0 ? f->text : NULL;
	made.place = pos_place(&f->pos);
	made.lines = f->count;
	made.flows_ended = f->flows_ended;
	made.flows_pending = f->flows_pending;
	made.writer = f->writer;
	made.overridden = f->overridden;
	made.hindered = f->hindered;
	made.comment = *f->comment ? f->comment : NULL;
	return struct_fill(result, size, &made, sizeof(made));
}

IPMASQ_EXPORT int ipmasq_report_line(const struct ipmasq_report *report, enum ipmasq_family family,
				     size_t index, struct ipmasq_line *line, size_t size)
{
	const struct family_report *f;
	struct ipmasq_line made = { 0 };

	if (!report || !family_is_known(family))
		return -EINVAL;
	f = &report->families[family_index(family)];
	if (index >= f->count)
		return -ERANGE;
	made.kind = f->lines[index].kind;
	made.text = f->lines[index].text;
	made.backend = f->lines[index].backend;
	return struct_fill(line, size, &made, sizeof(made));
}
