/* SPDX-License-Identifier: Apache-2.0 */
/* Reads CIDRs strictly, and writes them canonically. */
#include "util/prefix.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/ascii.h"
#include "util/utf8.h"

struct prefix prefix_common(const struct prefix *a, const struct prefix *b)
{
	uint64_t hi = a->addr.hi ^ b->addr.hi;
	uint64_t lo = a->addr.lo ^ b->addr.lo;
	unsigned int len = hi	? (unsigned int)__builtin_clzll(hi)
			   : lo ? 64 + (unsigned int)__builtin_clzll(lo)
				: 128;
	struct prefix common = *a;
	struct addr mask;

	len = len < a->len ? len : a->len;
	len = len < b->len ? len : b->len;
	mask = addr_mask(len);
	common.len = (uint8_t)len;
	common.addr.hi &= mask.hi;
	common.addr.lo &= mask.lo;
	return common;
}

struct addr addr_from_bytes(enum ipmasq_family family, const void *bytes)
{
	const uint8_t *byte = bytes;
	struct addr addr = { 0, 0 };
	size_t count = family_bits(family) / 8;

	for (size_t i = 0; i < count; i++) {
		if (i < 8)
			addr.hi |= (uint64_t)byte[i] << (56 - 8 * i);
		else
			addr.lo |= (uint64_t)byte[i] << (56 - 8 * (i - 8));
	}
	return addr;
}

void addr_to_bytes(enum ipmasq_family family, struct addr addr, uint8_t *bytes)
{
	size_t count = family_bits(family) / 8;

	for (size_t i = 0; i < count; i++)
		bytes[i] = (uint8_t)(i < 8 ? addr.hi >> (56 - 8 * i) : addr.lo >> (120 - 8 * i));
}

int addr_mask_len(enum ipmasq_family family, struct addr mask)
{
	for (unsigned int len = 0; len <= family_bits(family); len++)
		if (addr_equal(addr_mask(len), mask))
			return (int)len;
	return -1;
}

/* Whether a text is labels of letters, digits, hyphens and underscores between dots, the last one
 * of which is not a number. */
static bool is_host_name(const char *text, size_t len)
{
	size_t label = 0;
	bool letter = false;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '.') {
			if (i == label || text[i - 1] == '-')
				return false;
			if (i + 1 == len)
				break;
			label = i + 1;
			letter = false;
			continue;
		}
		if (c == '-' ? i == label : !ascii_is_letter(c) && !ascii_is_digit(c) && c != '_')
			return false;
		letter |= ascii_is_letter(c);
	}
	return letter && len <= 253 && text[len - 1] != '-';
}

/* Whether an octet of a dotted quad starts with a zero and has more digits. */
static bool has_leading_zero(const char *text, size_t len)
{
	size_t dots = 0;
	bool found = false;

	for (size_t i = 0; i < len; i++) {
		bool first = i == 0 || text[i - 1] == '.';

		dots += text[i] == '.';
		if (!ascii_is_digit(text[i]) && text[i] != '.')
			return false;
		found |= first && text[i] == '0' && i + 1 < len && ascii_is_digit(text[i + 1]);
	}
	return found && dots == 3;
}

enum prefix_error addr_parse(const char *text, size_t len, enum ipmasq_family *family,
			     struct addr *addr)
{
	char copy[INET6_ADDRSTRLEN];
	uint8_t bytes[16];

	if (len == 0)
		return PREFIX_EMPTY;
	if (ascii_is_blank(text[0]) || ascii_is_blank(text[len - 1]))
		return PREFIX_BLANKS;
	if (memchr(text, '%', len) && memchr(text, ':', len))
		return PREFIX_ZONE;
	if (len < sizeof(copy) && !memchr(text, '\0', len)) {
		memcpy(copy, text, len);
		copy[len] = '\0';
		*family = memchr(text, ':', len) ? IPMASQ_IPV6 : IPMASQ_IPV4;
		if (inet_pton(*family == IPMASQ_IPV6 ? AF_INET6 : AF_INET, copy, bytes) == 1) {
			*addr = addr_from_bytes(*family, bytes);
			return *family == IPMASQ_IPV6 && addr_is_mapped(*addr) ? PREFIX_MAPPED
									       : PREFIX_OK;
		}
	}
	if (has_leading_zero(text, len))
		return PREFIX_LEADING_ZERO;
	return is_host_name(text, len) ? PREFIX_HOST_NAME : PREFIX_BAD_ADDRESS;
}

/*
 * The fast path for valid IPv4 CIDRs, as almost every text is one. False for any other text, which
 * prefix_parse() then reads in a way that can tell what is wrong.
 */
