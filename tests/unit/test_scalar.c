/* SPDX-License-Identifier: Apache-2.0 */
/* The values of a configuration: bools, integers, durations and port ranges. */
#include "util/scalar.h"

#include <stdio.h>
#include <string.h>

#include "support/unit.h"

#define SECOND UINT64_C(1000000000)

static void bool_words(void)
{
	static const char *const on[] = { "true", "True", "TRUE", "yes", "Yes", "YES",
					  "on",	  "On",	  "ON",	  "y",	 "Y" };
	static const char *const off[] = { "false", "False", "FALSE", "no", "No", "NO",
					   "off",   "Off",   "OFF",   "n",  "N" };
	static const char *const none[] = { "",	  "t",	 "f",	  "1",	   "0",	    "tRue",
					    "oN", "yES", "true ", " true", "trues", "tru" };
	bool value;

	for (size_t i = 0; i < ARRAY_SIZE(on); i++) {
		value = false;
		CHECK(scalar_bool(on[i], strlen(on[i]), &value) && value, on[i]);
		value = true;
		CHECK(scalar_bool(off[i], strlen(off[i]), &value) && !value, off[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		CHECK(!scalar_bool(none[i], strlen(none[i]), &value), none[i]);
	CU_ASSERT(scalar_bool("trueX", 4, &value) && value);
	CU_ASSERT(!scalar_bool("on\0", 3, &value));
}

static void integers(void)
{
	static const struct {
		const char *text;
		int result;
		uint64_t value;
	} rows[] = {
		{ "0", 0, 0 },
		{ "64", 0, 64 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "99999999999999999999999999", -ERANGE, 0 },
		{ "99999999999999999999999999x", -EINVAL, 0 },
		{ "", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
		{ "1 ", -EINVAL, 0 },
		{ "1.0", -EINVAL, 0 },
		{ "0x10", -EINVAL, 0 },
		{ "1e3", -EINVAL, 0 },
		{ "1_000", -EINVAL, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t value = 0;
		int r = scalar_integer(rows[i].text, strlen(rows[i].text), &value);

		CHECK(r == rows[i].result, rows[i].text);
		CHECK(value == rows[i].value, rows[i].text);
	}
}

/* The values are those of Go's time.ParseDuration. */
static const struct {
	const char *text;
	enum duration_error error;
	uint64_t value;
} duration_rows[] = {
	{ "60s", DURATION_OK, 60 * SECOND },
	{ "1h30m", DURATION_OK, 5400 * SECOND },
	{ "1m0s", DURATION_OK, 60 * SECOND },
	{ "1.5h", DURATION_OK, 5400 * SECOND },
	{ "500ms", DURATION_OK, SECOND / 2 },
	{ "1ns", DURATION_OK, 1 },
	{ "1us", DURATION_OK, 1000 },
	{ "1\xc2\xb5s", DURATION_OK, 1000 },
	{ "1\xce\xbcs", DURATION_OK, 1000 },
	{ "+5s", DURATION_OK, 5 * SECOND },
	{ ".5s", DURATION_OK, SECOND / 2 },
	{ "5.s", DURATION_OK, 5 * SECOND },
	{ "5.6s", DURATION_OK, 5600000000 },
	{ "1.004s", DURATION_OK, 1004000000 },
	{ "100.00100s", DURATION_OK, 100001000000 },
	{ "1h2m3s4ms5us6ns", DURATION_OK, 3723004005006 },
	{ "39h9m14.425s", DURATION_OK, 140954425000000 },
	{ "0.3333333333333333333h", DURATION_OK, 1200 * SECOND },
	{ "9223372036854775807ns", DURATION_OK, INT64_MAX },
	{ "9223372036854775.807us", DURATION_OK, INT64_MAX },
	{ "0.830103483285477580700h", DURATION_OK, 2988372539827 },
	{ "9223372036854775808ns", DURATION_OVERFLOW, 0 },
	{ "9223372036854775.808us", DURATION_OVERFLOW, 0 },
	{ "3000000h", DURATION_OVERFLOW, 0 },
	{ "99999999999999999999999s", DURATION_OVERFLOW, 0 },
	{ "2562047h47m16.854775808s", DURATION_OVERFLOW, 0 },
	{ "", DURATION_EMPTY, 0 },
	{ "60", DURATION_NO_UNIT, 0 },
	{ "1.5", DURATION_NO_UNIT, 0 },
	{ "+60", DURATION_NO_UNIT, 0 },
	{ "0", DURATION_ZERO, 0 },
	{ "-0", DURATION_ZERO, 0 },
	{ "0s", DURATION_ZERO, 0 },
	{ "-0s", DURATION_ZERO, 0 },
	{ "0h0m0s", DURATION_ZERO, 0 },
	{ "0.1ns", DURATION_ZERO, 0 },
	{ "-1s", DURATION_NEGATIVE, 0 },
	{ "-60", DURATION_NEGATIVE, 0 },
	{ "-99999999999999999999999s", DURATION_NEGATIVE, 0 },
	{ "s", DURATION_BAD, 0 },
	{ ".s", DURATION_BAD, 0 },
	{ ".", DURATION_BAD, 0 },
	{ "-", DURATION_BAD, 0 },
	{ "+", DURATION_BAD, 0 },
	{ "+-1s", DURATION_BAD, 0 },
	{ "1h30", DURATION_BAD, 0 },
	{ "1d", DURATION_BAD, 0 },
	{ "1S", DURATION_BAD, 0 },
	{ "60 s", DURATION_BAD, 0 },
	{ " 60s", DURATION_BAD, 0 },
	{ "60s ", DURATION_BAD, 0 },
	{ "1m-30s", DURATION_BAD, 0 },
	{ "1e3s", DURATION_BAD, 0 },
	{ "1..5s", DURATION_BAD, 0 },
	{ "soon", DURATION_BAD, 0 },
	{ "3000000hx", DURATION_BAD, 0 },
};

static void durations(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(duration_rows); i++) {
		uint64_t value = 0;
		enum duration_error error = scalar_duration(duration_rows[i].text,
							    strlen(duration_rows[i].text), &value);

		CHECK(error == duration_rows[i].error, duration_rows[i].text);
		CHECK(value == duration_rows[i].value, duration_rows[i].text);
	}
}

static void port_ranges(void)
{
	static const struct {
		const char *text;
		/* 0: the text is refused. */
		size_t count;
		struct port_range last;
	} rows[] = {
		{ "1024-65535", 1, { 1024, 65535 } },
		{ "1-65535", 1, { 1, 65535 } },
		{ "80", 1, { 80, 80 } },
		{ "2000-2000", 1, { 2000, 2000 } },
		{ "1000-1999,3000-3999", 2, { 3000, 3999 } },
		{ "3000-3999,1000-1999,2000", 3, { 2000, 2000 } },
		{ "", 0, { 0, 0 } },
		{ "0-10", 0, { 0, 0 } },
		{ "1-65536", 0, { 0, 0 } },
		{ "99999999999999999999", 0, { 0, 0 } },
		{ "20-10", 0, { 0, 0 } },
		{ "10-20,", 0, { 0, 0 } },
		{ ",10-20", 0, { 0, 0 } },
		{ "10-20,,30", 0, { 0, 0 } },
		{ "10-", 0, { 0, 0 } },
		{ "-10", 0, { 0, 0 } },
		{ "10 - 20", 0, { 0, 0 } },
		{ "10:20", 0, { 0, 0 } },
		{ "10-20-30", 0, { 0, 0 } },
		{ "http", 0, { 0, 0 } },
		{ "10-20,20-30", 0, { 0, 0 } },
		{ "10-20,5-40", 0, { 0, 0 } },
		{ "10-20,15", 0, { 0, 0 } },
	};
	struct port_range ranges[PORT_RANGES_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t count = 0;
		const char *error = scalar_ports(rows[i].text, ranges, &count);

		CHECK((error == NULL) == (rows[i].count > 0), rows[i].text);
		CHECK(count == rows[i].count, rows[i].text);
		if (count == 0)
			continue;
		CHECK(ranges[count - 1].first == rows[i].last.first, rows[i].text);
		CHECK(ranges[count - 1].last == rows[i].last.last, rows[i].text);
	}
}

static void port_ranges_are_counted(void)
{
	struct port_range ranges[PORT_RANGES_MAX];
	char text[8 * (PORT_RANGES_MAX + 1)] = "";
	size_t len = 0;
	size_t count = 0;

	for (int i = 0; i < PORT_RANGES_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%d", i ? "," : "",
					1000 + i);
	CU_ASSERT_PTR_NULL(scalar_ports(text, ranges, &count));
	CU_ASSERT_EQUAL(count, PORT_RANGES_MAX);
	snprintf(text + len, sizeof(text) - len, ",9999");
	CU_ASSERT_PTR_NOT_NULL(scalar_ports(text, ranges, &count));
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "bools are the plain words of YAML 1.1", bool_words },
		{ "integers are digits", integers },
		{ "durations are those of Go", durations },
		{ "port ranges", port_ranges },
		{ "at most 64 port ranges", port_ranges_are_counted },
	};

	return unit_main("scalar", tests, ARRAY_SIZE(tests));
}
