/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that the user wrote, as messages and terminals show them. */
#ifndef LIBIPMASQ_SHOW_H
#define LIBIPMASQ_SHOW_H

#include "util/buf.h"

#define SHOWN_MAX 72

/* Copies a text for a message: question marks stand for control characters, and a long text is cut.
 * Returns @shown. */
const char *show_text(const char *text, size_t len, char shown[SHOWN_MAX]);

/* Appends a line for a terminal: blanks stand for control characters, each for one. Tabs stay. */
void show_line(struct buf *buf, const char *text, size_t len);

#endif
