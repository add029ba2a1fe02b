/* SPDX-License-Identifier: Apache-2.0 */
/* Rules in the words of iptables-save. */
#include "nat/xt_save.h"

#include <string.h>

#include "nat/xt_value.h"

/* A rule whose words are being read. */
struct reader {
	struct xt_rule *rule;
	struct script_words *words;
	size_t at;
	/* The match or target whose options follow; "": none. */
	const char *module;
	/* It is one of which each option is known. */
	bool module_known;
	bool module_is_target;
	/* Of the option that is read: where its words begin, with a "!" before it. */
	size_t begin;
	bool negated;
	/* The words of a condition. */
	struct buf shown;
};

struct option {
	const char *name;
	/* NULL: whatever match or target it is of. */
	const char *module;
	/* How many words follow. */
	size_t arguments;
	/* NULL: it has no effect on what is matched. */
	void (*read)(struct reader *r, const struct option *option);
	/* For `read`. */
	enum nat_condition_kind kind;
};

/* The value of the option that is read, with its words. */
static struct xt_value value_of(struct reader *r, const struct option *option)
{
	const char *value = option->arguments > 0 ? r->words->word[r->at - option->arguments] : "";

	r->shown.len = 0;
	if (*r->module && !r->module_is_target)
		buf_printf(&r->shown, "-m %s ", r->module);
	script_join(&r->shown, r->words->word + r->begin, r->at - r->begin);
	if (r->shown.error)
		r->rule->error = r->shown.error;
	return (struct xt_value){
		.text = value,
		.len = strlen(value),
		.words = r->shown.error ? "" : r->shown.data,
		.words_len = r->shown.error ? 0 : r->shown.len,
		.negated = r->negated,
	};
}

static void read_addresses(struct reader *r, const struct option *option)
{
	struct xt_value value = value_of(r, option);

	xt_add_addresses(r->rule, option->kind, &value);
}

static void read_interface(struct reader *r, const struct option *option)
{
	struct xt_value value = value_of(r, option);

	xt_add_interface(r->rule, option->kind, &value);
}

static void read_ports(struct reader *r, const struct option *option)
{
	struct xt_value value = value_of(r, option);

	xt_add_ports(r->rule, option->kind, &value);
}

static void read_types(struct reader *r, const struct option *option)
{
	struct xt_value value = value_of(r, option);

	xt_add_address_types(r->rule, option->kind, &value);
}

static void read_mark(struct reader *r, const struct option *option)
{
	struct xt_value value = value_of(r, option);

	xt_add_mark(r->rule, option->kind, &value);
}

static void read_states(struct reader *r, const struct option *option)
{
	struct xt_value value = value_of(r, option);

	xt_add_states(r->rule, &value);
}

static void read_plain(struct reader *r, const struct option *option)
{
	struct xt_value value = value_of(r, option);

	xt_add_plain(r->rule, option->kind, &value);
}

static void read_set(struct reader *r, const struct option *option)
{
	struct xt_value value = value_of(r, option);
	const char *flags = r->words->word[r->at - 1];

	xt_add_set(r->rule, &value, flags, strlen(flags));
}

static void read_protocol(struct reader *r, const struct option *option)
{
	struct xt_value value = value_of(r, option);

	xt_add_protocol(r->rule, &value);
}

/* What the options of the match say is not read, so it is told as a whole. */
static void read_statistic(struct reader *r, const struct option *option)
{
	while (r->at + 1 < r->words->count &&
	       (strcmp(r->words->word[r->at], "--probability") == 0 ||
		strcmp(r->words->word[r->at], "--every") == 0 ||
		strcmp(r->words->word[r->at], "--packet") == 0 ||
		strcmp(r->words->word[r->at], "!") == 0))
		r->at += r->words->word[r->at][0] == '!' ? 1 : 2;
	read_plain(r, option);
}

static void read_comment(struct reader *r, const struct option *option)
{
	(void)option;
	r->rule->comment = r->words->word[r->at - 1];
	r->rule->comment_len = strlen(r->rule->comment);
}

