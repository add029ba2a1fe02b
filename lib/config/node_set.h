/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of scalars, to find keys that are given twice. */
#ifndef LIBIPMASQ_NODE_SET_H
#define LIBIPMASQ_NODE_SET_H

#include "config/document.h"

struct node_set {
	/* A tree of tsearch(3). */
	void *root;
};

/*
 * Adds a scalar. @first becomes the one with the same value that is in the set already, or NULL
 * where @node is new. -ENOMEM.
 */
int node_set_add(struct node_set *set, const struct node *node, const struct node **first);
void node_set_release(struct node_set *set);

#endif
