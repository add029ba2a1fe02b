/* SPDX-License-Identifier: Apache-2.0 */
/* Sets and maps of nf_tables that rules refer to. */
#include "node/kernel/nat_nft_set.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "node/kernel/nft_rule.h"

/* What a set may take in memory: some million elements. */
#define MESSAGES_MAX (256u << 20)

static void set_free(struct nat_nft_set *set)
{
	free(set->name);
	free(set->elements);
	buf_release(&set->messages);
	free(set);
}

void nat_nft_sets_release(struct nat_nft_sets *sets)
{
	for (struct nat_nft_set *set = sets->first, *next; set; set = next) {
		next = set->next;
		set_free(set);
	}
	sets->first = NULL;
}

static int take_set(void *context, const struct nlmsghdr *message)
{
	struct nat_nft_set *set = context;
	struct nlattr *attr;

	mnl_attr_for_each(attr, message, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(attr) == NFTA_SET_FLAGS)
			nft_number_of(attr, &set->flags);
		if (mnl_attr_get_type(attr) == NFTA_SET_KEY_LEN)
			nft_number_of(attr, &set->key_len);
	}
	return set->key_len > 0 && set->key_len <= NAT_NFT_KEY_MAX ? 0 : -EBADMSG;
}

static int keep_elements(void *context, const struct nlmsghdr *message)
{
	struct nat_nft_set *set = context;

	if (set->messages.len > MESSAGES_MAX) {
		set->cut_short = true;
		return 0;
	}
	return nat_nft_keep(&set->messages, message);
}

static const uint8_t *key_of(const struct nat_nft_set *set, const struct nlattr *attr)
{
	const struct nlattr *value = nft_find(attr, NFTA_DATA_VALUE);

	return value && mnl_attr_get_payload_len(value) == set->key_len
		       ? mnl_attr_get_payload(value)
		       : NULL;
}

/* A counter alone makes no difference. */
static bool is_counter(const struct nlattr *attr)
{
	const char *name = nft_text(attr, NFTA_EXPR_NAME);

	return name && strcmp(name, "counter") == 0;
}

/* Whether the element is an end of an interval, and not one itself. */
#define IS_END(flags) ((flags)&NFT_SET_ELEM_INTERVAL_END)

static int add_element(struct nat_nft_set *set, const struct nlattr *nest)
{
	struct nat_nft_element element = { .data = nft_find(nest, NFTA_SET_ELEM_DATA) };
	const struct nlattr *expression = nft_find(nest, NFTA_SET_ELEM_EXPR);
	uint32_t flags = 0;

	nft_number(nest, NFTA_SET_ELEM_FLAGS, &flags);
	element.key = key_of(set, nft_find(nest, NFTA_SET_ELEM_KEY));
	element.key_end = key_of(set, nft_find(nest, NFTA_SET_ELEM_KEY_END));
	element.conditional = (expression && !is_counter(expression)) ||
			      nft_find(nest, NFTA_SET_ELEM_EXPRESSIONS);
	if (!element.key && !(flags & NFT_SET_ELEM_CATCHALL))
		return -EBADMSG;
	if (array_grow(&set->elements, &set->capacity, set->count, sizeof(*set->elements)) < 0)
		return -ENOMEM;
	/* Marks an end until pair_ends() has removed it. */
	if (IS_END(flags))
		element.until = element.key;
	set->elements[set->count++] = element;
	return 0;
}