static bool quad_parse(const char *text, size_t len, struct prefix *prefix)
{
	const char *end = text + len;
	unsigned int number = 0;
	uint64_t quad = 0;

	for (unsigned int i = 0; i < 5; i++) {
		const char *first = text;

		quad = quad << 8 | number;
		if (i > 0 && (text == end || *text++ != (i < 4 ? '.' : '/')))
			return false;
		number = 0;
		for (first = text; text < end && ascii_is_digit(*text) && text - first < 3; text++)
			number = number * 10 + (unsigned int)(*text - '0');
		if (text == first || (*first == '0' && text - first > 1) || number > 255)
			return false;
	}
	if (text != end || number > 32 || (quad << number & UINT32_MAX) != 0)
		return false;
	*prefix = (struct prefix){ { quad << 32, 0 }, (uint8_t)number, IPMASQ_IPV4 };
	return true;
}

/* Whether a text has what an address is written with, and nothing else. */
static bool is_netmask(const char *text, size_t len)
{
	size_t marks = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '.' || text[i] == ':')
			marks++;
		else if (!ascii_is_digit(text[i]) && !memchr("abcdefABCDEF", text[i], 12))
			return false;
	}
	return marks > 0;
}

static enum prefix_error length_parse(const char *text, size_t len, unsigned int *value)
{
	*value = 0;
	if (is_netmask(text, len))
		return PREFIX_NETMASK;
	if (len == 0 || (len > 1 && text[0] == '0'))
		return PREFIX_BAD_LENGTH;
	for (size_t i = 0; i < len; i++) {
		if (!ascii_is_digit(text[i]))
			return PREFIX_BAD_LENGTH;
		*value = *value > 1000 ? *value : *value * 10 + (unsigned int)(text[i] - '0');
	}
	return PREFIX_OK;
}

static bool separates(char c)
{
	return c == ',' || c == ';' || ascii_is_blank(c);
}

bool prefix_next(const char *text, size_t len, size_t *at, struct prefix *prefix)
{
	enum prefix_error error;
	size_t from;

	while (*at < len && separates(text[*at]))
		(*at)++;
	/* The mark of an item in a list. */
	if (*at + 1 < len && text[*at] == '-' && ascii_is_blank(text[*at + 1]) && *at > 0)
		*at += 2;
	while (*at < len && separates(text[*at]))
		(*at)++;
	from = *at;
	while (*at < len && !separates(text[*at]))
		(*at)++;
	if (from == *at)
		return false;
	error = prefix_parse(text + from, *at - from, prefix);
	if (error == PREFIX_OK || error == PREFIX_HOST_BITS || error == PREFIX_BARE_ADDRESS)
		return true;
	*at = from;
	return false;
}

/* Whether a text is more than one CIDR. `A - B` is a range, unless both have a length. */
static bool has_several(const char *text, size_t len)
{
	struct prefix prefix;
	size_t count = 0;
	size_t at = 0;

	if (len == 0 || (!memchr(text, ',', len) && !memchr(text, ';', len) &&
			 !memchr(text, ' ', len) && !memchr(text, '\n', len)))
		return false;
	if (memmem(text, len, " - ", 3) && !memchr(text, '/', len))
		return false;
	while (prefix_next(text, len, &at, &prefix))
		count++;
	return count > 1 && at == len;
}

enum prefix_error prefix_parse(const char *text, size_t len, struct prefix *prefix)
{
	const char *slash = len ? memchr(text, '/', len) : NULL;
	size_t addr_len = slash ? (size_t)(slash - text) : len;
	enum ipmasq_family family = IPMASQ_IPV4;
	enum prefix_error error;
	struct addr mask;
	unsigned int bits;

	if (quad_parse(text, len, prefix))
		return PREFIX_OK;
	if (has_several(text, len))
		return PREFIX_SEVERAL;
	if (len > 0 && (ascii_is_blank(text[0]) || ascii_is_blank(text[len - 1])))
		return PREFIX_BLANKS;
	error = addr_parse(text, addr_len, &family, &prefix->addr);
	if (slash && error == PREFIX_HOST_NAME)
		return PREFIX_BAD_ADDRESS;
	if (slash && error == PREFIX_EMPTY)
		return PREFIX_BAD_ADDRESS;
	if (error != PREFIX_OK && error != PREFIX_MAPPED)
		return error;
	prefix->family = (uint8_t)family;
	prefix->len = (uint8_t)family_bits(family);
	if (!slash)
		return error == PREFIX_MAPPED ? PREFIX_MAPPED : PREFIX_BARE_ADDRESS;

	/* A length below 96 covers more than the mapped addresses: then the host bits are wrong. */
	enum prefix_error length_error = length_parse(slash + 1, len - addr_len - 1, &bits);

