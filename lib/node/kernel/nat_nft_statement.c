/* SPDX-License-Identifier: Apache-2.0 */
/* How a rule of nf_tables ends: verdicts, targets and translations, with their words. */
#include <arpa/inet.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <string.h>

#include "node/kernel/nat_nft_rule.h"
#include "node/kernel/nft_rule.h"

static bool in_iptables(const struct nat_nft_rule *r)
{
	return r->words == NAT_WORDS_IPTABLES;
}

bool nat_nft_end(struct nat_nft_rule *r, enum nat_verdict verdict)
{
	if (r->ended)
		return false;
	r->ended = true;
	r->draft->rule.verdict = verdict;
	return true;
}

static const struct {
	int32_t code;
	enum nat_verdict verdict;
	const char *nft;
	const char *iptables;
} verdicts[] = {
	{ NF_ACCEPT, NAT_ACCEPT, " accept", " -j ACCEPT" },
	{ NF_DROP, NAT_DROP, " drop", " -j DROP" },
	{ NF_QUEUE, NAT_QUEUE, " queue", " -j QUEUE" },
	{ NFT_RETURN, NAT_RETURN, " return", " -j RETURN" },
	{ NFT_JUMP, NAT_JUMP, " jump ", " -j " },
	{ NFT_GOTO, NAT_GOTO, " goto ", " -g " },
	{ NFT_CONTINUE, NAT_CONTINUE, " continue", "" },
	{ NFT_BREAK, NAT_CONTINUE, "", "" },
};

static void set_chain(struct nat_nft_rule *r, const struct nlattr *verdict)
{
	const char *name = nft_text(verdict, NFTA_VERDICT_CHAIN);

	if (!name || !*name) {
		r->draft->rule.verdict = NAT_UNKNOWN;
		return;
	}
	if (nat_need_chain(r->table, name, strlen(name), &r->draft->rule.chain) < 0)
		r->draft->error = -ENOMEM;
	nat_draft_say(r->draft, NAT_SLOT_TARGET, "%s", name);
}

void nat_nft_verdict(struct nat_nft_rule *r, const struct nlattr *verdict)
{
	struct nat_rule *rule = &r->draft->rule;
	uint32_t code;

	rule->verdict = NAT_UNKNOWN;
	if (!nft_number(verdict, NFTA_VERDICT_CODE, &code))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++) {
		if (verdicts[i].code != (int32_t)code)
			continue;
		rule->verdict = verdicts[i].verdict;
		nat_draft_say(r->draft, NAT_SLOT_TARGET, "%s",
			      in_iptables(r) ? verdicts[i].iptables : verdicts[i].nft);
	}
	if (rule->verdict == NAT_JUMP || rule->verdict == NAT_GOTO)
		set_chain(r, verdict);
}

void nat_nft_target(struct nat_nft_rule *r, const struct nlattr *data)
{
	const struct nlattr *info = nft_find(data, NFTA_TARGET_INFO);
	struct nat_xt xt = { .family = r->registers.family,
			     .name = nft_text(data, NFTA_TARGET_NAME) };

	if (!nat_nft_end(r, NAT_UNKNOWN) || !xt.name || !info)
		return;
	nft_number(data, NFTA_TARGET_REV, &xt.revision);
	xt.info = mnl_attr_get_payload(info);
	xt.len = mnl_attr_get_payload_len(info);
	nat_xt_target(r->draft, &xt);
	/* What does not end a packet's way may be followed by a verdict. */
	r->ended = r->draft->rule.verdict != NAT_CONTINUE;
}

/* Flags and ports of masq and nat. */
static void say_flags(struct nat_nft_rule *r, uint32_t flags)
{
	static const struct {
		uint32_t flag;
		const char *iptables;
		const char *nft;
	} names[] = {
		{ NF_NAT_RANGE_PROTO_RANDOM, " --random", "random" },
		{ NF_NAT_RANGE_PROTO_RANDOM_FULLY, " --random-fully", "fully-random" },
		{ NF_NAT_RANGE_PERSISTENT, " --persistent", "persistent" },
	};
	const char *before = " ";

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(flags & names[i].flag))
			continue;
		nat_draft_say(r->draft, NAT_SLOT_TARGET, "%s%s", in_iptables(r) ? "" : before,
			      in_iptables(r) ? names[i].iptables : names[i].nft);
		before = ",";
	}
}

