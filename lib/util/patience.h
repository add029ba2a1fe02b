/* SPDX-License-Identifier: Apache-2.0 */
/* How long a read is made again because what it reads changed meanwhile. */
#ifndef LIBIPMASQ_PATIENCE_H
#define LIBIPMASQ_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

/* By time, since a read of little is much faster than one of much. Zeroed: nothing was tried yet,
 * and there are no pauses. One may be shared by several reads, which are then bounded together. */
struct patience {
	unsigned int tries;
	/* Milliseconds of the monotonic clock. */
	int64_t until;
	/* The pauses grow up to that. 0: there are none, since where others never pause, only the
	 * number of tries helps. */
	long pause_ms_max;
	long pause_ms;
};

/* Whether to try again, after a pause in which others may come to their end, if there is to be one:
 * for @seconds since the first call, and a few times however long one try takes. */
bool patience_left(struct patience *patience, unsigned int seconds);

/* Milliseconds of the monotonic clock. */
int64_t monotonic_ms(void);

#endif
