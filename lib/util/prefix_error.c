/* SPDX-License-Identifier: Apache-2.0 */
/* Says what is wrong with a text that is no CIDR, and what to write instead. */
#include <stdio.h>
#include <string.h>

#include "util/ascii.h"
#include "util/prefix_netmask.h"
#include "util/utf8.h"

/* By enum prefix_error. A message goes on a sentence that begins with the text. */
static const struct {
	const char *code;
	const char *message;
} prefix_errors[] = {
	[PREFIX_OK] = { "", "" },
	[PREFIX_EMPTY] = { "empty-cidr", "is not a CIDR: write an address, a slash and a length" },
	[PREFIX_BLANKS] = { "blanks", "has blanks around the CIDR" },
	[PREFIX_BARE_ADDRESS] = { "bare-address", "is an address without a prefix length" },
	[PREFIX_BAD_ADDRESS] = { "bad-address", "does not start with an IPv4 or IPv6 address" },
	[PREFIX_LEADING_ZERO] = { "leading-zero", "has an octet with a leading zero, which some "
						  "programs read as octal" },
	[PREFIX_ZONE] = { "zone", "has a zone (after %), which a destination cannot have" },
	[PREFIX_NETMASK] = { "netmask", "has a netmask where the prefix length belongs" },
	[PREFIX_BAD_LENGTH] = { "bad-length", "has no prefix length in plain decimal digits after "
					      "the slash" },
	[PREFIX_LENGTH_TOO_LONG] = { "bad-length", "has a prefix length above 32 for IPv4 or "
						   "128 for IPv6" },
	[PREFIX_HOST_BITS] = { "host-bits", "has bits set after its prefix length" },
	[PREFIX_MAPPED] = { "mapped-address", "is an IPv4-mapped IPv6 address: on a node such "
					      "traffic is IPv4, so this would never match" },
	[PREFIX_HOST_NAME] = { "host-name", "is a host name: rules match only addresses, so "
					    "write CIDRs" },
	[PREFIX_SEVERAL] = { "several-entries", "is more than one entry in one item; each entry is "
						"an item of its own" },
};

const char *prefix_error_code(enum prefix_error error)
{
	return prefix_errors[error].code;
}

/* Makes octets such as 010 decimal, as people mean them. */
static void strip_zeros(const char *text, char *out)
{
	size_t at = 0;

	for (const char *c = text; *c; c++) {
		bool first = c == text || c[-1] == '.' || c[-1] == '/';

		if (first)
			while (c[0] == '0' && ascii_is_digit(c[1]))
				c++;
		out[at++] = *c;
	}
	out[at] = '\0';
}

/* Copies a text without the blanks around it and without a zone. False: it does not fit. */
static bool tidy_cidr(const char *text, size_t len, char *out, size_t size)
{
	size_t at = 0;
	bool in_zone = false;

	while (len > 0 && ascii_is_blank(text[0]))
		text++, len--;
	while (len > 0 && ascii_is_blank(text[len - 1]))
		len--;
	if (len >= size || memchr(text, '\0', len))
		return false;
	for (size_t i = 0; i < len; i++) {
		in_zone = (in_zone || text[i] == '%') && text[i] != '/';
		if (!in_zone)
			out[at++] = text[i];
	}
	out[at] = '\0';
	return true;
}

/* Writes the short form "10.1/16" as the "10.1.0.0/16" that it means. */
static bool complete_quad(const char *text, char *out, size_t size)
{
	size_t len = strcspn(text, "/");
	size_t dots = 0;

	for (size_t i = 0; i < len; i++)
		dots += text[i] == '.';
	if (dots >= 3 || text[len] == '\0')
		return false;
	return snprintf(out, size, "%.*s%s%s", (int)len, text, &".0.0.0"[2 * dots], text + len) <
	       (int)size;
}

/*
 * The prefix that the author meant, where that is certain. Host names are not guessed at, nor is a
 * prefix length that is not a number.
 */
static bool prefix_guess(enum prefix_error error, const char *text, size_t len,
			 struct prefix *prefix)
{
	char tidied[2 * PREFIX_TEXT_MAX];
	char plain[2 * PREFIX_TEXT_MAX];
	enum prefix_error again;

	if (error == PREFIX_HOST_NAME || error == PREFIX_EMPTY || error == PREFIX_LENGTH_TOO_LONG ||
	    error == PREFIX_SEVERAL || !tidy_cidr(text, len, tidied, sizeof(tidied)))
		return false;
	strip_zeros(tidied, plain);
	again = prefix_parse(plain, strlen(plain), prefix);
	switch (again) {
	case PREFIX_OK:
	case PREFIX_BARE_ADDRESS:
	case PREFIX_HOST_BITS:
		return true;
	case PREFIX_MAPPED:
		/* The IPv4 address is in the last 32 bits. */
		prefix->addr = (struct addr){ prefix->addr.lo << 32, 0 };
		prefix->len = (uint8_t)(prefix->len - 96);
		prefix->family = IPMASQ_IPV4;
		return true;
	case PREFIX_NETMASK:
		return netmask_read(plain, prefix);
	case PREFIX_BAD_ADDRESS:
		return complete_quad(plain, tidied, sizeof(tidied)) &&
		       prefix_parse(tidied, strlen(tidied), prefix) == PREFIX_OK;
	default:
		return false;
	}
}

void prefix_explain_error(enum prefix_error error, const char *text, size_t len,
			  const struct prefix *aligned, char message[256],
			  char suggestion[PREFIX_TEXT_MAX])
{
	struct prefix guessed = *aligned;
	int shown = (int)utf8_cut(text, len, 80);

	suggestion[0] = '\0';
	snprintf(message, 256, "\"%.*s\" %s", shown, text, prefix_errors[error].message);
	if (prefix_guess(error, text, len, &guessed))
		prefix_format(&guessed, suggestion);
}
