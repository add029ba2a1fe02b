/* SPDX-License-Identifier: Apache-2.0 */
/* Matches in the words of `iptables -L`. */
#include "nat/xt_list.h"

#include <string.h>

#include "nat/xt_value.h"
#include "util/ascii.h"

struct reader {
	struct xt_rule *rule;
	const char *text;
	size_t len;
	/* Where the next word begins. */
	size_t at;
	/* Where the condition that is read began. */
	size_t begin;
	bool negated;
};

struct word {
	const char *text;
	size_t len;
};

static void skip_blanks(struct reader *r)
{
	while (r->at < r->len && ascii_is_space(r->text[r->at]))
		r->at++;
}

/* The word at an offset; empty at the end. */
static struct word word_from(const struct reader *r, size_t at)
{
	size_t end = at;

	while (end < r->len && !ascii_is_space(r->text[end]))
		end++;
	return (struct word){ r->text + at, end - at };
}

static struct word take_word(struct reader *r)
{
	struct word word;

	skip_blanks(r);
	word = word_from(r, r->at);
	r->at += word.len;
	return word;
}

static bool take_if(struct reader *r, const char *word)
{
	size_t before = r->at;
	struct word next = take_word(r);

	if (xt_is(next.text, next.len, word))
		return true;
	r->at = before;
	return false;
}

/* "! VALUE" or "!VALUE". */
static struct word take_value(struct reader *r)
{
	struct word value;

	r->negated |= take_if(r, "!");
	value = take_word(r);
	if (value.len > 0 && value.text[0] == '!') {
		r->negated = true;
		value.text++;
		value.len--;
	}
	return value;
}

/* A value with the words from the beginning of the condition up to here. */
static struct xt_value value_of(const struct reader *r, struct word value)
{
	return (struct xt_value){
		.text = value.text,
		.len = value.len,
		.words = r->text + r->begin,
		.words_len = r->at - r->begin,
		.negated = r->negated,
	};
}

struct phrase {
	/* The words with which it begins. */
	const char *words[4];
	bool (*read)(struct reader *r, const struct phrase *phrase);
	enum nat_condition_kind kind;
};

static bool read_ports(struct reader *r, const struct phrase *phrase)
{
	struct word word = take_value(r);
	struct xt_value value = value_of(r, word);

	xt_add_ports(r->rule, phrase->kind, &value);
	return word.len > 0;
}

static bool read_mark(struct reader *r, const struct phrase *phrase)
{
	struct word word = take_value(r);
	struct xt_value value = value_of(r, word);

	xt_add_mark(r->rule, phrase->kind, &value);
	return word.len > 0;
}

static bool read_addresses(struct reader *r, const struct phrase *phrase)
{
	struct word word = take_value(r);
	struct xt_value value = value_of(r, word);

	xt_add_addresses(r->rule, phrase->kind, &value);
	return word.len > 0;
}

static bool read_states(struct reader *r, const struct phrase *phrase)
{
	struct word word = take_word(r);
	struct xt_value value = value_of(r, word);

	(void)phrase;
	xt_add_states(r->rule, &value);
	return word.len > 0;
}

static bool read_owner(struct reader *r, const struct phrase *phrase)
{
	struct word word = take_value(r);
	struct xt_value value = value_of(r, word);

	xt_add_plain(r->rule, phrase->kind, &value);
	return word.len > 0;
}

static bool read_socket(struct reader *r, const struct phrase *phrase)
{
	struct xt_value value = value_of(r, (struct word){ "", 0 });

	xt_add_plain(r->rule, phrase->kind, &value);
	return true;
}

static bool read_set(struct reader *r, const struct phrase *phrase)
{
	struct word name = take_word(r);
	struct word flags = take_word(r);
	struct xt_value value = value_of(r, name);

	(void)phrase;
	if (flags.len == 0)
		return false;
	xt_add_set(r->rule, &value, flags.text, flags.len);
	return true;
}

static bool read_types(struct reader *r, const struct phrase *phrase)
{
	bool any = false;

	(void)phrase;
	for (;;) {
		bool source = take_if(r, "src-type");
		struct word word;
		struct xt_value value;

		if (!source && !take_if(r, "dst-type"))
			break;
		r->negated = false;
		word = take_value(r);
		value = value_of(r, word);
		xt_add_address_types(r->rule, source ? NAT_ON_SOURCE_TYPE : NAT_ON_DESTINATION_TYPE,
				     &value);
		any = true;
	}
	if (take_if(r, "limit-in") || take_if(r, "limit-out"))
		xt_add_unknown(r->rule, r->text + r->begin, r->at - r->begin);
	return any;
}

