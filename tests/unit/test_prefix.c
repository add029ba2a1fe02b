/* SPDX-License-Identifier: Apache-2.0 */
/* CIDRs: parsing, findings and suggestions, canonical text, ranges, and sorting. */
#include <arpa/inet.h>
#ifdef HAVE_LIBCIDR
#include <libcidr.h>
#endif
#include <stdlib.h>
#include <string.h>

#include "sim/oracle.h"
#include "util/prefix.h"
#include "util/prefix_order.h"
#include "support/unit.h"

/* ipmasq.conf(5), "Values"; an empty code means accepted. */
static const struct {
	const char *text;
	const char *code;
	/* The canonical text, or the suggestion. */
	const char *result;
} values[] = {
	{ "10.0.0.0/8", "", "10.0.0.0/8" },
	{ "0.0.0.0/0", "", "0.0.0.0/0" },
	{ "255.255.255.255/32", "", "255.255.255.255/32" },
	{ "::/0", "", "::/0" },
	{ "FE80::/10", "", "fe80::/10" },
	{ "2001:0DB8:0000:0000:0000:0000:0000:0001/128", "", "2001:db8::1/128" },
	{ "1:0:0:2:0:0:0:3/128", "", "1:0:0:2::3/128" },
	{ "1:0:2:3:4:5:6:7/128", "", "1:0:2:3:4:5:6:7/128" },
	{ "0:0:1::/48", "", "0:0:1::/48" },
	{ "64:ff9b::1.2.3.4/128", "", "64:ff9b::102:304/128" },
	{ "::fffe:0:0/95", "", "::fffe:0:0/95" },
	{ "", "empty-cidr", "" },
	{ " 10.0.0.0/8", "blanks", "10.0.0.0/8" },
	{ "10.0.0.0/8\t", "blanks", "10.0.0.0/8" },
	{ "10.0.0.0 /8", "blanks", "" },
	{ "10.0.0.0/ 8", "bad-length", "" },
	{ "10.0.0.1", "bare-address", "10.0.0.1/32" },
	{ "2001:db8::1", "bare-address", "2001:db8::1/128" },
	{ "10/8", "bad-address", "10.0.0.0/8" },
	{ "10.1/16", "bad-address", "10.1.0.0/16" },
	{ "10.1.2/24", "bad-address", "10.1.2.0/24" },
	{ "1::2::3/64", "bad-address", "" },
	{ "300.0.0.0/8", "bad-address", "" },
	{ "10.0.0.0.0/8", "bad-address", "" },
	{ "0x0a000000/8", "bad-address", "" },
	{ "/8", "bad-address", "" },
	{ "010.0.0.0/8", "leading-zero", "10.0.0.0/8" },
	{ "10.00.0.0/8", "leading-zero", "10.0.0.0/8" },
	{ "fe80::%eth0/64", "zone", "fe80::/64" },
	{ "fe80::1%1", "zone", "fe80::1/128" },
	{ "10.0.0.0/255.0.0.0", "netmask", "10.0.0.0/8" },
	{ "10.0.0.0/255.0.255.0", "netmask", "" },
	{ "10.1.2.3/255.255.0.0", "netmask", "10.1.0.0/16" },
	{ "10.1.2.3/255.255.255.255", "netmask", "10.1.2.3/32" },
	{ "10.1.2.3/0.0.0.0", "netmask", "0.0.0.0/0" },
	{ "010.1.2.3/255.255.254.0", "leading-zero", "10.1.2.0/23" },
	{ "10.1.2.3/255.255.256.0", "netmask", "" },
	{ "10.0.0.0/", "bad-length", "" },
	{ "10.0.0.0/abc", "bad-length", "" },
	{ "10.0.0.0/-1", "bad-length", "" },
	{ "10.0.0.0/+8", "bad-length", "" },
	{ "10.0.0.0/8 ", "blanks", "10.0.0.0/8" },
	{ "10.0.0.0/08", "bad-length", "10.0.0.0/8" },
	{ "10.0.0.0/8/8", "bad-length", "" },
	{ "10.0.0.0/33", "bad-length", "" },
	{ "10.0.0.0/4294967304", "bad-length", "" },
	{ "::/129", "bad-length", "" },
	{ "10.0.0.1/8", "host-bits", "10.0.0.0/8" },
	{ "10.0.0.0/0", "host-bits", "0.0.0.0/0" },
	{ "2001:db8::1/64", "host-bits", "2001:db8::/64" },
	{ "::ffff:0:0/96", "mapped-address", "0.0.0.0/0" },
	{ "::ffff:10.0.0.0/104", "mapped-address", "10.0.0.0/8" },
	{ "::ffff:a00:1", "mapped-address", "10.0.0.1/32" },
	{ "::ffff:0:0/90", "host-bits", "::ffc0:0:0/90" },
	{ "example.com", "host-name", "" },
	{ "db-1.internal.", "host-name", "" },
	{ "4.3.2.1.in-addr.arpa", "host-name", "" },
	{ "example.com/24", "bad-address", "" },
	{ "-bad-.example", "bad-address", "" },
	{ "*.example.com", "bad-address", "" },
};

