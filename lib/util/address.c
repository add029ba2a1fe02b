/* SPDX-License-Identifier: Apache-2.0 */
/* The public functions that read and write addresses. */
#include "util/address.h"

#include <stdio.h>
#include <string.h>

#include "util/tally.h"

int address_read_cidr(const char *text, struct ipmasq_diags *diags, struct prefix *prefix)
{
	enum prefix_error error = prefix_parse(text, strlen(text), prefix);
	char suggestion[PREFIX_TEXT_MAX];
	char message[256];

	if (error == PREFIX_OK)
		return 0;
	prefix_explain_error(error, text, strlen(text), prefix, message, suggestion);
	return diag_reject(diags, prefix_error_code(error), NULL, suggestion[0] ? suggestion : NULL,
			   "%s", message);
}

IPMASQ_EXPORT int ipmasq_parse_address(const char *text, enum ipmasq_family *family,
				       uint8_t address[16])
{
	struct addr addr;

	if (!text || !family || !address)
		return -EINVAL;
	if (addr_parse(text, strlen(text), family, &addr) != PREFIX_OK)
		return -EINVAL;
	addr_to_bytes(*family, addr, address);
	return 0;
}

IPMASQ_EXPORT int ipmasq_parse_cidr(const char *text, struct ipmasq_diags *diags,
				    enum ipmasq_family *family, uint8_t first[16], uint8_t last[16])
{
	struct prefix prefix = { 0 };
	int r;

	if (!text || !family || !first || !last)
		return -EINVAL;
	r = address_read_cidr(text, diags, &prefix);
	if (r < 0)
		return r;
	*family = prefix.family;
	addr_to_bytes(*family, prefix.addr, first);
	addr_to_bytes(*family, prefix_last(&prefix), last);
	return 0;
}

IPMASQ_EXPORT const char *ipmasq_format_range(enum ipmasq_family family, const uint8_t *first,
					      const uint8_t *last, char text[IPMASQ_TEXT_MAX])
{
	char end[PREFIX_TEXT_MAX];
	struct prefix prefix;
	struct addr from;
	struct addr to;
	size_t at;

	if (!family_is_known(family) || !first || !last || !text)
		return NULL;
	from = addr_from_bytes(family, first);
	to = addr_from_bytes(family, last);
	/* See struct prefix: a range of IPv4 ends in ones in all bits that IPv4 does not have. */
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

IPMASQ_EXPORT const char *ipmasq_range_size(enum ipmasq_family family, const uint8_t *first,
					    const uint8_t *last, char text[IPMASQ_TEXT_MAX])
{
	struct tally tally = { 0 };

	if (!family_is_known(family) || !first || !last || !text)
		return NULL;
	tally_add(&tally, family, addr_from_bytes(family, first), addr_from_bytes(family, last));
	return tally_format(tally, text);
}
