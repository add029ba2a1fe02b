/* SPDX-License-Identifier: Apache-2.0 */
/* How long a read is made again because what it reads changed meanwhile. */
#include "util/patience.h"

#include <time.h>

#define TRIES_MIN 3

int64_t monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool patience_left(struct patience *patience, unsigned int seconds)
{
	struct timespec pause = { .tv_nsec = patience->pause_ms * 1000000 };

	if (patience->tries++ == 0)
		patience->until = monotonic_ms() + (int64_t)seconds * 1000;
	else if (patience->tries >= TRIES_MIN && monotonic_ms() >= patience->until)
		return false;
	/* The first time at once: mostly it was a single change. */
	if (patience->pause_ms > 0)
		nanosleep(&pause, NULL);
	patience->pause_ms = patience->pause_ms ? patience->pause_ms * 2 : 1;
	if (patience->pause_ms > patience->pause_ms_max)
		patience->pause_ms = patience->pause_ms_max;
	return true;
}
