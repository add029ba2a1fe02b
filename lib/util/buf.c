/* SPDX-License-Identifier: Apache-2.0 */
/* Appends to text that grows. */
#include "util/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_MIN 128

/* Makes room for @more bytes and a NUL. The size doubles, so that n additions cost O(n). */
static bool buf_reserve(struct buf *buf, size_t more)
{
	size_t wanted = buf->cap > BUF_MIN / 2 ? 2 * buf->cap : BUF_MIN;
	char *grown;

	if (buf->error < 0)
		return false;
	if (more < buf->cap - buf->len)
		return true;
	if (more >= SIZE_MAX / 2 - buf->len) {
		buf->error = -ENOMEM;
		return false;
	}
	if (wanted <= buf->len + more)
		wanted = buf->len + more + 1;
	grown = realloc(buf->data, wanted);
	if (!grown) {
		buf->error = -ENOMEM;
		return false;
	}
	buf->data = grown;
	buf->cap = wanted;
	return true;
}

char *buf_room(struct buf *buf, size_t *room)
{
	if (!buf_reserve(buf, *room))
		return NULL;
	*room = buf->cap - buf->len - 1;
	return buf->data + buf->len;
}

void buf_add(struct buf *buf, const void *data, size_t len)
{
	if (!buf_reserve(buf, len))
		return;
	memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void buf_puts(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_putc(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void buf_putu(struct buf *buf, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	buf_add(buf, digits + at, sizeof(digits) - at);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0 || !buf_reserve(buf, (size_t)len)) {
		buf->error = -ENOMEM;
		return;
	}
	va_start(args, format);
	vsnprintf(buf->data + buf->len, (size_t)len + 1, format, args);
	va_end(args);
	buf->len += (size_t)len;
}

int buf_steal(struct buf *buf, char **text, size_t *len)
{
	buf_add(buf, "", 0);
	if (buf->error) {
		buf_release(buf);
		return -ENOMEM;
	}
	*text = buf->data;
	if (len)
		*len = buf->len;
	*buf = (struct buf)BUF_INIT;
	return 0;
}

void buf_release(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf)BUF_INIT;
}
