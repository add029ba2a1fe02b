/* SPDX-License-Identifier: Apache-2.0 */
/* The words of limits and logs, which rules of others often have: a limit is a condition that no
 * address settles, and a log leaves the packet alone. */
#include <arpa/inet.h>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/xt_LOG.h>
#include <linux/netfilter/xt_limit.h>
#include <stdio.h>
#include <string.h>

#include "node/kernel/nat_nft_rule.h"
#include "node/kernel/nft_rule.h"
#include "rules/script_words.h"

/* What iptables and nft do not print. */
#define USUAL_BURST 5
#define USUAL_LEVEL 4

static const struct {
	uint64_t seconds;
	const char *iptables;
	const char *nft;
} units[] = {
	{ 604800, NULL, "week" }, { 86400, "day", "day" }, { 3600, "hour", "hour" },
	{ 60, "min", "minute" },  { 1, "sec", "second" },
};

/* The kernel keeps the time between two packets; the finest unit that loses little of it is what
 * iptables prints. */
static void say_limit(struct nat_draft *draft, uint64_t period, uint32_t burst)
{
	size_t from = nat_draft_mark(draft, NAT_SLOT_REST);
	const char *unit = "day";
	uint64_t times = 0;

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		uint64_t whole = units[i].seconds * XT_LIMIT_SCALE;

		if (!units[i].iptables)
			continue;
		if (times > 0 && (period > whole || whole / period < whole % period))
			break;
		times = whole / period;
		unit = units[i].iptables;
	}
	nat_draft_say(draft, NAT_SLOT_REST, " -m limit --limit %llu/%s", (unsigned long long)times,
		      unit);
	if (burst != USUAL_BURST)
		nat_draft_say(draft, NAT_SLOT_REST, " --limit-burst %u", burst);
	nat_draft_bind(draft, &(struct nat_condition){ .kind = NAT_ON_UNKNOWN }, NAT_SLOT_REST,
		       from);
}

bool nat_xt_limit(struct nat_draft *draft, const struct nat_xt *xt)
{
	struct xt_rateinfo info;

	if (!nat_xt_take(xt, &info, offsetof(struct xt_rateinfo, prev)) || info.avg == 0)
		return false;
	say_limit(draft, info.avg, info.burst);
	return true;
}

/* "2 mbytes/second": the largest unit of bytes that is exact. */
static void say_bytes(struct nat_draft *draft, uint64_t bytes, const char *unit)
{
	static const char *const names[] = { "bytes", "kbytes", "mbytes" };
	size_t i = 0;

	for (; i + 1 < ARRAY_SIZE(names) && bytes > 0 && bytes % 1024 == 0; i++)
		bytes /= 1024;
	nat_draft_say(draft, NAT_SLOT_REST, " %llu %s%s%s", (unsigned long long)bytes, names[i],
		      *unit ? "/" : "", unit);
}

void nat_nft_limit(struct nat_nft_rule *r, const struct nlattr *data)
{
	size_t from = nat_draft_mark(r->draft, NAT_SLOT_REST);
	const char *unit = "";
	uint64_t rate = 0;
	uint64_t seconds = 0;
	uint32_t burst = 0;
	uint32_t type = NFT_LIMIT_PKTS;
	uint32_t flags = 0;

	nft_handle_of(nft_find(data, NFTA_LIMIT_RATE), &rate);
	nft_handle_of(nft_find(data, NFTA_LIMIT_UNIT), &seconds);
	nft_number(data, NFTA_LIMIT_BURST, &burst);
	nft_number(data, NFTA_LIMIT_TYPE, &type);
	nft_number(data, NFTA_LIMIT_FLAGS, &flags);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (units[i].seconds == seconds)
			unit = units[i].nft;
	if (!*unit || rate == 0) {
		nat_draft_add_unknown(r->draft, NAT_SLOT_REST, " limit ...");
		return;
	}
	if (r->words == NAT_WORDS_IPTABLES && type == NFT_LIMIT_PKTS && flags == 0 &&
	    seconds * XT_LIMIT_SCALE >= rate) {
		say_limit(r->draft, seconds * XT_LIMIT_SCALE / rate, burst);
		return;
	}
	r->no_words = true;
	nat_draft_say(r->draft, NAT_SLOT_REST, " limit rate%s",
		      flags & NFT_LIMIT_F_INV ? " over" : "");
	if (type == NFT_LIMIT_PKT_BYTES)
		say_bytes(r->draft, rate, unit);
	else
		nat_draft_say(r->draft, NAT_SLOT_REST, " %llu/%s", (unsigned long long)rate, unit);
	if (type == NFT_LIMIT_PKT_BYTES && burst > 0) {
		nat_draft_say(r->draft, NAT_SLOT_REST, " burst");
		say_bytes(r->draft, burst, "");
	} else if (burst > 0 && burst != USUAL_BURST) {
		nat_draft_say(r->draft, NAT_SLOT_REST, " burst %u packets", burst);
	}
	nat_draft_bind(r->draft, &(struct nat_condition){ .kind = NAT_ON_UNKNOWN }, NAT_SLOT_REST,
		       from);
}

