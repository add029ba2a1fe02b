/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps scalars in a binary tree, by value. */
#include "config/node_set.h"

#include <search.h>

static int compare_values(const void *a, const void *b)
{
	const struct node *left = a;
	const struct node *right = b;
	size_t len = left->value_len < right->value_len ? left->value_len : right->value_len;
	int order = memcmp(left->value, right->value, len);

	if (order != 0)
		return order;
	return left->value_len < right->value_len ? -1 : left->value_len > right->value_len;
}

int node_set_add(struct node_set *set, const struct node *node, const struct node **first)
{
	const struct node *const *found = tsearch(node, &set->root, compare_values);

	if (!found)
		return -ENOMEM;
	*first = *found == node ? NULL : *found;
	return 0;
}

/* The nodes belong to their document. */
static void keep_node(void *node)
{
	(void)node;
}

void node_set_release(struct node_set *set)
{
	tdestroy(set->root, keep_node);
	*set = (struct node_set){ 0 };
}
