/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fast reader of addresses as text. It accepts what ipmasq_parse_address() accepts, without a
 * copy of the text and without a branch that depends on the length of a number.
 */
#ifndef IPMASQ_ADDRESS_READER_H
#define IPMASQ_ADDRESS_READER_H

#include <stddef.h>
#include <stdint.h>

#include "ipmasq.h"

/* The reader may look at this many bytes after the end of the text. Their values do not matter. */
#define ADDRESS_READER_SLACK 2

/* Why ipmasq_parse_address() refuses a text, as the end of a sentence. */
const char *address_fault(const char *text);

/*
 * Reads the address at the beginning of @text, which must end in a byte that cannot be part of an
 * address. Returns its length, or 0 if there is none. The caller must check what follows: of
 * "10.0.0.1234" it reads "10.0.0.123".
 */
size_t address_read(const char *text, enum ipmasq_family *family, uint8_t address[16]);

#endif
