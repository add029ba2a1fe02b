/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a legacy table into a model. */
#include "node/kernel/nat_legacy.h"

#include <stdlib.h>
#include <string.h>

#include "node/kernel/nat_entry.h"

const char *const nat_legacy_tables[NAT_LEGACY_TABLES] = {
	"nat", "raw", "mangle", "filter", "security",
};

/* As the kernel registers them (linux/netfilter_ipv4.h), here for nat at postrouting. */
static const int priorities[NAT_LEGACY_TABLES] = { 100, -300, -150, 0, 50 };

const struct nat_legacy_hook nat_legacy_hooks[NAT_LEGACY_HOOKS] = {
	{ "PREROUTING", NF_INET_PRE_ROUTING, NAT_PREROUTING },
	{ "FORWARD", NF_INET_FORWARD, NAT_FORWARD },
	{ "POSTROUTING", NF_INET_POST_ROUTING, NAT_POSTROUTING },
};

bool nat_legacy_has_hook(const struct ipt_getinfo *info, size_t which, size_t hook)
{
	return info->valid_hooks & 1u << nat_legacy_hooks[hook].number &&
	       (which != NAT_LEGACY_NAT || nat_legacy_hooks[hook].hook == NAT_POSTROUTING);
}

/* A chain of a user. */
struct head {
	/* Of the entry with its name, and of its first rule. */
	size_t at;
	size_t first;
	const char *name;
	size_t name_len;
	/* Its number in the model; NAT_NO_CHAIN: nothing led to it so far. */
	uint32_t chain;
};

/* A chain whose rules are still to be read. */
struct task {
	uint32_t chain;
	size_t first;
	/* Where the entry begins that is no rule any more. */
	size_t end;
};

struct legacy {
	struct nat_draft *draft;
	struct nat_ipsets *ipsets;
	enum ipmasq_family family;
	struct nat_table *table;
	const char *entries;
	size_t size;
	/* In the order of the table; the last is the end of it. */
	struct head *heads;
	size_t head_count;
	size_t head_capacity;
	struct task *tasks;
	size_t task_count;
	size_t task_capacity;
};

static bool entry_at(const struct legacy *l, size_t at, struct nat_entry *e)
{
	return nat_entry_at(l->family, l->entries, l->size, at, e);
}

static bool starts_entry(const struct legacy *l, size_t offset)
{
	return nat_entry_starts_at(l->family, l->entries, l->size, offset);
}

/* The entry with the name of a chain. */
static int add_head(struct legacy *l, size_t at, const struct nat_entry *e)
{
	const char *name = (const char *)nat_entry_target(e)->data;
	size_t name_len = strnlen(name, nat_entry_target_len(e));

	if (name_len == 0 || name_len == nat_entry_target_len(e))
		return -EBADMSG;
	if (array_grow(&l->heads, &l->head_capacity, l->head_count, sizeof(*l->heads)) < 0)
		return -ENOMEM;
	l->heads[l->head_count++] = (struct head){ .at = at,
						   .first = at + e->len,
						   .name = name,
						   .name_len = name_len,
						   .chain = NAT_NO_CHAIN };
	return 0;
}

/* Also makes sure that each entry is whole, so that later nothing needs to be. */
static int find_heads(struct legacy *l)
{
	struct nat_entry e;
	int r = 0;

	for (size_t at = 0; at < l->size && r == 0; at += e.len) {
		if (!entry_at(l, at, &e))
			return -EBADMSG;
		if (nat_entry_is_head(&e))
			r = add_head(l, at, &e);
	}
	return r;
}

static int add_task(struct legacy *l, uint32_t chain, size_t first, size_t end)
{
	if (array_grow(&l->tasks, &l->task_capacity, l->task_count, sizeof(*l->tasks)) < 0)
		return -ENOMEM;
	l->tasks[l->task_count++] = (struct task){ chain, first, end };
	return 0;
}

