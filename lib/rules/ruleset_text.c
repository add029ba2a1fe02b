/* SPDX-License-Identifier: Apache-2.0 */
/* The scripts of rulesets, and single lines of them, for iptables or nftables. */
#include "rules/ruleset_text.h"

#include "rules/nft_script.h"
#include "rules/script.h"

static const struct script_edits fresh = { .add_jump = true };

static void write_restore(struct buf *buf, const struct ipmasq_ruleset *ruleset)
{
	script_write(buf, ruleset, &fresh);
}

static bool restore_at(const struct ipmasq_ruleset *ruleset, size_t line, size_t *chain,
		       size_t *rule)
{
	return script_written_at(ruleset, &fresh, line, chain, rule);
}

const struct ruleset_format *ruleset_format(const struct ipmasq_ruleset *ruleset)
{
	static const struct ruleset_format restore = { write_restore, restore_at,
						       script_write_rule };
	static const struct ruleset_format nft = { nft_script_write, nft_script_at,
						   nft_script_write_rule };

	return ruleset->nftables ? &nft : &restore;
}

IPMASQ_EXPORT int ipmasq_ruleset_script(const struct ipmasq_ruleset *ruleset, char **script,
					size_t *size)
{
	struct buf buf = BUF_INIT;

	if (!ruleset || !script)
		return -EINVAL;
	ruleset_format(ruleset)->write(&buf, ruleset);
	return buf_steal(&buf, script, size);
}

IPMASQ_EXPORT const struct ipmasq_entry *
ipmasq_ruleset_entry_at(const struct ipmasq_ruleset *ruleset, size_t line)
{
	size_t chain;
	size_t rule;

	if (!ruleset || !ruleset_format(ruleset)->at(ruleset, line, &chain, &rule))
		return NULL;
	return rule_entry(ruleset, &ruleset->chains[chain].rules[rule]);
}

IPMASQ_EXPORT int ipmasq_ruleset_rule_text(const struct ipmasq_ruleset *ruleset, size_t line,
					   char **text)
{
	struct buf buf = BUF_INIT;
	size_t chain;
	size_t rule;

	if (!ruleset || !text)
		return -EINVAL;
	if (!ruleset_format(ruleset)->at(ruleset, line, &chain, &rule))
		return -ERANGE;
	ruleset_format(ruleset)->write_rule(&buf, ruleset, chain, rule);
	return buf_steal(&buf, text, NULL);
}
