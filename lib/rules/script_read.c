/* SPDX-License-Identifier: Apache-2.0 */
/* The meaning of a rule that iptables-save printed. */
#include "rules/script_read.h"

#include <netinet/in.h>
#include <string.h>

/* A rule that is being read. */
struct reader {
	const struct script_words *words;
	size_t at;
	struct rule *rule;
	const char *target_name;
	bool is_goto;
	/* One bit per row of the table of options that was read. */
	unsigned int seen;
};

static const char *peek_word(const struct reader *r)
{
	return r->at < r->words->count ? r->words->word[r->at] : "";
}

static const char *take_word(struct reader *r)
{
	return r->at < r->words->count ? r->words->word[r->at++] : "";
}

static bool take_word_if(struct reader *r, const char *word)
{
	if (strcmp(peek_word(r), word) != 0)
		return false;
	r->at++;
	return true;
}

static bool read_prefix(const char *text, struct prefix *prefix)
{
	struct prefix read;

	if (prefix_parse(text, strlen(text), &read) != PREFIX_OK || read.family != prefix->family)
		return false;
	*prefix = read;
	return true;
}

static bool read_source(struct reader *r)
{
	return read_prefix(take_word(r), &r->rule->src);
}

static bool read_destination(struct reader *r)
{
	return read_prefix(take_word(r), &r->rule->dst);
}

static bool read_protocol(struct reader *r)
{
	static const struct {
		const char *name;
		uint8_t number;
	} protocols[] = {
		{ "tcp", IPPROTO_TCP }, { "6", IPPROTO_TCP },	  { "udp", IPPROTO_UDP },
		{ "17", IPPROTO_UDP },	{ "sctp", IPPROTO_SCTP }, { "132", IPPROTO_SCTP },
	};
	const char *name = take_word(r);

	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		if (strcmp(name, protocols[i].name) == 0) {
			r->rule->proto = protocols[i].number;
			return true;
		}
	}
	return false;
}

/* A decimal fraction in the kernel's steps, rounded. strtod() would depend on the locale. */
static bool read_fraction(const char *text, uint32_t *value)
{
	uint64_t scale = 1;
	uint64_t rest;
	uint32_t steps;

	if ((text[0] != '0' && text[0] != '1') || text[1] != '.')
		return false;
	rest = (uint64_t)(text[0] - '0');
	for (text += 2; *text; text++) {
		if (*text < '0' || *text > '9' || scale > UINT64_MAX / 1000)
			return false;
		rest = rest * 10 + (uint64_t)(*text - '0');
		scale *= 10;
	}
	if (rest > scale)
		return false;
	steps = rest == scale;
	rest %= scale;
	for (uint32_t step = PROBABILITY_ONE; step > 1; step >>= 1) {
		rest *= 2;
		steps = steps * 2 + (rest >= scale);
		rest %= scale;
	}
	*value = steps + (rest * 2 >= scale);
	return true;
}

static bool read_statistic(struct reader *r)
{
	return take_word_if(r, "--mode") && take_word_if(r, "random") &&
	       take_word_if(r, "--probability") &&
	       read_fraction(take_word(r), &r->rule->probability);
}

/* As our jump has it; no other type of address is one that the model has. */
static bool read_addrtype(struct reader *r)
{
	r->rule->not_local = take_word_if(r, "!") && take_word_if(r, "--dst-type") &&
			     take_word_if(r, "LOCAL");
	return r->rule->not_local;
}

static bool read_comment(struct reader *r)
{
	if (!take_word_if(r, "--comment") || r->at >= r->words->count)
		return false;
	r->at++;
	return true;
}

static bool read_port(const char **text, uint16_t *port)
{
	unsigned int number = 0;
	const char *p = *text;

	for (; *p >= '0' && *p <= '9' && number <= UINT16_MAX; p++)
		number = number * 10 + (unsigned int)(*p - '0');
	if (p == *text || number == 0 || number > UINT16_MAX)
		return false;
	*text = p;
	*port = (uint16_t)number;
	return true;
}

/* iptables prints a range of one port as that port. */
static bool read_ports(const char *text, struct port_range *ports)
{
	if (!read_port(&text, &ports->first))
		return false;
	ports->last = ports->first;
	if (*text == '-') {
		text++;
		if (!read_port(&text, &ports->last))
			return false;
	}
	return *text == '\0' && ports->first <= ports->last;
}

static bool read_target(struct reader *r, bool is_goto)
{
	if (r->at >= r->words->count)
		return false;
	r->target_name = take_word(r);
	r->is_goto = is_goto;
	if (is_goto)
		return true;
	if (strcmp(r->target_name, "RETURN") == 0) {
		r->rule->target = TARGET_RETURN;
		return true;
	}
	if (strcmp(r->target_name, "MASQUERADE") != 0)
		return true;
	r->rule->target = TARGET_MASQUERADE;
	if (take_word_if(r, "--to-ports") && !read_ports(take_word(r), &r->rule->ports))
		return false;
	r->rule->random_fully = take_word_if(r, "--random-fully");
	return true;
}

static bool read_jump(struct reader *r)
{
	return read_target(r, false);
}

static bool read_goto(struct reader *r)
{
	return read_target(r, true);
}

/* The options that the model has. With a "!" before one, a rule is opaque. */
static const struct {
	const char *first;
	/* NULL: there is no second word. */
	const char *second;
	bool (*read)(struct reader *r);
	/* May be given more than once. */
	bool many;
} options[] = {
	{ "-s", NULL, read_source, false },	    { "-d", NULL, read_destination, false },
	{ "-p", NULL, read_protocol, false },	    { "-m", "statistic", read_statistic, false },
	{ "-m", "addrtype", read_addrtype, false }, { "-m", "comment", read_comment, true },
	{ "-j", NULL, read_jump, false },	    { "-g", NULL, read_goto, false },
};

static bool read_option(struct reader *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (strcmp(peek_word(r), options[i].first) != 0)
			continue;
		if (options[i].second && (r->at + 1 >= r->words->count ||
					  strcmp(r->words->word[r->at + 1], options[i].second)))
			continue;
		if (!options[i].many && (r->seen & 1u << i))
			return false;
		r->seen |= 1u << i;
		r->at += options[i].second ? 2 : 1;
		return options[i].read(r);
	}
	return false;
}

/* The target of a rule that is not understood as a whole. The text of a comment may be "-j", so it
 * is passed over with its option. */
static void find_target(struct reader *r)
{
	r->target_name = NULL;
	for (r->at = 2; r->at + 1 < r->words->count; r->at++) {
		const char *word = peek_word(r);

		if (strcmp(word, "--comment") == 0) {
			r->at++;
		} else if (strcmp(word, "-j") == 0 || strcmp(word, "-g") == 0) {
			r->target_name = r->words->word[r->at + 1];
			r->is_goto = word[1] == 'g';
			return;
		}
	}
}

void script_read_rule(enum ipmasq_family family, const struct script_words *words,
		      struct rule *rule, const char **target_name, bool *is_goto)
{
	struct reader r = { .words = words, .at = 2, .rule = rule };
	bool known = words->count >= 2 && strcmp(words->word[0], "-A") == 0;

	*rule = rule_any(family);
	rule->target = TARGET_OTHER;
	while (known && r.at < words->count)
		known = read_option(&r);
	if (!known) {
		rule->opaque = true;
		find_target(&r);
	}
	*target_name = r.target_name;
	*is_goto = r.target_name && r.is_goto;
}
