/* SPDX-License-Identifier: Apache-2.0 */
/* FNV-1a: tells texts apart, but does not resist deliberate collisions. */
#ifndef LIBIPMASQ_HASH_H
#define LIBIPMASQ_HASH_H

#include "util/common.h"

#define HASH_START UINT64_C(14695981039346656037)

static inline uint64_t hash_byte(uint64_t hash, unsigned char byte)
{
	return (hash ^ byte) * UINT64_C(1099511628211);
}

/* Adds a number at once, which is faster than byte by byte. */
static inline uint64_t hash_number(uint64_t hash, uint64_t number)
{
	hash = (hash ^ number) * UINT64_C(1099511628211);
	return hash ^ hash >> 29;
}

static inline uint64_t hash_bytes(uint64_t hash, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++)
		hash = hash_byte(hash, bytes[i]);
	return hash;
}

static inline uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = hash_byte(hash, (unsigned char)*text);
	return hash;
}

/* Mixes the high bits into the low ones, for tables that use those. */
static inline size_t hash_fold(uint64_t hash)
{
	return (size_t)(hash ^ hash >> 32);
}

#endif
