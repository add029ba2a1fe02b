/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the legacy nat table. Its entries come twice: a jump leads to the place of an entry, which
 * may be that of a chain further on, so the first pass notes where our chains are.
 */
#include "node/kernel/legacy.h"

#include <netinet/in.h>

#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/kernel/nat_legacy_table.h"
#include "node/kernel/words.h"
#include "node/kernel/xt.h"

/* What comes before the entries. */
#define INFO_BYTES ((sizeof(struct ipt_getinfo) + 7) & ~(size_t)7)

/* REACHED: a table of what base chains reach follows the second pass. */
enum stage { INFO, FIRST_PASS, SECOND_PASS, ALL_THERE, REACHED, ENDED };

/* Of what is copied at once. */
#define PIECE 4096

/* The offset of the first rule of one of our chains. */
struct place {
	uint32_t offset;
	uint32_t chain;
};

/* An entry of either family, taken apart. */
struct entry {
	/* It begins with the addresses, interfaces and protocol. */
	const void *part;
	const char *matches;
	const char *matches_end;
	const char *target_name;
	unsigned int target_revision;
	/* The options of the target. */
	const char *target;
	size_t target_len;
	bool is_goto;
	/* Addresses, protocol and flags are those of `seen`, and nothing more. */
	bool known;
	struct xt_seen seen;
};

struct legacy_reader {
	struct reader reader;
	enum stage stage;
	struct ipt_getinfo info;
	/* The offset of the next entry, or of what has come of `reached`. */
	uint32_t offset;
	struct nat_legacy_table *reached;
	/* How many rules of the chain there were so far. */
	size_t number;
	/* The chain, or CHAIN_NONE: not ours. */
	uint32_t current;
	bool in_postrouting;
	bool in_user_chain;
	/* The last entry of our chain had no comment. */
	bool bare;
	/* Its name, cut short where it is longer than iptables makes them. */
	char chain[XT_FUNCTION_MAXNAMELEN + 1];
	/* In the order of the table. */
	struct place *places;
	size_t place_count;
	size_t place_capacity;
};

/* Whatever the kernel puts into an entry begins at a multiple of 8, or of 4 as on i386. */
static bool is_aligned(size_t offset)
{
	return offset == XT_ALIGN(offset);
}

static bool all_zero(const void *data, size_t len)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < len; i++)
		if (bytes[i])
			return false;
	return true;
}

static bool take_ipv4(struct entry *e, const struct ipt_ip *ip)
{
	struct rule *rule = &e->seen.rule;

	e->is_goto = ip->flags & IPT_F_GOTO;
	rule->proto = (uint8_t)ip->proto;
	return !ip->invflags && !(ip->flags & ~IPT_F_GOTO) &&
	       all_zero(ip->iniface_mask, sizeof(ip->iniface_mask)) &&
	       all_zero(ip->outiface_mask, sizeof(ip->outiface_mask)) &&
	       (ip->proto == 0 || xt_is_protocol(ip->proto)) &&
	       xt_read_prefix(IPMASQ_IPV4, (const uint8_t *)&ip->src, (const uint8_t *)&ip->smsk, 4,
			      &rule->src) &&
	       xt_read_prefix(IPMASQ_IPV4, (const uint8_t *)&ip->dst, (const uint8_t *)&ip->dmsk, 4,
			      &rule->dst);
}

/* The protocol counts only where a flag says so. */
static bool take_ipv6(struct entry *e, const struct ip6t_ip6 *ip)
{
	struct rule *rule = &e->seen.rule;
	bool has_proto = ip->flags & IP6T_F_PROTO;

	e->is_goto = ip->flags & IP6T_F_GOTO;
	rule->proto = (uint8_t)ip->proto;
	return !ip->invflags && !(ip->flags & ~(IP6T_F_GOTO | IP6T_F_PROTO)) &&
	       all_zero(ip->iniface_mask, sizeof(ip->iniface_mask)) &&
	       all_zero(ip->outiface_mask, sizeof(ip->outiface_mask)) &&
	       (has_proto ? xt_is_protocol(ip->proto) : ip->proto == 0) &&
	       xt_read_prefix(IPMASQ_IPV6, (const uint8_t *)&ip->src, (const uint8_t *)&ip->smsk,
			      16, &rule->src) &&
	       xt_read_prefix(IPMASQ_IPV6, (const uint8_t *)&ip->dst, (const uint8_t *)&ip->dmsk,
			      16, &rule->dst);
}