static void say_ports(struct nat_nft_rule *r, const struct nlattr *data, uint16_t first_type,
		      uint16_t last_type)
{
	const struct nat_load *first = nat_nft_register(&r->registers, data, first_type);
	const struct nat_load *last = nat_nft_register(&r->registers, data, last_type);
	unsigned int from;
	unsigned int to;

	if (!first)
		return;
	r->no_words = true;
	if (!last)
		last = first;
	from = (unsigned int)(first->value[0] << 8 | first->value[1]);
	to = (unsigned int)(last->value[0] << 8 | last->value[1]);
	nat_draft_say(r->draft, NAT_SLOT_TARGET, ":%u", from);
	if (to != from)
		nat_draft_say(r->draft, NAT_SLOT_TARGET, "-%u", to);
}

void nat_nft_masquerade(struct nat_nft_rule *r, const struct nlattr *data)
{
	uint32_t flags = 0;

	if (!nat_nft_end(r, NAT_MASQUERADE))
		return;
	nft_number(data, NFTA_MASQ_FLAGS, &flags);
	nat_draft_say(r->draft, NAT_SLOT_TARGET, "%s",
		      in_iptables(r) ? " -j MASQUERADE" : " masquerade");
	if (nft_find(data, NFTA_MASQ_REG_PROTO_MIN))
		nat_draft_say(r->draft, NAT_SLOT_TARGET, " to ");
	say_ports(r, data, NFTA_MASQ_REG_PROTO_MIN, NFTA_MASQ_REG_PROTO_MAX);
	say_flags(r, flags);
}

static bool constant_address(const struct nat_load *load, enum ipmasq_family family,
			     struct addr *address)
{
	if (!load || load->field != NAT_FIELD_CONSTANT || load->len * 8 != family_bits(family))
		return false;
	*address = addr_from_bytes(family, load->value);
	return true;
}

static void say_source(struct nat_nft_rule *r, enum ipmasq_family family,
		       const struct nat_load *from)
{
	const struct nat_rule *rule = &r->draft->rule;
	char text[PREFIX_TEXT_MAX];

	if (!rule->to_known) {
		r->no_words = true;
		nat_draft_say(r->draft, NAT_SLOT_TARGET, "%s",
			      from && *from->name ? from->name : "...");
		return;
	}
	addr_format(family, rule->to_first, text);
	nat_draft_say(r->draft, NAT_SLOT_TARGET, "%s", text);
	if (addr_equal(rule->to_first, rule->to_last))
		return;
	addr_format(family, rule->to_last, text);
	nat_draft_say(r->draft, NAT_SLOT_TARGET, "-%s", text);
}

/* An address may be looked up, so that it is not known here. */
void nat_nft_nat(struct nat_nft_rule *r, const struct nlattr *data)
{
	const struct nat_load *min = nat_nft_register(&r->registers, data, NFTA_NAT_REG_ADDR_MIN);
	const struct nat_load *max = nat_nft_register(&r->registers, data, NFTA_NAT_REG_ADDR_MAX);
	struct nat_rule *rule = &r->draft->rule;
	uint32_t type = UINT32_MAX;
	uint32_t nfproto = NFPROTO_IPV4;
	uint32_t flags = 0;
	enum ipmasq_family family;

	nft_number(data, NFTA_NAT_TYPE, &type);
	nft_number(data, NFTA_NAT_FAMILY, &nfproto);
	nft_number(data, NFTA_NAT_FLAGS, &flags);
	family = nfproto == NFPROTO_IPV6 ? IPMASQ_IPV6 : IPMASQ_IPV4;
	if (!nat_nft_end(r, type == NFT_NAT_SNAT ? NAT_SNAT : NAT_UNKNOWN))
		return;
	rule->to_known = !(flags & NF_NAT_RANGE_NETMAP) &&
			 constant_address(min, family, &rule->to_first) &&
			 constant_address(max ? max : min, family, &rule->to_last);
	if (in_iptables(r))
		nat_draft_say(r->draft, NAT_SLOT_TARGET, " -j SNAT --to-source ");
	else
		nat_draft_say(r->draft, NAT_SLOT_TARGET, " %s%s%s to ",
			      type == NFT_NAT_SNAT ? "snat" : "dnat",
			      r->table->families != NAT_BOTH_FAMILIES ? ""
			      : family == IPMASQ_IPV4		      ? " ip"
								      : " ip6",
			      flags & NF_NAT_RANGE_NETMAP ? " prefix" : "");
	if (min)
		say_source(r, family, min);
	say_ports(r, data, NFTA_NAT_REG_PROTO_MIN, NFTA_NAT_REG_PROTO_MAX);
	say_flags(r, flags);
}
