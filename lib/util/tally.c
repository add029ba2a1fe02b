/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of addresses. */
#include "util/tally.h"

#include <string.h>

void tally_add(struct tally *tally, enum ipmasq_family family, struct addr first, struct addr last)
{
	uint64_t hi = last.hi - first.hi - (last.lo < first.lo);
	uint64_t lo = last.lo - first.lo;
	/* The last address counts as well. */
	uint64_t carry = 1;
	uint32_t span[4] = { 0 };

	if (family == IPMASQ_IPV4) {
		span[3] = (uint32_t)(hi >> 32);
	} else {
		span[0] = (uint32_t)(hi >> 32);
		span[1] = (uint32_t)hi;
		span[2] = (uint32_t)(lo >> 32);
		span[3] = (uint32_t)lo;
	}
	for (int i = 4; i >= 0; i--) {
		carry += (uint64_t)tally->digits[i] + (i > 0 ? span[i - 1] : 0);
		tally->digits[i] = (uint32_t)carry;
		carry >>= 32;
	}
}

/* Divides by ten and returns what remains. */
static unsigned int tally_shift(struct tally *tally)
{
	uint64_t rest = 0;

	for (size_t i = 0; i < ARRAY_SIZE(tally->digits); i++) {
		rest = rest << 32 | tally->digits[i];
		tally->digits[i] = (uint32_t)(rest / 10);
		rest %= 10;
	}
	return (unsigned int)rest;
}

const char *tally_format(struct tally tally, char text[IPMASQ_TEXT_MAX])
{
	static const struct tally zero;
	char digits[IPMASQ_TEXT_MAX];
	size_t at = sizeof(digits);

	digits[--at] = '\0';
	do
		digits[--at] = (char)('0' + tally_shift(&tally));
	while (memcmp(&tally, &zero, sizeof(tally)) != 0);
	return memcpy(text, digits + at, sizeof(digits) - at);
}
