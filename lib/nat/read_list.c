/* SPDX-License-Identifier: Apache-2.0 */
/* `iptables -L`. */
#include "nat/read_list.h"

#include <string.h>

#include "nat/dump_hint.h"
#include "nat/dump_lines.h"
#include "nat/dump_table.h"
#include "nat/xt_list.h"
#include "nat/xt_value.h"
#include "util/ascii.h"
#include "util/buf.h"

/* The columns that the header line names. */
struct columns {
	bool known;
	/* --line-numbers. */
	bool numbered;
	/* -v: counters and interfaces. */
	bool verbose;
};

static unsigned char columns_form(const struct columns *columns)
{
	return (unsigned char)(columns->numbered | columns->verbose << 1);
}

static struct columns columns_of_form(unsigned char form)
{
	return (struct columns){ .known = true, .numbered = form & 1, .verbose = form >> 1 };
}

struct row {
	/* Empty: the rule has no target. */
	const char *target;
	size_t target_len;
	const char *protocol;
	size_t protocol_len;
	/* Without -v both are NULL. */
	const char *in;
	size_t in_len;
	const char *out;
	size_t out_len;
	const char *source;
	size_t source_len;
	const char *destination;
	size_t destination_len;
	/* -f, so that the rule is for later fragments only, or !f. */
	bool is_fragment;
	/* What follows the columns. */
	const char *rest;
	size_t rest_len;
	/* Where the columns begin that are shown: the target, or the protocol. */
	const char *begin;
};

/* "Chain NAME (policy ACCEPT 1 packets, 2 bytes)" or "Chain NAME (3 references)". */
static bool is_chain_line(const char *line, size_t len, const char **name, size_t *name_len,
			  const char **policy, size_t *policy_len)
{
	const char *word;
	size_t word_len;

	if (!dump_line_has_word(line, len, "Chain") || line[len - 1] != ')' ||
	    !dump_line_word(line, len, 1, name, name_len) ||
	    !dump_line_word(line, len, 2, &word, &word_len) || word[0] != '(' ||
	    !dump_line_word(line, len, 3, policy, policy_len))
		return false;
	if (xt_is(word, word_len, "(policy")) {
		if (*policy_len > 0 && (*policy)[*policy_len - 1] == ')')
			--*policy_len;
		return true;
	}
	*policy = NULL;
	return word_len > 1 && ascii_is_digit(word[1]);
}

static bool read_header(const char *line, size_t len, struct columns *columns)
{
	const char *word;
	size_t word_len;
	size_t at = 0;

	*columns = (struct columns){ .known = true };
	(void)dump_line_word(line, len, at, &word, &word_len);
	columns->numbered = xt_is(word, word_len, "num");
	at += columns->numbered;
	(void)dump_line_word(line, len, at, &word, &word_len);
	columns->verbose = xt_is(word, word_len, "pkts");
	at += columns->verbose ? 2 : 0;
	return dump_line_word(line, len, at, &word, &word_len) && xt_is(word, word_len, "target") &&
	       dump_line_word(line, len, at + 1, &word, &word_len) && xt_is(word, word_len, "prot");
}

/* "12", "12K". */
static bool is_count(const char *word, size_t len)
{
	if (len > 1 && strchr("KMGTP", word[len - 1]))
		len--;
	for (size_t i = 0; i < len; i++) {
		if (!ascii_is_digit(word[i]))
			return false;
	}
	return len > 0;
}

/* The column of IPv4's fragments. */
static bool is_opt(const char *word, size_t len)
{
	return xt_is(word, len, "--") || xt_is(word, len, "-f") || xt_is(word, len, "!f");
}

/* What stands in the columns of addresses: a number, a name with dots, or a word for all. */
static bool is_address(const char *word, size_t len)
{
	return memchr(word, '.', len) || memchr(word, ':', len) || memchr(word, '/', len) ||
	       xt_is(word, len, "anywhere") || xt_is(word, len, "localhost");
}

#define WORDS_MAX 12

struct line_words {
	const char *word[WORDS_MAX];
	size_t len[WORDS_MAX];
	size_t count;
};

static void split_line(const char *line, size_t len, struct line_words *words)
{
	size_t at = 0;

	words->count = 0;
	while (words->count < WORDS_MAX &&
	       dump_line_next_word(line, len, &at, &words->word[words->count],
				   &words->len[words->count]))
		words->count++;
}

static bool word_is_address(const struct line_words *words, size_t at)
{
	return at < words->count && is_address(words->word[at], words->len[at]);
}

/* Whether the word is in the column of fragments, and where the columns behind it begin. Rules
 * without a target have nothing in its column, and ip6tables before 1.8.8 nothing in that of
 * fragments. False: it is no rule. */
static bool find_columns(const struct line_words *words, const struct columns *columns, size_t at,
			 bool *has_target, size_t *after)
{
	size_t interfaces = columns->verbose ? 2 : 0;

	for (size_t target = 0; target <= 1; target++) {
		size_t opt = at + target + 1;

		*has_target = target == 1;
		*after = opt + 1;
		if (opt < words->count && is_opt(words->word[opt], words->len[opt]))
			return *after + interfaces + 1 < words->count;
	}
	for (size_t target = 2; target-- > 0;) {
		*has_target = target == 1;
		*after = at + target + 1;
		if (word_is_address(words, *after + interfaces) &&
		    word_is_address(words, *after + interfaces + 1))
			return true;
	}
	return false;
}