static void test_values(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		struct prefix prefix = { 0 };
		char text[PREFIX_TEXT_MAX] = "";
		char message[256];
		size_t len = strlen(values[i].text);
		enum prefix_error error = prefix_parse(values[i].text, len, &prefix);

		CHECK_STRING(prefix_error_code(error), values[i].code, values[i].text);
		if (error == PREFIX_OK)
			prefix_format(&prefix, text);
		else
			prefix_explain_error(error, values[i].text, len, &prefix, message, text);
		CHECK_STRING(text, values[i].result, values[i].text);
	}
}

/* Each suggestion must itself be accepted. */
static void test_suggestions(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		struct prefix prefix;
		const char *text = values[i].result;

		if (text[0])
			CHECK(prefix_parse(text, strlen(text), &prefix) == PREFIX_OK, text);
	}
}

static void test_text_is_not_read_past_its_end(void)
{
	static const char *const texts[] = { "10.0.0.0/81", "10.0.0.0/8 ", "10.0.0.0/8/" };
	struct prefix prefix;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		CHECK(prefix_parse(texts[i], 10, &prefix) == PREFIX_OK, texts[i]);
	CHECK(prefix_parse("10.0.0.0\0/8", 11, &prefix) == PREFIX_BAD_ADDRESS, "NUL inside");
}

static void random_prefix(struct random *random, struct prefix *prefix)
{
	uint8_t bytes[16];
	unsigned int bits;
	struct addr mask;

	prefix->family = random_below(random, 2) ? IPMASQ_IPV4 : IPMASQ_IPV6;
	bits = family_bits(prefix->family);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = random_below(random, 3) ? 0 : (uint8_t)random_below(random, 256);
	prefix->len = (uint8_t)random_below(random, bits + 1);
	mask = addr_mask(prefix->len);
	prefix->addr = addr_from_bytes(prefix->family, bytes);
	prefix->addr.hi &= mask.hi;
	prefix->addr.lo &= mask.lo;
}

/* Writes an address as specified in RFC 5952, which inet_ntop() of some C libraries does not. */
static void judge_text(int af, const uint8_t *bytes, char *text)
{
	int best = 8;
	int longest = 1;
	int run = 0;

	if (af == AF_INET) {
		sprintf(text, "%d.%d.%d.%d", bytes[0], bytes[1], bytes[2], bytes[3]);
		return;
	}
	for (int i = 0; i < 8; i++) {
		run = bytes[2 * i] || bytes[2 * i + 1] ? 0 : run + 1;
		if (run > longest) {
			longest = run;
			best = i + 1 - run;
		}
	}
	for (int i = 0; i < 8; i++) {
		if (i == best) {
			text += sprintf(text, best + longest == 8 ? "::" : ":");
			i += longest - 1;
			continue;
		}
		text += sprintf(text, "%s%x", i ? ":" : "", bytes[2 * i] << 8 | bytes[2 * i + 1]);
	}
}

/* Whether libcidr sees the same last address. */
#ifdef HAVE_LIBCIDR
static void check_last_address(const struct prefix *prefix, const char *text)
{
	int af = prefix->family == IPMASQ_IPV4 ? AF_INET : AF_INET6;
	CIDR *cidr = cidr_from_str(text);
	CIDR *last = cidr_addr_broadcast(cidr);
	uint8_t end[16];

	addr_to_bytes(prefix->family, prefix_last(prefix), end);
	CHECK(memcmp(end, last->addr + (af == AF_INET ? 12 : 0), af == AF_INET ? 4 : 16) == 0,
	      text);
	cidr_free(last);
	cidr_free(cidr);
}
#else
static void check_last_address(const struct prefix *prefix, const char *text)
{
	(void)prefix;
	(void)text;
}
#endif

