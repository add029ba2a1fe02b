/* SPDX-License-Identifier: Apache-2.0 */
/* Text inside XML documents. */
#include "cli/xml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli_say.h"
#include "cli/utf8.h"

/* XML 1.0 has no control characters, and neither U+FFFE nor U+FFFF, in whatever way written. */
static bool is_forbidden(const char *character, size_t length)
{
	if (length == 3)
		return memcmp(character, "\xef\xbf\xbe", 3) == 0 ||
		       memcmp(character, "\xef\xbf\xbf", 3) == 0;
	return length == 1 && (unsigned char)character[0] < ' ' && !strchr("\t\n\r", character[0]);
}

static void put_character(FILE *stream, const char *character, size_t length)
{
	static const char special[] = "&<>\"\t\n\r";
	/* A parser would turn blanks other than spaces into spaces in attributes. */
	static const char *const entities[] = { "&amp;", "&lt;",  "&gt;", "&quot;",
						"&#9;",	 "&#10;", "&#13;" };
	const char *found = length == 1 ? strchr(special, character[0]) : NULL;

	if (is_forbidden(character, length))
		fputs("\xef\xbf\xbd", stream);
	else if (found)
		fputs(entities[found - special], stream);
	else
		fwrite(character, 1, length, stream);
}

void xml_put(FILE *stream, const char *text)
{
	char *copy = utf8_copy(text);
	size_t length;

	if (!copy)
		cli_die(-ENOMEM, "cannot write XML");
	for (const char *at = copy; *at; at += length) {
		length = utf8_length(at);
		put_character(stream, at, length);
	}
	free(copy);
}