static struct head *head_of(struct legacy *l, size_t first)
{
	size_t low = 0;
	size_t high = l->head_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (l->heads[middle].first < first)
			low = middle + 1;
		else
			high = middle;
	}
	/* The last one is no chain. */
	return low + 1 < l->head_count && l->heads[low].first == first ? &l->heads[low] : NULL;
}

/* The number of the chain whose first rule is there, which is read later. */
static int reach(struct legacy *l, size_t first, uint32_t *chain)
{
	struct head *head = head_of(l, first);
	int r;

	if (!head)
		return -EBADMSG;
	if (head->chain == NAT_NO_CHAIN) {
		r = nat_need_chain(l->table, head->name, head->name_len, &head->chain);
		if (r == 0 && !nat_draft_skip_chain(l->draft, l->table, head->chain))
			r = add_task(l, head->chain, first, head[1].at);
		if (r < 0)
			return r;
	}
	*chain = head->chain;
	return 0;
}

static void add_matches(struct legacy *l, const struct nat_entry *e)
{
	size_t at = e->matches;

	while (at < e->target) {
		const struct xt_entry_match *match = (const void *)(e->part + at);
		struct nat_xt xt = { .family = l->family, .ipsets = l->ipsets };
		size_t room = e->target - at;

		if (room < sizeof(*match) || match->u.match_size < sizeof(*match) ||
		    !nat_entry_is_aligned(match->u.match_size) || match->u.match_size > room ||
		    !nat_entry_has_name(match->u.user.name, sizeof(match->u.user.name))) {
			nat_draft_add_unknown(l->draft, NAT_SLOT_REST, " -m ...");
			return;
		}
		xt.name = match->u.user.name;
		xt.revision = match->u.user.revision;
		xt.info = match->data;
		xt.len = match->u.match_size - sizeof(*match);
		nat_xt_match(l->draft, &xt);
		at += match->u.match_size;
	}
}

static enum nat_verdict verdict_of(int code)
{
	switch (code) {
	case -NF_ACCEPT - 1:
		return NAT_ACCEPT;
	case -NF_DROP - 1:
		return NAT_DROP;
	case -NF_QUEUE - 1:
		return NAT_QUEUE;
	case XT_RETURN:
		return NAT_RETURN;
	default:
		return NAT_UNKNOWN;
	}
}

static void say_verdict(struct nat_draft *draft)
{
	static const char *const names[] = {
		[NAT_ACCEPT] = "ACCEPT",
		[NAT_RETURN] = "RETURN",
		[NAT_DROP] = "DROP",
		[NAT_QUEUE] = "QUEUE",
	};
	const char *name = NAME_OF(names, draft->rule.verdict);

	nat_draft_say(draft, NAT_SLOT_TARGET, " -j %s", name ? name : "...");
}

/* A verdict is the offset of the entry that it leads to, or a negative number. A rule without a
 * target leads to the next one. */
static int add_verdict(struct legacy *l, const struct nat_entry *e, size_t next)
{
	struct nat_rule *rule = &l->draft->rule;
	int code;
	int r;

	if (nat_entry_target_len(e) < sizeof(code))
		return -EBADMSG;
	memcpy(&code, nat_entry_target(e)->data, sizeof(code));
	if (code < 0) {
		rule->verdict = verdict_of(code);
		say_verdict(l->draft);
		return 0;
	}
	if ((size_t)code == next && !e->is_goto)
		return 0;
	r = reach(l, (size_t)code, &rule->chain);
	if (r < 0)
		return r;
	rule->verdict = e->is_goto ? NAT_GOTO : NAT_JUMP;
	nat_draft_say(l->draft, NAT_SLOT_TARGET, " -%c %s", e->is_goto ? 'g' : 'j',
		      l->table->chains[rule->chain].name);
	return 0;
}

