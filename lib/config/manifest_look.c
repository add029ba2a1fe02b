/* SPDX-License-Identifier: Apache-2.0 */
/* Judges by words in a text, or by a document's keys, whether it looks like a configuration. */
#include "config/manifest_look.h"

#include <string.h>

#include "profile/keys.h"
#include "util/ascii.h"

/* The first place where @word stands, whatever the case of its letters; NULL: none. */
static const char *find_word(const char *data, size_t size, const char *word)
{
	size_t len = strlen(word);
	char both[3] = { word[0], (char)(word[0] ^ 0x20), '\0' };

	for (size_t i = 0; i + len <= size; i++)
		if ((data[i] == both[0] || data[i] == both[1]) &&
		    ascii_equal_ignoring_case(data + i, word, len))
			return data + i;
	return NULL;
}

static bool has_word(const char *data, size_t size, const char *word)
{
	return find_word(data, size, word) != NULL;
}

/* An escape or a continued line can hide a word. */
static bool has_hidden_letters(const char *data, size_t size)
{
	const char *end = data + size;
	const char *p = data;

	while ((p = memchr(p, '\\', (size_t)(end - p))) != NULL) {
		p++;
		if (p < end && memchr("xuU\r\n", *p, 5))
			return true;
	}
	return false;
}

/* Whether a text in UTF-16 has a word: every other byte of it is one of its letters. */
static bool has_wide_word(const char *data, size_t size, const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i + 2 * len <= size + 1; i++) {
		size_t k = 0;

		while (k < len && i + 2 * k < size && ascii_lower(data[i + 2 * k]) == word[k] &&
		       (k + 1 == len || data[i + 2 * k + 1] == '\0'))
			k++;
		if (k == len)
			return true;
	}
	return false;
}

bool manifest_may_be(const char *data, size_t size, const struct manifest_query *query)
{
	const struct manifest_names *names = &query->configmaps;

	/* The default names of ConfigMaps and all keys but these contain masq. */
	if (has_word(data, size, "masq") || has_hidden_letters(data, size) ||
	    has_word(data, size, config_key_name(KEY_POD_CIDRS)) ||
	    has_word(data, size, config_key_name(KEY_RESYNC_INTERVAL)) ||
	    has_word(data, size, config_key_name(KEY_CIDR_LIMIT)))
		return true;
	/* Some editors write UTF-16, which then is an error. */
	if (memchr(data, '\0', size < 64 ? size : 64) && has_wide_word(data, size, "masq"))
		return true;
	/* ConfigMaps that the caller names can be called anything. */
	return names->count > 0 && has_word(data, size, "ConfigMap");
}

/* Whether a key, perhaps in quotes, ends just before @p. */
static bool ends_key(const char *p)
{
	p += *p == '"' || *p == '\'';
	p += strspn(p, " \t");
	return *p == ':';
}

static bool has_key(const char *data, size_t size, enum config_key key)
{
	const char *name = config_key_name(key);
	const char *end = data + size;

	while ((data = find_word(data, (size_t)(end - data), name)) != NULL) {
		data += strlen(name);
		if (ends_key(data))
			return true;
	}
	return false;
}

/* The value of the first line `KEY: VALUE` from @p on whose key is @key; NULL: none. */
static const char *find_line(const char *p, const char *key)
{
	while ((p = strstr(p, key)) != NULL) {
		p += strlen(key);
		if (!ends_key(p))
			continue;
		p = strchr(p, ':') + 1;
		return p + strspn(p, " \t\"'");
	}
	return NULL;
}

/* Whether a line says `kind: ConfigMap`. */
static bool has_configmap(const struct text *text)
{
	const char *p = text->data;

	while ((p = find_line(p, "kind")) != NULL)
		if (strncmp(p, "ConfigMap", strlen("ConfigMap")) == 0)
			return true;
	return false;
}

/* Whether a line says `name: ` and then has a word. */
static bool has_name(const struct text *text, const char *word)
{
	const char *p = text->data;

	while ((p = find_line(p, "name")) != NULL)
		if (has_word(p, strcspn(p, "\r\n"), word))
			return true;
	return false;
}

static bool names_configmap(const struct text *text, const struct manifest_query *query)
{
	const struct manifest_names *names = &query->configmaps;

	if (!has_configmap(text))
		return false;
	for (size_t i = 0; i < names->count; i++)
		if (strpbrk(names->patterns[i], "*?[\\") || has_name(text, names->patterns[i]))
			return true;
	return names->count == 0 && has_name(text, "ip-masq");
}

/* Whether no other program has a key of that name. A Node of Kubernetes has podCIDRs. */
static bool is_only_ours(enum config_key key)
{
	return key != KEY_POD_CIDRS && key != KEY_RESYNC_INTERVAL && key != KEY_CIDR_LIMIT;
}

bool manifest_is_key(const char *text, size_t len)
{
	enum config_key key = config_key_find(text, len);

	return key != KEY_COUNT && is_only_ours(key);
}

bool manifest_has_key(const char *data, size_t size)
{
	/* All keys that are only ours contain it. */
	if (!has_word(data, size, "masq"))
		return false;
	for (enum config_key key = 0; key < KEY_COUNT; key++)
		if (is_only_ours(key) && has_key(data, size, key))
			return true;
	return false;
}

bool manifest_looks_like_ours(const struct text *text, const struct manifest_query *query)
{
	return manifest_has_key(text->data, text->size) || names_configmap(text, query);
}

bool manifest_is_config(const struct document *document, const struct node *root)
{
	const struct node *nodes = document->nodes;
	size_t known = 0;
	size_t count = 0;

	if (root->kind != NODE_MAPPING)
		return false;
	for (uint32_t i = root->first_child; i != NODE_NONE; i = nodes[nodes[i].next].next) {
		enum config_key key = KEY_COUNT;

		if (nodes[i].kind == NODE_SCALAR)
			key = config_key_find(nodes[i].value, nodes[i].value_len);

		if (key != KEY_COUNT && is_only_ours(key))
			return true;
		known += key != KEY_COUNT;
		count++;
	}
	return count > 0 && known == count;
}
