/* SPDX-License-Identifier: Apache-2.0 */
/* Writes and reads the comments that stand for pods. */
#include "rules/pod_label.h"

#include <stdio.h>
#include <string.h>

/* Blanks part the names; quotes and backslashes have a meaning in scripts. */
static bool is_allowed(char c)
{
	return c > ' ' && c < 0x7f && c != '"' && c != '\'' && c != '`' && c != '\\';
}

const char *pod_name_error(const char *name)
{
	if (!*name)
		return "is empty";
	for (; *name; name++)
		if (!is_allowed(*name))
			return "has a character other than the printable ones of ASCII, or a "
			       "blank, quote or backslash";
	return NULL;
}

void pod_label_write(const char *network, const char *id, const char *ifname,
		     char text[POD_LABEL_MAX + 1])
{
	snprintf(text, POD_LABEL_MAX + 1, POD_SIGN "%s %s %s", network, id, ifname);
}

/* Takes the next name, up to a blank or the end; false: there is none. */
static bool take_name(const char **at, size_t *left, const char **name, size_t *len)
{
	*name = *at;
	for (*len = 0; *len < *left && (*at)[*len] != ' '; ++*len)
		if (!is_allowed((*at)[*len]))
			return false;
	*at += *len;
	*left -= *len;
	return *len > 0;
}

static bool take_blank(const char **at, size_t *left)
{
	if (*left == 0 || **at != ' ')
		return false;
	++*at;
	--*left;
	return true;
}

bool pod_label_read(const char *text, size_t len, struct pod_label *label)
{
	size_t sign = sizeof(POD_SIGN) - 1;

	if (len < sign || len > POD_LABEL_MAX || memcmp(text, POD_SIGN, sign) != 0)
		return false;
	text += sign;
	len -= sign;
	return take_name(&text, &len, &label->network, &label->network_len) &&
	       take_blank(&text, &len) && take_name(&text, &len, &label->id, &label->id_len) &&
	       take_blank(&text, &len) &&
	       take_name(&text, &len, &label->ifname, &label->ifname_len) && len == 0;
}