static bool read_row(const char *line, size_t len, const struct columns *columns, struct row *row)
{
	struct line_words words;
	bool has_target;
	size_t at = 0;
	size_t after;

	split_line(line, len, &words);
	if (columns->numbered && (at >= words.count || !is_count(words.word[at], words.len[at])))
		return false;
	at += columns->numbered;
	if (columns->verbose) {
		if (at + 2 >= words.count || !is_count(words.word[at], words.len[at]) ||
		    !is_count(words.word[at + 1], words.len[at + 1]))
			return false;
		at += 2;
	}
	if (!find_columns(&words, columns, at, &has_target, &after))
		return false;
	*row = (struct row){ .target = "", .begin = words.word[at] };
	if (has_target) {
		row->target = words.word[at];
		row->target_len = words.len[at++];
	}
	row->protocol = words.word[at];
	row->protocol_len = words.len[at];
	row->is_fragment = after == at + 2 && words.word[at + 1][1] == 'f';
	if (columns->verbose) {
		row->in = words.word[after];
		row->in_len = words.len[after++];
		row->out = words.word[after];
		row->out_len = words.len[after++];
	}
	row->source = words.word[after];
	row->source_len = words.len[after++];
	row->destination = words.word[after];
	row->destination_len = words.len[after];
	row->rest = row->destination + row->destination_len;
	row->rest_len = len - (size_t)(row->rest - line);
	return true;
}

bool read_list_begins(const char *text, size_t size)
{
	const char *line;
	const char *name;
	const char *policy;
	size_t name_len;
	size_t policy_len;
	size_t at = 0;
	size_t len;

	while (at < size && ascii_is_space(text[at]))
		at++;
	if (size - at < 6 || memcmp(text + at, "Chain ", 6) != 0)
		return false;
	at = 0;
	return dump_lines_next(text, size, &at, &line, &len) && len > 0 &&
	       is_chain_line(line, len, &name, &name_len, &policy, &policy_len);
}

struct telling {
	struct columns columns;
	/* The last line was a chain's. */
	bool expects_header;
	/* See dump_begins_table(). */
	unsigned int seen;
};

static enum dump_line tell(void *context, const char *line, size_t len)
{
	struct telling *telling = context;
	struct columns columns;
	const char *name;
	const char *policy;
	size_t name_len;
	size_t policy_len;
	struct row row;

	if (len == 0)
		return DUMP_LINE_STRANGE;
	if (is_chain_line(line, len, &name, &name_len, &policy, &policy_len)) {
		telling->expects_header = true;
		return policy && dump_begins_table(&telling->seen, name, name_len) ? DUMP_LINE_OTHER
										   : DUMP_LINE_OURS;
	}
	if (telling->expects_header && read_header(line, len, &columns)) {
		telling->expects_header = false;
		telling->columns = columns;
		return DUMP_LINE_OURS;
	}
	if (telling->columns.known && read_row(line, len, &telling->columns, &row))
		return DUMP_LINE_OURS;
	return nat_hint_is_command(line, len) ? DUMP_LINE_OTHER : DUMP_LINE_STRANGE;
}

size_t read_list_length(const char *text, size_t size, struct nat_dump_hint *hint)
{
	struct telling telling = { .seen = 0 };

	(void)hint;
	return dump_lines_length(text, size, tell, &telling);
}

struct list {
	struct nat_reading *reading;
	const struct nat_dump *dump;
	struct columns columns;
	struct dump_chains chains;
	struct dump_families families;
	/* The chain of the rows, or DUMP_NO_LINE. */
	uint32_t chain;
	bool hides_interfaces;
	/* The text of a rule, with single blanks. */
	struct buf text;
};

static int read_chain_line(struct list *list, const char *name, size_t name_len, const char *policy,
			   size_t policy_len)
{
	int r = dump_chains_need(&list->chains, name, name_len, &list->chain);
	struct dump_chain *chain;

	if (r < 0)
		return r;
	chain = &list->chains.chains[list->chain];
	chain->declared = true;
	if (policy && xt_is(policy, policy_len, "DROP"))
		chain->policy = NAT_DROP;
	return 0;
}

static int read_strange(struct list *list, const char *line, size_t len)
{
	if (nat_hint_is_legacy_warning(line, len)) {
		list->reading->warned_of_legacy = true;
		return 0;
	}
	if (list->chains.line_count > 0)
		list->chains.lines[list->chains.line_count - 1].broken = true;
	return nat_dump_warn(list->reading, list->dump, (size_t)(line - list->dump->text->data),
			     len,
			     "this is no line of iptables -L; the rule before it counts as "
			     "unknown");
}

