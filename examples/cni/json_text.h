/* SPDX-License-Identifier: Apache-2.0 */
/* Reads JSON with json-c, by the letter of the standard in any release of it. */
#ifndef IPMASQ_CNI_JSON_TEXT_H
#define IPMASQ_CNI_JSON_TEXT_H

#include <json-c/json.h>
#include <stddef.h>

/* What is wrong with a text. */
struct json_fault {
	/* Not beyond the end of the text. */
	size_t offset;
	/* NULL: nothing, there was no memory. */
	const char *why;
};

/* Makes an object, of the caller, from the text; NULL is what `null' makes. Quotes around keys may
 * be single. 0, or -1, and @fault says why. */
int json_text_read(const char *text, size_t size, struct json_object **root,
		   struct json_fault *fault);

/* How many bytes the UTF-8 character at @text has, which ends with a NUL; 0: it is none. */
size_t json_character_size(const char *text);

#endif