static int add_target(struct legacy *l, const struct nat_entry *e, size_t next)
{
	const struct xt_entry_target *target = nat_entry_target(e);
	struct nat_xt xt = { .family = l->family,
			     .name = target->u.user.name,
			     .revision = target->u.user.revision,
			     .info = target->data,
			     .len = nat_entry_target_len(e) };

	if (!*target->u.user.name)
		return add_verdict(l, e, next);
	nat_xt_target(l->draft, &xt);
	return 0;
}

static int read_rule(struct legacy *l, uint32_t chain, size_t number, const struct nat_entry *e,
		     size_t next)
{
	CLEANUP(buf_release) struct buf prefix = BUF_INIT;
	int r;

	nat_draft_begin(l->draft, NAT_WORDS_IPTABLES);
	l->draft->rule.number = number;
	nat_xt_entry(l->draft, l->family, e->part);
	add_matches(l, e);
	r = add_target(l, e, next);
	buf_printf(&prefix, "-A %s", l->table->chains[chain].name);
	if (r == 0 && prefix.error)
		r = -ENOMEM;
	if (r == 0)
		r = nat_draft_end(l->draft, prefix.data);
	return r < 0 ? r : nat_add_rule(l->table, chain, &l->draft->rule);
}

/* The last entry of a chain is no rule. */
static int read_chain(struct legacy *l, const struct task *task)
{
	size_t number = 1;
	struct nat_entry e;
	int r = 0;

	for (size_t at = task->first; at < task->end && r == 0; at += e.len) {
		if (!entry_at(l, at, &e))
			return -EBADMSG;
		if (at + e.len == task->end)
			break;
		r = read_rule(l, task->chain, number++, &e, at + e.len);
	}
	return r;
}

static int start_base_chain(struct legacy *l, size_t which, size_t hook,
			    const struct ipt_getinfo *info)
{
	size_t first = info->hook_entry[nat_legacy_hooks[hook].number];
	size_t policy = info->underflow[nat_legacy_hooks[hook].number];
	struct nat_chain *chain;
	struct nat_entry e;
	uint32_t index;
	int code;

	if (first > policy || !starts_entry(l, first) || !starts_entry(l, policy) ||
	    !entry_at(l, policy, &e) || nat_entry_target_len(&e) < sizeof(code))
		return -EBADMSG;
	if (nat_need_chain(l->table, nat_legacy_hooks[hook].name,
			   strlen(nat_legacy_hooks[hook].name), &index) < 0)
		return -ENOMEM;
	memcpy(&code, nat_entry_target(&e)->data, sizeof(code));
	chain = &l->table->chains[index];
	chain->hook = nat_legacy_hooks[hook].hook;
	chain->type = which == NAT_LEGACY_NAT ? NAT_TYPE_NAT : NAT_TYPE_FILTER;
	chain->priority = priorities[which];
	chain->policy = verdict_of(code) == NAT_DROP ? NAT_DROP : NAT_ACCEPT;
	return add_task(l, index, first, policy + e.len);
}

static int read_table(struct legacy *l, size_t which, const struct ipt_getinfo *info)
{
	int r = find_heads(l);

	for (size_t i = 0; i < NAT_LEGACY_HOOKS && r == 0; i++)
		if (nat_legacy_has_hook(info, which, i))
			r = start_base_chain(l, which, i, info);
	for (size_t i = 0; i < l->task_count && r == 0; i++) {
		const struct task task = l->tasks[i];

		r = read_chain(l, &task);
	}
	return r;
}

int nat_legacy_read(struct nat_draft *draft, struct nat_ipsets *ipsets, enum ipmasq_family family,
		    size_t which, const struct ipt_getinfo *info, const char *entries)
{
	struct legacy l = { .draft = draft,
			    .ipsets = ipsets,
			    .family = family,
			    .entries = entries,
			    .size = info->size };
	int r = nat_add_table(draft->model, NAT_LEGACY, NAT_FAMILY(family),
			      nat_legacy_tables[which], NULL, &l.table);

	if (r == 0)
		r = read_table(&l, which, info);
	free(l.heads);
	free(l.tasks);
	return r;
}