static int read_line(struct list *list, const char *line, size_t len)
{
	struct columns columns;
	const char *name;
	const char *policy;
	size_t name_len;
	size_t policy_len;
	struct row row;

	if (len == 0)
		return 0;
	if (is_chain_line(line, len, &name, &name_len, &policy, &policy_len))
		return read_chain_line(list, name, name_len, policy, policy_len);
	if (read_header(line, len, &columns)) {
		list->columns = columns;
		list->hides_interfaces |= !columns.verbose;
		return 0;
	}
	if (!list->columns.known || list->chain == DUMP_NO_LINE ||
	    !read_row(line, len, &list->columns, &row))
		return read_strange(list, line, len);
	dump_family_note(&list->families, row.source, row.source_len);
	dump_family_note(&list->families, row.destination, row.destination_len);
	return dump_chains_add_line(&list->chains, list->chain, line, len,
				    columns_form(&list->columns));
}

/* A column, which a "!" negates, and what the user sees of it. */
static struct xt_value column_value(struct buf *shown, const char *option, const char *text,
				    size_t len)
{
	bool negated = len > 0 && text[0] == '!';

	text += negated;
	len -= negated;
	shown->len = 0;
	buf_printf(shown, "%s%s ", negated ? "! " : "", option);
	buf_add(shown, text, len);
	return (struct xt_value){
		.text = text,
		.len = len,
		.words = shown->error ? "" : shown->data,
		.words_len = shown->error ? 0 : shown->len,
		.negated = negated,
	};
}

/* All addresses, in whatever words. */
static bool is_everything(const char *text, size_t len)
{
	return xt_is(text, len, "anywhere") || xt_is(text, len, "0.0.0.0/0") ||
	       xt_is(text, len, "::/0");
}

static void add_columns(struct xt_rule *rule, const struct row *row)
{
	static const char hidden[] = "interfaces, which iptables -L without -v does not show";
	static const char fragment[] = "a later fragment of a packet";
	struct buf shown = BUF_INIT;
	struct xt_value value = column_value(&shown, "-s", row->source, row->source_len);

	if (!is_everything(row->source, row->source_len))
		xt_add_addresses(rule, NAT_ON_SOURCE, &value);
	value = column_value(&shown, "-d", row->destination, row->destination_len);
	if (!is_everything(row->destination, row->destination_len))
		xt_add_addresses(rule, NAT_ON_DESTINATION, &value);
	if (!row->in) {
		xt_add_unknown(rule, hidden, sizeof(hidden) - 1);
	} else {
		value = column_value(&shown, "-i", row->in, row->in_len);
		xt_add_interface(rule, NAT_ON_IN_INTERFACE, &value);
		value = column_value(&shown, "-o", row->out, row->out_len);
		xt_add_interface(rule, NAT_ON_OUT_INTERFACE, &value);
	}
	value = column_value(&shown, "-p", row->protocol, row->protocol_len);
	xt_add_protocol(rule, &value);
	if (row->is_fragment)
		xt_add_unknown(rule, fragment, sizeof(fragment) - 1);
	if (shown.error)
		rule->error = shown.error;
	buf_release(&shown);
}

static void show(struct buf *text, const char *words, size_t len)
{
	bool blank = false;

	text->len = 0;
	for (size_t i = 0; i < len; i++) {
		bool is_blank = ascii_is_space(words[i]);

		if (is_blank && blank)
			continue;
		buf_putc(text, is_blank ? ' ' : words[i]);
		blank = is_blank;
	}
}

static void read_rule(void *context, struct xt_rule *rule, const struct dump_rule_line *line,
		      const char **text, size_t *text_len)
{
	const struct columns columns = columns_of_form(line->form);
	struct list *list = context;
	struct row row;

	if (!read_row(line->text, line->len, &columns, &row)) {
		xt_add_unknown(rule, line->text, line->len);
		rule->rule.verdict = NAT_UNKNOWN;
		return;
	}
	if (row.target_len > 0) {
		rule->target = row.target;
		rule->target_len = row.target_len;
		rule->rule.verdict = xt_target_verdict(row.target, row.target_len);
	}
	add_columns(rule, &row);
	xt_list_read(rule, row.rest, row.rest_len);
	show(&list->text, row.begin, line->len - (size_t)(row.begin - line->text));
	if (list->text.error)
		rule->error = list->text.error;
	*text = rule->error ? "" : list->text.data;
	*text_len = rule->error ? 0 : list->text.len;
}

int read_list(struct nat_reading *reading, const struct nat_dump *dump)
{
	struct list list = { .reading = reading, .dump = dump, .chain = DUMP_NO_LINE };
	size_t at = dump->begin;
	const char *line;
	size_t len;
	int r = 0;

	while (r == 0 && dump_lines_next(dump->text->data, dump->end, &at, &line, &len))
		r = read_line(&list, line, len);
	if (r == 0 && list.hides_interfaces)
		r = nat_add_note(reading->model,
				 "%s was made without -v, so it does not tell on which interfaces "
				 "rules match",
				 dump->text->name);
	if (r == 0)
		r = dump_table_load(reading, dump, &list.families,
				    dump->hint.table[0] ? dump->hint.table
							: dump_table_of_chains(&list.chains),
				    &list.chains, read_rule, &list);
	dump_chains_release(&list.chains);
	buf_release(&list.text);
	return r;
}
