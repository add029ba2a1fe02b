/* SPDX-License-Identifier: Apache-2.0 */
/* Values as iptables prints them. */
#include "nat/xt_value.h"

#include <string.h>

#include "util/ascii.h"
#include "util/scalar.h"

bool xt_is(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(text, word, len) == 0;
}

bool xt_read_address(enum ipmasq_family family, const char *text, size_t len, struct addr *addr)
{
	enum ipmasq_family read;

	return addr_parse(text, len, &read, addr) == PREFIX_OK && read == family;
}

static bool read_length(enum ipmasq_family family, const char *text, size_t len,
			unsigned int *length)
{
	struct addr mask;
	uint64_t number;
	int known;

	if (scalar_integer(text, len, &number) == 0) {
		*length = (unsigned int)number;
		return number <= family_bits(family);
	}
	if (!xt_read_address(family, text, len, &mask))
		return false;
	known = addr_mask_len(family, mask);
	*length = known < 0 ? 0 : (unsigned int)known;
	return known >= 0;
}

static struct range range_of(enum ipmasq_family family, struct addr addr, unsigned int length)
{
	struct addr mask = addr_mask(length);
	struct prefix prefix = {
		.addr = { addr.hi & mask.hi, addr.lo & mask.lo },
		.len = (uint8_t)length,
		.family = (uint8_t)family,
	};

	return (struct range){ prefix.addr, prefix_last(&prefix) };
}

bool xt_read_range(enum ipmasq_family family, const char *text, size_t len, struct range *range)
{
	const char *slash = memchr(text, '/', len);
	const char *dash = memchr(text, '-', len);
	unsigned int length = family_bits(family);
	size_t first_len = slash ? (size_t)(slash - text) : dash ? (size_t)(dash - text) : len;
	struct addr first;
	struct addr last;

	if (!xt_read_address(family, text, first_len, &first))
		return false;
	if (slash && !read_length(family, slash + 1, len - first_len - 1, &length))
		return false;
	*range = range_of(family, first, length);
	if (slash || !dash)
		return true;
	if (!xt_read_address(family, dash + 1, len - first_len - 1, &last) ||
	    addr_compare(first, last) > 0)
		return false;
	range->last = range_of(family, last, length).last;
	return true;
}

static unsigned int digit_value(char c)
{
	if (ascii_is_digit(c))
		return (unsigned int)(c - '0');
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a') + 10 : 16;
}

bool xt_read_number(const char *text, size_t len, uint32_t *number)
{
	unsigned int base = 10;
	uint64_t sum = 0;

	if (len > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
		len -= 2;
	} else if (len > 1 && text[0] == '0') {
		base = 8;
	}
	if (len == 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned int digit = digit_value(text[i]);

		if (digit >= base)
			return false;
		sum = sum * base + digit;
		if (sum > UINT32_MAX)
			return false;
	}
	*number = (uint32_t)sum;
	return true;
}

bool xt_read_protocol(const char *text, size_t len, uint8_t *number)
{
	/* Those that /etc/protocols and iptables itself name, of which rules speak. */
	static const struct {
		const char *name;
		uint8_t number;
	} protocols[] = {
		{ "icmp", 1 },	      { "igmp", 2 },
		{ "ipencap", 4 },     { "ipip", 4 },
		{ "ipv4", 4 },	      { "tcp", 6 },
		{ "egp", 8 },	      { "udp", 17 },
		{ "dccp", 33 },	      { "ipv6", 41 },
		{ "gre", 47 },	      { "esp", 50 },
		{ "ipv6-crypt", 50 }, { "ah", 51 },
		{ "ipv6-auth", 51 },  { "icmpv6", 58 },
		{ "ipv6-icmp", 58 },  { "icmp6", 58 },
		{ "ospf", 89 },	      { "ipcomp", 108 },
		{ "vrrp", 112 },      { "l2tp", 115 },
		{ "sctp", 132 },      { "mh", 135 },
		{ "ipv6-mh", 135 },   { "mobility-header", 135 },
		{ "udplite", 136 },
	};
	uint64_t value;

	if (scalar_integer(text, len, &value) == 0 && value <= UINT8_MAX) {
		*number = (uint8_t)value;
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		if (xt_is(text, len, protocols[i].name)) {
			*number = protocols[i].number;
			return true;
		}
	}
	return false;
}

static bool read_port(const char *text, size_t len, uint16_t empty, uint16_t *port)
{
	uint64_t number = empty;

	if (len > 0 && (scalar_integer(text, len, &number) < 0 || number > UINT16_MAX))
		return false;
	*port = (uint16_t)number;
	return true;
}

bool xt_read_port_range(const char *text, size_t len, struct nat_ports *ports)
{
	const char *colon = memchr(text, ':', len);
	size_t first_len = colon ? (size_t)(colon - text) : len;

	if (len == 0 || !read_port(text, first_len, 0, &ports->first))
		return false;
	ports->last = ports->first;
	if (colon && !read_port(colon + 1, len - first_len - 1, UINT16_MAX, &ports->last))
		return false;
	return ports->first <= ports->last;
}

bool xt_next_item(const char **text, size_t *len, const char **item, size_t *item_len)
{
	const char *comma;

	if (!*text)
		return false;
	comma = memchr(*text, ',', *len);
	*item = *text;
	*item_len = comma ? (size_t)(comma - *text) : *len;
	*len -= *item_len + (comma != NULL);
	*text = comma ? comma + 1 : NULL;
	return true;
}