static bool has_nul(const char *name, size_t size)
{
	return memchr(name, '\0', size) != NULL;
}

/* Takes an entry apart, except for its matches. False: the kernel does not make such entries. */
static bool open_entry(const struct legacy_reader *l, const char *data, size_t len, struct entry *e)
{
	enum ipmasq_family family = l->reader.observer->family;
	size_t matches = family == IPMASQ_IPV4 ? sizeof(struct ipt_entry)
					       : sizeof(struct ip6t_entry);
	const struct xt_entry_target *target;
	size_t target_at;

	*e = (struct entry){ .seen.rule = rule_any(family) };
	e->seen.rule.target = TARGET_OTHER;
	if (len < matches)
		return false;
	target_at = family == IPMASQ_IPV4
			    ? ((const struct ipt_entry *)(const void *)data)->target_offset
			    : ((const struct ip6t_entry *)(const void *)data)->target_offset;
	if (target_at < matches || !is_aligned(target_at) || target_at + sizeof(*target) > len)
		return false;
	target = (const void *)(data + target_at);
	if (target->u.target_size < sizeof(*target) || target->u.target_size > len - target_at ||
	    !has_nul(target->u.user.name, sizeof(target->u.user.name)))
		return false;
	e->part = data;
	e->matches = data + matches;
	e->matches_end = data + target_at;
	e->target_name = target->u.user.name;
	e->target_revision = target->u.user.revision;
	e->target = (const char *)target->data;
	e->target_len = target->u.target_size - sizeof(*target);
	e->known = family == IPMASQ_IPV4
			   ? take_ipv4(e, &((const struct ipt_entry *)(const void *)data)->ip)
			   : take_ipv6(e, &((const struct ip6t_entry *)(const void *)data)->ipv6);
	return true;
}

/* The match at @p, which may be the end; NULL also where there is none that the kernel makes. */
static const struct xt_entry_match *match_at(const struct entry *e, const char *p)
{
	const struct xt_entry_match *match = (const void *)p;
	size_t room = (size_t)(e->matches_end - p);

	return room >= sizeof(*match) && match->u.match_size >= sizeof(*match) &&
			       is_aligned(match->u.match_size) && match->u.match_size <= room &&
			       has_nul(match->u.user.name, sizeof(match->u.user.name))
		       ? match
		       : NULL;
}

static void read_matches(struct entry *e)
{
	const char *p = e->matches;

	while (e->known && p < e->matches_end) {
		const struct xt_entry_match *match = match_at(e, p);

		e->known = match &&
			   xt_read_match(&e->seen, match->u.user.name, match->u.user.revision,
					 match->data, match->u.match_size - sizeof(*match));
		if (e->known)
			p += match->u.match_size;
	}
}

/* A verdict is the offset of the entry that it leads to, or a negative number. False: there is
 * none. */
static bool read_verdict(const struct entry *e, int *verdict)
{
	if (*e->target_name || e->target_len < sizeof(*verdict))
		return false;
	memcpy(verdict, e->target, sizeof(*verdict));
	return true;
}

static uint32_t chain_at(const struct legacy_reader *l, uint32_t offset)
{
	size_t low = 0;
	size_t high = l->place_count;

	while (low < high) {
		size_t at = low + (high - low) / 2;

		if (l->places[at].offset < offset)
			low = at + 1;
		else
			high = at;
	}
	return low < l->place_count && l->places[low].offset == offset ? l->places[low].chain
								       : CHAIN_NONE;
}

