/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that grows. Once an allocation has failed, additions do nothing: the caller checks once at
 * the end, by buf_steal() or buf.error.
 */
#ifndef LIBIPMASQ_BUF_H
#define LIBIPMASQ_BUF_H

#include "util/common.h"

struct buf {
	/* Ends in a NUL once something was added. */
	char *data;
	size_t len;
	size_t cap;
	/* 0 or -ENOMEM. */
	int error;
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
 * Makes room for at least @room bytes after the text, and sets @room to how many there are. The
 * caller writes them and adds to the length. NULL: there is no memory.
 */
char *buf_room(struct buf *buf, size_t *room);

/* Gives the text to the caller, an empty one where nothing was added, and empties the buffer.
 * Returns 0 or -ENOMEM. */
int buf_steal(struct buf *buf, char **text, size_t *len);
void buf_release(struct buf *buf);

#endif
