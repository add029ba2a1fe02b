/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule of nf_tables looks up in sets and maps, as conditions of a model. A map of verdicts
 * makes several rules of one number. */
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/kernel/nat_nft_key.h"
#include "node/kernel/nft_rule.h"
#include "util/common.h"

/* More elements of several parts than this are not told apart. */
#define ALONE_MAX 4096
/* More values of one field than this do not make a rule each, nor do more of several: the walk with
 * all packets keeps sources apart that fare differently. */
#define CHOICES_MAX 64
#define KEYS_MAX    512

static void add_words(struct nat_nft_lookup *l, const struct nat_condition *condition)
{
	nat_draft_add(l->r->draft, condition, NAT_SLOT_REST, "%s",
		      l->words.data ? l->words.data : "");
}

static void add_unknown(struct nat_nft_lookup *l)
{
	const struct nat_condition unknown = { .kind = NAT_ON_UNKNOWN };

	add_words(l, &unknown);
}

/* A list of the elements that count: all, or some of a map. */
struct chosen {
	const struct nat_nft_element *const *elements;
	size_t count;
};

static bool is_address(const struct nat_nft_part *part)
{
	return part->load.field == NAT_FIELD_SOURCE || part->load.field == NAT_FIELD_DESTINATION;
}

/* The addresses of the elements. False: they are not known. */
static bool add_addresses(struct nat_nft_lookup *l, const struct nat_nft_part *part,
			  const struct chosen *chosen, struct nat_set *set)
{
	for (size_t i = 0; i < chosen->count; i++) {
		struct nat_value value;
		struct addr first;
		struct addr last;

		nat_nft_key_value(l, part, chosen->elements[i], &value);
		if (!nat_nft_address_range(&part->load, &value, &first, &last))
			return false;
		if (ranges_add_range(&set->ranges, first, last) < 0) {
			l->r->draft->error = -ENOMEM;
			return true;
		}
		set->partial |= chosen->elements[i]->conditional;
	}
	ranges_unite(&set->ranges);
	return true;
}

/* Packets may add elements to a set, and others cannot be kept. */
static bool is_complete(const struct nat_nft_set *set)
{
	return !(set->flags & NFT_SET_EVAL) && !set->cut_short;
}

static void add_address_set(struct nat_nft_lookup *l, const struct nat_nft_part *part,
			    const struct chosen *chosen, bool negated)
{
	struct nat_condition condition = {
		.kind = part->load.field == NAT_FIELD_SOURCE ? NAT_ON_SOURCE : NAT_ON_DESTINATION,
		.negated = negated,
	};
	struct nat_set *set = nat_draft_new_set(l->r->draft, part->load.family);

	if (!set)
		return;
	set->partial = l->count > 1;
	set->complete = is_complete(l->set);
	if (!(l->set->flags & NFT_SET_ANONYMOUS)) {
		set->name = strdup(l->set->name);
		if (!set->name)
			l->r->draft->error = -ENOMEM;
	}
	if (add_addresses(l, part, chosen, set))
		condition.set = set;
	add_words(l, &condition);
}

static void add_port_set(struct nat_nft_lookup *l, const struct nat_nft_part *part,
			 const struct chosen *chosen)
{
	struct nat_condition condition = {
		.kind = part->load.field == NAT_FIELD_SOURCE_PORT ? NAT_ON_SOURCE_PORT
								  : NAT_ON_DESTINATION_PORT,
		.negated = l->inverted,
	};
	struct nat_ports *ports = calloc(chosen->count + 1, sizeof(*ports));

	if (!ports) {
		l->r->draft->error = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < chosen->count; i++) {
		struct nat_value value;

		nat_nft_key_value(l, part, chosen->elements[i], &value);
		ports[i] = (struct nat_ports){
			.first = (uint16_t)(value.first[0] << 8 | value.first[1]),
			.last = (uint16_t)(value.last[0] << 8 | value.last[1]),
		};
	}
	condition.ports.ranges = nat_draft_ports(l->r->draft, ports, chosen->count);
	condition.ports.count = chosen->count;
	free(ports);
	add_words(l, &condition);
}

