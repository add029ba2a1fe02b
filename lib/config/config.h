/* SPDX-License-Identifier: Apache-2.0 */
/* Which keys did the user write, with which types? No defaults here, and nothing is merged: one
 * part an input. */
#ifndef LIBIPMASQ_CONFIG_H
#define LIBIPMASQ_CONFIG_H

#include "profile/options.h"
#include "util/text.h"
#include "util/names.h"
#include "util/prefix.h"

struct config_item {
	struct prefix prefix; /* of family 0: a host name, see item_host() */
	struct pos pos;
};

struct config_value {
	bool present; /* the key stands there, and not with null (a list's null is present, and
			 empty) */
	bool null; /* a list that is empty because there is no value */
	struct pos pos; /* of the value; of the key for a list */
	union {
		bool flag;
		uint64_t number; /* nanoseconds, or the limit */
		struct {
			struct config_item *items;
			size_t count;
			size_t capacity;
		} list;
	};
};

struct config_part {
	struct text *text; /* NULL for what a program added */
	struct config_value values[KEY_COUNT];
};

struct ipmasq_config {
	const struct profile *profile;
	struct manifest_query query;
	struct config_part *parts; /* in the order read */
	size_t count;
	size_t capacity;
	struct names hosts; /* the host names that items are */
	bool broken; /* something was rejected */
};

/* A host name takes the place of a CIDR, by its number in the configuration's hosts. */
static inline struct prefix prefix_from_host(uint32_t number)
{
	return (struct prefix){ { 0, number }, 0, 0 };
}

/* The name that an item is, or NULL for a CIDR. */
static inline const char *item_host(const struct ipmasq_config *config,
				    const struct config_item *item)
{
	return item->prefix.family ? NULL : config->hosts.names[item->prefix.addr.lo];
}

#endif
