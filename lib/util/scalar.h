/* SPDX-License-Identifier: Apache-2.0 */
/* The small values of a configuration: bool, integer, duration, port ranges. Each reads all of its
 * text or refuses it. */
#ifndef LIBIPMASQ_SCALAR_H
#define LIBIPMASQ_SCALAR_H

#include "util/common.h"

/* The plain words of YAML 1.1 ("yes", "On", "y", ...). False when @text is none of them. */
bool scalar_bool(const char *text, size_t len, bool *value);

/* Decimal digits only, no sign, no blanks. 0, -EINVAL, or -ERANGE above UINT64_MAX. */
int scalar_integer(const char *text, size_t len, uint64_t *value);

enum duration_error {
	DURATION_OK,
	DURATION_EMPTY,
	DURATION_BAD, /* not of Go's syntax */
	DURATION_NO_UNIT, /* a bare number */
	DURATION_ZERO,
	DURATION_NEGATIVE,
	DURATION_OVERFLOW, /* more than 2^63-1 ns, which is what Go can hold */
};

/* Go's time.ParseDuration; @value in nanoseconds. */
enum duration_error scalar_duration(const char *text, size_t len, uint64_t *value);

struct port_range {
	uint16_t first;
	uint16_t last;
};

#define PORT_RANGES_MAX 64

/* "A-B[,C-D...]"; a single port stands for itself. NULL, or what is wrong. */
const char *scalar_ports(const char *text, struct port_range ranges[PORT_RANGES_MAX],
			 size_t *count);

#endif
