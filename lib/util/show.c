/* SPDX-License-Identifier: Apache-2.0 */
/* Replaces what a message or a terminal must not get. */
#include "util/show.h"

#include <string.h>

#include "util/utf8.h"

/* The length of the control character that a text starts with; 0: there is none. */
static size_t control_length(const char *text, size_t len)
{
	unsigned char c = (unsigned char)text[0];

	if (c < 0x20 || c == 0x7f)
		return 1;
	/* U+0080 to U+009F control terminals as well. */
	return c == 0xc2 && len > 1 && (unsigned char)text[1] < 0xa0 ? 2 : 0;
}

const char *show_text(const char *text, size_t len, char shown[SHOWN_MAX])
{
	size_t cut = utf8_cut(text, len, SHOWN_MAX - sizeof("..."));
	char *out = shown;

	for (size_t i = 0; i < cut;) {
		size_t control = control_length(text + i, cut - i);

		*out++ = control ? '?' : text[i];
		i += control ? control : 1;
	}
	strcpy(out, cut < len ? "..." : "");
	return shown;
}

void show_line(struct buf *buf, const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t control = text[i] == '\t' ? 0 : control_length(text + i, len - i);

		buf_putc(buf, control ? ' ' : text[i]);
		i += control ? control : 1;
	}
}