static void add_protocol_set(struct nat_nft_lookup *l, const struct nat_nft_part *part,
			     const struct chosen *chosen)
{
	struct nat_condition condition = { .kind = NAT_ON_IP_PROTOCOL, .negated = l->inverted };

	for (size_t i = 0; i < chosen->count; i++) {
		struct nat_value value;

		nat_nft_key_value(l, part, chosen->elements[i], &value);
		for (unsigned int p = value.first[0]; p <= value.last[0]; p++)
			condition.protocols[p / 64] |= UINT64_C(1) << p % 64;
	}
	add_words(l, &condition);
}

/* None of several values is one condition each. */
static void add_each(struct nat_nft_lookup *l, const struct nat_nft_part *part,
		     const struct chosen *chosen)
{
	for (size_t i = 0; i < chosen->count; i++) {
		struct nat_value value;
		size_t mark = nat_draft_mark(l->r->draft, NAT_SLOT_REST);

		nat_nft_key_value(l, part, chosen->elements[i], &value);
		nat_nft_compare(l->r, &part->load, &value);
		l->r->draft->slots[NAT_SLOT_REST].len = mark;
	}
	nat_draft_say(l->r->draft, NAT_SLOT_REST, "%s", l->words.data ? l->words.data : "");
}

/* Makes a rule for each key of the set. */
static void choose(struct nat_nft_lookup *l)
{
	l->r->choice = l->set;
	l->r->choice_count = l->count;
	memcpy(l->r->choice_parts, l->parts, sizeof(l->parts));
	nat_draft_say(l->r->draft, NAT_SLOT_REST, "%s", l->words.data ? l->words.data : "");
}

/* One of several values makes a rule for each, once in a rule. */
static void add_choice(struct nat_nft_lookup *l, const struct nat_nft_part *part,
		       const struct chosen *chosen)
{
	if (chosen->count == 1 || l->inverted) {
		add_each(l, part, chosen);
	} else if (l->r->choice || chosen->count > CHOICES_MAX || chosen->count != l->set->count) {
		add_unknown(l);
	} else {
		choose(l);
	}
}

static void add_one_part(struct nat_nft_lookup *l, const struct chosen *chosen)
{
	const struct nat_nft_part *part = &l->parts[0];

	if (is_address(part)) {
		add_address_set(l, part, chosen, l->inverted);
		return;
	}
	if (!is_complete(l->set)) {
		add_unknown(l);
		return;
	}
	switch (part->load.field) {
	case NAT_FIELD_SOURCE_PORT:
	case NAT_FIELD_DESTINATION_PORT:
		add_port_set(l, part, chosen);
		break;
	case NAT_FIELD_PROTOCOL:
		add_protocol_set(l, part, chosen);
		break;
	case NAT_FIELD_NONE:
	case NAT_FIELD_OTHER:
	case NAT_FIELD_CONSTANT:
	case NAT_FIELD_CHANCE:
		add_unknown(l);
		break;
	default:
		add_choice(l, part, chosen);
		break;
	}
}

/* Whether the keys can make a rule each, so that what they say of several fields together is exact:
 * once in a rule, of a set that is known, with fields that a condition can hold. */
static bool can_choose(const struct nat_nft_lookup *l, const struct chosen *chosen)
{
	const struct nat_nft_part *last = &l->parts[l->count - 1];

	if (l->inverted || l->r->choice || !is_complete(l->set) || chosen->count != l->set->count ||
	    chosen->count == 0 || chosen->count > KEYS_MAX)
		return false;
	/* Each part takes registers of four bytes. */
	if (last->at + ((last->load.len + 3) & ~3u) < l->set->key_len)
		return false;
	for (size_t i = 0; i < l->count; i++)
		if (l->parts[i].load.field == NAT_FIELD_NONE ||
		    l->parts[i].load.field == NAT_FIELD_OTHER ||
		    l->parts[i].load.len > NAT_LOAD_BYTES)
			return false;
	return true;
}

