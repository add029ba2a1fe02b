/* SPDX-License-Identifier: Apache-2.0 */
/* Bools, integers, durations and port ranges as a configuration has them. A text is read as a whole
 * or refused. */
#ifndef LIBIPMASQ_SCALAR_H
#define LIBIPMASQ_SCALAR_H

#include "util/common.h"

/* Reads the words of YAML 1.1 for bools, such as "yes", "On" and "y". False: it is none of them. */
bool scalar_bool(const char *text, size_t len, bool *value);

/* Reads decimal digits, without a sign or blanks. 0; -EINVAL; -ERANGE above UINT64_MAX. */
int scalar_integer(const char *text, size_t len, uint64_t *value);

enum duration_error {
	DURATION_OK,
	DURATION_EMPTY,
	/* It is not of Go's syntax. */
	DURATION_BAD,
	/* It is a bare number. */
	DURATION_NO_UNIT,
	DURATION_ZERO,
	DURATION_NEGATIVE,
	/* It is more than 2^63-1 ns, the most that Go can hold. */
	DURATION_OVERFLOW,
};

/* Reads a duration as Go's time.ParseDuration does; @value is in nanoseconds. */
enum duration_error scalar_duration(const char *text, size_t len, uint64_t *value);

struct port_range {
	uint16_t first;
	uint16_t last;
};

#define PORT_RANGES_MAX 64

/* Reads "A-B[,C-D...]"; a range may be a single port. Returns NULL, or what is wrong. */
const char *scalar_ports(const char *text, struct port_range ranges[PORT_RANGES_MAX],
			 size_t *count);

#endif
