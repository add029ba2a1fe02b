/* SPDX-License-Identifier: Apache-2.0 */
/* Lists the rules that a packet matches on its way through the chains. */
#include "rules/ruleset_text.h"

/* Of a source that is not given, nothing is known but that it is some address. */
static bool matches_source(const struct rule *rule, const struct addr *source)
{
	return rule->src.len == 0 || (source && prefix_has(&rule->src, *source));
}

IPMASQ_EXPORT int ipmasq_ruleset_trace(const struct ipmasq_ruleset *ruleset, const void *address,
				       const void *source, char **text)
{
	struct addr dst;
	struct addr src = { 0, 0 };
	struct buf buf = BUF_INIT;
	/* Which of the rules of podCIDRs a source matches is not known without it. */
	size_t chain;
	size_t index = 0;

	if (!ruleset || !address || !text)
		return -EINVAL;
	chain = source ? 0 : ruleset->pods;
	dst = addr_from_bytes(ruleset->family, address);
	if (source)
		src = addr_from_bytes(ruleset->family, source);
	/*
	 * A proved ruleset has no circles: a goto leads to a chain with a higher number, or to the
	 * one of --to-ports, which has no goto.
	 */
	while (index < ruleset->chains[chain].count) {
		const struct rule *rule = &ruleset->chains[chain].rules[index];

		index++;
		if (rule->proto || !prefix_has(&rule->dst, dst) ||
		    !matches_source(rule, source ? &src : NULL))
			continue;
		if (buf.len > 0)
			buf_putc(&buf, '\n');
		ruleset_format(ruleset)->write_rule(&buf, ruleset, chain, index - 1);
		if (rule->target != TARGET_GOTO)
			break;
		chain = rule->chain;
		index = 0;
	}
	return buf_steal(&buf, text, NULL);
}
