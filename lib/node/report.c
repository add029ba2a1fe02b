/* SPDX-License-Identifier: Apache-2.0 */
/* What was found and done, in sentences, by family. */
#include "node/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/node.h"

IPMASQ_EXPORT int ipmasq_report_new(struct ipmasq_report **report)
{
	struct ipmasq_report *made = calloc(1, sizeof(*made));

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

void report_add(struct ipmasq_report *report, enum ipmasq_family family, enum ipmasq_line kind,
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
		report->error = -ENOMEM;
		return;
	}
	/* Rules of others are quoted here: their comments must not act on a terminal. */
	for (char *p = line; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	if (array_grow(&f->lines, &f->capacity, f->count, sizeof(*f->lines)) < 0) {
		free(line);
		report->error = -ENOMEM;
		return;
	}
	f->lines[f->count++] = (struct report_line){ .kind = kind, .text = line };
}

void report_take_back(struct ipmasq_report *report, enum ipmasq_family family, size_t count)
{
	struct family_report *f = &report->families[family_index(family)];

	while (f->count > count)
		free(f->lines[--f->count].text);
}

IPMASQ_EXPORT enum ipmasq_state ipmasq_report_state(const struct ipmasq_report *report,
						    enum ipmasq_family family)
{
	return report->families[family_index(family)].state;
}

IPMASQ_EXPORT enum ipmasq_backend ipmasq_report_backend(const struct ipmasq_report *report,
							enum ipmasq_family family)
{
	return report->families[family_index(family)].backend;
}

IPMASQ_EXPORT size_t ipmasq_report_count(const struct ipmasq_report *report,
					 enum ipmasq_family family)
{
	return report->families[family_index(family)].count;
}

IPMASQ_EXPORT const char *ipmasq_report_line(const struct ipmasq_report *report,
					     enum ipmasq_family family, size_t index)
{
	const struct family_report *f = &report->families[family_index(family)];

	return index < f->count ? f->lines[index].text : NULL;
}

IPMASQ_EXPORT size_t ipmasq_report_flows_ended(const struct ipmasq_report *report,
					       enum ipmasq_family family)
{
	return report->families[family_index(family)].flows_ended;
}

IPMASQ_EXPORT enum ipmasq_line ipmasq_report_line_kind(const struct ipmasq_report *report,
						       enum ipmasq_family family, size_t index)
{
	const struct family_report *f = &report->families[family_index(family)];

	return index < f->count ? f->lines[index].kind : IPMASQ_LINE_NOTE;
}
