/* SPDX-License-Identifier: Apache-2.0 */
/* Reads bools, integers, durations and port ranges. */
#include "util/scalar.h"

#include <string.h>

#include "util/ascii.h"

bool scalar_bool(const char *text, size_t len, bool *value)
{
	static const char *const words[2][11] = {
		{ "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N" },
		{ "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y" },
	};

	if (len >= sizeof("false"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(words[0]); i++) {
		for (int on = 0; on < 2; on++) {
			if (strlen(words[on][i]) == len && memcmp(words[on][i], text, len) == 0) {
				*value = on;
				return true;
			}
		}
	}
	return false;
}

int scalar_integer(const char *text, size_t len, uint64_t *value)
{
	uint64_t number = 0;
	bool too_large = false;

	if (len == 0)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		if (!ascii_is_digit(text[i]))
			return -EINVAL;
		if (__builtin_mul_overflow(number, 10u, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(text[i] - '0'), &number))
			too_large = true;
	}
	if (too_large)
		return -ERANGE;
	*value = number;
	return 0;
}

/* A number as Go's time.ParseDuration reads it: it drops digits of the fraction that do not fit. */
struct decimal {
	/* UINT64_MAX: it does not fit. */
	uint64_t whole;
	uint64_t fraction;
	double scale;
};

/* Returns the end of the number, or NULL when it has no digit. */
static const char *read_decimal(const char *p, const char *end, struct decimal *decimal)
{
	const char *start = p;
	bool exact = true;

	*decimal = (struct decimal){ .scale = 1 };
	for (; p < end && ascii_is_digit(*p); p++) {
		if (__builtin_mul_overflow(decimal->whole, 10u, &decimal->whole) ||
		    __builtin_add_overflow(decimal->whole, (uint64_t)(*p - '0'), &decimal->whole))
			decimal->whole = UINT64_MAX;
	}
	if (p == end || *p != '.')
		return p == start ? NULL : p;
	for (p++; p < end && ascii_is_digit(*p); p++) {
		if (decimal->fraction > (uint64_t)INT64_MAX / 10 - 1)
			exact = false;
		if (!exact)
			continue;
		decimal->fraction = decimal->fraction * 10 + (uint64_t)(*p - '0');
		decimal->scale *= 10;
	}
	return p - start == 1 ? NULL : p;
}

/* Reads the unit at *p and moves *p past it. Returns its nanoseconds, or 0 when it is none. */
static uint64_t read_unit(const char **p, const char *end)
{
	static const struct {
		const char *name;
		uint64_t nanoseconds;
	} units[] = {
		{ "ns", 1 },
		{ "us", 1000 },
		/* With U+00B5, the micro sign. */
		{ "\xc2\xb5s", 1000 },
		/* With U+03BC, the Greek letter. */
		{ "\xce\xbcs", 1000 },
		{ "ms", 1000000 },
		{ "s", 1000000000 },
		{ "m", 60000000000 },
		{ "h", 3600000000000 },
	};
	const char *start = *p;
	size_t len;

	while (*p < end && !ascii_is_digit(**p) && **p != '.')
		(*p)++;
	len = (size_t)(*p - start);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strlen(units[i].name) == len && memcmp(units[i].name, start, len) == 0)
			return units[i].nanoseconds;
	}
	return 0;
}

static uint64_t add_saturated(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

enum duration_error scalar_duration(const char *text, size_t len, uint64_t *value)
{
	const char *p = text;
	const char *end = text + len;
	bool negative = false;
	uint64_t total = 0;

	if (len == 0)
		return DURATION_EMPTY;
	if (*p == '-' || *p == '+')
		negative = *p++ == '-';
	if (end - p == 1 && *p == '0')
		return DURATION_ZERO;
	if (p == end)
		return DURATION_BAD;
	for (bool first = true; p < end; first = false) {
		struct decimal decimal;
		uint64_t unit;
		uint64_t term;

		p = read_decimal(p, end, &decimal);
		if (p == NULL)
			return DURATION_BAD;
		if (p == end)
			return first ? (negative ? DURATION_NEGATIVE : DURATION_NO_UNIT)
				     : DURATION_BAD;
		unit = read_unit(&p, end);
		if (unit == 0)
			return DURATION_BAD;
		if (__builtin_mul_overflow(decimal.whole, unit, &term))
			term = UINT64_MAX;
		term = add_saturated(term, (uint64_t)((double)decimal.fraction *
						      ((double)unit / decimal.scale)));
		total = add_saturated(total, term);
	}
	if (total == 0)
		return DURATION_ZERO;
	if (negative)
		return DURATION_NEGATIVE;
	if (total > INT64_MAX)
		return DURATION_OVERFLOW;
	*value = total;
	return DURATION_OK;
}

/* Reads a port at *p and moves *p past it. */
static bool read_port(const char **p, uint16_t *port)
{
	const char *start = *p;
	uint64_t number;

	while (ascii_is_digit(**p))
		(*p)++;
	if (scalar_integer(start, (size_t)(*p - start), &number) || number < 1 ||
	    number > UINT16_MAX)
		return false;
	*port = (uint16_t)number;
	return true;
}

static bool ports_overlap(const struct port_range *ranges, size_t count, struct port_range range)
{
	for (size_t i = 0; i < count; i++) {
		if (range.first <= ranges[i].last && ranges[i].first <= range.last)
			return true;
	}
	return false;
}

const char *scalar_ports(const char *text, struct port_range ranges[PORT_RANGES_MAX], size_t *count)
{
	const char *p = text;
	size_t n = 0;

	for (;; p++) {
		struct port_range range;

		if (!read_port(&p, &range.first))
			return "a port is a number from 1 to 65535";
		range.last = range.first;
		if (*p == '-') {
			p++;
			if (!read_port(&p, &range.last))
				return "a port is a number from 1 to 65535";
		}
		if (*p != '\0' && *p != ',')
			return "port ranges are written A-B, with commas between them";
		if (range.first > range.last)
			return "the first port of a range is above its last";
		if (ports_overlap(ranges, n, range))
			return "port ranges overlap";
		if (n == PORT_RANGES_MAX)
			return "there are more than 64 port ranges";
		ranges[n++] = range;
		if (*p == '\0')
			break;
	}
	*count = n;
	return NULL;
}