/* What ends a chain has no comment, and is no rule. */
static void note_comment(struct legacy_reader *l, const struct entry *e)
{
	if (l->bare)
		observer_note_comment(l->reader.observer, NULL, 0);
	l->bare = !e->seen.comment;
	if (!l->bare)
		observer_note_comment(l->reader.observer, e->seen.comment, e->seen.comment_len);
}

/* Whether a rule of our chains is as we write it. */
static bool is_our_rule(const struct legacy_reader *l, struct entry *e)
{
	struct rule *rule = &e->seen.rule;
	int verdict;

	read_matches(e);
	if (!e->known || rule->not_local)
		return false;
	if (!read_verdict(e, &verdict))
		return strcmp(e->target_name, "MASQUERADE") == 0 && !e->is_goto &&
		       xt_read_masquerade(&e->seen, e->target_revision, e->target, e->target_len);
	if (verdict == XT_RETURN) {
		rule->target = TARGET_RETURN;
		return !e->is_goto;
	}
	rule->target = TARGET_GOTO;
	rule->chain = verdict < 0 ? CHAIN_NONE : chain_at(l, (uint32_t)verdict);
	return rule->chain != CHAIN_NONE && e->is_goto;
}

static int take_our_rule(struct legacy_reader *l, struct entry *e)
{
	struct observer *observer = l->reader.observer;

	bool as_written = is_our_rule(l, e);

	note_comment(l, e);
	if (!as_written)
		return observer_add_odd(observer, l->current, false);
	return observer_add_rule(observer, l->current, &e->seen.rule, e->seen.comment,
				 e->seen.comment_len);
}

/* The words of a rule that is not ours, without its target. Comes before read_matches(), after
 * which `known` speaks of matches too. */
static void begin_words(const struct legacy_reader *l, const struct entry *e, struct words *words)
{
	const char *p = e->matches;
	const struct xt_entry_match *match;
	struct conditions conditions;

	words_begin(words, l->chain);
	if (e->known) {
		words_add_addresses(words, &e->seen.rule);
	} else {
		legacy_conditions(l->reader.observer->family, e->part, &conditions);
		words_add_conditions(words, &conditions);
	}
	for (; (match = match_at(e, p)) != NULL; p += match->u.match_size)
		words_add_match(words, match->u.user.name, match->u.user.revision, match->data,
				match->u.match_size - sizeof(*match));
	if (p < e->matches_end)
		words_add_unknown(words);
}

/* @chain: one of ours, which the rule leads to. */
static int take_referrer(struct legacy_reader *l, struct entry *e, uint32_t chain)
{
	struct observer *observer = l->reader.observer;
	const char *target = observer->obs->rules->chains[chain].name;
	struct referrer referrer = { .number = l->number };
	struct words words;

	begin_words(l, e, &words);
	read_matches(e);
	referrer.exact = words.exact;
	referrer.words = words_end(&words, e->is_goto, target);
	referrer.right = l->in_postrouting && chain == 0 && e->known &&
			 rule_is_jump(&e->seen.rule, e->is_goto);
	if (!referrer.exact)
		observer->doubts |= l->in_postrouting ? DOUBT_JUMP : DOUBT_OTHERS;
	return observer_add_referrer(observer, &referrer, l->chain, target);
}

static int take_foreign_rule(struct legacy_reader *l, struct entry *e)
{
	struct observer *observer = l->reader.observer;
	uint32_t chain = CHAIN_NONE;
	struct words words;
	int verdict;

	if (read_verdict(e, &verdict) && verdict >= 0)
		chain = chain_at(l, (uint32_t)verdict);
	if (chain != CHAIN_NONE)
		return take_referrer(l, e, chain);
	observer->obs->foreign_count++;
	if (!l->in_postrouting || !target_rewrites(e->target_name))
		return 0;
	begin_words(l, e, &words);
	return observer_add_rewriter(observer, l->number,
				     words_end_target(&words, observer->family, e->target_name,
						      e->target_revision, e->target,
						      e->target_len));
}