/* Compares the text with RFC 5952, and the range with libcidr, where that is there. */
static void test_against_others(void)
{
	struct random random = { 1 };

	for (int i = 0; i < 20000; i++) {
		struct prefix prefix;
		struct prefix again;
		/* libcidr 1.2.3 reads up to five bytes before a short text. */
		char padded[8 + PREFIX_TEXT_MAX] = "";
		char *text = padded + 8;
		uint8_t bytes[16];
		char canonical[INET6_ADDRSTRLEN];
		int af;

		random_prefix(&random, &prefix);
		af = prefix.family == IPMASQ_IPV4 ? AF_INET : AF_INET6;
		prefix_format(&prefix, text);
		addr_to_bytes(prefix.family, prefix.addr, bytes);
		judge_text(af, bytes, canonical);
		/* An embedded IPv4 address may be written with dots. */
		if (!strchr(text, '.') || af == AF_INET) {
			size_t len = strlen(canonical);

			CHECK(strncmp(text, canonical, len) == 0 && text[len] == '/', text);
		}
		if (prefix_parse(text, strlen(text), &again) == PREFIX_MAPPED)
			continue;
		CHECK(prefix_equal(&prefix, &again), text);
		check_last_address(&prefix, text);
	}
}

/* A range is divided into prefixes, each as wide as possible. */
static void test_ranges(void)
{
	struct random random = { 2 };

	for (int i = 0; i < 5000; i++) {
		struct prefix a;
		struct prefix b;
		struct addr first;
		struct addr last;
		struct addr at;
		size_t count = 0;

		random_prefix(&random, &a);
		do
			random_prefix(&random, &b);
		while (b.family != a.family);
		first = addr_compare(a.addr, b.addr) < 0 ? a.addr : b.addr;
		last = prefix_last(addr_compare(a.addr, b.addr) < 0 ? &b : &a);
		at = first;
		for (;;) {
			struct prefix part = prefix_from_range(a.family, at, last);
			struct addr end = prefix_last(&part);

			CHECK(addr_equal(part.addr, at), "a part starts after the one before");
			CHECK(addr_compare(end, last) <= 0, "a part is within the range");
			CHECK(++count <= 2 * family_bits(a.family), "there are not too many parts");
			if (part.len > 0) {
				struct addr mask = addr_mask(part.len - 1u);
				struct prefix wider = {
					{ part.addr.hi & mask.hi, part.addr.lo & mask.lo },
					(uint8_t)(part.len - 1u),
					a.family,
				};

				CHECK(!addr_equal(wider.addr, at) ||
					      addr_compare(prefix_last(&wider), last) > 0,
				      "a part is as wide as possible");
			}
			if (addr_equal(end, last))
				break;
			at = addr_next(end);
		}
	}
}

static int compare_keys(const void *a, const void *b)
{
	const struct sort_key *left = a;
	const struct sort_key *right = b;
	int order = addr_compare(left->addr, right->addr);

	if (order == 0)
		order = (left->minor > right->minor) - (left->minor < right->minor);
	if (order == 0)
		order = (left->value > right->value) - (left->value < right->value);
	return order;
}

static void test_sort(void)
{
	struct random random = { 3 };
	struct sort_key keys[300];
	struct sort_key expected[300];

	for (int round = 0; round < 200; round++) {
		size_t count = random_below(&random, ARRAY_SIZE(keys));

		for (size_t i = 0; i < count; i++) {
			struct prefix prefix;

			random_prefix(&random, &prefix);
			keys[i] = (struct sort_key){ prefix.addr, prefix.len, (uint32_t)i };
			if (i > 0 && random_below(&random, 4) == 0) {
				keys[i] = keys[i - 1];
				keys[i].value = (uint32_t)i;
			}
		}
		memcpy(expected, keys, sizeof(keys));
		qsort(expected, count, sizeof(*expected), compare_keys);
		CHECK(sort_keys(keys, count) == 0, "sorting");
		for (size_t i = 0; i < count; i++)
			CHECK(compare_keys(&keys[i], &expected[i]) == 0,
			      "the order is right and stable");
	}
}

/* The numbers are in the order of insertion, so they must rise among equal prefixes. */
static void check_order(struct random *random, enum ipmasq_family family, size_t count)
{
	struct prefix_order order;
	struct sort_key expected[300];

	if (!CHECK(prefix_order_init(&order, family, ARRAY_SIZE(expected)) == 0, "memory"))
		return;
	for (size_t i = 0; i < count; i++) {
		struct prefix prefix;

		do
			random_prefix(random, &prefix);
		while (prefix.family != family);
		if (i > 0 && random_below(random, 4) == 0) {
			prefix.addr = expected[i - 1].addr;
			prefix.len = (uint8_t)expected[i - 1].minor;
		}
		expected[i] = (struct sort_key){ prefix.addr, prefix.len, (uint32_t)i };
		prefix_order_add(&order, &prefix, (uint32_t)i);
	}
	CHECK(prefix_order_sort(&order) == 0, "sorting");
	qsort(expected, count, sizeof(*expected), compare_keys);
	for (size_t i = 0; i < count; i++) {
		struct prefix prefix;
		uint32_t number = prefix_order_get(&order, i, &prefix);

		CHECK(number == expected[i].value && prefix.len == expected[i].minor &&
			      addr_equal(prefix.addr, expected[i].addr) && prefix.family == family,
		      "the order is right and stable");
	}
	prefix_order_release(&order);
}

