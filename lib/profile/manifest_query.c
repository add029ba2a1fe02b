/* SPDX-License-Identifier: Apache-2.0 */
/* Tells by name which ConfigMaps, and which of their keys, hold configurations. */
#include "profile/manifest_query.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"

int manifest_names_add(struct manifest_names *names, const char *pattern)
{
	int r = array_grow(&names->patterns, &names->capacity, names->count,
			   sizeof(*names->patterns));
	char *copy;

	if (r < 0)
		return r;
	copy = strdup(pattern);
	if (!copy)
		return -ENOMEM;
	names->patterns[names->count++] = copy;
	return 0;
}

static int names_copy(const struct manifest_names *names, struct manifest_names *copy)
{
	int r = 0;

	for (size_t i = 0; i < names->count && r == 0; i++)
		r = manifest_names_add(copy, names->patterns[i]);
	return r;
}

int manifest_query_copy(const struct manifest_query *query, struct manifest_query *copy)
{
	int r = names_copy(&query->configmaps, &copy->configmaps);

	copy->settings = query->settings;
	return r < 0 ? r : names_copy(&query->keys, &copy->keys);
}

static void names_release(struct manifest_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->patterns[i]);
	free(names->patterns);
	*names = (struct manifest_names){ 0 };
}

void manifest_query_release(struct manifest_query *query)
{
	names_release(&query->configmaps);
	names_release(&query->keys);
}

static bool names_match(const struct manifest_names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (fnmatch(names->patterns[i], name, 0) == 0)
			return true;
	return false;
}

bool manifest_query_configmap(const struct manifest_query *query, const char *name)
{
	if (query->configmaps.count > 0)
		return names_match(&query->configmaps, name);
	return strstr(name, "ip-masq") != NULL;
}

bool manifest_query_key(const struct manifest_query *query, const char *pattern, const char *key)
{
	if (query->keys.count > 0)
		return names_match(&query->keys, key);
	if (pattern)
		return fnmatch(pattern, key, 0) == 0;
	return strcmp(key, "config") == 0 || strncmp(key, "ip-masq", strlen("ip-masq")) == 0;
}

static void put_names(struct buf *buf, const struct manifest_names *names)
{
	for (size_t i = 0; i < names->count; i++) {
		if (i > 0)
			buf_puts(buf, " or ");
		buf_puts(buf, names->patterns[i]);
	}
}

static void put_keys(struct buf *buf, const struct manifest_query *query, const char *pattern)
{
	if (query->keys.count > 0)
		put_names(buf, &query->keys);
	else
		buf_puts(buf, pattern ? pattern : "config or ip-masq*");
}

int manifest_query_words(const struct manifest_query *query, const char *pattern, char **words)
{
	struct buf buf = BUF_INIT;

	buf_puts(&buf, "a ConfigMap whose name ");
	if (query->configmaps.count > 0) {
		buf_puts(&buf, "is ");
		put_names(&buf, &query->configmaps);
	} else {
		buf_puts(&buf, "contains ip-masq");
	}
	buf_puts(&buf, ", and in its data the key ");
	put_keys(&buf, query, pattern);
	return buf_steal(&buf, words, NULL);
}

int manifest_query_key_words(const struct manifest_query *query, const char *pattern, char **words)
{
	struct buf buf = BUF_INIT;

	put_keys(&buf, query, pattern);
	return buf_steal(&buf, words, NULL);
}
