/* SPDX-License-Identifier: Apache-2.0 */
/* What the targets for readers of dumps share. */
#ifndef IPMASQ_TESTS_FUZZ_DUMPING_H
#define IPMASQ_TESTS_FUZZ_DUMPING_H

#include "fuzz/fuzz.h"
#include "nat/dump.h"

/*
 * Finds and reads the dumps of one format in a text, as they are found in files, and checks the
 * model. The first byte of an input says what is known of the program that printed it; the rest is
 * the text.
 */
void fuzz_dump(const struct nat_dump_format *format, const uint8_t *data, size_t size);

#endif
