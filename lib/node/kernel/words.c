/* SPDX-License-Identifier: Apache-2.0 */
/* The words of iptables for a rule that is not ours, made of what the kernel shows. */
#include "node/kernel/words.h"

#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/xt_comment.h>
#include <string.h>

#include "node/kernel/xt.h"
#include "rules/script_words.h"

#define UNKNOWN " ..."

void words_begin(struct words *words, const char *chain)
{
	*words = (struct words){ .buf = BUF_INIT, .exact = true };
	buf_puts(&words->buf, chain);
}

void words_release(struct words *words)
{
	buf_release(&words->buf);
}

void words_add_unknown(struct words *words)
{
	const size_t len = sizeof(UNKNOWN) - 1;
	const struct buf *buf = &words->buf;

	words->exact = false;
	if (buf->len < len || memcmp(buf->data + buf->len - len, UNKNOWN, len) != 0)
		buf_puts(&words->buf, UNKNOWN);
}

static void add_prefix(struct words *words, const char *option, const struct prefix *prefix)
{
	char text[PREFIX_TEXT_MAX];

	if (prefix->len == 0)
		return;
	prefix_format(prefix, text);
	buf_printf(&words->buf, " %s %s", option, text);
}

void words_add_addresses(struct words *words, const struct rule *rule)
{
	add_prefix(words, "-s", &rule->src);
	add_prefix(words, "-d", &rule->dst);
	if (rule->proto)
		buf_printf(&words->buf, " -p %s", rule_proto_name(rule));
}

void words_add_conditions(struct words *words, const struct conditions *conditions)
{
	static const char *const options[CONDITIONS] = {
		[CONDITION_SOURCE] = "-s", [CONDITION_DESTINATION] = "-d", [CONDITION_IN] = "-i",
		[CONDITION_OUT] = "-o",	   [CONDITION_PROTOCOL] = "-p",
	};

	words->exact = false;
	for (size_t i = 0; i < CONDITIONS; i++)
		if (*conditions->of[i].text)
			buf_printf(&words->buf, "%s %s %s", conditions->of[i].is_not ? " !" : "",
				   options[i], conditions->of[i].text);
	if (conditions->more)
		words_add_unknown(words);
}

/* The comment fills its room with zeroes, or with its own bytes alone. */
static void add_comment(struct words *words, const char *text, size_t len)
{
	char comment[XT_MAX_COMMENT_LEN + 1] = { 0 };
	char *const word[] = { comment };

	memcpy(comment, text, len < XT_MAX_COMMENT_LEN ? len : XT_MAX_COMMENT_LEN);
	buf_puts(&words->buf, " -m comment --comment ");
	script_join(&words->buf, word, 1);
}

void words_add_not_local(struct words *words)
{
	buf_puts(&words->buf, " -m addrtype ! --dst-type LOCAL");
}

void words_add_match(struct words *words, const char *name, unsigned int revision, const void *info,
		     size_t len)
{
	struct xt_seen seen = { .rule = rule_any(IPMASQ_IPV4) };

	if (strcmp(name, "comment") == 0) {
		add_comment(words, info, len);
	} else if (strcmp(name, "addrtype") == 0 &&
		   xt_read_match(&seen, name, revision, info, len)) {
		words_add_not_local(words);
	} else {
		buf_printf(&words->buf, " -m %s", name);
		words_add_unknown(words);
	}
}

static char *end(struct words *words)
{
	char *text;

	return buf_steal(&words->buf, &text, NULL) < 0 ? NULL : text;
}

char *words_end(struct words *words, bool is_goto, const char *chain)
{
	buf_printf(&words->buf, " -%c %s", is_goto ? 'g' : 'j', chain);
	return end(words);
}

static bool add_masquerade(struct words *words, const struct xt_seen *seen)
{
	const struct rule *rule = &seen->rule;

	if (rule->ports.first && rule->ports.first == rule->ports.last)
		buf_printf(&words->buf, " --to-ports %u", rule->ports.first);
	else if (rule->ports.first)
		buf_printf(&words->buf, " --to-ports %u-%u", rule->ports.first, rule->ports.last);
	if (rule->random_fully)
		buf_puts(&words->buf, " --random-fully");
	return true;
}

/* The first two addresses of the range that revisions 1 and 2 of SNAT begin with, and those of
 * revision 0, which is for IPv4. */
static bool read_range(enum ipmasq_family family, unsigned int revision, const void *info,
		       size_t len, struct addr *first, struct addr *last)
{
	struct nf_nat_ipv4_multi_range_compat ranges;
	struct nf_nat_range range;

	if (revision == 0 && family == IPMASQ_IPV4) {
		if (len < sizeof(ranges))
			return false;
		memcpy(&ranges, info, sizeof(ranges));
		*first = addr_from_bytes(family, (const uint8_t *)&ranges.range[0].min_ip);
		*last = addr_from_bytes(family, (const uint8_t *)&ranges.range[0].max_ip);
		return ranges.rangesize == 1 && ranges.range[0].flags == NF_NAT_RANGE_MAP_IPS;
	}
	if (revision > 2 || len < sizeof(range))
		return false;
	memcpy(&range, info, sizeof(range));
	*first = addr_from_bytes(family, (const uint8_t *)&range.min_addr);
	*last = addr_from_bytes(family, (const uint8_t *)&range.max_addr);
	return range.flags == NF_NAT_RANGE_MAP_IPS;
}

static bool add_source(struct words *words, enum ipmasq_family family, unsigned int revision,
		       const void *info, size_t len)
{
	char text[PREFIX_TEXT_MAX];
	struct addr first;
	struct addr last;

	if (!read_range(family, revision, info, len, &first, &last))
		return false;
	addr_format(family, first, text);
	buf_printf(&words->buf, " --to-source %s", text);
	if (addr_equal(first, last))
		return true;
	addr_format(family, last, text);
	buf_printf(&words->buf, "-%s", text);
	return true;
}

char *words_end_target(struct words *words, enum ipmasq_family family, const char *target,
		       unsigned int revision, const void *info, size_t len)
{
	struct xt_seen seen = { .rule = rule_any(family) };
	bool known = false;

	buf_printf(&words->buf, " -j %s", target);
	if (info && strcmp(target, "MASQUERADE") == 0)
		known = xt_read_masquerade(&seen, revision, info, len) &&
			add_masquerade(words, &seen);
	else if (info && strcmp(target, "SNAT") == 0)
		known = add_source(words, family, revision, info, len);
	if (!known)
		words_add_unknown(words);
	return end(words);
}
