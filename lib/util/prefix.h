/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses and CIDRs. Addresses of both families are left-aligned in 128 bits, so that sorting,
 * splitting and comparing are written once: an IPv4 address is the top 32 bits of `hi`. The last
 * address of a range has ones in all bits after the prefix, also in those that IPv4 does not have.
 */
#ifndef LIBIPMASQ_PREFIX_H
#define LIBIPMASQ_PREFIX_H

#include "util/common.h"

struct addr {
	uint64_t hi;
	uint64_t lo;
};

struct prefix {
	/* Without host bits. */
	struct addr addr;
	uint8_t len;
	/* enum ipmasq_family. */
	uint8_t family;
};

/* Room for any CIDR and a NUL. */
#define PREFIX_TEXT_MAX 48

enum prefix_error {
	PREFIX_OK,
	PREFIX_EMPTY,
	PREFIX_BLANKS,
	PREFIX_BARE_ADDRESS,
	PREFIX_BAD_ADDRESS,
	PREFIX_LEADING_ZERO,
	PREFIX_ZONE,
	PREFIX_NETMASK,
	PREFIX_BAD_LENGTH,
	PREFIX_LENGTH_TOO_LONG,
	PREFIX_HOST_BITS,
	PREFIX_MAPPED,
	PREFIX_HOST_NAME,
	PREFIX_SEVERAL,
};

static inline int addr_compare(struct addr a, struct addr b)
{
	if (a.hi != b.hi)
		return a.hi < b.hi ? -1 : 1;
	return a.lo < b.lo ? -1 : a.lo > b.lo;
}

/*
 * Where in an array the first element is whose address is @addr or comes after it; @count: there is
 * none. The elements are in the order of these addresses, which are at @offset in each. The array
 * may be NULL where it is empty.
 */
static inline size_t addr_first_from(const void *array, size_t count, size_t element_size,
				     size_t offset, struct addr addr)
{
	size_t low = 0;

	while (low < count) {
		size_t middle = low + (count - low) / 2;
		const char *element = (const char *)array + middle * element_size;

		if (addr_compare(*(const struct addr *)(const void *)(element + offset), addr) < 0)
			low = middle + 1;
		else
			count = middle;
	}
	return low;
}

static inline bool addr_equal(struct addr a, struct addr b)
{
	return a.hi == b.hi && a.lo == b.lo;
}

/* The address after @a; zero after the last. */
static inline struct addr addr_next(struct addr a)
{
	a.lo++;
	a.hi += a.lo == 0;
	return a;
}

static inline struct addr addr_previous(struct addr a)
{
	a.hi -= a.lo == 0;
	a.lo--;
	return a;
}

/* Whether an IPv6 address stands for an IPv4 one (::ffff:0:0/96). */
static inline bool addr_is_mapped(struct addr a)
{
	return a.hi == 0 && a.lo >> 32 == 0xffff;
}

/* Ones in the first @len bits (0 to 128). */
static inline struct addr addr_mask(unsigned int len)
{
	struct addr mask;

	mask.hi = len == 0 ? 0 : len >= 64 ? UINT64_MAX : ~(UINT64_MAX >> len);
	mask.lo = len <= 64 ? 0 : len >= 128 ? UINT64_MAX : ~(UINT64_MAX >> (len - 64));
	return mask;
}

/* The length of a mask that is only ones, then only zeroes, or -1. */
int addr_mask_len(enum ipmasq_family family, struct addr mask);

static inline unsigned int family_bits(enum ipmasq_family family)
{
	return family == IPMASQ_IPV4 ? 32 : 128;
}

/* The last address of a prefix. */
static inline struct addr prefix_last(const struct prefix *prefix)
{
	struct addr mask = addr_mask(prefix->len);

	return (struct addr){ prefix->addr.hi | ~mask.hi, prefix->addr.lo | ~mask.lo };
}

