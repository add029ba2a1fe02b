/* SPDX-License-Identifier: Apache-2.0 */
/* A number of addresses, of up to 129 bits: there are 2^128 in all. */
#ifndef LIBIPMASQ_TALLY_H
#define LIBIPMASQ_TALLY_H

#include "util/prefix.h"

struct tally {
	/* To the base of 2^32, the highest first. */
	uint32_t digits[5];
};

/* Adds the addresses from @first to @last. */
void tally_add(struct tally *tally, enum ipmasq_family family, struct addr first, struct addr last);

/* In decimal digits. Returns @text. */
const char *tally_format(struct tally tally, char text[IPMASQ_TEXT_MAX]);

#endif