/* The prefix as iptables quotes words. */
static void say_prefix(struct nat_draft *draft, const char *option, const char *prefix)
{
	CLEANUP(buf_release) struct buf quoted = BUF_INIT;
	char text[64];
	char *const word[] = { text };

	snprintf(text, sizeof(text), "%s", prefix);
	script_join(&quoted, word, 1);
	if (quoted.error)
		draft->error = -ENOMEM;
	else
		nat_draft_say(draft, NAT_SLOT_TARGET, "%s %s", option,
			      quoted.data ? quoted.data : "\"\"");
}

bool nat_xt_log(struct nat_draft *draft, const struct nat_xt *xt)
{
	static const struct {
		unsigned int flag;
		const char *option;
	} flags[] = {
		{ XT_LOG_TCPSEQ, "tcp-sequence" }, { XT_LOG_TCPOPT, "tcp-options" },
		{ XT_LOG_IPOPT, "ip-options" },	   { XT_LOG_UID, "uid" },
		{ XT_LOG_MACDECODE, "macdecode" },
	};
	struct xt_log_info info;

	draft->rule.verdict = NAT_CONTINUE;
	if (!nat_xt_take(xt, &info, sizeof(info)))
		return false;
	info.prefix[sizeof(info.prefix) - 1] = '\0';
	if (*info.prefix)
		say_prefix(draft, " --log-prefix", info.prefix);
	if (info.level != USUAL_LEVEL)
		nat_draft_say(draft, NAT_SLOT_TARGET, " --log-level %u", info.level);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (info.logflags & flags[i].flag)
			nat_draft_say(draft, NAT_SLOT_TARGET, " --log-%s", flags[i].option);
	return true;
}

/* An attribute of 16 bits. */
static bool short_number(const struct nlattr *data, uint16_t type, unsigned int *number)
{
	const struct nlattr *attr = nft_find(data, type);
	uint16_t value;

	if (!attr || mnl_attr_get_payload_len(attr) != sizeof(value))
		return false;
	memcpy(&value, mnl_attr_get_payload(attr), sizeof(value));
	*number = ntohs(value);
	return true;
}

/* Its flags, which say what of the packet is written, have no words. */
void nat_nft_log(struct nat_nft_rule *r, const struct nlattr *data)
{
	static const char *const levels[] = { "emerg",	"alert", "crit",  "err",  "warn",
					      "notice", "info",	 "debug", "audit" };
	const char *prefix = nft_text(data, NFTA_LOG_PREFIX);
	unsigned int number;
	uint32_t level = USUAL_LEVEL;
	uint32_t flags = 0;

	r->no_words = true;
	nft_number(data, NFTA_LOG_LEVEL, &level);
	nft_number(data, NFTA_LOG_FLAGS, &flags);
	nat_draft_say(r->draft, NAT_SLOT_TARGET, " log");
	if (prefix)
		nat_draft_say(r->draft, NAT_SLOT_TARGET, " prefix \"%s\"", prefix);
	if (short_number(data, NFTA_LOG_GROUP, &number))
		nat_draft_say(r->draft, NAT_SLOT_TARGET, " group %u", number);
	if (level != USUAL_LEVEL && level < ARRAY_SIZE(levels))
		nat_draft_say(r->draft, NAT_SLOT_TARGET, " level %s", levels[level]);
	if (flags)
		nat_draft_say(r->draft, NAT_SLOT_TARGET, " flags ...");
}
