/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The address reader of the tools accepts the same texts as ipmasq_parse_address(): those that
 * inet_pton(3) accepts, except IPv4-mapped IPv6 addresses. Compares them on chosen texts, on all
 * short texts, and on random addresses with mistakes.
 */
#include <arpa/inet.h>
#include <string.h>

#include "explain/address_reader.h"
#include "util/common.h"
#include "sim/oracle.h"
#include "support/unit.h"

#define TEXT_MAX 64

static uint8_t bytes_of(enum ipmasq_family family)
{
	return family == IPMASQ_IPV4 ? 4 : 16;
}

/* Uses inet_pton() directly, so that ipmasq_parse_address() is tested as well. */
static bool oracle_read(const char *text, enum ipmasq_family *family, uint8_t address[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	*family = IPMASQ_IPV4;
	if (inet_pton(AF_INET, text, address) == 1)
		return true;
	*family = IPMASQ_IPV6;
	return inet_pton(AF_INET6, text, address) == 1 &&
	       memcmp(address, mapped, sizeof(mapped)) != 0;
}

/*
 * Whether all three agree on the text. The copy is at the very end of an array, so that a sanitizer
 * reports each byte that is read past the slack. The slack holds digits, which must not be taken as
 * a part of the address.
 */
static bool agree(const char *text, bool *valid)
{
	size_t len = strlen(text);
	size_t size = len + 1 + ADDRESS_READER_SLACK;
	uint8_t addresses[3][16] = { 0 };
	enum ipmasq_family families[3];
	bool taken[3];
	char memory[TEXT_MAX + 1 + ADDRESS_READER_SLACK];
	char *copy = memory + sizeof(memory) - size;

	memcpy(copy, text, len + 1);
	memset(copy + len + 1, '1', ADDRESS_READER_SLACK);
	taken[0] = oracle_read(text, &families[0], addresses[0]);
	taken[1] = ipmasq_parse_address(text, &families[1], addresses[1]) == 0;
	taken[2] = len > 0 && address_read(copy, &families[2], addresses[2]) == len;
	*valid = taken[0];
	for (int i = 1; i < 3; i++) {
		if (taken[i] != taken[0])
			return false;
		if (taken[0] && (families[i] != families[0] ||
				 memcmp(addresses[i], addresses[0], bytes_of(families[0])) != 0))
			return false;
	}
	return true;
}

static const struct {
	const char *text;
	bool valid;
} chosen[] = {
	{ "0.0.0.0", true },
	{ "255.255.255.255", true },
	{ "10.0.0.1", true },
	{ "1.2.3.256", false },
	{ "1.2.3.999", false },
	{ "1.2.3.1000", false },
	{ "1.2.3.0000", false },
	{ "01.2.3.4", false },
	{ "1.2.3.00", false },
	{ "1.2.3.04", false },
	{ "1.2.3", false },
	{ "1.2.3.", false },
	{ "1.2.3.4.", false },
	{ "1.2.3.4.5", false },
	{ ".1.2.3.4", false },
	{ "1..2.3", false },
	{ "1.2.3.4 ", false },
	{ " 1.2.3.4", false },
	{ "1.2.3.4/32", false },
	{ "1.2.3.4:5", false },
	{ "0x1.2.3.4", false },
	{ "", false },
	{ ":", false },
	{ "::", true },
	{ ":::", false },
	{ "::1", true },
	{ "1::", true },
	{ "1:", false },
	{ ":1", false },
	{ "::1:", false },
	{ ":1::", false },
	{ "1::2::3", false },
	{ "1:2:3:4:5:6:7:8", true },
	{ "1:2:3:4:5:6:7:8:", false },
	{ "1:2:3:4:5:6:7:8::", false },
	{ "1:2:3:4:5:6:7:8:9", false },
	{ "1:2:3:4:5:6:7", false },
	{ "1:2:3:4:5:6:7:", false },
	{ "1:2:3:4:5:6:7::", true },
	{ "::2:3:4:5:6:7:8", true },
	{ "::1:2:3:4:5:6:7:8", false },
	{ "1::3:4:5:6:7:8", true },
	{ "1::2:3:4:5:6:7:8", false },
	{ "ABCD:ef01::", true },
	{ "00001::", false },
	{ "0001::", true },
	{ "::12345", false },
	{ "::g", false },
	{ "::1.2.3.4", true },
	{ "64:ff9b::1.2.3.4", true },
	{ "1:2:3:4:5:6:1.2.3.4", true },
	{ "1:2:3:4:5:6:7:1.2.3.4", false },
	{ "1:2:3:4:5::1.2.3.4", true },
	{ "1:2:3:4:5:6::1.2.3.4", false },
	{ "1:2:3:4:5:1.2.3.4", false },
	{ "::1.2.3.4:5", false },
	{ "::1.2.3.4.5", false },
	{ "::1.2.3", false },
	{ "::01.2.3.4", false },
	{ "::a.2.3.4", false },
	{ "::1.2.3.4::", false },
	{ "::ffff:1.2.3.4", false },
	{ "::FFFF:0:0", false },
	{ "0:0:0:0:0:ffff:a00:1", false },
	{ "::fffe:1.2.3.4", true },
	{ "::1:ffff:1.2.3.4", true },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", true },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2555", false },
	{ "fe80::1%eth0", false },
	{ "fe80::%", false },
	{ "::/0", false },
	{ "1.2.3.4\n", false },
	{ "\xb1.2.3.4", false },
	{ "1.2.3.\xb4", false },
	{ "::\xe1", false },
};

