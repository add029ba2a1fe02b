/* SPDX-License-Identifier: Apache-2.0 */
#include "nat/nft_say_rule.h"

#include <string.h>

static void say_member(const struct json_tree *tree, const struct json_node *node, const char *name,
		       const char *before, struct buf *out)
{
	const struct json_node *member = json_member(tree, node, name);

	if (!member || member->kind == JSON_NULL)
		return;
	buf_puts(out, before);
	nft_say(tree, member, NFT_SAY_PLAIN, out);
}

static bool is_word(const struct json_tree *tree, const struct json_node *node, const char *word)
{
	return node && strcmp(json_text(tree, node), word) == 0;
}

static bool has_flag(const struct json_tree *tree, const struct json_node *node, const char *name)
{
	const struct json_node *member = json_member(tree, node, name);

	return member && member->kind == JSON_TRUE;
}

/* `tcp flags syn / fin,syn`: nft lists the mask last. */
static bool say_flags(const struct json_tree *tree, const struct json_node *left,
		      const struct json_node *right, struct buf *out)
{
	const struct json_node *operands = json_child(tree, json_member(tree, left, "&"));
	const struct json_node *field =
		json_member(tree, json_member(tree, operands, "payload"), "field");

	if (!is_word(tree, field, "flags"))
		return false;
	nft_say(tree, operands, NFT_SAY_PLAIN, out);
	buf_putc(out, ' ');
	nft_say(tree, right, NFT_SAY_PLAIN, out);
	buf_puts(out, " / ");
	nft_say(tree, json_next(tree, operands), NFT_SAY_PLAIN, out);
	return true;
}

/* Bits of which one is enough, which some versions say as {"|": [...]}. */
static const struct json_node *any_of(const struct json_tree *tree, const struct json_node *node)
{
	const struct json_node *bits = json_member(tree, node, "|");

	return bits ? bits : node;
}

static void say_match(const struct json_tree *tree, const struct json_node *match, struct buf *out)
{
	const struct json_node *left = json_member(tree, match, "left");
	const struct json_node *right = json_member(tree, match, "right");
	const struct json_node *op = json_member(tree, match, "op");
	enum nft_say_kind kind = nft_say_kind_of_key(tree, left);
	bool is_equal = !op || is_word(tree, op, "==") || is_word(tree, op, "in");

	if (is_equal && say_flags(tree, left, right, out))
		return;
	nft_say(tree, left, kind, out);
	buf_putc(out, ' ');
	/* So that none is taken for the next statement. */
	if (nft_say_is_other(tree, left))
		kind = NFT_SAY_NAMES;
	/* nft only lists the sign where it would be misread without. */
	if (!is_equal)
		buf_printf(out, "%s ", json_text(tree, op));
	else if (json_member(tree, left, "&"))
		buf_puts(out, "== ");
	nft_say(tree, is_equal && is_word(tree, op, "in") ? any_of(tree, right) : right, kind, out);
}

static void say_vmap(const struct json_tree *tree, const struct json_node *vmap, struct buf *out)
{
	const struct json_node *key = json_member(tree, vmap, "key");

	nft_say(tree, key, NFT_SAY_PLAIN, out);
	buf_puts(out, " vmap ");
	nft_say(tree, json_member(tree, vmap, "data"), nft_say_kind_of_key(tree, key), out);
}

static void say_mangle(const struct json_tree *tree, const struct json_node *mangle,
		       struct buf *out)
{
	const struct json_node *key = json_member(tree, mangle, "key");

	nft_say(tree, key, NFT_SAY_PLAIN, out);
	buf_puts(out, " set ");
	nft_say(tree, json_member(tree, mangle, "value"), nft_say_kind_of_key(tree, key), out);
}

/* Where nothing else is told. */
static bool is_usual_burst(const struct json_tree *tree, const struct json_node *limit)
{
	const struct json_node *burst = json_member(tree, limit, "burst");

	return !burst || is_word(tree, burst, "5") || is_word(tree, burst, "0");
}

static void say_limit(const struct json_tree *tree, const struct json_node *limit, struct buf *out)
{
	buf_puts(out, has_flag(tree, limit, "inv") ? "limit rate over" : "limit rate");
	say_member(tree, limit, "rate", " ", out);
	say_member(tree, limit, "rate_unit", " ", out);
	say_member(tree, limit, "per", "/", out);
	if (is_usual_burst(tree, limit))
		return;
	say_member(tree, limit, "burst", " burst ", out);
	if (json_member(tree, limit, "burst_unit"))
		say_member(tree, limit, "burst_unit", " ", out);
	else
		buf_puts(out, " packets");
}

