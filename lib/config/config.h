/* SPDX-License-Identifier: Apache-2.0 */
/* Which keys did the user write, with which types? No defaults here, and nothing is merged: one
 * part an input. */
#ifndef LIBIPMASQ_CONFIG_H
#define LIBIPMASQ_CONFIG_H

#include "config/manifest.h"
#include "util/names.h"
#include "util/prefix.h"

enum config_key {
	KEY_MASQUERADE_CIDRS, /* the three lists have the values of enum ipmasq_list */
	KEY_NON_MASQUERADE_CIDRS,
	KEY_NON_MASQUERADE_SRC_CIDRS,
	KEY_MASQ_OUT_BOUND, /* the four switches follow, in the order of enum ipmasq_switch */
	KEY_MASQ_OUT_BOUND_IPV6,
	KEY_MASQ_LINK_LOCAL,
	KEY_MASQ_LINK_LOCAL_IPV6,
	KEY_RESYNC_INTERVAL,
	KEY_CIDR_LIMIT,
	KEY_COUNT,
};

#define KEY_BIT(key) (1u << (key))
#define KEYS_ALL     (KEY_BIT(KEY_COUNT) - 1)

const char *config_key_name(enum config_key key);

/* What a profile says about reading; a row of the table in profile.c holds one. */
struct config_rules {
	const char *profile; /* its name, for messages */
	unsigned int known_keys; /* others are ignored, with a finding */
	bool pascal_case; /* `NonMasqueradeCIDRs` needs no finding */
	bool host_names; /* list items may be DNS names */
	const char *file_pattern; /* which files of a directory are read, or NULL for all */
};

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
	struct config_rules rules;
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

/* @rules and @query are copied, the strings of @rules must be literals. */
int config_new(const struct config_rules *rules, const struct manifest_query *query,
	       struct ipmasq_config **config);
int input_new(const struct config_rules *rules, const struct manifest_query *query,
	      struct ipmasq_input **input);

#endif
