/* SPDX-License-Identifier: Apache-2.0 */
#include "nat/nft_xt.h"

#include <string.h>

#include "nat/nft_verdict.h"

/* Targets whose name is enough, or nearly: of SNAT and NETMAP the address is not told. */
static const struct {
	const char *name;
	enum nat_verdict verdict;
} targets[] = {
	{ "MASQUERADE", NAT_MASQUERADE }, { "SNAT", NAT_SNAT },
	{ "NETMAP", NAT_SNAT },		  { "REJECT", NAT_DROP },
	{ "NFQUEUE", NAT_QUEUE },	  { "NOTRACK", NAT_NOTRACK },
	{ "MARK", NAT_CONTINUE },	  { "CONNMARK", NAT_CONTINUE },
	{ "LOG", NAT_CONTINUE },	  { "NFLOG", NAT_CONTINUE },
	{ "AUDIT", NAT_CONTINUE },	  { "TCPMSS", NAT_CONTINUE },
	{ "CHECKSUM", NAT_CONTINUE },	  { "CLASSIFY", NAT_CONTINUE },
	{ "DSCP", NAT_CONTINUE },	  { "TOS", NAT_CONTINUE },
	{ "TTL", NAT_CONTINUE },	  { "HL", NAT_CONTINUE },
	{ "SET", NAT_CONTINUE },	  { "TRACE", NAT_CONTINUE },
	{ "CONNSECMARK", NAT_CONTINUE },  { "SECMARK", NAT_CONTINUE },
	{ "HMARK", NAT_CONTINUE },	  { "IDLETIMER", NAT_CONTINUE },
	{ "RATEEST", NAT_CONTINUE },	  { "LED", NAT_CONTINUE },
	{ "TEE", NAT_CONTINUE },	  { "TCPOPTSTRIP", NAT_CONTINUE },
	{ "ECN", NAT_CONTINUE },
};

static void set_target(struct nft_rule *rule, struct nft_slice name)
{
	rule->decision = (struct nft_decision){ .verdict = NAT_UNKNOWN, .chain = NAT_NO_CHAIN };
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		if (nft_slice_is(name, targets[i].name))
			rule->decision.verdict = targets[i].verdict;
	}
	rule->decided = rule->decision.verdict != NAT_CONTINUE;
}

static int add_match(struct nft_rule *rule, struct nft_slice name, const char *end)
{
	struct nat_condition condition = { .kind = NAT_ON_UNKNOWN };

	/* It always matches. */
	if (nft_slice_is(name, "comment"))
		return 0;
	if (nft_slice_is(name, "statistic"))
		condition.kind = NAT_ON_STATISTIC;
	condition.text = nft_copy_text(rule->model, rule->begin, end);
	return condition.text ? nft_rule_when(rule, &condition) : -ENOMEM;
}

static int read_named(struct nft_rule *rule, struct nft_words *words, bool is_target)
{
	struct nft_slice name = { "", 0 };

	if (nft_is_name(words)) {
		name = words->word;
		nft_next_within(words);
	}
	if (!is_target)
		return add_match(rule, name, words->before);
	set_target(rule, name);
	return 0;
}

int nft_xt_read(struct nft_rule *rule, struct nft_words *words)
{
	if (nft_take(words, "target"))
		return read_named(rule, words, true);
	if (nft_take(words, "match") || nft_take(words, "watcher"))
		return read_named(rule, words, false);
	/* In JSON, nft before 1.0.6 does not even say which of them it is. iptables puts the
	 * counter between its matches and the target. */
	if (rule->counted && !nft_is_any(words)) {
		set_target(rule, (struct nft_slice){ "", 0 });
		return 0;
	}
	return nft_rule_unknown(rule, rule->begin, words->before);
}

/* `# to:192.0.2.0/24` is NETMAP, whose prefix SNAT cannot have. */
static bool set_address(struct nft_rule *rule, struct nft_slice word)
{
	struct nft_slice to = { word.text + 3, word.len - 3 };
	unsigned int families = NAT_BOTH_FAMILIES;

	if (word.len <= 3 || !nft_slice_is((struct nft_slice){ word.text, 3 }, "to:"))
		return false;
	nft_to_read(to, memchr(to.text, '/', to.len) != NULL, &rule->decision, &families);
	rule->decided = true;
	return true;
}

/* In the words of iptables -L: the names of most targets come first. */
static void set_told_target(struct nft_rule *rule, struct nft_slice first, struct nft_slice second)
{
	if (set_address(rule, first))
		return;
	set_target(rule, first);
	if (nft_slice_is(first, "CT")) {
		bool notrack = nft_slice_is(second, "notrack");

		rule->decision.verdict = notrack ? NAT_NOTRACK : NAT_CONTINUE;
		rule->decided = notrack;
	}
}

static bool is_target_name(struct nft_slice name)
{
	return name.len > 0 && *name.text >= 'A' && *name.text <= 'Z';
}

int nft_xt_read_old(struct nft_rule *rule, struct nft_words *words)
{
	struct nft_slice first = words->word;
	struct nft_slice second = { "", 0 };
	bool has_name = first.len > 3 && nft_slice_is((struct nft_slice){ first.text, 3 }, "xt_");

	if (nft_is_any(words))
		nft_next_within(words);
	if (has_name) {
		first = (struct nft_slice){ first.text + 3, first.len - 3 };
		if (!is_target_name(first))
			return add_match(rule, first, words->before);
		set_target(rule, first);
		return 0;
	}
	if (nft_is_any(words))
		second = words->word;
	while (nft_is_any(words) && !nft_starts(words))
		nft_next_within(words);
	/* The counter stands between matches and the target. */
	if (!rule->counted)
		return nft_rule_unknown(rule, rule->begin, words->before);
	set_told_target(rule, first, second);
	return 0;
}