static bool take_statistic(struct reader *r)
{
	static const struct {
		const char *word;
		bool has_value;
	} words[] = {
		{ "random", false }, { "nth", false },	 { "probability", true },
		{ "every", true },   { "packet", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!take_if(r, words[i].word))
			continue;
		if (words[i].has_value)
			(void)take_value(r);
		return true;
	}
	return false;
}

static bool read_statistic(struct reader *r, const struct phrase *phrase)
{
	struct xt_value value;

	while (take_statistic(r))
		continue;
	r->negated = false;
	value = value_of(r, (struct word){ "", 0 });
	xt_add_plain(r->rule, phrase->kind, &value);
	return true;
}

static bool read_nothing(struct reader *r, const struct phrase *phrase)
{
	(void)r;
	(void)phrase;
	return true;
}

static bool read_goto(struct reader *r, const struct phrase *phrase)
{
	(void)phrase;
	r->rule->is_goto = true;
	return true;
}

/* Comments are printed without quotes or escapes, so one that holds the sign of its own end cannot
 * be told from what follows. */
static bool read_comment(struct reader *r, const struct phrase *phrase)
{
	const char *rest = r->text + r->at;
	size_t left = r->len - r->at;
	const char *end = memmem(rest, left, " */", 3);
	const char *next;

	(void)phrase;
	if (!end)
		return false;
	left -= (size_t)(end + 3 - rest);
	next = memmem(end + 3, left, "*/", 2);
	if (next && !memmem(end + 3, (size_t)(next - end - 3), "/*", 2))
		return false;
	skip_blanks(r);
	if (r->text + r->at < end) {
		r->rule->comment = r->text + r->at;
		r->rule->comment_len = (size_t)(end - r->rule->comment);
	}
	r->at = (size_t)(end + 3 - r->text);
	return true;
}

static const struct phrase phrases[] = {
	{ { "/*" }, read_comment, NAT_ON_UNKNOWN },
	{ { "[goto]" }, read_goto, NAT_ON_UNKNOWN },
	{ { "tcp" }, read_nothing, NAT_ON_UNKNOWN },
	{ { "udp" }, read_nothing, NAT_ON_UNKNOWN },
	{ { "udplite" }, read_nothing, NAT_ON_UNKNOWN },
	{ { "sctp" }, read_nothing, NAT_ON_UNKNOWN },
	{ { "dccp" }, read_nothing, NAT_ON_UNKNOWN },
	{ { "multiport", "dports" }, read_ports, NAT_ON_DESTINATION_PORT },
	{ { "multiport", "sports" }, read_ports, NAT_ON_SOURCE_PORT },
	{ { "ADDRTYPE", "match" }, read_types, NAT_ON_UNKNOWN },
	{ { "mark", "match" }, read_mark, NAT_ON_PACKET_MARK },
	{ { "MARK", "match" }, read_mark, NAT_ON_PACKET_MARK },
	{ { "connmark", "match" }, read_mark, NAT_ON_CONNECTION_MARK },
	{ { "CONNMARK", "match" }, read_mark, NAT_ON_CONNECTION_MARK },
	{ { "ctstate" }, read_states, NAT_ON_CONNECTION_STATE },
	{ { "state" }, read_states, NAT_ON_CONNECTION_STATE },
	{ { "statistic", "mode" }, read_statistic, NAT_ON_STATISTIC },
	{ { "owner", "UID", "match" }, read_owner, NAT_ON_SOCKET_OWNER },
	{ { "owner", "GID", "match" }, read_owner, NAT_ON_SOCKET_OWNER },
	{ { "owner", "socket", "exists" }, read_socket, NAT_ON_SOCKET_OWNER },
	{ { "source", "IP", "range" }, read_addresses, NAT_ON_SOURCE },
	{ { "destination", "IP", "range" }, read_addresses, NAT_ON_DESTINATION },
	{ { "match-set" }, read_set, NAT_ON_UNKNOWN },
};

