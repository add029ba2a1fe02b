/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guesses which key an unknown one was meant to be, by its letters and by its words.
 *
 * nonMasqueradeCIDRs and masqueradeCIDRs differ in three letters and mean the opposite, so letters
 * alone do not tell: forceMasqueradeCIDRs is nearly as far from both. The words decide what a name
 * means, and only keys that mean the same are compared with it.
 */
#include "profile/key_guess.h"

#include <string.h>

#include "util/ascii.h"

/* A longer name is not compared. */
#define NAME_LENGTH_MAX 48

/* What words say, as a set. */
enum meaning {
	/* `non`, `except`: in a name, where an odd number of words say so. */
	NEGATIVE = 1 << 0,
	/* Sources, not destinations. */
	SOURCES = 1 << 1,
	IPV6 = 1 << 2,
	MASQUERADE = 1 << 3,
	/* A choice of some destinations among others. */
	CHOICE = 1 << 4,
	RANGES = 1 << 5,
	OUTBOUND = 1 << 6,
	LINK_LOCAL = 1 << 7,
	INTERVAL = 1 << 8,
};

/* By the first letters of words; of those that fit, the first counts. */
static const struct {
	const char *start;
	enum meaning meaning;
	/* It is the whole word, perhaps with an `s`. */
	bool whole;
} words[] = {
	{ "non", NEGATIVE, true },
	{ "no", NEGATIVE, true },
	{ "not", NEGATIVE, true },
	{ "never", NEGATIVE, true },
	{ "dont", NEGATIVE, true },
	{ "un", NEGATIVE, true },
	{ "skip", NEGATIVE, false },
	{ "exclu", NEGATIVE, false },
	{ "except", NEGATIVE, false },
	{ "exempt", NEGATIVE, false },
	{ "bypass", NEGATIVE, false },
	{ "ignore", NEGATIVE, false },
	{ "without", NEGATIVE, true },
	{ "disable", NEGATIVE, false },
	{ "src", SOURCES, true },
	{ "source", SOURCES, false },
	{ "pod", SOURCES, true },
	{ "ipv6", IPV6, true },
	{ "v6", IPV6, true },
	{ "ip6", IPV6, true },
	{ "masq", MASQUERADE, false },
	{ "mask", MASQUERADE, true },
	{ "snat", MASQUERADE, false },
	{ "nat", MASQUERADE, true },
	{ "force", CHOICE, false },
	{ "always", CHOICE, true },
	{ "only", CHOICE, true },
	{ "includ", CHOICE, false },
	{ "cidr", RANGES, false },
	{ "range", RANGES, false },
	{ "subnet", RANGES, false },
	{ "network", RANGES, false },
	{ "net", RANGES, true },
	{ "dest", RANGES, false },
	{ "dst", RANGES, true },
	{ "addr", RANGES, false },
	{ "prefix", RANGES, false },
	{ "block", RANGES, true },
	{ "ip", RANGES, true },
	{ "outbound", OUTBOUND, false },
	{ "out", OUTBOUND, true },
	{ "linklocal", LINK_LOCAL, true },
	{ "link", LINK_LOCAL, true },
	{ "resync", INTERVAL, false },
	{ "interval", INTERVAL, false },
};

static bool starts_with(const char *text, size_t len, const char *start)
{
	size_t size = strlen(start);

	return len >= size && ascii_equal_ignoring_case(text, start, size);
}

/* Whether a word of up to three letters is `non` but for one of them. */
static bool is_nearly_non(const char *word, size_t len)
{
	static const char *const near[] = { "nn", "on", "nom", "nin", "npn", "mon", "nno", "nonn" };

	for (size_t i = 0; i < ARRAY_SIZE(near); i++)
		if (strlen(near[i]) == len && ascii_equal_ignoring_case(word, near[i], len))
			return true;
	return false;
}

/* What one word says; 0: nothing that is known. */
static unsigned int word_meaning(const char *word, size_t len, bool first)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t size = strlen(words[i].start);
		bool plural = len == size + 1 && ascii_lower(word[size]) == 's';

		if (starts_with(word, len, words[i].start) &&
		    (!words[i].whole || len == size || plural))
			return words[i].meaning;
	}
	return first && is_nearly_non(word, len) ? NEGATIVE : 0;
}

/* Whether a new word begins at @at: after a separator, at a capital letter after a small one, and
 * at `masq` and `cidr`, which people join with others. */
static bool begins_word(const char *name, size_t len, size_t at)
{
	char before = name[at - 1];
	bool capital = name[at] >= 'A' && name[at] <= 'Z';

	if (!ascii_is_letter(before) && !ascii_is_digit(before))
		return true;
	if (capital && !(before >= 'A' && before <= 'Z'))
		return true;
	return starts_with(name + at, len - at, "masq") || starts_with(name + at, len - at, "cidr");
}

