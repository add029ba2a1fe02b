/* SPDX-License-Identifier: Apache-2.0 */
/* Leaves of a legacy table what its base chains reach. Only async-signal-safe calls. */
#include "node/kernel/nat_legacy_prune.h"

#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/kernel/entries.h"
#include "node/kernel/nat_entry.h"
#include "util/write_all.h"

/* The entry with the name of a chain, or the end of the table. */
struct head {
	/* Of itself, and of the first rule: where it was, and where it goes. */
	unsigned int at;
	unsigned int first;
	unsigned int moved;
	bool is_reached;
	/* The chain that was reached before it and is still to be walked; NULL: none. */
	struct head *pending;
};

struct pruning {
	enum ipmasq_family family;
	char *entries;
	unsigned int size;
	/* In the order of the table. */
	struct head *heads;
	size_t count;
	struct head *pending;
	/* Base chains: where they begin, and where they have ended. */
	unsigned int bases[NAT_LEGACY_HOOKS][2];
	size_t base_count;
};

/* Goes through all entries. */
struct place {
	unsigned int at;
	/* How many heads there were up to here, this entry included. */
	size_t seen;
	struct nat_entry entry;
};

static bool go_to_entry(const struct pruning *p, struct place *place)
{
	if (place->at >= p->size ||
	    !nat_entry_at(p->family, p->entries, p->size, place->at, &place->entry))
		return false;
	place->seen += nat_entry_is_head(&place->entry);
	return true;
}

static bool go_on(const struct pruning *p, struct place *place)
{
	place->at += (unsigned int)place->entry.len;
	return go_to_entry(p, place);
}

/* Finds the heads; where p->heads is NULL, only counts them. False: an entry is not whole. */
static bool find_heads(struct pruning *p)
{
	struct place place = { .at = 0 };
	bool more = go_to_entry(p, &place);

	for (p->count = 0; more; more = go_on(p, &place)) {
		if (place.seen > p->count && p->heads)
			p->heads[p->count] = (struct head){
				.at = place.at,
				.first = place.at + (unsigned int)place.entry.len,
			};
		p->count = place.seen;
	}
	return place.at == p->size;
}

static bool starts_entry(const struct pruning *p, unsigned int offset)
{
	return nat_entry_starts_at(p->family, p->entries, p->size, offset);
}

static int find_bases(struct pruning *p, size_t which, const struct ipt_getinfo *info)
{
	for (size_t i = 0; i < NAT_LEGACY_HOOKS; i++) {
		unsigned int first = info->hook_entry[nat_legacy_hooks[i].number];
		unsigned int policy = info->underflow[nat_legacy_hooks[i].number];
		struct nat_entry e;

		if (!nat_legacy_has_hook(info, which, i))
			continue;
		if (first > policy || !starts_entry(p, first) || !starts_entry(p, policy) ||
		    !nat_entry_at(p->family, p->entries, p->size, policy, &e))
			return -EBADMSG;
		p->bases[p->base_count][0] = first;
		p->bases[p->base_count++][1] = policy + (unsigned int)e.len;
	}
	return 0;
}

/* NULL: no chain of a user has its first rule there. */
static struct head *head_of(const struct pruning *p, unsigned int first)
{
	size_t low = 0;
	size_t high = p->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (p->heads[middle].first < first)
			low = middle + 1;
		else
			high = middle;
	}
	/* The last one is no chain. */
	return low + 1 < p->count && p->heads[low].first == first ? &p->heads[low] : NULL;
}

/* Where a rule leads to, unless that is the next one. */
static bool leads_away(const struct nat_entry *e, unsigned int next, int *code)
{
	return nat_entry_code(e, code) && *code >= 0 && ((unsigned int)*code != next || e->is_goto);
}

/* The last entry of a chain is no rule. */
static int walk(struct pruning *p, unsigned int first, unsigned int end)
{
	struct nat_entry e;

	for (unsigned int at = first; at < end; at += (unsigned int)e.len) {
		unsigned int next;
		struct head *head;
		int code;

		if (!nat_entry_at(p->family, p->entries, p->size, at, &e))
			return -EBADMSG;
		next = at + (unsigned int)e.len;
		if (next == end || !leads_away(&e, next, &code))
			continue;
		head = head_of(p, (unsigned int)code);
		if (!head)
			return -EBADMSG;
		if (head->is_reached)
			continue;
		head->is_reached = true;
		head->pending = p->pending;
		p->pending = head;
	}
	return 0;
}

static int find_reached(struct pruning *p)
{
	int r = 0;

	for (size_t i = 0; i < p->base_count && r == 0; i++)
		r = walk(p, p->bases[i][0], p->bases[i][1]);
	while (p->pending && r == 0) {
		const struct head *head = p->pending;

		p->pending = head->pending;
		r = walk(p, head->first, head[1].at);
	}
	return r;
}

