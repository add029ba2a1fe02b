/* SPDX-License-Identifier: Apache-2.0 */
/* Tells the type of a plain scalar by the core rules of YAML 1.1. */
#include "config/document_scalar.h"

#include <string.h>

#include "util/scalar.h"

static bool is_number_word(const char *text)
{
	static const char *const words[] = { ".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i], text) == 0)
			return true;
	return false;
}

/* Numbers of YAML 1.1 and of Go's yaml: 10, -1, 1_000, 0x1f, 0b1, 0o7, 1.5, .5, 1e3, .inf. */
static bool is_number(const char *text)
{
	static const char digits[] = "0123456789_";
	const char *p = text + (*text == '-' || *text == '+');
	size_t whole;
	size_t fraction = 0;

	if (is_number_word(p))
		return true;
	if (p[0] == '0' && p[1] && strchr("xob", p[1])) {
		const char *allowed = p[1] == 'x' ? "0123456789abcdefABCDEF_" : digits;

		return p[2] && p[2 + strspn(p + 2, allowed)] == '\0';
	}
	whole = *p == '_' ? 0 : strspn(p, digits);
	p += whole;
	if (*p == '.') {
		fraction = strspn(p + 1, digits);
		p += 1 + fraction;
	}
	if (whole + fraction == 0)
		return false;
	if (*p == 'e' || *p == 'E') {
		p += 1 + (p[1] == '-' || p[1] == '+');
		if (*p == '\0')
			return false;
		p += strspn(p, "0123456789");
	}
	return *p == '\0';
}

static bool is_null(const char *text)
{
	return !*text || strcmp(text, "~") == 0 || strcmp(text, "null") == 0 ||
	       strcmp(text, "Null") == 0 || strcmp(text, "NULL") == 0;
}

enum scalar_type document_plain_type(const char *text, size_t len)
{
	bool flag;

	if (strlen(text) != len)
		return SCALAR_STRING;
	if (len < sizeof("null") && is_null(text))
		return SCALAR_NULL;
	if (scalar_bool(text, len, &flag))
		return SCALAR_BOOL;
	return is_number(text) ? SCALAR_NUMBER : SCALAR_STRING;
}
