/* SPDX-License-Identifier: Apache-2.0 */
/* Splits the output of iptables-save into lines, piece by piece, in memory that does not grow. */
#ifndef LIBIPMASQ_LINES_H
#define LIBIPMASQ_LINES_H

#include "util/common.h"

/* The limits of iptables keep rules under 4 KiB, except for matches that are programs. */
#define LINE_BYTES_MAX 8192

struct lines {
	/* Gets each line, NUL-terminated, without its newline; @cut: its end did not fit. */
	int (*line)(void *context, const char *text, size_t len, bool cut);
	void *context;
	size_t len;
	bool quoted;
	bool escaped;
	bool cut;
	/* The last byte, which may have had no room. */
	char before;
	char text[LINE_BYTES_MAX];
};

/* Both return 0, or the first negative return of @line. */
int lines_feed(struct lines *lines, const char *data, size_t len);
/* The last line, where it did not end in a newline. */
int lines_end(struct lines *lines);

#endif
