/* SPDX-License-Identifier: Apache-2.0 */
/* Several inputs, one value a key: what the parts of a configuration say together. */
#ifndef LIBIPMASQ_MERGE_H
#define LIBIPMASQ_MERGE_H

#include "profile/profile.h"

/* A switch or number: its value where some part gives it, and where. */
struct merged_value {
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
	const char *host; /* the name that the prefix is an address of, or NULL; the config's */
};

struct merged_list {
	bool given; /* some part gives the list */
	struct merged_item *items; /* to be freed */
	size_t count;
	size_t written; /* items as they were written: a name is one, and duplicates count */
};

/*
 * The items of a list in all parts, in the order read, each prefix once; in place of a host name
 * its addresses, or the finding `host-name` where none is known. -ENOMEM; list->items is to be
 * freed in any case.
 */
int merge_list(const struct ipmasq_config *config, const struct ipmasq_hosts *hosts,
	       enum config_key key, struct ipmasq_diags *diags, struct merged_list *list);

#endif
