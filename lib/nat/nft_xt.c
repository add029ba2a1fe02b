/* SPDX-License-Identifier: Apache-2.0 */
#include "nat/nft_xt.h"

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

bool nft_xt_starts(const struct nft_words *words)
{
	return words->kind == NFT_WORD && words->word.len > 3 &&
	       nft_slice_is((struct nft_slice){ words->word.text, 3 }, "xt_");
}

int nft_xt_read_old(struct nft_rule *rule, struct nft_words *words)
{
	struct nft_slice name = { words->word.text + 3, words->word.len - 3 };

	nft_next_within(words);
	/* Targets are in capitals. */
	if (*name.text >= 'A' && *name.text <= 'Z') {
		set_target(rule, name);
		return 0;
	}
	return add_match(rule, name, words->before);
}
