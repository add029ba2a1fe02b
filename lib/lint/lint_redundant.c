/* SPDX-License-Identifier: Apache-2.0 */
/* Looks for entries of a list that say what others say already. */
#include "lint/lint_redundant.h"

#include <stdlib.h>

#include "lint/lint_edit.h"

/* An item of another input is no reason to take this one out of its file. */
static int report_superfluous(struct lint_run *run, const struct lint_list *list,
			      const struct lint_item *item, bool leads)
{
	const struct lint_item *cover = &list->items[item->cover];
	bool same = prefix_equal(&item->prefix, &cover->prefix);
	char inner[PREFIX_TEXT_MAX], outer[PREFIX_TEXT_MAX];
	char place[LINT_PLACE_MAX];
	int r;

	if (same && item->part != cover->part)
		return 0;
	prefix_format(&item->prefix, inner);
	prefix_format(&cover->prefix, outer);
	if (same)
		r = diag_add(run->diags, IPMASQ_WARNING, "duplicate-entry", &item->pos, NULL,
			     "%s is in %s already (%s)", inner, config_key_name(list->key),
			     lint_place(&cover->pos, &item->pos, place));
	else
		r = diag_add(run->diags, IPMASQ_NOTE, "covered-entry", &item->pos, NULL,
			     "%s lies inside %s, which %s has too (%s)", inner, outer,
			     config_key_name(list->key),
			     lint_place(&cover->pos, &item->pos, place));
	if (r < 0 || item->part != cover->part)
		return r;
	return lint_edit_removal(run->diags, &item->pos, leads);
}

int lint_superfluous(struct lint_run *run)
{
	int r = 0;

	for (size_t k = 0; k < ARRAY_SIZE(run->lists); k++) {
		const struct lint_list *list = &run->lists[k];
		bool leads = true;

		for (size_t i = 0; i < list->count && r == 0; i++) {
			const struct lint_item *item = &list->items[i];

			if (i > 0 && item->part != list->items[i - 1].part)
				leads = true;
			if (item->cover == ITEM_NONE)
				leads = false;
			else
				r = report_superfluous(run, list, item, leads);
		}
	}
	return r;
}

/* Items as one prefix; `item` is the first of them in the file. */
struct merged {
	struct prefix prefix;
	uint32_t item;
	uint32_t part;
	uint32_t count;
};

/* Whether two prefixes are the halves of a third. */
static bool are_siblings(const struct merged *left, const struct merged *right,
			 struct prefix *parent)
{
	if (left->prefix.len != right->prefix.len || left->prefix.len == 0 ||
	    left->part != right->part)
		return false;
	*parent = left->prefix;
	parent->len--;
	return addr_equal(addr_next(prefix_last(&left->prefix)), right->prefix.addr) &&
	       prefix_covers(parent, &right->prefix) &&
	       addr_equal(left->prefix.addr,
			  (struct addr){ left->prefix.addr.hi & addr_mask(parent->len).hi,
					 left->prefix.addr.lo & addr_mask(parent->len).lo });
}

static size_t merge_tops(const struct lint_list *list, int side, struct merged *merged)
{
	struct prefix parent;
	size_t depth = 0;

	for (size_t i = 0; i < list->top_count[side]; i++) {
		const struct lint_top *top = &list->tops[side][i];

		merged[depth++] =
			(struct merged){ top->prefix, top->item, list->items[top->item].part, 1 };
		while (depth > 1 && are_siblings(&merged[depth - 2], &merged[depth - 1], &parent)) {
			struct merged *left = &merged[depth - 2];

			left->prefix = parent;
			left->count += left[1].count;
			if (left[1].item < left->item)
				left->item = left[1].item;
			depth--;
		}
	}
	return depth;
}

static int report_merged(struct lint_run *run, const struct lint_list *list,
			 const struct merged *merged)
{
	const struct lint_item *item = &list->items[merged->item];
	char text[PREFIX_TEXT_MAX];

	prefix_format(&merged->prefix, text);
	/* What to write here would be only half of the change. */
	return diag_add(run->diags, IPMASQ_NOTE, "mergeable-entries", &item->pos, NULL,
			"this entry and %u more of %s make up %s together, which can stand in "
			"their place",
			merged->count - 1, config_key_name(list->key), text);
}

int lint_mergeable(struct lint_run *run)
{
	int r = 0;

	for (size_t k = 0; k < ARRAY_SIZE(run->lists) && r == 0; k++) {
		const struct lint_list *list = &run->lists[k];

		for (int side = 0; side < 2 && r == 0; side++) {
			struct merged *merged =
				malloc((list->top_count[side] + 1) * sizeof(*merged));
			size_t count;

			if (!merged)
				return -ENOMEM;
			count = merge_tops(list, side, merged);
			for (size_t i = 0; i < count && r == 0; i++)
				if (merged[i].count > 1)
					r = report_merged(run, list, &merged[i]);
			free(merged);
		}
	}
	return r;
}
