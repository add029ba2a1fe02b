/* SPDX-License-Identifier: Apache-2.0 */
/* What the targets for the readers of the nat table share: one input, read in two ways. */
#ifndef IPMASQ_TESTS_FUZZ_OBSERVING_H
#define IPMASQ_TESTS_FUZZ_OBSERVING_H

#include "node/kernel/reader.h"

/*
 * The first byte of an input chooses the family and how long the pieces are; the rest is what the
 * kernel sent. It is read as a whole and in pieces, which must give the same observation.
 */
void observe_twice(struct reader *(*make)(struct observer *observer), const uint8_t *data,
		   size_t size);

/* What every observation holds to, from whichever reader. */
void check_observation(const struct observation *obs);

#endif
