/* SPDX-License-Identifier: Apache-2.0 */
/* What the agent of a profile reads, and its defaults for what a configuration leaves out. */
#ifndef LIBIPMASQ_PROFILE_H
#define LIBIPMASQ_PROFILE_H

#include "profile/keys.h"

struct buf;

/* When an agent uses the default of nonMasqueradeCIDRs. */
enum list_default {
	/* Where no file gives the list. */
	DEFAULT_WITHOUT_LIST,
	/* Where there is no file. Any file starts from an empty list. */
	DEFAULT_WITHOUT_FILE,
	/* Where there is no file, or one of zero bytes. Any other file starts from an empty list.
	 */
	DEFAULT_WITHOUT_BYTES,
};

/* What is refused here, and what some agents take. */
enum lenience {
	/* A null item of nonMasqueradeCIDRs, at a place at which the default list has an entry. */
	LENIENCE_NULL_ITEM,
	LENIENCE_KEY_TWICE,
	/* One key in two spellings. */
	LENIENCE_TWO_SPELLINGS,
	LENIENCE_SECOND_DOCUMENT,
	/* An interval of zero or less. */
	LENIENCE_ZERO_INTERVAL,
	/* A prefix length with leading zeros. */
	LENIENCE_PADDED_LENGTH,
	/* YAML's merge key. */
	LENIENCE_MERGE_KEY,
	LENIENCE_COUNT,
};

/* Sets of these. */
#define LENIENCE_BIT(kind) (1u << (kind))

struct profile {
	const char *name;
	/* KEY_BIT() of each key that the agent knows; others are ignored, with a finding. */
	unsigned int known_keys;
	/* The agent matches keys without regard to case. */
	bool any_case;
	/* Keys whose first letter is in upper case (`NonMasqueradeCIDRs`) get no finding, since the
	 * service of the agent writes them so. */
	bool pascal_case;
	/* Items of lists may be DNS names. */
	bool host_names;
	/* Host bits are masked away, with a note, instead of refused. */
	bool masks_host_bits;
	/* The names of the ConfigMaps that the service of the agent gives it, a pattern as of
	 * fnmatch(3). NULL: any. */
	const char *configmaps;
	/* The key of Helm values that holds the agent's configuration; NULL: none is known. */
	const char *values_key;
	/* The files that are read of a directory, a pattern as of fnmatch(3); NULL: all. */
	const char *file_pattern;
	/* The agent reads several files, of one ConfigMap or more, as one configuration. */
	bool merges;
	/* NULL: the agent does not use iptables, so there is nothing to apply. */
	const char *chain;
	/* Default of masqOutBound. */
	bool outbound;
	/* Default of masqOutBoundIPv6. */
	bool outbound_ipv6;
	enum ipmasq_mode ipv6;
	enum ipmasq_mode random_fully;
	/* An IPv6 CIDR is an error while IPv6 is off. */
	bool ipv6_off_is_error;
	/* A switch is on when one of several files says so; otherwise the files must agree. */
	bool switches_are_ored;
	enum list_default list_default;
	/* The default of nonMasqueradeCIDRs also has the ranges that RFCs reserve. */
	bool reserved_ranges;
	/* The largest number of entries of nonMasqueradeCIDRs, unless the agent knows cidrLimit and
	 * the file gives it; UINT64_MAX: no limit. */
	uint64_t cidr_limit;
	/* The limit is that of each file, not of all together. */
	bool limit_per_file;
	/* A resyncInterval that is null is an error. */
	bool null_interval_is_error;
	/* LENIENCE_BIT() of what the agent takes although it is refused here. */
	unsigned int lenience;
};

/* Entry number @index of the default of nonMasqueradeCIDRs, as a CIDR; NULL past the last.
 * @reserved: with the reserved ranges. */
const char *profile_default_entry(bool reserved, size_t index);

/* Profile number @index, counted from 0; NULL past the last. */
const struct profile *profile_at(size_t index);
/* NULL where there is none of that name. */
const struct profile *profile_find(const char *name);
const struct profile *profile_default(void);

static inline bool profile_knows(const struct profile *profile, enum config_key key)
{
	return profile->known_keys & KEY_BIT(key);
}

/* Whether the profile's agent may be meant by a ConfigMap of that name: unless it is another one's.
 */
bool profile_may_read(const struct profile *profile, const char *configmap);

/* Whether one agent may be meant by two ConfigMaps of these names. */
bool profile_may_share(const char *configmap, const char *other);

/* Whether the profile's agent reads a ConfigMap, or has a key of Helm values, of that name. */
bool profile_reads(const struct profile *profile, const char *configmap);

typedef bool profile_test_fn(const struct profile *profile, const char *text);

/* Writes the names of the profiles that pass the test with that text (NULL: all): "a, b or c". */
void profile_put_names(struct buf *buf, profile_test_fn *test, const char *text, const char *last);

#endif
