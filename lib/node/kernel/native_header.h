/* SPDX-License-Identifier: Apache-2.0 */
/* Where addresses stand in the network header, and the masks of their first bits. */
#ifndef LIBIPMASQ_KERNEL_NATIVE_HEADER_H
#define LIBIPMASQ_KERNEL_NATIVE_HEADER_H

#include <string.h>

#include "util/common.h"

static inline uint32_t native_offset(enum ipmasq_family family, bool source)
{
	if (family == IPMASQ_IPV6)
		return source ? 8 : 24;
	return source ? 12 : 16;
}

static inline uint32_t native_address_len(enum ipmasq_family family)
{
	return family == IPMASQ_IPV6 ? 16 : 4;
}

/* Ones in the first @bits of 128. */
static inline void native_mask(unsigned int bits, uint8_t mask[16])
{
	memset(mask, 0, 16);
	for (unsigned int i = 0; i < bits && i < 128; i++)
		mask[i / 8] |= (uint8_t)(0x80u >> i % 8);
}

#endif
