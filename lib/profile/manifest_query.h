/* SPDX-License-Identifier: Apache-2.0 */
/* Which ConfigMaps, and which of their keys, hold configurations. */
#ifndef LIBIPMASQ_MANIFEST_QUERY_H
#define LIBIPMASQ_MANIFEST_QUERY_H

#include "profile/agent_flag.h"

/* Patterns as of fnmatch(3); a name fits when it matches one of them. */
struct manifest_names {
	char **patterns;
	size_t count;
	size_t capacity;
};

struct manifest_query {
	/* Empty: the ConfigMaps whose names contain ip-masq. */
	struct manifest_names configmaps;
	/* Empty: the keys config and ip-masq*, or those that the profile names. */
	struct manifest_names keys;
	/* What the flags of agents in manifests are compared with. */
	struct agent_settings settings;
};

/* @pattern is copied. -ENOMEM. */
int manifest_names_add(struct manifest_names *names, const char *pattern);

/* @copy must be all zero. The caller releases it, also after -ENOMEM. */
int manifest_query_copy(const struct manifest_query *query, struct manifest_query *copy);
void manifest_query_release(struct manifest_query *query);

/* Whether a ConfigMap of that name is wanted. */
bool manifest_query_configmap(const struct manifest_query *query, const char *name);

/*
 * Whether a data key is wanted.
 *
 * @pattern  the keys that the profile's agent reads; NULL: the default ones
 */
bool manifest_query_key(const struct manifest_query *query, const char *pattern, const char *key);

/*
 * What is wanted, as a message says it after "looked for". @pattern as above; the caller frees
 * @words. -ENOMEM.
 */
int manifest_query_words(const struct manifest_query *query, const char *pattern, char **words);

/* The same of the data keys alone. -ENOMEM. */
int manifest_query_key_words(const struct manifest_query *query, const char *pattern, char **words);

#endif
