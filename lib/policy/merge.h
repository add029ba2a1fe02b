/* SPDX-License-Identifier: Apache-2.0 */
/* The values of a configuration that was read from several inputs: one per key. */
#ifndef LIBIPMASQ_MERGE_H
#define LIBIPMASQ_MERGE_H

#include "config/config.h"

/* A switch or number, as the parts of the configuration give it together. */
struct merged_value {
	/* Whether some part gives it. */
	bool present;
	bool flag;
	uint64_t number;
	struct pos pos;
};

/*
 * Booleans that differ between parts are the finding `conflict`, or are OR'ed where the profile
 * says so. -EINVAL, -ENOMEM.
 */
int merge_switch(const struct ipmasq_config *config, const struct profile *profile,
		 enum config_key key, struct ipmasq_diags *diags, struct merged_value *merged);

/* The smallest number; a note where the parts differ. -ENOMEM. */
int merge_smallest(const struct ipmasq_config *config, enum config_key key,
		   struct ipmasq_diags *diags, struct merged_value *merged);

struct merged_item {
	struct prefix prefix;
	struct pos pos;
	/* The name that the prefix is an address of, or NULL. Belongs to the configuration. */
	const char *host;
};

struct merged_list {
	/* Whether some part gives the list. */
	bool given;
	/* Where the first part gives it. */
	struct pos pos;
	/* To be freed. */
	struct merged_item *items;
	size_t count;
	/* The number of items as written: a name is one, and duplicates count. */
	size_t written;
};

/*
 * The items of a list in all parts, in the order read, each prefix once; in place of a host name
 * its addresses, or the finding `host-name` where none is known. -ENOMEM; list->items is to be
 * freed in any case.
 */
int merge_list(const struct ipmasq_config *config, const struct ipmasq_hosts *hosts,
	       enum config_key key, struct ipmasq_diags *diags, struct merged_list *list);

#endif
