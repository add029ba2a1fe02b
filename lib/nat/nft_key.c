/* SPDX-License-Identifier: Apache-2.0 */
#include "nat/nft_key.h"

#include <string.h>

#include "util/scalar.h"

#define IPV4 NAT_FAMILY(IPMASQ_IPV4)
#define IPV6 NAT_FAMILY(IPMASQ_IPV6)
#define BOTH NAT_BOTH_FAMILIES

/* @second: NULL where one word is all. nft lists some keys of `meta` without that word. */
static const struct selector {
	const char *first;
	const char *second;
	enum nft_kind kind;
	enum nat_condition_kind on;
	unsigned int families;
	int protocol;
} selectors[] = {
	{ "ip", "saddr", NFT_ADDRESS, NAT_ON_SOURCE, IPV4, -1 },
	{ "ip", "daddr", NFT_ADDRESS, NAT_ON_DESTINATION, IPV4, -1 },
	{ "ip", "protocol", NFT_PROTOCOL, NAT_ON_IP_PROTOCOL, IPV4, -1 },
	{ "ip", NULL, NFT_UNKNOWN, NAT_ON_UNKNOWN, IPV4, -1 },
	{ "ip6", "saddr", NFT_ADDRESS, NAT_ON_SOURCE, IPV6, -1 },
	{ "ip6", "daddr", NFT_ADDRESS, NAT_ON_DESTINATION, IPV6, -1 },
	{ "ip6", "nexthdr", NFT_PROTOCOL, NAT_ON_IP_PROTOCOL, IPV6, -1 },
	{ "ip6", NULL, NFT_UNKNOWN, NAT_ON_UNKNOWN, IPV6, -1 },
	{ "th", "sport", NFT_PORT, NAT_ON_SOURCE_PORT, BOTH, -1 },
	{ "th", "dport", NFT_PORT, NAT_ON_DESTINATION_PORT, BOTH, -1 },
	{ "th", NULL, NFT_UNKNOWN, NAT_ON_UNKNOWN, BOTH, -1 },
	{ "tcp", "sport", NFT_PORT, NAT_ON_SOURCE_PORT, BOTH, 6 },
	{ "tcp", "dport", NFT_PORT, NAT_ON_DESTINATION_PORT, BOTH, 6 },
	{ "tcp", NULL, NFT_UNKNOWN, NAT_ON_UNKNOWN, BOTH, 6 },
	{ "udp", "sport", NFT_PORT, NAT_ON_SOURCE_PORT, BOTH, 17 },
	{ "udp", "dport", NFT_PORT, NAT_ON_DESTINATION_PORT, BOTH, 17 },
	{ "udp", NULL, NFT_UNKNOWN, NAT_ON_UNKNOWN, BOTH, 17 },
	{ "sctp", "sport", NFT_PORT, NAT_ON_SOURCE_PORT, BOTH, 132 },
	{ "sctp", "dport", NFT_PORT, NAT_ON_DESTINATION_PORT, BOTH, 132 },
	{ "sctp", NULL, NFT_UNKNOWN, NAT_ON_UNKNOWN, BOTH, 132 },
	{ "dccp", "sport", NFT_PORT, NAT_ON_SOURCE_PORT, BOTH, 33 },
	{ "dccp", "dport", NFT_PORT, NAT_ON_DESTINATION_PORT, BOTH, 33 },
	{ "dccp", NULL, NFT_UNKNOWN, NAT_ON_UNKNOWN, BOTH, 33 },
	{ "udplite", "sport", NFT_PORT, NAT_ON_SOURCE_PORT, BOTH, 136 },
	{ "udplite", "dport", NFT_PORT, NAT_ON_DESTINATION_PORT, BOTH, 136 },
	{ "udplite", NULL, NFT_UNKNOWN, NAT_ON_UNKNOWN, BOTH, 136 },
	{ "icmp", NULL, NFT_UNKNOWN, NAT_ON_UNKNOWN, IPV4, 1 },
	{ "icmpv6", NULL, NFT_UNKNOWN, NAT_ON_UNKNOWN, IPV6, 58 },
	{ "igmp", NULL, NFT_UNKNOWN, NAT_ON_UNKNOWN, IPV4, 2 },
	{ "esp", NULL, NFT_UNKNOWN, NAT_ON_UNKNOWN, BOTH, 50 },
	{ "ah", NULL, NFT_UNKNOWN, NAT_ON_UNKNOWN, BOTH, 51 },
	{ "comp", NULL, NFT_UNKNOWN, NAT_ON_UNKNOWN, BOTH, 108 },
	{ "gre", NULL, NFT_UNKNOWN, NAT_ON_UNKNOWN, BOTH, 47 },
	{ "meta", "iif", NFT_INTERFACE, NAT_ON_IN_INTERFACE, BOTH, -1 },
	{ "meta", "oif", NFT_INTERFACE, NAT_ON_OUT_INTERFACE, BOTH, -1 },
	{ "meta", "iifname", NFT_INTERFACE, NAT_ON_IN_INTERFACE, BOTH, -1 },
	{ "meta", "oifname", NFT_INTERFACE, NAT_ON_OUT_INTERFACE, BOTH, -1 },
	{ "meta", "mark", NFT_MARK, NAT_ON_PACKET_MARK, BOTH, -1 },
	{ "meta", "l4proto", NFT_PROTOCOL, NAT_ON_IP_PROTOCOL, BOTH, -1 },
	{ "meta", "nfproto", NFT_FAMILY, NAT_ON_DESTINATION, BOTH, -1 },
	{ "meta", "protocol", NFT_FAMILY, NAT_ON_DESTINATION, BOTH, -1 },
	{ "meta", "skuid", NFT_OWNER, NAT_ON_SOCKET_OWNER, BOTH, -1 },
	{ "meta", "skgid", NFT_OWNER, NAT_ON_SOCKET_OWNER, BOTH, -1 },
	{ "meta", "random", NFT_CHANCE, NAT_ON_STATISTIC, BOTH, -1 },
	{ "meta", NULL, NFT_UNKNOWN, NAT_ON_UNKNOWN, BOTH, -1 },
	{ "ct", "mark", NFT_MARK, NAT_ON_CONNECTION_MARK, BOTH, -1 },
	{ "ct", "state", NFT_STATE, NAT_ON_CONNECTION_STATE, BOTH, -1 },
	{ "ct", "status", NFT_STATUS, NAT_ON_CONNECTION_STATE, BOTH, -1 },
	{ "ct", NULL, NFT_UNKNOWN, NAT_ON_UNKNOWN, BOTH, -1 },
};

