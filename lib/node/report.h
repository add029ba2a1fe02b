/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a call: for each family its result, and sentences on what was found and done. */
#ifndef LIBIPMASQ_REPORT_H
#define LIBIPMASQ_REPORT_H

#include "node/failure.h"
#include "node/kernel/observation.h"
#include "util/text.h"

struct report_line {
	enum ipmasq_line_kind kind;
	/* The family's when the sentence was added. */
	enum ipmasq_backend backend;
	char *text;
};

struct family_report {
	enum ipmasq_state state;
	enum ipmasq_backend backend;
	struct report_line *lines;
	size_t count;
	size_t capacity;
	/* Rules of others decide otherwise than the policy, which is in line. */
	bool overridden;
	/* Something that is not ours keeps the rules from being in force. */
	bool hindered;
	/* Of the look before the first write. */
	enum ipmasq_writer writer;
	char comment[COMMENT_BYTES];
	size_t flows_ended;
	bool flows_pending;
	/* Of the first failure: a negative errno, the code of its finding or NULL, its text, and
	 * where the entry is written that it concerns. */
	int error;
	const char *code;
	char text[1024];
	struct pos pos;
};

struct ipmasq_report {
	struct family_report families[2];
};

void report_reset(struct ipmasq_report *report);
void report_add(struct ipmasq_report *report, enum ipmasq_family family, enum ipmasq_line_kind kind,
		const char *format, ...) PRINTF_LIKE(4, 5);
/* Takes back the family's sentences except the first @count. */
void report_take_back(struct ipmasq_report *report, enum ipmasq_family family, size_t count);

/* Keeps whose rules were seen in our chains. */
void report_set_writer(struct ipmasq_report *report, enum ipmasq_family family,
		       const struct observation *obs);

/* Keeps the first failure of a family. @pos: may be NULL. */
void report_fail(struct ipmasq_report *report, enum ipmasq_family family,
		 const struct failure *failure, const struct pos *pos);
/* The same of -ENOMEM. */
void report_no_memory(struct ipmasq_report *report, enum ipmasq_family family);

/* The error of the first family that failed, or 0. */
int report_error(const struct ipmasq_report *report);

#endif