/*
 * A chain made by a user begins with an entry that holds its name, and ends with one that returns;
 * the last is followed by an entry that holds the name ERROR. So the entry before such an entry was
 * no rule.
 */
static int end_chain(struct legacy_reader *l)
{
	struct chain *chain;
	const struct rule *last;

	l->bare = false;
	if (!l->in_user_chain || l->stage == FIRST_PASS)
		return 0;
	if (l->number == 0)
		return READER_UNSURE;
	if (l->current == CHAIN_NONE) {
		l->reader.observer->obs->foreign_count--;
		return 0;
	}
	chain = &l->reader.observer->obs->rules->chains[l->current];
	last = &chain->rules[chain->count - 1];
	if (last->target != TARGET_RETURN || last->src.len || last->dst.len || last->proto ||
	    last->probability != PROBABILITY_ONE)
		return READER_UNSURE;
	chain->count--;
	return 0;
}

static int start_chain(struct legacy_reader *l, const char *name, uint32_t first_rule)
{
	l->in_user_chain = strcmp(name, XT_ERROR_TARGET) != 0;
	l->in_postrouting = false;
	l->number = 0;
	l->current = CHAIN_NONE;
	snprintf(l->chain, sizeof(l->chain), "%s", name);
	if (!l->in_user_chain)
		return 0;
	if (l->stage == SECOND_PASS) {
		l->current = observer_find_chain(l->reader.observer, name);
		return 0;
	}
	if (observer_add_chain(l->reader.observer, name, &l->current) < 0 ||
	    (l->current != CHAIN_NONE &&
	     array_grow(&l->places, &l->place_capacity, l->place_count, sizeof(*l->places)) < 0))
		return -ENOMEM;
	if (l->current != CHAIN_NONE)
		l->places[l->place_count++] = (struct place){ first_rule, l->current };
	return 0;
}

static const char *const hook_chains[NF_INET_NUMHOOKS] = {
	"PREROUTING", "INPUT", "FORWARD", "OUTPUT", POSTROUTING,
};

/* Whether the entry is the policy of a hook, which ends its chain. The chains of hooks come first,
 * and have no entry with their name. */
static bool is_policy(struct legacy_reader *l)
{
	for (unsigned int hook = 0; hook < NF_INET_NUMHOOKS; hook++) {
		if (!(l->info.valid_hooks & 1u << hook))
			continue;
		if (l->info.hook_entry[hook] == l->offset) {
			l->in_postrouting = hook == NF_INET_POST_ROUTING;
			l->number = 0;
			strcpy(l->chain, hook_chains[hook]);
		}
		if (l->info.underflow[hook] == l->offset)
			return true;
	}
	return false;
}

static int take_entry(struct legacy_reader *l, const char *data, size_t len)
{
	struct entry e;
	int verdict;
	int r;

	if (!open_entry(l, data, len, &e))
		return READER_UNSURE;
	if (strcmp(e.target_name, XT_ERROR_TARGET) == 0) {
		if (!has_nul(e.target, e.target_len))
			return READER_UNSURE;
		r = end_chain(l);
		return r < 0 ? r : start_chain(l, e.target, l->offset + (uint32_t)len);
	}
	if (l->stage == FIRST_PASS)
		return 0;
	if (!l->in_user_chain && is_policy(l)) {
		if (l->in_postrouting && read_verdict(&e, &verdict) && verdict != -NF_ACCEPT - 1)
			observer_set_policy(l->reader.observer);
		return 0;
	}
	l->number++;
	return l->current == CHAIN_NONE ? take_foreign_rule(l, &e) : take_our_rule(l, &e);
}

