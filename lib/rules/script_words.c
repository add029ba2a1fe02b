/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of iptables-save as words. */
#include "rules/script_words.h"

#include <string.h>

static bool is_separator(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/*
 * Takes one word, as add_param_to_argv() of iptables-restore 1.8 does: within quotes a backslash
 * takes what follows as it is, and the closing quote ends the word. Returns where the line goes on.
 */
static const char *take_word(const char *p, char **out)
{
	bool quoted = false;

	for (; *p; p++) {
		if (quoted && *p == '\\' && p[1] != '\0') {
			p++;
		} else if (*p == '"') {
			if (quoted)
				return p + 1;
			quoted = true;
			continue;
		} else if (!quoted && is_separator(*p)) {
			return p;
		}
		*(*out)++ = *p;
	}
	return p;
}

int script_split(const char *line, struct script_words *words)
{
	char *out = words->storage;

	words->count = 0;
	/* Each word is no longer than its text, and its NUL takes the place of the blank or quote
	 * after it. Only the last word needs one more byte. */
	if (strlen(line) + 1 > sizeof(words->storage))
		return -E2BIG;
	while (is_separator(*line))
		line++;
	while (*line) {
		if (words->count == SCRIPT_WORDS_MAX)
			return -E2BIG;
		words->word[words->count++] = out;
		line = take_word(line, &out);
		*out++ = '\0';
		while (is_separator(*line))
			line++;
	}
	return 0;
}

void script_join(struct buf *buf, char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *word = words[i];

		if (i > 0)
			buf_putc(buf, ' ');
		if (*word && !strpbrk(word, " \t\n\"\\'")) {
			buf_puts(buf, word);
			continue;
		}
		buf_putc(buf, '"');
		for (; *word; word++) {
			if (*word == '"' || *word == '\\')
				buf_putc(buf, '\\');
			buf_putc(buf, *word);
		}
		buf_putc(buf, '"');
	}
}