/* The matches that match nothing by themselves and whose options are all in the table. */
static bool match_is_known(const char *name)
{
	static const char *const matches[] = {
		"tcp",	 "udp",	    "udplite",	 "sctp",      "dccp",	"icmp",	    "icmp6",
		"mark",	 "set",	    "multiport", "addrtype",  "state",	"connmark", "conntrack",
		"owner", "iprange", "comment",	 "statistic", "icmpv6",
	};

	for (size_t i = 0; i < ARRAY_SIZE(matches); i++) {
		if (strcmp(name, matches[i]) == 0)
			return true;
	}
	return false;
}

/* Takes words up to the next option. */
static void skip_arguments(struct reader *r)
{
	while (r->at < r->words->count && r->words->word[r->at][0] != '-' &&
	       strcmp(r->words->word[r->at], "!") != 0)
		r->at++;
}

/* Options that take texts, which may look like other options. */
static bool takes_text(const char *option)
{
	static const char *const options[] = {
		"--string",	    "--hex-string", "--bytecode",   "--object-pinned",
		"--path",	    "--name",	    "--log-prefix", "--nflog-prefix",
		"--hashlimit-name", "--comment",    "--helper",	    "--label",
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (strcmp(option, options[i]) == 0)
			return true;
	}
	return false;
}

static void skip_option(struct reader *r)
{
	const char *option = r->words->word[r->at++];

	if (takes_text(option) && r->at < r->words->count)
		r->at++;
	skip_arguments(r);
}

static void read_unknown_words(struct reader *r)
{
	static const struct option unknown = { .kind = NAT_ON_UNKNOWN };
	struct xt_value value;

	/* All of an unknown match's words are its condition, the "!" among them. */
	r->negated = false;
	value = value_of(r, &unknown);
	xt_add_unknown(r->rule, value.words, value.words_len);
}

static bool is_own_option(const struct reader *r);

static void read_match(struct reader *r, const struct option *option)
{
	(void)option;
	r->module = r->words->word[r->at - 1];
	r->module_known = match_is_known(r->module);
	r->module_is_target = false;
	if (r->module_known)
		return;
	r->begin = r->at;
	while (r->at < r->words->count && is_own_option(r)) {
		if (strcmp(r->words->word[r->at], "!") == 0)
			r->at++;
		if (r->at < r->words->count)
			skip_option(r);
	}
	read_unknown_words(r);
}

static void read_target(struct reader *r, const struct option *option)
{
	r->rule->target = r->words->word[r->at - 1];
	r->rule->target_len = strlen(r->rule->target);
	r->rule->is_goto = strcmp(option->name, "-g") == 0 || strcmp(option->name, "--goto") == 0;
	r->rule->rule.verdict = xt_target_verdict(r->rule->target, r->rule->target_len);
	r->module = r->rule->target;
	r->module_known = true;
	r->module_is_target = true;
}

static void read_to_source(struct reader *r, const struct option *option)
{
	const char *text = r->words->word[r->at - 1];

	(void)option;
	xt_set_source_address(r->rule, text, strlen(text));
}

static void read_netmap(struct reader *r, const struct option *option)
{
	const char *text = r->words->word[r->at - 1];

	(void)option;
	xt_set_netmap(r->rule, text, strlen(text));
}

static void read_notrack(struct reader *r, const struct option *option)
{
	(void)option;
	r->rule->rule.verdict = NAT_NOTRACK;
}

