/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses as text, for those who read millions: takes what ipmasq_parse_address() takes, without
 * a copy of the text and without a branch that depends on how long a number is.
 */
#ifndef IPMASQ_ADDRESS_READER_H
#define IPMASQ_ADDRESS_READER_H

#include <stddef.h>
#include <stdint.h>

#include "ipmasq.h"

/* So many bytes behind the end of the text may be looked at. They are of no account. */
#define ADDRESS_READER_SLACK 2

/*
 * Reads the address that stands at the beginning of @text, which must end in a byte that is no part
 * of an address. Returns its length, or 0 when none is there. Whether what follows may follow is
 * for the caller to judge: of "10.0.0.1234" it reads "10.0.0.123".
 */
size_t address_read(const char *text, enum ipmasq_family *family, uint8_t address[16]);

#endif