static void say_quota(const struct json_tree *tree, const struct json_node *quota, struct buf *out)
{
	buf_puts(out, has_flag(tree, quota, "inv") ? "quota over" : "quota");
	say_member(tree, quota, "val", " ", out);
	say_member(tree, quota, "val_unit", " ", out);
}

static void say_ct_count(const struct json_tree *tree, const struct json_node *count,
			 struct buf *out)
{
	buf_puts(out, has_flag(tree, count, "inv") ? "ct count over" : "ct count");
	say_member(tree, count, "val", " ", out);
}

static void say_log(const struct json_tree *tree, const struct json_node *log, struct buf *out)
{
	const struct json_node *prefix = json_member(tree, log, "prefix");

	buf_puts(out, "log");
	if (prefix) {
		buf_puts(out, " prefix ");
		nft_say_quoted(json_text(tree, prefix), out);
	}
	say_member(tree, log, "group", " group ", out);
	say_member(tree, log, "level", " level ", out);
}

static void say_addr(const struct json_tree *tree, const struct json_node *nat, struct buf *out)
{
	const struct json_node *addr = json_member(tree, nat, "addr");
	const struct json_node *range = json_member(tree, addr, "range");
	bool has_port = json_member(tree, nat, "port") != NULL;
	const struct json_node *first = range ? json_child(tree, range) : addr;

	if (!addr && !has_port)
		return;
	buf_puts(out, " to ");
	if (first && first->kind == JSON_STRING && has_port &&
	    strchr(json_text(tree, first), ':')) {
		buf_printf(out, "[%s]", json_text(tree, first));
		if (range)
			buf_printf(out, "-[%s]", json_text(tree, json_next(tree, first)));
	} else if (addr) {
		nft_say(tree, addr, NFT_SAY_PLAIN, out);
	}
	say_member(tree, nat, "port", ":", out);
}

static void say_nat(const struct json_tree *tree, const struct json_node *nat, struct buf *out)
{
	const struct json_node *flags = json_member(tree, nat, "flags");
	const struct json_node *type = json_member(tree, nat, "type_flags");

	buf_puts(out, json_key(tree, nat));
	say_member(tree, nat, "family", " ", out);
	if (type && type->kind == JSON_ARRAY)
		type = json_child(tree, type);
	if (is_word(tree, type, "prefix"))
		buf_puts(out, " prefix");
	say_addr(tree, nat, out);
	/* That of a prefix is told by the word. */
	if (flags && !is_word(tree, flags, "netmap")) {
		buf_putc(out, ' ');
		nft_say(tree, flags, NFT_SAY_PLAIN, out);
	}
}

static void say_reject(const struct json_tree *tree, const struct json_node *reject,
		       struct buf *out)
{
	const struct json_node *type = json_member(tree, reject, "type");

	buf_puts(out, "reject");
	if (!type)
		return;
	buf_puts(out, " with ");
	if (is_word(tree, type, "tcp reset")) {
		buf_puts(out, "tcp reset");
		return;
	}
	nft_say(tree, type, NFT_SAY_PLAIN, out);
	say_member(tree, reject, "expr", " ", out);
}

static void say_queue(const struct json_tree *tree, const struct json_node *queue, struct buf *out)
{
	buf_puts(out, "queue");
	say_member(tree, queue, "flags", " flags ", out);
	say_member(tree, queue, "num", " to ", out);
}

/* nft before 1.0.6 does not say which match or target it is. */
static void say_xt(const struct json_tree *tree, const struct json_node *xt, struct buf *out)
{
	buf_puts(out, "xt");
	say_member(tree, xt, "type", " ", out);
	say_member(tree, xt, "name", " ", out);
}

static bool is_condition(const struct json_tree *tree, const struct json_node *statement)
{
	return json_member(tree, statement, "limit") || json_member(tree, statement, "quota") ||
	       json_member(tree, statement, "ct count");
}

/* Adds an element to a set or map, on some condition or not. */
static void say_dynamic(const struct json_tree *tree, const struct json_node *set, struct buf *out)
{
	const struct json_node *to = json_member(tree, set, "set");
	const struct json_node *statement = json_child(tree, json_member(tree, set, "stmt"));

	nft_say(tree, json_member(tree, set, "op"), NFT_SAY_PLAIN, out);
	buf_putc(out, ' ');
	nft_say(tree, to ? to : json_member(tree, set, "map"), NFT_SAY_PLAIN, out);
	buf_puts(out, " { ");
	nft_say(tree, json_member(tree, set, "elem"), NFT_SAY_PLAIN, out);
	for (; statement; statement = json_next(tree, statement)) {
		if (is_condition(tree, statement))
			buf_puts(out, " limit");
	}
	buf_puts(out, " }");
}