	if (length_error != PREFIX_OK)
		return length_error;
	if (bits > family_bits(family))
		return PREFIX_LENGTH_TOO_LONG;
	prefix->len = (uint8_t)bits;
	if (error == PREFIX_MAPPED && bits >= 96)
		return PREFIX_MAPPED;
	mask = addr_mask(bits);
	if ((prefix->addr.hi & ~mask.hi) == 0 && (prefix->addr.lo & ~mask.lo) == 0)
		return PREFIX_OK;
	prefix->addr.hi &= mask.hi;
	prefix->addr.lo &= mask.lo;
	return PREFIX_HOST_BITS;
}

static size_t put_number(char *text, unsigned int number)
{
	size_t digits = number >= 100 ? 3 : number >= 10 ? 2 : 1;

	for (size_t i = digits; i > 0; i--) {
		text[i - 1] = (char)('0' + number % 10);
		number /= 10;
	}
	return digits;
}

static size_t put_hex(char *text, unsigned int number)
{
	size_t at = 0;

	for (int shift = 12; shift >= 0; shift -= 4)
		if (at > 0 || shift == 0 || number >> shift)
			text[at++] = "0123456789abcdef"[number >> shift & 15];
	return at;
}

/* The first of the longest runs of zero groups, of at least two; RFC 5952, section 4.2. Returns 8
 * where there is none. */
static unsigned int longest_zeros(const uint16_t groups[8], unsigned int *length)
{
	unsigned int best = 8;

	*length = 1;
	for (unsigned int i = 0; i < 8; i++) {
		unsigned int run = 0;

		while (i + run < 8 && groups[i + run] == 0)
			run++;
		if (run > *length) {
			best = i;
			*length = run;
		}
		i += run;
	}
	return best;
}

static size_t format_ipv6(struct addr addr, char *text)
{
	uint16_t groups[8];
	unsigned int zeros;
	unsigned int length;
	size_t at = 0;

	for (unsigned int i = 0; i < 8; i++)
		groups[i] = (uint16_t)((i < 4 ? addr.hi : addr.lo) >> (48 - 16 * (i % 4)));
	zeros = longest_zeros(groups, &length);
	for (unsigned int i = 0; i < 8; i++) {
		if (i == zeros) {
			text[at++] = ':';
			text[at++] = ':';
			i += length - 1;
			continue;
		}
		if (at > 0 && text[at - 1] != ':')
			text[at++] = ':';
		at += put_hex(text + at, groups[i]);
	}
	return at;
}

size_t addr_format(enum ipmasq_family family, struct addr addr, char text[PREFIX_TEXT_MAX])
{
	size_t at = 0;

	if (family == IPMASQ_IPV4) {
		for (int shift = 56; shift >= 32; shift -= 8) {
			at += put_number(text + at, addr.hi >> shift & 255);
			text[at++] = '.';
		}
		at--;
	} else {
		at = format_ipv6(addr, text);
	}
	text[at] = '\0';
	return at;
}

size_t prefix_format(const struct prefix *prefix, char text[PREFIX_TEXT_MAX])
{
	size_t at = addr_format(prefix->family, prefix->addr, text);

	text[at++] = '/';
	at += put_number(text + at, prefix->len);
	text[at] = '\0';
	return at;
}

static unsigned int trailing_zeros(enum ipmasq_family family, struct addr addr)
{
	if (family == IPMASQ_IPV4)
		return addr.hi >> 32 ? (unsigned int)__builtin_ctzll(addr.hi >> 32) : 32;
	if (addr.lo)
		return (unsigned int)__builtin_ctzll(addr.lo);
	return addr.hi ? 64 + (unsigned int)__builtin_ctzll(addr.hi) : 128;
}

/* The length of the largest prefix that has no more addresses than @first to @last. */
static unsigned int fitting_len(struct addr first, struct addr last)
{
	struct addr size = { last.hi - first.hi - (last.lo < first.lo), last.lo - first.lo };

	size = addr_next(size);
	if (size.hi)
		return 1 + (unsigned int)__builtin_clzll(size.hi);
	/* The size of the whole space wraps to zero. */
	return size.lo ? 65 + (unsigned int)__builtin_clzll(size.lo) : 0;
}

struct prefix prefix_from_range(enum ipmasq_family family, struct addr first, struct addr last)
{
	unsigned int aligned = family_bits(family) - trailing_zeros(family, first);
	unsigned int fitting = fitting_len(first, last);

	return (struct prefix){ first, (uint8_t)(aligned > fitting ? aligned : fitting),
				(uint8_t)family };
}
