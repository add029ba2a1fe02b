/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines and names of files that tell what a dump is. */
#include "nat/dump_hint.h"

#include <string.h>

#include "util/ascii.h"

struct program {
	const char *name;
	enum ipmasq_family family;
	bool has_backend;
	enum nat_backend backend;
};

static const struct program programs[] = {
	{ "iptables", IPMASQ_IPV4, false, 0 },
	{ "iptables-save", IPMASQ_IPV4, false, 0 },
	{ "iptables-nft", IPMASQ_IPV4, true, NAT_IPTABLES_NFT },
	{ "iptables-nft-save", IPMASQ_IPV4, true, NAT_IPTABLES_NFT },
	{ "iptables-legacy", IPMASQ_IPV4, true, NAT_LEGACY },
	{ "iptables-legacy-save", IPMASQ_IPV4, true, NAT_LEGACY },
	{ "ip6tables", IPMASQ_IPV6, false, 0 },
	{ "ip6tables-save", IPMASQ_IPV6, false, 0 },
	{ "ip6tables-nft", IPMASQ_IPV6, true, NAT_IPTABLES_NFT },
	{ "ip6tables-nft-save", IPMASQ_IPV6, true, NAT_IPTABLES_NFT },
	{ "ip6tables-legacy", IPMASQ_IPV6, true, NAT_LEGACY },
	{ "ip6tables-legacy-save", IPMASQ_IPV6, true, NAT_LEGACY },
};

static bool is_word_char(char c)
{
	return ascii_is_letter(c) || ascii_is_digit(c) || c == '-';
}

/* Takes the next word of letters, digits and dashes. False: there is none. */
static bool next_word(const char *text, size_t len, size_t *at, const char **word, size_t *word_len)
{
	size_t begin;

	while (*at < len && !is_word_char(text[*at]))
		++*at;
	begin = *at;
	while (*at < len && is_word_char(text[*at]))
		++*at;
	*word = text + begin;
	*word_len = *at - begin;
	return *word_len > 0;
}

static bool word_is(const char *word, size_t len, const char *name)
{
	return strlen(name) == len && memcmp(word, name, len) == 0;
}

static const struct program *find_program(const char *word, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		if (word_is(word, len, programs[i].name))
			return &programs[i];
	}
	return NULL;
}

/* Commands are short; the lines of logs are not looked through. */
#define COMMAND_MAX 512

bool nat_hint_is_legacy_warning(const char *line, size_t len)
{
	static const char warning[] = "# Warning: ip";
	static const char words[] = "tables-legacy tables present";

	return len > sizeof(warning) && memcmp(line, warning, sizeof(warning) - 1) == 0 &&
	       memmem(line, len, words, sizeof(words) - 1);
}

bool nat_hint_read(const char *text, size_t len, struct nat_dump_hint *hint)
{
	const struct program *program = NULL;
	bool wants_table = false;
	const char *word;
	size_t word_len;
	size_t at = 0;

	if (len > COMMAND_MAX || nat_hint_is_legacy_warning(text, len))
		return false;
	while (!program && next_word(text, len, &at, &word, &word_len))
		program = find_program(word, word_len);
	if (!program)
		return false;
	*hint = (struct nat_dump_hint){
		.has_family = true,
		.family = program->family,
		.has_backend = program->has_backend,
		.backend = program->backend,
	};
	while (next_word(text, len, &at, &word, &word_len)) {
		if (wants_table && word_len < sizeof(hint->table)) {
			memcpy(hint->table, word, word_len);
			hint->table[word_len] = '\0';
		}
		wants_table = word_is(word, word_len, "-t") || word_is(word, word_len, "--table");
	}
	return true;
}

bool nat_hint_is_command(const char *line, size_t len)
{
	struct nat_dump_hint hint;

	return len > 0 && line[0] != '-' && line[0] != ':' && line[0] != '[' &&
	       nat_hint_read(line, len, &hint);
}

/* "v1.8.9": the two numbers after "v1.". False: it is none. */
static bool read_version(const char *word, size_t len, unsigned int *minor, unsigned int *patch)
{
	size_t at = 3;

	*minor = *patch = 0;
	if (len < 4 || memcmp(word, "v1.", 3) != 0)
		return false;
	while (at < len && ascii_is_digit(word[at]) && *minor < 100)
		*minor = *minor * 10 + (unsigned int)(word[at++] - '0');
	if (at < len && word[at] == '.')
		at++;
	while (at < len && ascii_is_digit(word[at]) && *patch < 1000)
		*patch = *patch * 10 + (unsigned int)(word[at++] - '0');
	return true;
}

void nat_hint_read_header(const char *line, size_t len, struct nat_dump_hint *hint)
{
	static const char nft[] = "(nf_tables)";
	const char *version = memchr(line, ' ', len);
	unsigned int minor;
	unsigned int patch;

	/* The word after the program's name. */
	(void)nat_hint_read(line, len, hint);
	while (version && (size_t)(version - line) + 1 < len && version[1] != 'v')
		version = memchr(version + 1, ' ', len - (size_t)(version + 1 - line));
	if (hint->has_backend || !version)
		return;
	if (memmem(line, len, nft, sizeof(nft) - 1)) {
		hint->has_backend = true;
		hint->backend = NAT_IPTABLES_NFT;
		return;
	}
	/* Before 1.8 there was only legacy, and from 1.8.9 on the other one says so; between,
	 * both may have written the line. */
	if (read_version(version + 1, len - (size_t)(version + 1 - line), &minor, &patch) &&
	    (minor < 8 || (minor == 8 && patch >= 9) || minor > 8)) {
		hint->has_backend = true;
		hint->backend = NAT_LEGACY;
	}
}
