/* SPDX-License-Identifier: Apache-2.0 */
/* The public functions for addresses as text. */
#include <stdio.h>
#include <string.h>

#include "util/diag.h"
#include "util/prefix.h"

IPMASQ_EXPORT int ipmasq_parse_address(const char *text, enum ipmasq_family *family,
				       uint8_t address[16])
{
	struct addr addr;

	if (addr_parse(text, strlen(text), family, &addr) != PREFIX_OK)
		return -EINVAL;
	addr_to_bytes(*family, addr, address);
	return 0;
}

IPMASQ_EXPORT int ipmasq_parse_cidr(const char *text, struct ipmasq_diags *diags,
				    enum ipmasq_family *family, uint8_t first[16], uint8_t last[16])
{
	struct prefix prefix = { 0 };
	enum prefix_error error = prefix_parse(text, strlen(text), &prefix);
	char suggestion[PREFIX_TEXT_MAX];
	char message[256];

	if (error != PREFIX_OK) {
		prefix_explain_error(error, text, strlen(text), &prefix, message, suggestion);
		if (diag_add(diags, IPMASQ_ERROR, prefix_error_code(error), NULL,
			     suggestion[0] ? suggestion : NULL, "%s", message) < 0)
			return -ENOMEM;
		return -EINVAL;
	}
	*family = prefix.family;
	addr_to_bytes(*family, prefix.addr, first);
	addr_to_bytes(*family, prefix_last(&prefix), last);
	return 0;
}

IPMASQ_EXPORT const char *ipmasq_format_range(enum ipmasq_family family, const uint8_t *first,
					      const uint8_t *last, char text[IPMASQ_TEXT_MAX])
{
	struct addr from = addr_from_bytes(family, first);
	struct addr to = addr_from_bytes(family, last);
	struct prefix prefix;
	char end[PREFIX_TEXT_MAX];
	size_t at;

	/* Left-aligned, the last address of a range has ones in all the bits that IPv4 lacks. */
	if (family == IPMASQ_IPV4) {
		to.hi |= UINT32_MAX;
		to.lo = UINT64_MAX;
	}
	prefix = prefix_from_range(family, from, to);
	if (!addr_equal(prefix_last(&prefix), to)) {
		at = addr_format(family, from, text);
		addr_format(family, to, end);
		snprintf(text + at, IPMASQ_TEXT_MAX - at, "-%s", end);
	} else if (prefix.len == family_bits(family)) {
		addr_format(family, from, text);
	} else {
		prefix_format(&prefix, text);
	}
	return text;
}
