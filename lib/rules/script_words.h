/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of iptables-save, taken apart into words and put together again. */
#ifndef LIBIPMASQ_SCRIPT_WORDS_H
#define LIBIPMASQ_SCRIPT_WORDS_H

#include "util/buf.h"

#define SCRIPT_WORDS_MAX 128

/* The strings live in the struct, which the caller provides and may reuse. */
struct script_words {
	char *word[SCRIPT_WORDS_MAX];
	size_t count;
	char storage[4096];
};

/*
 * Splits a line at blanks, undoing the quotes and backslashes of iptables-save. -E2BIG: longer than
 * there is room for.
 */
int script_split(const char *line, struct script_words *words);

/* Joins words again, quoted so that iptables-restore splits them the same way. */
void script_join(struct buf *buf, char *const *words, size_t count);

#endif