static unsigned int meaning_of(const char *name, size_t len)
{
	unsigned int meaning = 0;
	size_t start = 0;

	while (start < len) {
		size_t end = start + 1;
		size_t letters;
		unsigned int word;

		while (end < len && !begins_word(name, len, end))
			end++;
		letters = end - start;
		while (letters > 1 && strchr("-_. ", name[start + letters - 1]))
			letters--;
		word = word_meaning(name + start, letters, start == 0);
		meaning = (meaning ^ (word & NEGATIVE)) | (word & ~(unsigned int)NEGATIVE);
		if (word & NEGATIVE)
			meaning |= CHOICE;
		start = end;
	}
	return meaning;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t smaller = a < b ? a : b;

	return smaller < c ? smaller : c;
}

/* The Levenshtein distance, computed row by row: how many letters have to be inserted, removed or
 * replaced. @len is at most NAME_LENGTH_MAX. */
static size_t edit_distance(const char *text, size_t len, const char *name)
{
	size_t row[NAME_LENGTH_MAX + 1];

	for (size_t i = 0; i <= len; i++)
		row[i] = i;
	for (size_t k = 1; name[k - 1]; k++) {
		size_t diagonal = row[0];

		row[0] = k;
		for (size_t i = 1; i <= len; i++) {
			size_t above = row[i];
			bool differ = ascii_lower(text[i - 1]) != ascii_lower(name[k - 1]);

			row[i] = smallest(above + 1, row[i - 1] + 1, diagonal + differ);
			diagonal = above;
		}
	}
	return row[len];
}

/* Whether the words of a name and of a key contradict each other. */
static bool contradict(unsigned int meaning, enum config_key key)
{
	const char *name = config_key_name(key);
	unsigned int differ = meaning ^ meaning_of(name, strlen(name));

	return differ & (NEGATIVE | (config_key_is_list(key) ? SOURCES : 0));
}

static enum config_key nearest(unsigned int known, const char *name, size_t len,
			       unsigned int meaning)
{
	enum config_key found = KEY_COUNT;
	size_t best = SIZE_MAX;

	for (enum config_key key = 0; key < KEY_COUNT; key++) {
		size_t distance;

		if (!(known & KEY_BIT(key)) || contradict(meaning, key))
			continue;
		distance = edit_distance(name, len, config_key_name(key));
		if (distance > strlen(config_key_name(key)) / 3 || distance >= best)
			continue;
		best = distance;
		found = key;
	}
	return found;
}

/* The first row applies whose words are all in the name, and none of whose others are. */
static const struct {
	unsigned int all;
	unsigned int none;
	enum config_key key;
} by_words[] = {
	{ RANGES | CHOICE | NEGATIVE | SOURCES, 0, KEY_NON_MASQUERADE_SRC_CIDRS },
	{ RANGES | CHOICE | NEGATIVE, SOURCES, KEY_NON_MASQUERADE_CIDRS },
	{ RANGES | CHOICE, SOURCES | NEGATIVE, KEY_MASQUERADE_CIDRS },
	{ RANGES | MASQUERADE, SOURCES | NEGATIVE, KEY_MASQUERADE_CIDRS },
	{ LINK_LOCAL | MASQUERADE | IPV6, NEGATIVE, KEY_MASQ_LINK_LOCAL_IPV6 },
	{ LINK_LOCAL | MASQUERADE, NEGATIVE, KEY_MASQ_LINK_LOCAL },
	{ OUTBOUND | MASQUERADE | IPV6, NEGATIVE, KEY_MASQ_OUT_BOUND_IPV6 },
	{ OUTBOUND | MASQUERADE, NEGATIVE, KEY_MASQ_OUT_BOUND },
	/* A list of exceptions may be named without a word for ranges. */
	{ MASQUERADE | CHOICE | NEGATIVE, SOURCES | OUTBOUND | LINK_LOCAL,
	  KEY_NON_MASQUERADE_CIDRS },
	{ MASQUERADE | CHOICE, SOURCES | NEGATIVE, KEY_MASQUERADE_CIDRS },
	{ INTERVAL, NEGATIVE, KEY_RESYNC_INTERVAL },
};

enum config_key config_key_guess(unsigned int known, const char *name, size_t len)
{
	enum config_key key = KEY_COUNT;
	unsigned int meaning;

	if (len > NAME_LENGTH_MAX)
		return KEY_COUNT;
	meaning = meaning_of(name, len);
	key = nearest(known, name, len, meaning);
	for (size_t i = 0; i < ARRAY_SIZE(by_words) && key == KEY_COUNT; i++)
		if ((meaning & by_words[i].all) == by_words[i].all && !(meaning & by_words[i].none))
			key = by_words[i].key;
	return key != KEY_COUNT && (known & KEY_BIT(key)) ? key : KEY_COUNT;
}