/* What belongs to a chain that is reached; the head after it, by which it ends; and the end of the
 * table. */
static bool is_kept(const struct pruning *p, const struct place *place)
{
	const struct head *head = place->seen > 0 ? &p->heads[place->seen - 1] : NULL;

	if (head && head->is_reached)
		return true;
	if (head && head->at == place->at &&
	    (place->seen == p->count || (place->seen > 1 && head[-1].is_reached)))
		return true;
	for (size_t i = 0; i < p->base_count; i++)
		if (p->bases[i][0] <= place->at && place->at < p->bases[i][1])
			return true;
	return false;
}

/* Says in the header, and in the heads, where entries go. */
static void find_places(struct pruning *p, struct ipt_getinfo *info)
{
	const struct ipt_getinfo before = *info;
	struct place place = { .at = 0 };
	unsigned int to = 0;

	info->num_entries = 0;
	for (bool more = go_to_entry(p, &place); more; more = go_on(p, &place)) {
		if (!is_kept(p, &place))
			continue;
		for (size_t i = 0; i < NF_INET_NUMHOOKS; i++) {
			if (before.hook_entry[i] == place.at)
				info->hook_entry[i] = to;
			if (before.underflow[i] == place.at)
				info->underflow[i] = to;
		}
		to += (unsigned int)place.entry.len;
		if (place.seen > 0 && p->heads[place.seen - 1].at == place.at)
			p->heads[place.seen - 1].moved = to;
		info->num_entries++;
	}
	info->size = to;
}

/* A rule that leads somewhere still leads there. */
static void move_entry(const struct pruning *p, const struct place *place, unsigned int to)
{
	unsigned int next = place->at + (unsigned int)place->entry.len;
	const struct head *head;
	int code = -1;

	if (leads_away(&place->entry, next, &code)) {
		head = head_of(p, (unsigned int)code);
		code = head && head->is_reached ? (int)head->moved : -1;
	} else if (code >= 0) {
		code = (int)(to + place->entry.len);
	}
	memmove(p->entries + to, p->entries + place->at, place->entry.len);
	if (code >= 0)
		memcpy(p->entries + to + place->entry.target +
			       offsetof(struct xt_entry_target, data),
		       &code, sizeof(code));
}

static void move_entries(const struct pruning *p)
{
	struct place place = { .at = 0 };
	unsigned int to = 0;

	for (bool more = go_to_entry(p, &place); more;) {
		unsigned int len = (unsigned int)place.entry.len;

		if (is_kept(p, &place)) {
			move_entry(p, &place, to);
			to += len;
		}
		/* The entry may be overwritten. */
		place.at += len;
		more = go_to_entry(p, &place);
	}
}

/* Base chains that are not read are there no longer. */
static void forget_other_hooks(size_t which, struct ipt_getinfo *info)
{
	unsigned int hooks = 0;

	for (size_t i = 0; i < NAT_LEGACY_HOOKS; i++)
		if (nat_legacy_has_hook(info, which, i))
			hooks |= 1u << nat_legacy_hooks[i].number;
	info->valid_hooks = hooks;
}

static int prune(struct pruning *p, size_t which, struct ipt_getinfo *info)
{
	int r = find_bases(p, which, info);

	if (r == 0)
		r = find_reached(p);
	if (r < 0)
		return r;
	find_places(p, info);
	forget_other_hooks(which, info);
	move_entries(p);
	return 0;
}

int nat_legacy_prune(enum ipmasq_family family, size_t which, struct ipt_getinfo *info,
		     char *entries)
{
	struct pruning p = { .family = family, .entries = entries, .size = info->size };
	size_t room;
	int r;

	if (!find_heads(&p))
		return -EBADMSG;
	room = (p.count + 1) * sizeof(*p.heads);
	p.heads = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p.heads == MAP_FAILED)
		return -ENOMEM;
	find_heads(&p);
	r = prune(&p, which, info);
	munmap(p.heads, room);
	return r;
}

int nat_legacy_number(enum ipmasq_family family, size_t which)
{
	return (int)which * 2 + (family == IPMASQ_IPV6);
}

int nat_legacy_send(int table)
{
	enum ipmasq_family family = table % 2 ? IPMASQ_IPV6 : IPMASQ_IPV4;
	size_t which = (size_t)table / 2;
	struct ipt_get_entries *entries;
	struct ipt_getinfo info;
	int r = entries_ask(STDIN_FILENO, family == IPMASQ_IPV6 ? AF_INET6 : AF_INET,
			    nat_legacy_tables[which], &info, &entries);

	if (r == 0)
		r = nat_legacy_prune(family, which, &info, (char *)entries->entrytable);
	if (r == 0)
		r = write_all(STDOUT_FILENO, &info, sizeof(info));
	if (r == 0)
		r = write_all(STDOUT_FILENO, entries->entrytable, info.size);
	return -r;
}
