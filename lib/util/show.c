/* SPDX-License-Identifier: Apache-2.0 */
/* Makes texts of the user's fit for messages. */
#include "util/show.h"

#include <string.h>

#include "util/utf8.h"

const char *show_text(const char *text, size_t len, char shown[SHOWN_MAX])
{
	size_t cut = utf8_cut(text, len, SHOWN_MAX - sizeof("..."));

	for (size_t i = 0; i < cut; i++) {
		unsigned char c = (unsigned char)text[i];
		bool control = c < 0x20 || c == 0x7f;

		/* U+0080 to U+009F control terminals as well. */
		if (c == 0xc2 && i + 1 < cut && (unsigned char)text[i + 1] < 0xa0) {
			shown[i++] = '?';
			control = true;
		}
		shown[i] = control ? '?' : (char)c;
	}
	memcpy(shown + cut, cut < len ? "..." : "", cut < len ? sizeof("...") : 1);
	return shown;
}