/* "dpt:80", "spts:!1:10". */
static bool read_port_word(struct reader *r)
{
	static const struct {
		const char *start;
		enum nat_condition_kind kind;
	} starts[] = {
		{ "dpt:", NAT_ON_DESTINATION_PORT },
		{ "dpts:", NAT_ON_DESTINATION_PORT },
		{ "spt:", NAT_ON_SOURCE_PORT },
		{ "spts:", NAT_ON_SOURCE_PORT },
	};
	struct word word = word_from(r, r->at);

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		size_t start = strlen(starts[i].start);
		struct phrase phrase = { .kind = starts[i].kind };

		if (word.len <= start || memcmp(word.text, starts[i].start, start) != 0)
			continue;
		r->at += start;
		return read_ports(r, &phrase);
	}
	return false;
}

static bool read_phrase(struct reader *r)
{
	r->begin = r->at;
	r->negated = take_if(r, "!");
	skip_blanks(r);
	for (size_t i = 0; i < ARRAY_SIZE(phrases); i++) {
		size_t before = r->at;
		size_t word = 0;

		while (word < ARRAY_SIZE(phrases[i].words) && phrases[i].words[word] &&
		       take_if(r, phrases[i].words[word]))
			word++;
		if (word < ARRAY_SIZE(phrases[i].words) && !phrases[i].words[word])
			return phrases[i].read(r, &phrases[i]);
		r->at = before;
	}
	return !r->negated && read_port_word(r);
}

/* Where the options of a target begin. */
static bool is_target_option(const struct xt_rule *rule, const struct word *word)
{
	static const struct {
		const char *target;
		const char *start;
	} starts[] = {
		{ "MASQUERADE", "masq" },
		{ "MASQUERADE", "random" },
		{ "SNAT", "to:" },
		{ "NETMAP", "to:" },
		{ "CT", "CT" },
		{ "CT", "NOTRACK" },
		{ "REJECT", "reject-with" },
		{ "LOG", "LOG" },
		{ "NFLOG", "nflog-" },
		{ "MARK", "MARK" },
		{ "CONNMARK", "CONNMARK" },
		{ "NFQUEUE", "NFQUEUE" },
		{ "TCPMSS", "TCPMSS" },
		{ "CLASSIFY", "CLASSIFY" },
		{ "SET", "add-set" },
		{ "SET", "del-set" },
		{ "DSCP", "DSCP" },
		{ "TOS", "TOS" },
		{ "TTL", "TTL" },
		{ "HL", "HL" },
		{ "CHECKSUM", "CHECKSUM" },
	};

	for (size_t i = 0; rule->target && i < ARRAY_SIZE(starts); i++) {
		size_t len = strlen(starts[i].start);

		if (xt_is(rule->target, rule->target_len, starts[i].target) && word->len >= len &&
		    memcmp(word->text, starts[i].start, len) == 0)
			return true;
	}
	return false;
}

/* "to:ADDRESS" of SNAT and NETMAP, and "notrack" of CT, come last of all words. */
static void read_target_options(struct xt_rule *rule, const char *text, size_t len)
{
	struct reader r = { .text = text, .len = len };
	bool snat = rule->target && xt_is(rule->target, rule->target_len, "SNAT");
	bool netmap = rule->target && xt_is(rule->target, rule->target_len, "NETMAP");
	bool ct = rule->target && xt_is(rule->target, rule->target_len, "CT");

	for (struct word word = take_word(&r); word.len > 0; word = take_word(&r)) {
		bool is_to = word.len > 3 && memcmp(word.text, "to:", 3) == 0;

		if (snat && is_to)
			xt_set_source_address(rule, word.text + 3, word.len - 3);
		else if (netmap && is_to)
			xt_set_netmap(rule, word.text + 3, word.len - 3);
		else if (ct && (xt_is(word.text, word.len, "notrack") ||
				xt_is(word.text, word.len, "NOTRACK")))
			rule->rule.verdict = NAT_NOTRACK;
	}
}

void xt_list_read(struct xt_rule *rule, const char *text, size_t len)
{
	struct reader r = { .rule = rule, .text = text, .len = len };

	read_target_options(rule, text, len);
	for (;;) {
		struct word word;

		skip_blanks(&r);
		word = word_from(&r, r.at);
		/* Of several options, a match may be in front of them that begins alike. */
		if (r.at == len || rule->error ||
		    (is_target_option(rule, &word) && !read_phrase(&r)))
			return;
		if (r.at > (size_t)(word.text - text))
			continue;
		if (!read_phrase(&r)) {
			xt_add_unknown(rule, text + r.begin, len - r.begin);
			return;
		}
	}
}