/* Otherwise of a key with several parts only addresses are known: a packet whose address is in no
 * element does not match. */
static void add_several_parts(struct nat_nft_lookup *l, const struct chosen *chosen)
{
	size_t added = 0;

	if (can_choose(l, chosen)) {
		choose(l);
		return;
	}
	for (size_t i = 0; i < l->count && (added == 0 || !l->inverted); i++) {
		size_t mark = nat_draft_mark(l->r->draft, NAT_SLOT_REST);

		if (!is_address(&l->parts[i]))
			continue;
		add_address_set(l, &l->parts[i], chosen, l->inverted);
		l->r->draft->slots[NAT_SLOT_REST].len = mark;
		added++;
	}
	if (added == 0)
		add_unknown(l);
	else
		nat_draft_say(l->r->draft, NAT_SLOT_REST, "%s", l->words.data ? l->words.data : "");
}

static void add_key(struct nat_nft_lookup *l, const struct chosen *chosen)
{
	if (l->count == 1)
		add_one_part(l, chosen);
	else
		add_several_parts(l, chosen);
}

/* All elements as a list, to be freed. */
static const struct nat_nft_element **list_elements(struct nat_nft_lookup *l)
{
	const struct nat_nft_element **list =
		calloc(l->set->count + 1, sizeof(const struct nat_nft_element *));

	if (!list)
		l->r->draft->error = -ENOMEM;
	for (size_t i = 0; list && i < l->set->count; i++)
		list[i] = &l->set->elements[i];
	return list;
}

static const struct nlattr *verdict_of(const struct nat_nft_element *element)
{
	return nft_find(element->data, NFTA_DATA_VERDICT);
}

static int compare_verdicts(const void *a, const void *b)
{
	const struct nlattr *left = verdict_of(*(const struct nat_nft_element *const *)a);
	const struct nlattr *right = verdict_of(*(const struct nat_nft_element *const *)b);
	uint16_t left_len = left ? mnl_attr_get_payload_len(left) : 0;
	uint16_t right_len = right ? mnl_attr_get_payload_len(right) : 0;

	if (left_len != right_len)
		return left_len < right_len ? -1 : 1;
	return left_len == 0
		       ? 0
		       : memcmp(mnl_attr_get_payload(left), mnl_attr_get_payload(right), left_len);
}

/* Adds the conditions of one element, each part exactly. */
static void add_element(struct nat_nft_lookup *l, const struct nat_nft_element *element)
{
	for (size_t i = 0; i < l->count; i++) {
		struct nat_value value;

		nat_nft_key_value(l, &l->parts[i], element, &value);
		if (l->parts[i].load.field == NAT_FIELD_OTHER)
			add_unknown(l);
		else
			nat_nft_compare(l->r, &l->parts[i].load, &value);
	}
}

/* Adds a rule for the elements, which have one verdict. @all: those of the map, where the elements
 * are what stands for all others. */
static void add_branch(struct nat_nft_lookup *l, const struct chosen *chosen,
		       const struct chosen *all)
{
	struct nat_draft *draft = l->r->draft;
	const struct nat_draft before = *draft;
	const struct nat_nft_set *choice = l->r->choice;
	bool alone = l->count > 1 || !is_address(&l->parts[0]);
	size_t lens[NAT_SLOTS];

	for (size_t i = 0; i < NAT_SLOTS; i++)
		lens[i] = draft->slots[i].len;
	if (!chosen->elements[0]->key && is_address(&l->parts[0]) && l->count == 1)
		add_address_set(l, &l->parts[0], all, true);
	else if (!chosen->elements[0]->key || (alone && chosen->count > 1))
		add_unknown(l);
	else if (alone)
		add_element(l, chosen->elements[0]);
	else
		add_address_set(l, &l->parts[0], chosen, false);
	nat_nft_verdict(l->r, verdict_of(chosen->elements[0]));
	for (size_t i = 0; i < NAT_SLOTS; i++)
		draft->slots[i].len = lens[i];
	nat_nft_rule_add(l->r);
	draft->count = before.count;
	draft->rule = before.rule;
	l->r->choice = choice;
}

