/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the keys of a document, and has their values read. */
#include "config/config_read.h"

#include <string.h>

#include "config/config_suggest.h"
#include "config/config_unknown.h"
#include "config/node_set.h"
#include "profile/lenience.h"
#include "util/ascii.h"
#include "util/show.h"

/* The keys that were read, to find those that are given twice. */
struct seen_keys {
	const struct node *known[KEY_COUNT];
	struct node_set unknown;
};

/* Remembers a key. @first becomes the earlier node of the same key, or NULL. -ENOMEM. */
static int remember_key(struct seen_keys *seen, enum config_key key, const struct node *node,
			const struct node **first)
{
	if (key == KEY_COUNT)
		return node_set_add(&seen->unknown, node, first);
	*first = seen->known[key];
	if (!*first)
		seen->known[key] = node;
	return 0;
}

static int reject_duplicate(struct reading *reading, const struct node *node,
			    const struct node *first)
{
	bool same = node->value_len == first->value_len &&
		    memcmp(node->value, first->value, node->value_len) == 0;
	struct pos pos = document_pos(reading->document, node);
	char lenience[LENIENCE_MAX];
	char shown[SHOWN_MAX];

	return reading_reject(
		reading, diag_add(reading->diags, IPMASQ_ERROR, "duplicate-key", &pos, NULL,
				  "the key %s was given in line %u already; keep one of them%s",
				  show_text(node->value, node->value_len, shown),
				  document_pos(reading->document, first).line,
				  lenience_text(reading->profile,
						same ? LENIENCE_KEY_TWICE : LENIENCE_TWO_SPELLINGS,
						lenience)));
}

/* Whether a key is the known name with its first letter in upper case. */
static bool is_pascal_case(const struct node *node, const char *name)
{
	return ascii_lower(node->value[0]) == name[0] &&
	       memcmp(node->value + 1, name + 1, node->value_len - 1) == 0;
}

/* Of agents that match keys without regard to case, this is only a matter of style. */
static int warn_case(const struct reading *reading, enum config_key key, const struct node *node)
{
	const char *name = config_key_name(key);
	struct pos pos = document_pos(reading->document, node);
	char suggestion[SUGGESTION_MAX];
	int r;

	if (node_is_text(node, name) ||
	    (reading->profile->pascal_case && is_pascal_case(node, name)))
		return 0;
	r = diag_add(reading->diags, reading->profile->any_case ? IPMASQ_NOTE : IPMASQ_WARNING,
		     "key-case", &pos, config_suggest(reading->document, node, name, suggestion),
		     "the key is usually written %s", name);
	return r < 0 ? r : diag_edit_suggestion(reading->diags);
}

static int read_entry(struct reading *reading, struct seen_keys *seen, const struct node *node,
		      const struct node *value, struct config_part *part)
{
	struct pos pos = document_pos(reading->document, node);
	const struct node *first;
	enum config_key key;
	int r;

	if (node->kind != NODE_SCALAR)
		return reading_reject(reading,
				      diag_add(reading->diags, IPMASQ_ERROR, "type", &pos, NULL,
					       "a key must be a text, not a list or mapping"));
	key = config_key_find(node->value, node->value_len);
	r = remember_key(seen, key, node, &first);
	if (r < 0)
		return r;
	if (first)
		return reject_duplicate(reading, node, first);
	if (key == KEY_COUNT)
		return config_warn_unknown(reading, node, value);
	if (!profile_knows(reading->profile, key))
		return diag_add(reading->diags, IPMASQ_WARNING, "unsupported-key", &pos, NULL,
				"the agent of the profile %s does not know %s and ignores it",
				reading->profile->name, config_key_name(key));
	r = warn_case(reading, key, node);
	return r < 0 ? r : config_read_value(reading, key, node, value, &part->values[key]);
}

/* Only in a document with parts for other programs a merge key is not refused before. */
static int reject_merge(struct reading *reading, const struct node *node)
{
	struct pos pos = document_pos(reading->document, node);
	char lenience[LENIENCE_MAX];

	return reading_reject(
		reading,
		diag_add(reading->diags, IPMASQ_ERROR, "merge-key", &pos, NULL,
			 "merge keys are not supported; write the keys out in place of `<<`%s",
			 lenience_text(reading->profile, LENIENCE_MERGE_KEY, lenience)));
}

int config_read_document(struct reading *reading, struct config_part *part)
{
	const struct document *document = reading->document;
	const struct node *nodes = document->nodes;
	struct seen_keys seen = { 0 };
	struct pos pos;
	int r = 0;

	if (!reading->root)
		return 0;
	pos = document_pos(document, reading->root);
	if (reading->root->kind != NODE_MAPPING)
		return reading_reject(
			reading,
			diag_add(reading->diags, IPMASQ_ERROR, "not-a-mapping", &pos, NULL,
				 "a configuration must be a mapping: lines of `key: value`"));
	if (config_is_object(reading))
		return config_warn_object(reading);
	for (uint32_t i = reading->root->first_child; i != NODE_NONE && r == 0;
	     i = nodes[nodes[i].next].next)
		r = node_is_merge(&nodes[i])
			    ? reject_merge(reading, &nodes[i])
			    : read_entry(reading, &seen, &nodes[i], &nodes[nodes[i].next], part);
	node_set_release(&seen.unknown);
	return r;
}
