/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A target for libFuzzer: rules as iptables-save prints them. What is read as a rule of the model
 * and written again must be read as the same rule.
 *
 * The first byte of an input chooses the family; the rest are lines.
 */
#include <errno.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "rules/script.h"
#include "rules/script_read.h"

static void read_words(enum ipmasq_family family, const struct script_words *words,
		       struct rule *rule)
{
	const char *target;
	bool is_goto;

	*rule = rule_any(family);
	script_read_rule(family, words, rule, &target, &is_goto);
	INSIST(!target ||
	       (target >= words->storage && target < words->storage + sizeof(words->storage)));
}

/* Words that were joined are split into the same words. */
static void check_join(const struct script_words *words)
{
	static struct script_words again;
	struct buf buf = BUF_INIT;
	int r;

	script_join(&buf, words->word, words->count);
	INSIST(buf.error == 0);
	r = script_split(buf.data ? buf.data : "", &again);
	/* Quotes take room. */
	INSIST(r == 0 || r == -E2BIG);
	if (r == 0) {
		INSIST(again.count == words->count);
		for (size_t i = 0; i < again.count; i++)
			INSIST(strcmp(again.word[i], words->word[i]) == 0);
	}
	buf_release(&buf);
}

/* A rule with a verdict of the model, in a chain of its own, and back. */
static void check_write(enum ipmasq_family family, const struct rule *rule)
{
	static struct script_words words;
	struct ipmasq_ruleset *ruleset;
	struct buf buf = BUF_INIT;
	struct rule again;
	uint32_t index;

	INSIST(ruleset_new_empty(family, &ruleset) == 0);
	INSIST(ruleset_add_chain(ruleset, "X", 1, &index) == 0);
	INSIST(chain_add_rule(&ruleset->chains[index], rule) == 0);
	script_write_rule(&buf, ruleset, 0, 0);
	INSIST(buf.error == 0 && script_split(buf.data, &words) == 0);
	read_words(family, &words, &again);
	INSIST(rule_equal(rule, &again));
	buf_release(&buf);
	ipmasq_ruleset_free(ruleset);
}

static void check_line(enum ipmasq_family family, const char *line)
{
	static struct script_words words;
	struct rule rule;
	int r = script_split(line, &words);

	INSIST(r == 0 || r == -E2BIG);
	if (r < 0)
		return;
	INSIST(words.count <= SCRIPT_WORDS_MAX);
	check_join(&words);
	read_words(family, &words, &rule);
	if (!rule.opaque && !rule.not_local &&
	    (rule.target == TARGET_RETURN || rule.target == TARGET_MASQUERADE))
		check_write(family, &rule);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char line[8192];
	const uint8_t *end = data + size;
	enum ipmasq_family family;

	if (size == 0)
		return 0;
	family = *data++ & 1 ? IPMASQ_IPV6 : IPMASQ_IPV4;
	while (data < end) {
		const uint8_t *newline = memchr(data, '\n', (size_t)(end - data));
		size_t len = (size_t)((newline ? newline : end) - data);

		if (len < sizeof(line)) {
			memcpy(line, data, len);
			line[len] = '\0';
			check_line(family, line);
		}
		data += len + (newline != NULL);
	}
	return 0;
}