/* The first address of the upper half of a prefix of more than one address. */
static inline struct addr prefix_middle(const struct prefix *prefix)
{
	struct addr middle = prefix->addr;

	if (prefix->len < 64)
		middle.hi |= (uint64_t)1 << (63 - prefix->len);
	else
		middle.lo |= (uint64_t)1 << (127 - prefix->len);
	return middle;
}

static inline bool prefix_equal(const struct prefix *a, const struct prefix *b)
{
	return addr_equal(a->addr, b->addr) && a->len == b->len && a->family == b->family;
}

/* Whether an address of the prefix's family lies in it. */
static inline bool prefix_has(const struct prefix *prefix, struct addr addr)
{
	struct addr mask = addr_mask(prefix->len);

	return (addr.hi & mask.hi) == prefix->addr.hi && (addr.lo & mask.lo) == prefix->addr.lo;
}

/* Whether @inner is @outer or lies inside it. */
static inline bool prefix_covers(const struct prefix *outer, const struct prefix *inner)
{
	return outer->family == inner->family && outer->len <= inner->len &&
	       prefix_has(outer, inner->addr);
}

/* The longest prefix that covers both. */
struct prefix prefix_common(const struct prefix *a, const struct prefix *b);

/* From and to bytes in network order, 4 or 16 of them. */
struct addr addr_from_bytes(enum ipmasq_family family, const void *bytes);
void addr_to_bytes(enum ipmasq_family family, struct addr addr, uint8_t *bytes);

/*
 * Reads a CIDR as a configuration has it. @text need not end in a NUL. On PREFIX_HOST_BITS, @prefix
 * becomes the prefix without its host bits; on PREFIX_BARE_ADDRESS, that of the one host. On other
 * errors it is undefined.
 */
enum prefix_error prefix_parse(const char *text, size_t len, struct prefix *prefix);

/* The code of the finding for an error, such as "host-bits". */
const char *prefix_error_code(enum prefix_error error);

/*
 * Says in a sentence what is wrong with a text that prefix_parse() refused, and what to write
 * instead; @suggestion becomes empty where that is not certain.
 *
 * @aligned  what prefix_parse() filled in
 */
void prefix_explain_error(enum prefix_error error, const char *text, size_t len,
			  const struct prefix *aligned, char message[256],
			  char suggestion[PREFIX_TEXT_MAX]);

/* Reads an address without a length, by the rules for the part of a CIDR before the slash. */
enum prefix_error addr_parse(const char *text, size_t len, enum ipmasq_family *family,
			     struct addr *addr);

/* Write canonical text (RFC 5952) and a NUL. Both return the length of the text. */
size_t prefix_format(const struct prefix *prefix, char text[PREFIX_TEXT_MAX]);
size_t addr_format(enum ipmasq_family family, struct addr addr, char text[PREFIX_TEXT_MAX]);

/* The first prefix of the shortest list that covers exactly the range @first to @last. */
struct prefix prefix_from_range(enum ipmasq_family family, struct addr first, struct addr last);

/* The rest of a range that is split into the fewest prefixes. */
struct prefix_split {
	enum ipmasq_family family;
	/* Where the next prefix begins. */
	struct addr first;
	struct addr last;
	bool at_end;
};

/* Takes the next prefix. False: there are no more. */
static inline bool prefix_split_next(struct prefix_split *split, struct prefix *prefix)
{
	struct addr end;

	if (split->at_end)
		return false;
	*prefix = prefix_from_range(split->family, split->first, split->last);
	end = prefix_last(prefix);
	split->at_end = addr_equal(end, split->last);
	split->first = addr_next(end);
	return true;
}

/*
 * Reads the next of several CIDRs in one text, which stand between blanks, commas and semicolons,
 * from
 * *@at on. Host bits are masked away, and an address gets its full length. False: there is none, or
 * it is no CIDR; then *@at is less than @len.
 */
bool prefix_next(const char *text, size_t len, size_t *at, struct prefix *prefix);

#endif
