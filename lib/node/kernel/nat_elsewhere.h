/* SPDX-License-Identifier: Apache-2.0 */
/* How a function of this library is run in a process of its own, whose memory ends with it. */
#ifndef LIBIPMASQ_KERNEL_NAT_ELSEWHERE_H
#define LIBIPMASQ_KERNEL_NAT_ELSEWHERE_H

#include "util/common.h"

struct nat_elsewhere {
	/*
	 * Has @act, which makes only async-signal-safe calls, run with the socket @in as its stdin.
	 * @output gets its stdout piece by piece; a negative return ends it. 0, or a negative
	 * errno: the positive one that @act returned, or what @output returned, or that of a
	 * process that could not be run.
	 */
	int (*run)(const struct nat_elsewhere *elsewhere, int (*act)(int argument), int argument,
		   int in, int (*output)(void *context, const char *data, size_t len),
		   void *context);
};

#endif