static void test_prefix_order(void)
{
	struct random random = { 5 };

	for (int round = 0; round < 100; round++) {
		check_order(&random, IPMASQ_IPV4, random_below(&random, 300));
		check_order(&random, IPMASQ_IPV6, random_below(&random, 300));
	}
}

/* Reads an IPv4 CIDR with inet_pton(), as a reference for the fast path of prefix_parse(). */
static bool plain_cidr(const char *text, struct prefix *prefix)
{
	char address[32];
	const char *slash = strchr(text, '/');
	uint8_t bytes[4];
	char again[8];
	int len;

	if (!slash || (size_t)(slash - text) >= sizeof(address))
		return false;
	memcpy(address, text, (size_t)(slash - text));
	address[slash - text] = '\0';
	len = atoi(slash + 1);
	snprintf(again, sizeof(again), "%d", len);
	if (strcmp(again, slash + 1) != 0 || len > 32 || inet_pton(AF_INET, address, bytes) != 1)
		return false;
	*prefix = (struct prefix){ addr_from_bytes(IPMASQ_IPV4, bytes), (uint8_t)len, IPMASQ_IPV4 };
	return (prefix->addr.hi & ~addr_mask(prefix->len).hi) == 0;
}

static void test_plain_cidrs(void)
{
	static const char characters[] = "0123456789./0125";
	struct random random = { 6 };
	size_t taken = 0;

	for (int i = 0; i < 200000; i++) {
		struct prefix expected;
		struct prefix got;
		char text[PREFIX_TEXT_MAX];
		bool plain;

		do
			random_prefix(&random, &expected);
		while (expected.family != IPMASQ_IPV4);
		prefix_format(&expected, text);
		for (uint32_t edits = random_below(&random, 3); edits > 0; edits--)
			text[random_below(&random, (uint32_t)strlen(text))] =
				characters[random_below(&random, sizeof(characters) - 1)];
		plain = plain_cidr(text, &expected);
		taken += plain;
		if ((prefix_parse(text, strlen(text), &got) == PREFIX_OK) != plain ||
		    (plain && !prefix_equal(&got, &expected)))
			CHECK(false, text);
	}
	CHECK(taken > 50000 && taken < 190000, "valid and invalid texts are tried");
}

static void test_public_functions(void)
{
	static const struct {
		const char *first;
		const char *last;
		const char *text;
	} ranges[] = {
		{ "10.0.0.0", "10.255.255.255", "10.0.0.0/8" },
		{ "10.0.0.1", "10.0.0.1", "10.0.0.1" },
		{ "10.0.0.1", "10.0.0.2", "10.0.0.1-10.0.0.2" },
		{ "0.0.0.0", "255.255.255.255", "0.0.0.0/0" },
		{ "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0" },
		{ "2001:db8::1", "2001:db8::1", "2001:db8::1" },
		{ "fe80::", "fe80::1:0", "fe80::-fe80::1:0" },
	};
	enum ipmasq_family family;
	uint8_t first[16];
	uint8_t last[16];
	char text[IPMASQ_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		CHECK(ipmasq_parse_address(ranges[i].first, &family, first) == 0, ranges[i].first);
		CHECK(ipmasq_parse_address(ranges[i].last, &family, last) == 0, ranges[i].last);
		CHECK_STRING(ipmasq_format_range(family, first, last, text), ranges[i].text,
			     ranges[i].text);
	}
	CHECK(ipmasq_parse_address("::ffff:1.2.3.4", &family, first) == -EINVAL, "mapped");
	CHECK(ipmasq_parse_address("1.2.3", &family, first) == -EINVAL, "short");
	CHECK(ipmasq_parse_cidr("10.0.0.0/8", NULL, &family, first, last) == 0, "CIDR");
	CHECK_STRING(ipmasq_format_range(family, first, last, text), "10.0.0.0/8", "CIDR");
	CHECK(ipmasq_parse_cidr("10.0.0.1/8", NULL, &family, first, last) == -EINVAL, "host bits");
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "every kind of value is accepted or refused as documented", test_values },
		{ "every suggestion is itself accepted", test_suggestions },
		{ "text is not read past its end", test_text_is_not_read_past_its_end },
		{ "results agree with RFC 5952 and libcidr", test_against_others },
		{ "a range is divided into the fewest prefixes", test_ranges },
		{ "sorting of keys is right and stable", test_sort },
		{ "the order of prefixes is right and stable", test_prefix_order },
		{ "plain IPv4 CIDRs are read as by inet_pton", test_plain_cidrs },
		{ "the public functions", test_public_functions },
	};

	return unit_main("prefix", tests, ARRAY_SIZE(tests));
}
