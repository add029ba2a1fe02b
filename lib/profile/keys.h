/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of a configuration: their names, and which of them are lists. */
#ifndef LIBIPMASQ_KEYS_H
#define LIBIPMASQ_KEYS_H

#include "util/common.h"

enum config_key {
	/* The lists have the values of enum ipmasq_list. */
	KEY_MASQUERADE_CIDRS,
	KEY_NON_MASQUERADE_CIDRS,
	KEY_NON_MASQUERADE_SRC_CIDRS,
	KEY_POD_CIDRS,
	/* How many lists there are; the next key has this number. */
	KEY_LISTS,
	/* The four switches are in the order of enum ipmasq_switch. */
	KEY_MASQ_OUT_BOUND = KEY_LISTS,
	KEY_MASQ_OUT_BOUND_IPV6,
	KEY_MASQ_LINK_LOCAL,
	KEY_MASQ_LINK_LOCAL_IPV6,
	KEY_RESYNC_INTERVAL,
	KEY_CIDR_LIMIT,
	KEY_COUNT,
};

/* Sets of keys. */
#define KEY_BIT(key) (1u << (key))
#define KEYS_ALL     (KEY_BIT(KEY_COUNT) - 1)

const char *config_key_name(enum config_key key);

static inline bool config_key_is_list(enum config_key key)
{
	return key < KEY_LISTS;
}

/* The key of that name, whatever the case of its letters; KEY_COUNT where there is none. */
enum config_key config_key_find(const char *name, size_t len);

#endif