static void say_meter(const struct json_tree *tree, const struct json_node *meter, struct buf *out)
{
	buf_puts(out, "meter");
	say_member(tree, meter, "name", " ", out);
	buf_puts(out, " { ");
	nft_say(tree, json_member(tree, meter, "key"), NFT_SAY_PLAIN, out);
	if (is_condition(tree, json_member(tree, meter, "stmt")))
		buf_puts(out, " limit");
	buf_puts(out, " }");
}

static void say_flow(const struct json_tree *tree, const struct json_node *flow, struct buf *out)
{
	buf_puts(out, "flow");
	say_member(tree, flow, "op", " ", out);
	say_member(tree, flow, "flowtable", " ", out);
}

/* `ct helper set "ftp"`. */
static void say_ct_object(const struct json_tree *tree, const struct json_node *object,
			  struct buf *out)
{
	buf_printf(out, "%s set ", json_key(tree, object));
	nft_say_quoted(json_text(tree, object), out);
}

/* `reset tcp option NAME`. */
static void say_reset(const struct json_tree *tree, const struct json_node *reset, struct buf *out)
{
	buf_puts(out, "reset ");
	nft_say(tree, reset, NFT_SAY_PLAIN, out);
}

/* By its name, what else it may be: a verdict, a counter, or what this one does not tell. */
static void say_plain(const struct json_tree *tree, const struct json_node *statement,
		      struct buf *out)
{
	const struct json_node *target = json_member(tree, statement, "target");

	buf_puts(out, json_key(tree, statement));
	if (!target)
		return;
	buf_putc(out, ' ');
	nft_say_word(json_text(tree, target), out);
}

static const struct {
	const char *name;
	void (*say)(const struct json_tree *tree, const struct json_node *statement,
		    struct buf *out);
} statements[] = {
	{ "match", say_match },
	{ "vmap", say_vmap },
	{ "mangle", say_mangle },
	{ "counter", say_plain },
	{ "limit", say_limit },
	{ "quota", say_quota },
	{ "ct count", say_ct_count },
	{ "log", say_log },
	{ "snat", say_nat },
	{ "dnat", say_nat },
	{ "masquerade", say_nat },
	{ "redirect", say_nat },
	{ "reject", say_reject },
	{ "queue", say_queue },
	{ "xt", say_xt },
	{ "set", say_dynamic },
	{ "map", say_dynamic },
	{ "meter", say_meter },
	{ "flow", say_flow },
	{ "ct helper", say_ct_object },
	{ "ct timeout", say_ct_object },
	{ "ct expectation", say_ct_object },
	{ "accept", say_plain },
	{ "drop", say_plain },
	{ "return", say_plain },
	{ "continue", say_plain },
	{ "jump", say_plain },
	{ "goto", say_plain },
	{ "notrack", say_plain },
	{ "last", say_plain },
	{ "reset", say_reset },
	{ "dup", say_plain },
	{ "fwd", say_plain },
	{ "tproxy", say_plain },
	{ "synproxy", say_plain },
};

static void say_statement(const struct json_tree *tree, const struct json_node *statement,
			  struct buf *out)
{
	const struct json_node *inner = json_child(tree, statement);
	const char *name = json_key(tree, inner);

	for (size_t i = 0; inner && i < ARRAY_SIZE(statements); i++) {
		if (strcmp(name, statements[i].name) == 0) {
			statements[i].say(tree, inner, out);
			return;
		}
	}
	/* No word of nft, so that it is read as one that is not known. */
	buf_puts(out, "unknown ");
	nft_say_quoted(name, out);
}

void nft_say_rule(const struct json_tree *tree, const struct json_node *rule, struct buf *out)
{
	const struct json_node *statement = json_child(tree, json_member(tree, rule, "expr"));
	const struct json_node *comment = json_member(tree, rule, "comment");

	for (; statement; statement = json_next(tree, statement)) {
		say_statement(tree, statement, out);
		buf_putc(out, ' ');
	}
	if (comment) {
		buf_puts(out, "comment ");
		nft_say_quoted(json_text(tree, comment), out);
	}
}
