/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FNV-1a, byte by byte. It tells texts apart that nobody chose in order to collide; tables of what
 * users write must not depend on more.
 */
#ifndef LIBIPMASQ_HASH_H
#define LIBIPMASQ_HASH_H

#include "util/common.h"

#define HASH_START UINT64_C(14695981039346656037)

static inline uint64_t hash_byte(uint64_t hash, unsigned char byte)
{
	return (hash ^ byte) * UINT64_C(1099511628211);
}

static inline uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = hash_byte(hash, (unsigned char)*text);
	return hash;
}

/* For tables that use the low bits. */
static inline size_t hash_fold(uint64_t hash)
{
	return (size_t)(hash ^ hash >> 32);
}

#endif