/* Others, of two words. */
static const char *const others[] = {
	"ether",  "vlan",   "arp",    "socket", "osf",	 "ipsec", "rt",
	"exthdr", "hbh",    "frag",   "dst",	"mh",	 "srh",	  "auth",
	"vxlan",  "geneve", "gretap", "numgen", "jhash", "fib",	  "symhash",
};

/* Keys of `meta` that nft lists without that word, or did. */
static const char *const bare[] = {
	"iif",	    "oif",     "iifname",  "oifname",  "mark",	  "skuid",     "skgid",
	"iiftype",  "oiftype", "iifgroup", "oifgroup", "iifkind", "oifkind",   "ibrname",
	"obrname",  "pkttype", "cgroup",   "cpu",      "nftrace", "rtclassid", "ibriport",
	"obriport", "secpath", "random",   "length",   "l4proto", "nfproto",   "protocol",
	"priority", "time",    "day",	   "hour",     "sdif",	  "sdifname",
};

static const char *const statements[] = {
	"accept", "add",	"comment", "continue", "counter", "delete",   "dnat",	"drop",
	"dup",	  "flow",	"fwd",	   "goto",     "jump",	  "last",     "limit",	"log",
	"meter",  "masquerade", "notrack", "queue",    "quota",	  "redirect", "reject", "reset",
	"return", "snat",	"#",	   "synproxy", "tproxy",  "update",   "xt",
};