static void test_chosen(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(chosen); i++) {
		bool valid = false;

		CHECK(agree(chosen[i].text, &valid), chosen[i].text);
		CHECK(valid == chosen[i].valid, chosen[i].text);
	}
}

/*
 * Tries every text of up to @most characters of the alphabet, each after @before. Returns how many
 * are valid.
 */
static size_t exhaust(const char *before, const char *alphabet, size_t most)
{
	char text[TEXT_MAX];
	size_t start = strlen(before);
	size_t letters[16] = { 0 };
	size_t base = strlen(alphabet);
	size_t count = 0;
	bool valid;

	strcpy(text, before);
	if (unit_small())
		most -= 2;
	for (size_t len = 0; len <= most; len++) {
		size_t carry;

		memset(letters, 0, sizeof(letters));
		text[start + len] = '\0';
		do {
			for (size_t i = 0; i < len; i++)
				text[start + i] = alphabet[letters[i]];
			if (!agree(text, &valid) && !CHECK(false, text))
				return count;
			count += valid;
			for (carry = 0; carry < len && ++letters[carry] == base; carry++)
				letters[carry] = 0;
		} while (carry < len);
	}
	return count;
}

static void test_all_short_texts(void)
{
	CHECK(exhaust("", "0123456789abcdef:./x %", 4) > 0, "all characters, four of them");
	CHECK(exhaust("", "0f:.%", 8) > 0, "five characters, eight of them");
	CHECK(exhaust("", "012.", 9) > 0, "dotted quads");
	CHECK(exhaust("1.2.3.", "0123456789.: ", 5) == 256, "last octets");
	CHECK(exhaust("::", "0123456789.", 6) > 0, "after a gap");
	CHECK(exhaust("1:2:3:4:5:6:", "012:.", 8) > 0, "the last groups or an embedded quad");
	CHECK(exhaust("::ff", "f0:.1", 8) > 0, "near IPv4-mapped addresses");
	CHECK(exhaust("", "1:", 15) > 0, "groups and gaps");
}

static uint32_t random_group(struct random *random)
{
	static const uint32_t bounds[] = { 1, 2, 16, 256, 4096, 65536 };

	return random_below(random, bounds[random_below(random, ARRAY_SIZE(bounds))]);
}

static void random_ipv4(struct random *random, char *text)
{
	snprintf(text, TEXT_MAX, "%u.%u.%u.%u", random_below(random, 256),
		 random_below(random, 256), random_below(random, 256), random_below(random, 256));
}

/* In all notations: with omitted groups, leading zeros, or a dotted quad at the end. */
static void random_ipv6(struct random *random, char *text)
{
	bool quad = random_below(random, 4) == 0;
	unsigned int groups = quad ? 6 : 8;
	/* No group is omitted if this is @groups or more. */
	unsigned int from = random_below(random, groups + 4);
	unsigned int to = from + 1 + random_below(random, groups);
	size_t at = 0;

	for (unsigned int i = 0; i < groups; i++) {
		if (i >= from && i < to) {
			at += (size_t)sprintf(text + at, i == from ? i == 0 ? "::" : ":" : "");
			continue;
		}
		at += (size_t)sprintf(
			text + at, random_below(random, 4) ? "%x:" : "%04X:", random_group(random));
	}
	if (quad)
		random_ipv4(random, text + at);
	else if (at > 0 && to < groups)
		text[at - 1] = '\0';
	else if (from >= groups)
		text[at - 1] = '\0';
}

static void mutate(struct random *random, char *text)
{
	static const char letters[] = "0123456789abcdefABCDEF:./x %\t\r\n-g::::....0000";
	size_t len = strlen(text);
	size_t at = random_below(random, (uint32_t)len + 1);
	char letter = random_below(random, 16) ? letters[random_below(random, sizeof(letters) - 1)]
					       : (char)(1 + random_below(random, 255));

	switch (random_below(random, 4)) {
	/* Replaces a character. */
	case 0:
		if (at < len)
			text[at] = letter;
		break;
	/* Inserts one. */
	case 1:
		memmove(text + at + 1, text + at, len - at + 1);
		text[at] = letter;
		break;
	/* Deletes one. */
	case 2:
		if (at < len)
			memmove(text + at, text + at + 1, len - at);
		break;
	/* Cuts the text off. */
	case 3:
		text[at] = '\0';
		break;
	}
}

static void test_random_texts(void)
{
	struct random random = { 31 };
	char text[TEXT_MAX + 16];
	size_t mutations = unit_many(4000000);
	size_t counts[2] = { 0 };
	bool valid;

	for (size_t i = 0; i < mutations; i++) {
		if (random_below(&random, 2))
			random_ipv4(&random, text);
		else
			random_ipv6(&random, text);
		for (uint32_t k = random_below(&random, 4); k > 0; k--)
			mutate(&random, text);
		if (!agree(text, &valid) && !CHECK(false, text))
			return;
		counts[valid]++;
	}
	CHECK(counts[0] > mutations / 4, "many are refused");
	CHECK(counts[1] > mutations / 4, "many are accepted");
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "chosen texts are accepted or refused as by inet_pton", test_chosen },
		{ "all short texts are accepted or refused as by inet_pton", test_all_short_texts },
		{ "4,000,000 random addresses with up to three mistakes are, too",
		  test_random_texts },
	};

	return unit_main("address_reader", tests, ARRAY_SIZE(tests));
}