static int add_elements(struct nat_nft_set *set, const struct nlmsghdr *message)
{
	struct nlattr *attr;
	struct nlattr *nest;

	mnl_attr_for_each(attr, message, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(attr) != NFTA_SET_ELEM_LIST_ELEMENTS)
			continue;
		mnl_attr_for_each_nested(nest, attr) {
			int r = add_element(set, nest);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

static bool is_end(const struct nat_nft_element *element)
{
	return element->key && element->until == element->key;
}

/* Where one interval ends and another begins, the end comes first; elements without a key last. */
static int compare_elements(const void *a, const void *b, void *context)
{
	const struct nat_nft_element *left = a;
	const struct nat_nft_element *right = b;
	const uint32_t *len = context;
	int r;

	if (!left->key || !right->key)
		return !left->key - !right->key;
	r = memcmp(left->key, right->key, *len);
	return r ? r : is_end(right) - is_end(left);
}

static void sort_elements(struct nat_nft_set *set)
{
	if (set->count > 1)
		qsort_r(set->elements, set->count, sizeof(*set->elements), compare_elements,
			&set->key_len);
}

/* An interval set without KEY_END has two elements for each interval. */
static void pair_ends(struct nat_nft_set *set)
{
	size_t kept = 0;

	sort_elements(set);
	for (size_t i = 0; i < set->count; i++) {
		struct nat_nft_element element = set->elements[i];

		if (is_end(&element))
			continue;
		if (element.key && i + 1 < set->count)
			element.until = set->elements[i + 1].key;
		set->elements[kept++] = element;
	}
	set->count = kept;
}

static bool has_pairs(const struct nat_nft_set *set)
{
	return set->flags & NFT_SET_INTERVAL && !(set->flags & NFT_SET_CONCAT);
}

static int read_elements(struct nat_nft_set *set)
{
	for (size_t at = 0; at < set->messages.len;) {
		const struct nlmsghdr *message = (const void *)(set->messages.data + at);
		int r = add_elements(set, message);

		if (r < 0)
			return r;
		at += NLMSG_ALIGN(message->nlmsg_len);
	}
	/* The kernel lists a hash in another order each time, which nobody could compare. */
	if (has_pairs(set))
		pair_ends(set);
	else if (set->flags & NFT_SET_ANONYMOUS)
		sort_elements(set);
	return 0;
}

static int ask_set(struct nat_nft_sets *sets, struct nat_nft_set *set)
{
	const struct nat_nft_name names[] = { { NFTA_SET_TABLE, sets->table },
					      { NFTA_SET_NAME, set->name } };
	const struct nat_nft_name lists[] = { { NFTA_SET_ELEM_LIST_TABLE, sets->table },
					      { NFTA_SET_ELEM_LIST_SET, set->name } };
	int r = nat_nft_ask(sets->ask, sets->nfproto, NFT_MSG_GETSET, false, names, take_set, set);

	if (r == 0 && set->key_len == 0)
		r = -EBADMSG;
	if (r == 0)
		r = nat_nft_ask(sets->ask, sets->nfproto, NFT_MSG_GETSETELEM, true, lists,
				keep_elements, set);
	return r == 0 ? read_elements(set) : r;
}

int nat_nft_set_get(struct nat_nft_sets *sets, const char *name, const struct nat_nft_set **set)
{
	struct nat_nft_set *made;
	int r;

	for (made = sets->first; made; made = made->next) {
		if (strcmp(made->name, name) != 0)
			continue;
		*set = made;
		return 0;
	}
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->name = strdup(name);
	r = made->name ? ask_set(sets, made) : -ENOMEM;
	if (r < 0) {
		set_free(made);
		return r;
	}
	made->next = sets->first;
	sets->first = made;
	*set = made;
	return 0;
}

static void subtract_one(uint8_t *number, size_t len)
{
	while (len > 0 && number[--len]-- == 0)
		;
}

void nat_nft_element_range(const struct nat_nft_set *set, const struct nat_nft_element *element,
			   uint8_t *first, uint8_t *last)
{
	memset(first, 0, set->key_len);
	memset(last, 0xff, set->key_len);
	if (!element->key)
		return;
	memcpy(first, element->key, set->key_len);
	if (element->key_end) {
		memcpy(last, element->key_end, set->key_len);
	} else if (!has_pairs(set)) {
		memcpy(last, element->key, set->key_len);
	} else if (element->until) {
		memcpy(last, element->until, set->key_len);
		subtract_one(last, set->key_len);
	}
}