/* Elements with one verdict are one rule where their keys are addresses, else each is one. */
static void add_branches(struct nat_nft_lookup *l)
{
	const struct nat_nft_element **list = list_elements(l);
	bool alone = (l->count > 1 || !is_address(&l->parts[0])) && l->set->count <= ALONE_MAX;
	struct chosen others = { .elements = list };
	size_t count = l->set->count;
	size_t next;

	if (!list)
		return;
	/* What stands for all others is last. */
	if (count > 0 && !list[count - 1]->key)
		others.count = count - 1;
	else
		others.count = count;
	for (size_t i = others.count; i < count; i++)
		add_branch(l, &(struct chosen){ list + i, 1 }, &others);
	array_sort(list, others.count, sizeof(*list), compare_verdicts);
	for (size_t i = 0; i < others.count && !l->r->error; i = next) {
		next = i + 1;
		while (!alone && next < others.count &&
		       compare_verdicts(&list[i], &list[next]) == 0)
			next++;
		add_branch(l, &(struct chosen){ list + i, next - i }, &others);
	}
	free(list);
	l->r->added = true;
	l->r->ended = true;
}

static void read_lookup(struct nat_nft_lookup *l, const struct nlattr *data)
{
	uint32_t to;
	bool to_register = nft_number(data, NFTA_LOOKUP_DREG, &to);
	const struct nat_nft_element **list;
	uint32_t flags = 0;

	nft_number(data, NFTA_LOOKUP_FLAGS, &flags);
	l->inverted = flags & NFT_LOOKUP_F_INV;
	nat_nft_find_parts(l, data);
	nat_nft_find_words(l, !to_register ? "" : to == NFT_REG_VERDICT ? " vmap" : " map");
	nat_nft_forget_implied(l->r);
	if (l->count == 0) {
		add_unknown(l);
	} else if (to_register && to == NFT_REG_VERDICT) {
		nat_draft_say(l->r->draft, NAT_SLOT_REST, "%s", l->words.data ? l->words.data : "");
		add_branches(l);
	} else {
		list = list_elements(l);
		if (list)
			add_key(l, &(struct chosen){ list, l->set->count });
		free(list);
		if (to_register)
			nat_nft_load_other(&l->r->registers, data, NFTA_LOOKUP_DREG,
					   l->words.data ? l->words.data + 1 : "map");
	}
	if (l->words.error)
		l->r->draft->error = -ENOMEM;
}

void nat_nft_lookup(struct nat_nft_rule *r, const struct nlattr *data)
{
	const char *name = nft_text(data, NFTA_LOOKUP_SET);
	struct nat_nft_lookup l = { .r = r, .words = BUF_INIT };
	int error = name ? nat_nft_set_get(r->sets, name, &l.set) : -EBADMSG;

	r->no_words = true;
	if (error == 0) {
		read_lookup(&l, data);
	} else if (error == -ENOMEM || error == -EINTR) {
		r->error = error;
	} else {
		/* It cannot be read, and if it was a map of verdicts, it may do anything. */
		nat_draft_add_unknown(r->draft, NAT_SLOT_REST, " @%.100s", name ? name : "?");
		if (nft_find(data, NFTA_LOOKUP_DREG)) {
			r->draft->rule.verdict = NAT_UNKNOWN;
			r->ended = true;
		}
	}
	buf_release(&l.words);
}