static const struct option options[] = {
	{ "-s", NULL, 1, read_addresses, NAT_ON_SOURCE },
	{ "--source", NULL, 1, read_addresses, NAT_ON_SOURCE },
	{ "--src", NULL, 1, read_addresses, NAT_ON_SOURCE },
	{ "-d", NULL, 1, read_addresses, NAT_ON_DESTINATION },
	{ "--destination", NULL, 1, read_addresses, NAT_ON_DESTINATION },
	{ "--dst", NULL, 1, read_addresses, NAT_ON_DESTINATION },
	{ "-i", NULL, 1, read_interface, NAT_ON_IN_INTERFACE },
	{ "--in-interface", NULL, 1, read_interface, NAT_ON_IN_INTERFACE },
	{ "-o", NULL, 1, read_interface, NAT_ON_OUT_INTERFACE },
	{ "--out-interface", NULL, 1, read_interface, NAT_ON_OUT_INTERFACE },
	{ "-p", NULL, 1, read_protocol, NAT_ON_IP_PROTOCOL },
	{ "--protocol", NULL, 1, read_protocol, NAT_ON_IP_PROTOCOL },
	{ "--proto", NULL, 1, read_protocol, NAT_ON_IP_PROTOCOL },
	{ "-f", NULL, 0, read_plain, NAT_ON_UNKNOWN },
	{ "--fragment", NULL, 0, read_plain, NAT_ON_UNKNOWN },
	{ "-m", NULL, 1, read_match, NAT_ON_UNKNOWN },
	{ "--match", NULL, 1, read_match, NAT_ON_UNKNOWN },
	{ "-j", NULL, 1, read_target, NAT_ON_UNKNOWN },
	{ "--jump", NULL, 1, read_target, NAT_ON_UNKNOWN },
	{ "-g", NULL, 1, read_target, NAT_ON_UNKNOWN },
	{ "--goto", NULL, 1, read_target, NAT_ON_UNKNOWN },
	{ "-c", NULL, 2, NULL, NAT_ON_UNKNOWN },
	{ "-4", NULL, 0, NULL, NAT_ON_UNKNOWN },
	{ "-6", NULL, 0, NULL, NAT_ON_UNKNOWN },
	{ "--sport", NULL, 1, read_ports, NAT_ON_SOURCE_PORT },
	{ "--source-port", NULL, 1, read_ports, NAT_ON_SOURCE_PORT },
	{ "--dport", NULL, 1, read_ports, NAT_ON_DESTINATION_PORT },
	{ "--destination-port", NULL, 1, read_ports, NAT_ON_DESTINATION_PORT },
	{ "--sports", "multiport", 1, read_ports, NAT_ON_SOURCE_PORT },
	{ "--source-ports", "multiport", 1, read_ports, NAT_ON_SOURCE_PORT },
	{ "--dports", "multiport", 1, read_ports, NAT_ON_DESTINATION_PORT },
	{ "--destination-ports", "multiport", 1, read_ports, NAT_ON_DESTINATION_PORT },
	{ "--src-type", "addrtype", 1, read_types, NAT_ON_SOURCE_TYPE },
	{ "--dst-type", "addrtype", 1, read_types, NAT_ON_DESTINATION_TYPE },
	{ "--mark", "mark", 1, read_mark, NAT_ON_PACKET_MARK },
	{ "--mark", "connmark", 1, read_mark, NAT_ON_CONNECTION_MARK },
	{ "--ctstate", "conntrack", 1, read_states, NAT_ON_CONNECTION_STATE },
	{ "--state", "state", 1, read_states, NAT_ON_CONNECTION_STATE },
	{ "--uid-owner", "owner", 1, read_plain, NAT_ON_SOCKET_OWNER },
	{ "--gid-owner", "owner", 1, read_plain, NAT_ON_SOCKET_OWNER },
	{ "--socket-exists", "owner", 0, read_plain, NAT_ON_SOCKET_OWNER },
	{ "--suppl-groups", "owner", 0, NULL, NAT_ON_SOCKET_OWNER },
	{ "--mode", "statistic", 1, read_statistic, NAT_ON_STATISTIC },
	{ "--src-range", "iprange", 1, read_addresses, NAT_ON_SOURCE },
	{ "--dst-range", "iprange", 1, read_addresses, NAT_ON_DESTINATION },
	{ "--match-set", "set", 2, read_set, NAT_ON_UNKNOWN },
	{ "--comment", "comment", 1, read_comment, NAT_ON_UNKNOWN },
	{ "--to-source", "SNAT", 1, read_to_source, NAT_ON_UNKNOWN },
	{ "--to", "NETMAP", 1, read_netmap, NAT_ON_UNKNOWN },
	{ "--notrack", "CT", 0, read_notrack, NAT_ON_UNKNOWN },
};

