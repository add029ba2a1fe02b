/* SPDX-License-Identifier: Apache-2.0 */
/* What was found and done, in sentences, by family. */
#ifndef LIBIPMASQ_REPORT_H
#define LIBIPMASQ_REPORT_H

#include "util/common.h"

struct report_line {
	enum ipmasq_line kind;
	char *text;
};

struct family_report {
	enum ipmasq_state state;
	enum ipmasq_backend backend;
	struct report_line *lines;
	size_t count;
	size_t capacity;
	size_t flows_ended;
};

struct ipmasq_report {
	struct family_report families[2];
	/* 0, or -ENOMEM when a sentence was lost */
	int error;
};

void report_reset(struct ipmasq_report *report);
void report_add(struct ipmasq_report *report, enum ipmasq_family family, enum ipmasq_line kind,
		const char *format, ...) PRINTF_LIKE(4, 5);
/* Takes back the family's sentences except the first @count. */
void report_take_back(struct ipmasq_report *report, enum ipmasq_family family, size_t count);

#endif
