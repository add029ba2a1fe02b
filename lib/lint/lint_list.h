/* SPDX-License-Identifier: Apache-2.0 */
/* A list of CIDRs as it was written, in all parts of a configuration. */
#ifndef LIBIPMASQ_LINT_LIST_H
#define LIBIPMASQ_LINT_LIST_H

#include "config/config.h"

#define ITEM_NONE UINT32_MAX

struct lint_item {
	struct prefix prefix;
	struct pos pos;
	/* The part of the configuration that it is in. */
	uint32_t part;
	/* The item that stays and is equal to this one or has all of it, or ITEM_NONE. */
	uint32_t cover;
};

/* An item that no other one of its list covers. Sorted by address they are disjoint. */
struct lint_top {
	struct prefix prefix;
	uint32_t item;
};

/* The items are in the order read, duplicates included. */
struct lint_list {
	enum config_key key;
	bool given;
	/* Of the key, where it is given. */
	struct pos pos;
	struct lint_item *items;
	size_t count;
	/* Of IPv4 and IPv6. */
	struct lint_top *tops[2];
	size_t top_count[2];
};

/* -ENOMEM; lint_list_release() is due in any case. */
int lint_list_read(struct lint_list *list, const struct ipmasq_config *config, enum config_key key);
void lint_list_release(struct lint_list *list);

#endif