/* It has no more entries than the whole. */
static int start_reached(struct legacy_reader *l, const char *data)
{
	l->reached = calloc(1, sizeof(*l->reached));
	if (!l->reached)
		return -ENOMEM;
	memcpy(&l->reached->info, data, sizeof(l->reached->info));
	if (l->reached->info.size == 0 || l->reached->info.size > l->info.size ||
	    !is_aligned(l->reached->info.size))
		return READER_UNSURE;
	l->reached->entries = malloc(l->reached->info.size);
	if (!l->reached->entries)
		return -ENOMEM;
	l->stage = REACHED;
	return 0;
}

static int take_reached(struct legacy_reader *l, const char *data, size_t len)
{
	if (len > l->reached->info.size - l->offset)
		return READER_UNSURE;
	memcpy(l->reached->entries + l->offset, data, len);
	l->offset += (uint32_t)len;
	if (l->offset < l->reached->info.size)
		return 0;
	nat_legacy_table_free(l->reader.observer->obs->reached);
	l->reader.observer->obs->reached = l->reached;
	l->reached = NULL;
	l->offset = 0;
	l->stage = ENDED;
	return 0;
}

static int take_frame(struct reader *reader, const char *data, size_t len)
{
	struct legacy_reader *l = (struct legacy_reader *)reader;
	int r;

	if (l->stage == INFO) {
		memcpy(&l->info, data, sizeof(l->info));
		l->reader.observer->has_postrouting = l->info.valid_hooks &
						      1u << NF_INET_POST_ROUTING;
		l->stage = FIRST_PASS;
		return 0;
	}
	if (l->stage == ALL_THERE)
		return start_reached(l, data);
	if (l->stage == REACHED)
		return take_reached(l, data, len);
	if (l->stage == ENDED || len > l->info.size - l->offset)
		return READER_UNSURE;
	r = take_entry(l, data, len);
	l->offset += (uint32_t)len;
	if (r == 0 && l->offset == l->info.size) {
		l->offset = 0;
		l->in_user_chain = false;
		l->current = CHAIN_NONE;
		l->stage++;
	}
	return r;
}

static size_t measure_frame(const struct reader *reader, const char *data, size_t len)
{
	const struct legacy_reader *l = (const struct legacy_reader *)reader;
	bool ipv4 = l->reader.observer->family == IPMASQ_IPV4;
	size_t head = ipv4 ? sizeof(struct ipt_entry) : sizeof(struct ip6t_entry);
	size_t whole;

	if (l->stage == INFO || l->stage == ALL_THERE)
		return len < INFO_BYTES ? 0 : INFO_BYTES;
	/* Its entries may be large together, and need not be whole. */
	if (l->stage == REACHED)
		return l->reached->info.size - l->offset < PIECE ? l->reached->info.size - l->offset
								 : PIECE;
	/* Nothing comes after the end, wherever that was. */
	if (l->stage == ENDED)
		return SIZE_MAX;
	if (len < head)
		return 0;
	whole = ipv4 ? ((const struct ipt_entry *)(const void *)data)->next_offset
		     : ((const struct ip6t_entry *)(const void *)data)->next_offset;
	return whole < head || !is_aligned(whole) ? SIZE_MAX : whole;
}

static bool is_whole(const struct reader *reader)
{
	enum stage stage = ((const struct legacy_reader *)reader)->stage;

	return (stage == ALL_THERE || stage == ENDED) && reader->observer->has_postrouting;
}

static void release_places(struct reader *reader)
{
	struct legacy_reader *l = (struct legacy_reader *)reader;

	free(l->places);
	nat_legacy_table_free(l->reached);
}

struct reader *legacy_reader_new(struct observer *observer)
{
	struct legacy_reader *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->current = CHAIN_NONE;
	l->reader.observer = observer;
	l->reader.measure = measure_frame;
	l->reader.take = take_frame;
	l->reader.is_whole = is_whole;
	l->reader.release = release_places;
	return &l->reader;
}
