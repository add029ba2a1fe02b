/* SPDX-License-Identifier: Apache-2.0 */
/* A fast reader of addresses as text. */
#include "explain/address_reader.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

/* The value of a hexadecimal digit plus one. 0 for all other bytes. */
static const uint8_t hex_digits[256] = {
	['0'] = 1,  ['1'] = 2,	['2'] = 3,  ['3'] = 4,	['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,	['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
	['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

/*
 * Reads one octet without a leading zero. Returns its length, or 0. The CPU cannot predict the
 * number of digits, and a mispredicted branch costs more than all of this, so there is no branch.
 */
static inline unsigned int read_octet(const uint8_t *text, uint8_t *octet)
{
	unsigned int first = (unsigned int)text[0] - '0';
	unsigned int second = (unsigned int)text[1] - '0';
	unsigned int third = (unsigned int)text[2] - '0';
	unsigned int two = second < 10;
	unsigned int three = two & (third < 10);
	unsigned int tens = first * 10 + second;
	unsigned int value = first;

	/* Masks of all ones or zeros, because compilers turn a condition into a branch. */
	value += (first * 9 + second) & (0 - two);
	value += (tens * 9 + third) & (0 - three);
	*octet = (uint8_t)value;
	return (first < 10) & (value < 256) & ((first > 0) | !two) ? 1 + two + three : 0;
}

static inline size_t read_ipv4(const uint8_t *text, uint8_t address[4])
{
	size_t at = 0;

	for (unsigned int i = 0; i < 4; i++) {
		unsigned int length;

		if (i > 0 && text[at++] != '.')
			return 0;
		length = read_octet(text + at, &address[i]);
		if (length == 0)
			return 0;
		at += length;
	}
	return at;
}

/* Up to four hexadecimal digits. */
static inline size_t read_group(const uint8_t *text, unsigned int *group)
{
	size_t at = 0;
	unsigned int value = 0;

	while (at < 4 && hex_digits[text[at]] > 0)
		value = value << 4 | (hex_digits[text[at++]] - 1u);
	*group = value;
	return at;
}

static bool is_mapped(const uint8_t address[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(address, mapped, sizeof(mapped)) == 0;
}

#define NO_GAP 17

/* Fills the gap "::", which is before byte @gap of the @count bytes that were read. */
static size_t fill_gap(uint8_t address[16], size_t count, size_t gap)
{
	if (gap == NO_GAP)
		return count == 16;
	if (count == 16)
		return 0;
	memmove(address + 16 - (count - gap), address + gap, count - gap);
	memset(address + gap, 0, 16 - count);
	return 1;
}

static size_t read_ipv6(const uint8_t *text, uint8_t address[16])
{
	size_t gap = NO_GAP;
	size_t count = 0;
	size_t at = 0;

	if (text[0] == ':' && text[1] == ':') {
		gap = 0;
		at = 2;
	}
	while (count < 16) {
		unsigned int group;
		size_t length = read_group(text + at, &group);

		if (length == 0 && gap != count)
			return 0;
		if (length == 0)
			break;
		if (text[at + length] == '.') {
			length = count <= 12 ? read_ipv4(text + at, address + count) : 0;
			if (length == 0)
				return 0;
			at += length;
			count += 4;
			break;
		}
		at += length;
		address[count++] = (uint8_t)(group >> 8);
		address[count++] = (uint8_t)group;
		if (count == 16 || text[at] != ':')
			break;
		at++;
		if (text[at] == ':') {
			if (gap != NO_GAP)
				return 0;
			gap = count;
			at++;
		}
	}
	return fill_gap(address, count, gap) && !is_mapped(address) ? at : 0;
}

const char *address_fault(const char *text)
{
	uint8_t address[16];

	if (inet_pton(AF_INET6, text, address) == 1 && is_mapped(address))
		return "is an IPv4-mapped IPv6 address, and such traffic is IPv4 on a node; ask "
		       "for the IPv4 address in it";
	return "is not an IPv4 or IPv6 address";
}

size_t address_read(const char *text, enum ipmasq_family *family, uint8_t address[16])
{
	const uint8_t *bytes = (const uint8_t *)text;
	size_t length = read_ipv4(bytes, address);

	*family = IPMASQ_IPV4;
	if (length > 0)
		return length;
	*family = IPMASQ_IPV6;
	return read_ipv6(bytes, address);
}
