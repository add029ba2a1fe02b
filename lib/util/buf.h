/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that grows. An allocation that fails sticks: later additions do nothing, and the one check
 * at the end, buf_steal() or buf.error, tells. So code that writes text reads like the text.
 */
#ifndef LIBIPMASQ_BUF_H
#define LIBIPMASQ_BUF_H

#include "util/common.h"

struct buf {
	char *data; /* NUL-terminated once something was added */
	size_t len;
	size_t cap;
	int error; /* 0 or -ENOMEM */
};

#define BUF_INIT  \
	{         \
		0 \
	}

void buf_add(struct buf *buf, const void *data, size_t len);
void buf_puts(struct buf *buf, const char *text);
void buf_putc(struct buf *buf, char c);
void buf_putu(struct buf *buf, uint64_t number);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

/*
 * Room for at least @room bytes behind the text; @room gets how many there are. The caller writes
 * them and adds to the length. NULL: there is no memory.
 */
char *buf_room(struct buf *buf, size_t *room);

/* Hands the text over (an empty string where nothing was added) and empties the buffer. Returns 0
 * or -ENOMEM. */
int buf_steal(struct buf *buf, char **text, size_t *len);
void buf_release(struct buf *buf);

#endif