static const struct option *find_option(const struct reader *r, const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (strcmp(word, options[i].name) != 0)
			continue;
		if (!options[i].module || strcmp(options[i].module, r->module) == 0)
			return &options[i];
	}
	return NULL;
}

/* Whether the option that comes next is one of the match, rather than of iptables itself. */
static bool is_own_option(const struct reader *r)
{
	size_t at = r->at + (strcmp(r->words->word[r->at], "!") == 0);
	const struct option *option;

	if (at >= r->words->count || strncmp(r->words->word[at], "--", 2) != 0)
		return false;
	option = find_option(r, r->words->word[at]);
	return !option || option->module || option->read == read_ports;
}

static void read_option(struct reader *r)
{
	const struct option *option;

	r->begin = r->at;
	r->negated = strcmp(r->words->word[r->at], "!") == 0;
	r->at += r->negated;
	option = r->at < r->words->count ? find_option(r, r->words->word[r->at]) : NULL;
	if (option && r->words->count - r->at > option->arguments) {
		r->at += 1 + option->arguments;
		if (option->read)
			option->read(r, option);
		return;
	}
	if (r->at < r->words->count)
		skip_option(r);
	/* Unknown options of a target do not tell what is matched. */
	if (!r->module_is_target)
		read_unknown_words(r);
}

/* Puts the rule together again without "-c PACKETS BYTES", which -S prints within it. */
static void show_without_counters(struct xt_save *save, struct xt_rule *rule)
{
	struct script_words *words = &save->words;

	for (size_t i = 2; i + 2 < words->count; i++) {
		/* A comment may say so. */
		if (strcmp(words->word[i], "-c") != 0 ||
		    strspn(words->word[i + 1], "0123456789") != strlen(words->word[i + 1]) ||
		    strcmp(words->word[i - 1], "--comment") == 0)
			continue;
		memmove(words->word + i, words->word + i + 3,
			(words->count - i - 3) * sizeof(*words->word));
		words->count -= 3;
		save->text.len = 0;
		script_join(&save->text, words->word, words->count);
		if (save->text.error)
			rule->error = save->text.error;
		return;
	}
}

static bool split(struct xt_save *save, struct xt_rule *rule, const char *line, size_t len)
{
	save->text.len = 0;
	buf_add(&save->text, line, len);
	buf_putc(&save->text, '\0');
	if (save->text.error) {
		rule->error = save->text.error;
		return false;
	}
	save->text.len--;
	return script_split(save->text.data, &save->words) == 0;
}

void xt_save_read(struct xt_save *save, struct xt_rule *rule, const char *line, size_t len,
		  const char **text, size_t *text_len)
{
	struct reader r = { .rule = rule, .words = &save->words, .module = "", .at = 2 };
	const char *end = len > 0 && line[0] == '[' ? memchr(line, ']', len) : NULL;

	if (end) {
		len -= (size_t)(end + 1 - line);
		line = end + 1;
		while (len > 0 && *line == ' ') {
			line++;
			len--;
		}
	}
	*text = line;
	*text_len = len;
	if (!split(save, rule, line, len)) {
		xt_add_unknown(rule, line, len);
		rule->rule.verdict = NAT_UNKNOWN;
		return;
	}
	show_without_counters(save, rule);
	while (r.at < save->words.count && !rule->error)
		read_option(&r);
	if (save->text.error)
		rule->error = save->text.error;
	*text = rule->error ? "" : save->text.data;
	*text_len = rule->error ? 0 : save->text.len;
	buf_release(&r.shown);
}

void xt_save_release(struct xt_save *save)
{
	buf_release(&save->text);
}
