/* SPDX-License-Identifier: Apache-2.0 */
/* FNV-1a: tells texts apart, but does not resist deliberate collisions. */
#ifndef IPMASQ_HASH_H
#define IPMASQ_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_START UINT64_C(14695981039346656037)

static inline uint64_t hash_bytes(uint64_t hash, const void *data, size_t size)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
	return hash;
}

#endif
