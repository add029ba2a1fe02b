/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Says what an unknown key was probably meant to be: a misspelt key, one that other agents have, a
 * flag of an agent's command line, or a level of a manifest that does not belong here.
 */
#include "config/config_unknown.h"

#include <string.h>

#include "config/manifest_look.h"
#include "profile/agent_flag.h"
#include "profile/key_guess.h"
#include "util/show.h"

static const struct node *find_key(const struct reading *reading, const char *name)
{
	const struct node *nodes = reading->document->nodes;

	for (uint32_t i = reading->root->first_child; i != NODE_NONE; i = nodes[nodes[i].next].next)
		if (node_is_text(&nodes[i], name))
			return &nodes[i];
	return NULL;
}

bool config_is_object(const struct reading *reading)
{
	return reading->root->kind == NODE_MAPPING && find_key(reading, "kind") &&
	       (find_key(reading, "apiVersion") || find_key(reading, "metadata")) &&
	       !manifest_is_config(reading->document, reading->root);
}

int config_warn_object(struct reading *reading)
{
	struct pos pos = document_pos(reading->document,
				      &reading->document->nodes[reading->root->first_child]);

	return diag_add(reading->diags, IPMASQ_WARNING, "nested-manifest", &pos, NULL,
			"the value is a whole manifest, of which nothing is read; write only the "
			"configuration here, the keys and lists that the data of this manifest "
			"holds");
}

/* Whether a value is a configuration, or a text that is one. */
static bool is_config(const struct reading *reading, const struct node *value)
{
	value = document_resolve(reading->document, value);
	if (value->kind == NODE_SCALAR)
		return manifest_has_key(value->value, value->value_len);
	return manifest_is_config(reading->document, value);
}

static int warn_guess(struct reading *reading, const struct node *key, const struct pos *pos)
{
	enum config_key guess = KEY_COUNT;
	bool known = true;
	char shown[SHOWN_MAX];

	/* Nobody reads findings once the list is full. */
	if (reading->diags && ipmasq_diags_dropped(reading->diags) == 0) {
		guess = config_key_guess(reading->profile->known_keys, key->value, key->value_len);
		known = guess != KEY_COUNT;
		if (!known)
			guess = config_key_guess(KEYS_ALL, key->value, key->value_len);
	}
	show_text(key->value, key->value_len, shown);
	if (guess == KEY_COUNT)
		return diag_add(reading->diags, IPMASQ_WARNING, "unknown-key", pos, NULL,
				"there is no key \"%s\", so it is ignored", shown);
	return diag_add(reading->diags, IPMASQ_WARNING, "unknown-key", pos, NULL,
			"there is no key \"%s\", so it is ignored; %s%s%s", shown,
			known ? "the nearest known key is " : "", config_key_name(guess),
			known ? "" : " is similar, but the agent of this profile does not know it");
}

int config_warn_unknown(struct reading *reading, const struct node *key, const struct node *value)
{
	const struct agent_flag *flag = agent_flag_of(key->value, key->value_len);
	struct pos pos = document_pos(reading->document, key);
	char shown[SHOWN_MAX];

	if (flag)
		return diag_add(reading->diags, IPMASQ_WARNING, "flag-as-key", &pos, NULL,
				"\"%s\" is a flag of the agent's command line, not a key, so it is "
				"ignored; it belongs in the args of the container, and here %s "
				"says so",
				show_text(key->value, key->value_len, shown), flag->instead);
	if (is_config(reading, value))
		return diag_add(reading->diags, IPMASQ_WARNING, "nested-config", &pos, NULL,
				"the keys below \"%s\" are not read; they belong one level up, "
				"without \"%s:\"",
				show_text(key->value, key->value_len, shown), shown);
	return warn_guess(reading, key, &pos);
}