bool nft_starts_key(const struct nft_words *words)
{
	if (words->kind != NFT_WORD)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(selectors); i++) {
		if (nft_slice_is(words->word, selectors[i].first))
			return true;
	}
	return nft_slice_in(words->word, others, ARRAY_SIZE(others)) ||
	       nft_slice_in(words->word, bare, ARRAY_SIZE(bare));
}

bool nft_starts(const struct nft_words *words)
{
	return words->kind == NFT_WORD &&
	       (nft_slice_in(words->word, statements, ARRAY_SIZE(statements)) ||
		nft_starts_key(words));
}

static void key_set(struct nft_key *key, const struct selector *selector)
{
	key->kind = selector->kind;
	key->on = selector->on;
	key->families = selector->families;
	key->protocol = selector->protocol;
}

/* The words of a direction stand between: `ct original ip saddr`. */
static void read_connection(struct nft_words *words)
{
	if (!nft_take(words, "original") && !nft_take(words, "reply"))
		return;
	if (nft_is(words, "ip") || nft_is(words, "ip6"))
		nft_next_within(words);
}

static void read_selector(struct nft_words *words, struct nft_key *key)
{
	struct nft_slice first = words->word;
	bool is_bare = nft_slice_in(first, bare, ARRAY_SIZE(bare));
	const struct selector *found = NULL;

	if (is_bare)
		first = (struct nft_slice){ "meta", 4 };
	else
		nft_next_within(words);
	for (size_t i = 0; i < ARRAY_SIZE(selectors); i++) {
		const struct selector *row = &selectors[i];

		if (!nft_slice_is(first, row->first))
			continue;
		if (!row->second || nft_is(words, row->second)) {
			found = row;
			break;
		}
	}
	if (found)
		key_set(key, found);
	if (nft_slice_is(first, "ct"))
		read_connection(words);
	if (nft_slice_is(first, "rt") && (nft_is(words, "ip") || nft_is(words, "ip6")))
		nft_next_within(words);
	if (words->kind == NFT_WORD)
		nft_next_within(words);
}

/* `fib daddr . iif type`. */
static void read_fib(struct nft_words *words, struct nft_key *key)
{
	bool source = false;
	bool destination = false;

	nft_next_within(words);
	do {
		source |= nft_is(words, "saddr");
		destination |= nft_is(words, "daddr");
		key->is_bound |= !nft_is(words, "saddr") && !nft_is(words, "daddr");
		if (words->kind == NFT_WORD)
			nft_next_within(words);
	} while (nft_take(words, "."));
	if (nft_is(words, "type") && source != destination) {
		key->kind = NFT_ADDRESS_TYPE;
		key->on = source ? NAT_ON_SOURCE_TYPE : NAT_ON_DESTINATION_TYPE;
	}
	if (words->kind == NFT_WORD)
		nft_next_within(words);
}

/* `numgen inc mod 3 offset 1`, `jhash ip saddr . tcp sport mod 4 seed 0x1`, `symhash mod 2`. */
static void read_chance(struct nft_words *words, struct nft_key *key)
{
	static const char *const parts[] = { "mod", "seed", "offset" };

	key->kind = NFT_CHANCE;
	key->on = NAT_ON_STATISTIC;
	nft_next_within(words);
	while (words->kind == NFT_WORD && !nft_is(words, "mod"))
		nft_next_within(words);
	while (words->kind == NFT_WORD && nft_slice_in(words->word, parts, ARRAY_SIZE(parts))) {
		nft_next_within(words);
		if (words->kind == NFT_WORD)
			nft_next_within(words);
	}
}

static bool read_number(const struct nft_words *words, uint64_t *number)
{
	return words->kind == NFT_WORD &&
	       scalar_integer(words->word.text, words->word.len, number) == 0;
}

/* The start of an address, of which nft has no name: in `ip`, at 96 and 128 bits of the header; in
 * `ip6`, at 64 and 192. */
static void set_raw_address(struct nft_key *key, unsigned int families, uint64_t offset,
			    uint64_t bits)
{
	unsigned int size = families == IPV4 ? 32 : 128;
	unsigned int source = families == IPV4 ? 96 : 64;

	if (families == BOTH || bits == 0 || bits > size ||
	    (offset != source && offset != source + size))
		return;
	key->kind = NFT_ADDRESS;
	key->on = offset == source ? NAT_ON_SOURCE : NAT_ON_DESTINATION;
	key->families = families;
	key->bits = (unsigned int)bits;
}

