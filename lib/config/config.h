/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the user wrote: the keys of each input and their values, without defaults. Inputs are not
 * merged: each is a part of its own.
 */
#ifndef LIBIPMASQ_CONFIG_H
#define LIBIPMASQ_CONFIG_H

#include "profile/options.h"
#include "util/text.h"

struct config_item {
	/* Its family is 0 for a host name; see item_host(). */
	struct prefix prefix;
	struct pos pos;
};

struct config_value {
	/* The key is given, and not null. A list that is null is present too, and empty. */
	bool present;
	/* Of a list: it is null. */
	bool null;
	/* The place of the value; of a list, the place of the key. */
	struct pos pos;
	union {
		bool flag;
		/* Nanoseconds, or the limit. */
		uint64_t number;
		struct {
			struct config_item *items;
			size_t count;
			size_t capacity;
		} list;
	};
};

struct config_part {
	/* NULL for the part that a program adds to. */
	struct text *text;
	/* It was read from a file, or value of a ConfigMap, of zero bytes. */
	bool no_bytes;
	struct config_value values[KEY_COUNT];
};

struct ipmasq_config {
	const struct profile *profile;
	struct manifest_query query;
	/* In the order in which they were read. */
	struct config_part *parts;
	size_t count;
	size_t capacity;
	/* The host names that items are. */
	struct names hosts;
	/* The name of the ConfigMap that the last part with one is a value of, or NULL, and its
	 * place, which holds a reference to its text. */
	char *object;
	struct pos object_pos;
	/* Something was rejected. */
	bool broken;
};

/* A host name in the place of a CIDR, by its number in the configuration. */
static inline struct prefix prefix_from_host(uint32_t number)
{
	return (struct prefix){ { 0, number }, 0, 0 };
}

/* The host name that an item is; NULL for a CIDR. */
static inline const char *item_host(const struct ipmasq_config *config,
				    const struct config_item *item)
{
	return item->prefix.family ? NULL : config->hosts.names[item->prefix.addr.lo];
}

/* Whether the profile's agent knows a key. */
static inline bool config_knows(const struct ipmasq_config *config, enum config_key key)
{
	return profile_knows(config->profile, key);
}

/* Appends an item to a list. -ENOMEM. */
int config_value_append(struct config_value *value, const struct config_item *item);

void config_part_release(struct config_part *part);
/* Forgets the last ConfigMap. */
void config_release_object(struct ipmasq_config *config);

/* Takes a part over, also when it fails. -ENOMEM. */
int config_add_part(struct ipmasq_config *config, struct config_part *part);

/* The value of a key in the part that a program adds to. Adds the part where it is missing.
 * -ENOMEM. */
int config_program_value(struct ipmasq_config *config, enum config_key key,
			 struct config_value **value);

#endif
