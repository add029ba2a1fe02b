/* SPDX-License-Identifier: Apache-2.0 */
/* The words of iptables for a rule that is not ours, made of what the kernel shows. */
#include "node/kernel/words.h"

#include <netinet/in.h>

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
		buf_printf(&words->buf, " -p %s",
			   rule->proto == IPPROTO_TCP	? "tcp"
			   : rule->proto == IPPROTO_UDP ? "udp"
							: "sctp");
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

char *words_end_target(struct words *words, const char *target)
{
	buf_printf(&words->buf, " -j %s", target);
	words_add_unknown(words);
	return end(words);
}
