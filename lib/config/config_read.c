/* SPDX-License-Identifier: Apache-2.0 */
/* Which keys stand in this document? */
#include "config/config_internal.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

/* Longer keys are nobody's misspelling. */
#define KEY_LEN_MAX 40

/* What was seen so far, to find what stands there twice. */
struct seen {
	const struct node *known[KEY_COUNT];
	void *unknown; /* a tree of tsearch(3) */
};

static bool is_text(const struct node *node, const char *text)
{
	return node->kind == NODE_SCALAR && node->value_len == strlen(text) &&
	       memcmp(node->value, text, node->value_len) == 0;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool equal_but_for_case(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return true;
}

enum config_key config_find_key(const struct node *node)
{
	enum config_key key = node->kind == NODE_SCALAR ? 0 : KEY_COUNT;

	for (; key < KEY_COUNT; key++)
		if (node->value_len == strlen(config_key_name(key)) &&
		    equal_but_for_case(node->value, config_key_name(key), node->value_len))
			break;
	return key;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t smaller = a < b ? a : b;

	return smaller < c ? smaller : c;
}

/* How many letters to insert, take out or replace; Levenshtein, row by row. @len is at most
 * KEY_LEN_MAX. */
static size_t edit_distance(const char *text, size_t len, const char *name)
{
	size_t row[KEY_LEN_MAX + 1];

	for (size_t i = 0; i <= len; i++)
		row[i] = i;
	for (size_t k = 1; name[k - 1]; k++) {
		size_t diagonal = row[0];

		row[0] = k;
		for (size_t i = 1; i <= len; i++) {
			size_t above = row[i];
			size_t replaced = diagonal + (lower(text[i - 1]) != lower(name[k - 1]));

			row[i] = smallest(above + 1, row[i - 1] + 1, replaced);
			diagonal = above;
		}
	}
	return row[len];
}

/* The key of this profile that a misspelt one comes nearest to, or NULL when none is near. */
static const char *nearest_key(const struct config_rules *rules, const struct node *node)
{
	const char *nearest = NULL;
	size_t best = SIZE_MAX;

	if (node->value_len > KEY_LEN_MAX)
		return NULL;
	for (enum config_key key = 0; key < KEY_COUNT; key++) {
		const char *name = config_key_name(key);
		size_t distance = edit_distance(node->value, node->value_len, name);

		if (!(rules->known_keys & KEY_BIT(key)) || distance > strlen(name) / 3)
			continue;
		if (distance < best) {
			best = distance;
			nearest = name;
		}
	}
	return nearest;
}

static int compare_keys(const void *a, const void *b)
{
	const struct node *left = a;
	const struct node *right = b;
	size_t len = left->value_len < right->value_len ? left->value_len : right->value_len;
	int order = memcmp(left->value, right->value, len);

	if (order)
		return order;
	return left->value_len < right->value_len ? -1 : left->value_len > right->value_len;
}

/* Finds where the key stood before, if it did, or remembers it. -ENOMEM. */
static int find_first(struct seen *seen, enum config_key key, const struct node *node,
		      const struct node **first)
{
	*first = NULL;
	if (key != KEY_COUNT) {
		*first = seen->known[key];
		if (!*first)
			seen->known[key] = node;
		return 0;
	}

	const struct node *const *found = tsearch(node, &seen->unknown, compare_keys);

	if (!found)
		return -ENOMEM;
	if (*found != node)
		*first = *found;
	return 0;
}

static void keep_node(void *node)
{
	(void)node;
}

static int reject_duplicate(struct reading *reading, const struct node *node,
			    const struct node *first)
{
	struct pos pos = document_pos(reading->document, node);
	char shown[SHOWN_MAX];

	return reading_reject(reading,
			      diag_add(reading->diags, IPMASQ_ERROR, "duplicate-key", &pos, NULL,
				       "the key %s stands here again, first in line %u; keep one",
				       show_text(node->value, node->value_len, shown),
				       document_pos(reading->document, first).line));
}

static int warn_unknown(const struct reading *reading, const struct node *node)
{
	struct pos pos = document_pos(reading->document, node);
	const char *nearest = NULL;
	char shown[SHOWN_MAX];

	/* Once the list is full nobody will read it. */
	if (reading->diags && ipmasq_diags_dropped(reading->diags) == 0)
		nearest = nearest_key(reading->rules, node);
	return diag_add(reading->diags, IPMASQ_WARNING, "unknown-key", &pos, NULL,
			"there is no key \"%s\", it is ignored%s%s",
			show_text(node->value, node->value_len, shown),
			nearest ? "; the nearest known key is " : "", nearest ? nearest : "");
}

/* The known name with its first letter in upper case. */
static bool is_pascal_case(const struct node *node, const char *name)
{
	return lower(node->value[0]) == name[0] &&
	       memcmp(node->value + 1, name + 1, node->value_len - 1) == 0;
}

static int warn_case(const struct reading *reading, enum config_key key, const struct node *node)
{
	const char *name = config_key_name(key);
	struct pos pos = document_pos(reading->document, node);
	char suggestion[SUGGESTION_MAX];
	int r;

	if (is_text(node, name) || (reading->rules->pascal_case && is_pascal_case(node, name)))
		return 0;
	r = diag_add(reading->diags, IPMASQ_WARNING, "key-case", &pos,
		     suggest(reading, node, name, suggestion),
		     "the key is spelt %s; other agents do not know it like this", name);
	return r ? r : diag_edit_suggestion(reading->diags);
}

static int read_entry(struct reading *reading, struct seen *seen, const struct node *node,
		      const struct node *value, struct config_part *part)
{
	struct pos pos = document_pos(reading->document, node);
	const struct node *first;
	enum config_key key;
	int r;

	if (node->kind != NODE_SCALAR)
		return reading_reject(reading,
				      diag_add(reading->diags, IPMASQ_ERROR, "type", &pos, NULL,
					       "a key is a word, not a list or mapping"));
	key = config_find_key(node);
	r = find_first(seen, key, node, &first);
	if (r)
		return r;
	if (first)
		return reject_duplicate(reading, node, first);
	if (key == KEY_COUNT)
		return warn_unknown(reading, node);
	if (!(reading->rules->known_keys & KEY_BIT(key)))
		return diag_add(reading->diags, IPMASQ_WARNING, "unsupported-key", &pos, NULL,
				"the agent of the profile %s does not know %s, it is ignored",
				reading->rules->profile, config_key_name(key));
	r = warn_case(reading, key, node);
	return r ? r : config_read_value(reading, key, node, value, &part->values[key]);
}

int config_read_document(struct reading *reading, struct config_part *part)
{
	const struct document *document = reading->document;
	const struct node *nodes = document->nodes;
	struct seen seen = { 0 };
	struct pos pos;
	int r = 0;

	if (document->count == 0)
		return 0;
	pos = document_pos(document, &nodes[0]);
	if (nodes[0].kind != NODE_MAPPING)
		return reading_reject(
			reading, diag_add(reading->diags, IPMASQ_ERROR, "not-a-mapping", &pos, NULL,
					  "a configuration is a mapping: lines of `key: value`"));
	for (uint32_t i = nodes[0].first_child; i != NODE_NONE && !r; i = nodes[nodes[i].next].next)
		r = read_entry(reading, &seen, &nodes[i], &nodes[nodes[i].next], part);
	tdestroy(seen.unknown, keep_node);
	return r;
}