/* `@th,16,16`: bytes at a place. */
static void read_raw(struct nft_words *words, unsigned int families, struct nft_key *key)
{
	struct nft_slice base = words->word;
	uint64_t offset;
	uint64_t bits;

	nft_next_within(words);
	if (!nft_take(words, ",") || !read_number(words, &offset))
		return;
	nft_next_within(words);
	if (!nft_take(words, ",") || !read_number(words, &bits))
		return;
	nft_next_within(words);
	if (nft_slice_is(base, "@th") && bits == 16 && (offset == 0 || offset == 16)) {
		key->kind = NFT_PORT;
		key->on = offset == 0 ? NAT_ON_SOURCE_PORT : NAT_ON_DESTINATION_PORT;
	} else if (nft_slice_is(base, "@nh")) {
		set_raw_address(key, families, offset, bits);
	}
}

/* Passes over one operand: a word, or an expression in parentheses. */
static bool skip_operand(struct nft_words *words)
{
	if (nft_is(words, "("))
		return nft_skip_braces(words, NULL);
	if (!nft_is_name(words))
		return false;
	nft_next_within(words);
	return true;
}

static bool take_operator(struct nft_words *words)
{
	static const char *const operators[] = { "|",  "^",   "<<",	">>",	  "and",
						 "or", "xor", "lshift", "rshift", "&" };

	if (words->kind == NFT_STRING ||
	    !nft_slice_in(words->word, operators, ARRAY_SIZE(operators)))
		return false;
	nft_next_within(words);
	return true;
}

static void key_is_unknown(struct nft_key *key)
{
	key->kind = NFT_UNKNOWN;
	key->on = NAT_ON_UNKNOWN;
}

static bool holds_mask(const struct nft_key *key)
{
	return key->mask.len == 0 && (key->kind == NFT_MARK || key->kind == NFT_ADDRESS);
}

/* Of operators, only a mask is understood, and only of what has one. A chance stays one. Of others
 * it is not known what they make of the values that a set or a map has. */
static void read_operators(struct nft_words *words, struct nft_key *key)
{
	for (;;) {
		bool is_mask = nft_is(words, "&") || nft_is(words, "and");
		struct nft_slice operand;

		if (!take_operator(words))
			return;
		operand = words->word;
		if (is_mask && words->kind == NFT_WORD && holds_mask(key))
			key->mask = operand;
		else if (key->kind != NFT_CHANCE && key->kind != NFT_OWNER)
			key_is_unknown(key);
		if (!skip_operand(words))
			return;
	}
}

void nft_key_read(struct nft_words *words, unsigned int families, struct nft_key *key)
{
	const char *begin = words->begin;

	*key = (struct nft_key){ .on = NAT_ON_UNKNOWN, .families = BOTH, .protocol = -1 };
	if (nft_is(words, "fib"))
		read_fib(words, key);
	else if (nft_is(words, "numgen") || nft_is(words, "jhash") || nft_is(words, "symhash"))
		read_chance(words, key);
	else if (words->word.len > 0 && *words->word.text == '@')
		read_raw(words, families, key);
	else
		read_selector(words, key);
	read_operators(words, key);
	key->text = (struct nft_slice){ begin, (size_t)(words->before - begin) };
}

static void skip_term(struct nft_words *words)
{
	struct nft_key key;

	if (nft_starts_key(words)) {
		do
			nft_key_read(words, BOTH, &key);
		while (nft_take(words, ".") && nft_starts_key(words));
		if (!nft_take(words, "map"))
			return;
	}
	if (nft_is(words, "{") || nft_is(words, "("))
		(void)nft_skip_braces(words, NULL);
	else if (nft_is_name(words))
		nft_next_within(words);
}

void nft_skip_value(struct nft_words *words)
{
	do
		skip_term(words);
	while (take_operator(words) || nft_take(words, ","));
}
