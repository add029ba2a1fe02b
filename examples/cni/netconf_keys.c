/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of a network configuration: what they hold, and what a wrong one was meant to be. */
#include "cni/netconf_keys.h"

#include <json-c/json.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

/* Longer ones are no misspelt key. */
#define KEY_MAX 32

/* json_type_null: anything. */
static const struct known_key {
	const char *name;
	enum json_type type;
} known_keys[] = {
	{ "cniVersion", json_type_string }, { "name", json_type_string },
	{ "type", json_type_string },	    { "policy", json_type_object },
	{ "policyFile", json_type_string }, { "profile", json_type_string },
	{ "backend", json_type_string },    { "chainPrefix", json_type_string },
	{ "ipv4", json_type_boolean },	    { "ipv6", json_type_boolean },
	{ "prevResult", json_type_object }, { "args", json_type_null },
	{ "capabilities", json_type_null }, { "runtimeConfig", json_type_null },
	{ "disableCheck", json_type_null }, { "disableGC", json_type_null },
};

/* These belong into the policy. */
static const char *const policy_keys[] = {
	"masqueradeCIDRs", "nonMasqueradeCIDRs", "nonMasqueradeSrcCIDRs", "podCIDRs",
	"masqOutBound",	   "masqOutBoundIPv6",	 "masqLinkLocal",	  "masqLinkLocalIPv6",
	"resyncInterval",  "cidrLimit",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many letters to change, add or take away, without regard to case. */
static size_t distance(const char *a, const char *b)
{
	size_t row[KEY_MAX + 1], width = strlen(b);

	for (size_t k = 0; k <= width; k++)
		row[k] = k;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t k = 1; k <= width; k++) {
			size_t change = corner + (strncasecmp(&a[i - 1], &b[k - 1], 1) != 0);

			corner = row[k];
			row[k] = least(change, least(row[k], row[k - 1]) + 1);
		}
	}
	return row[width];
}

static bool alike(const char *name, const char *known)
{
	size_t far = strlen(known) < 6 ? 1 : 2;

	return strlen(name) <= KEY_MAX && distance(name, known) <= far;
}

static int check_unknown(const struct netconf *conf, const char *name, struct json_span key,
			 struct json_span value, struct cni_error *error)
{
	int length = (int)least(value.end - value.start, 100);
	const char *text = conf->text + value.start;
	unsigned int line, column;

	for (size_t i = 0; i < COUNT(policy_keys); i++) {
		if (alike(name, policy_keys[i]))
			return netconf_fail(conf, error, CNI_FIELD_UNKNOWN, key.start,
					    "unsupported key %s: %.*s; %s belongs into \"policy\"",
					    name, length, text, policy_keys[i]);
	}
	for (size_t i = 0; i < COUNT(known_keys); i++) {
		if (alike(name, known_keys[i].name))
			return netconf_fail(conf, error, CNI_FIELD_UNKNOWN, key.start,
					    "unsupported key %s: %.*s; did you mean %s?", name,
					    length, text, known_keys[i].name);
	}
	/* The specification keeps these for what runtimes add. */
	if (strncmp(name, "cni.dev/", 8) == 0)
		return 0;
	json_count(conf->text, key.start, &line, &column);
	netconf_note(conf, "line %u, column %u: %s has no effect on this plugin", line, column,
		     name);
	return 0;
}

static int check_type(const struct netconf *conf, const struct known_key *known,
		      struct json_span place, struct cni_error *error)
{
	struct json_object *value;

	if (known->type == json_type_null ||
	    !json_object_object_get_ex(conf->root, known->name, &value) || !value ||
	    json_object_is_type(value, known->type))
		return 0;
	return netconf_fail(conf, error, CNI_CONFIG, place.start, "%s must be of type %s, not %s",
			    known->name, json_type_to_name(known->type),
			    json_type_to_name(json_object_get_type(value)));
}

static const struct known_key *find_key(const char *name)
{
	for (size_t i = 0; i < COUNT(known_keys); i++) {
		if (strcmp(name, known_keys[i].name) == 0)
			return &known_keys[i];
	}
	return NULL;
}

/* The key as json-c has it, without its escapes. */
static int check_key(const struct netconf *conf, const char *name, struct json_span key,
		     struct json_span value, struct cni_error *error)
{
	const struct known_key *known = find_key(name);

	return known ? check_type(conf, known, value, error)
		     : check_unknown(conf, name, key, value, error);
}

int netconf_check_keys(const struct netconf *conf, struct cni_error *error)
{
	struct json_span root = json_value(conf->text, 0, conf->size), key, value;
	struct json_walk walk = json_walk(conf->text, root);
	size_t count = 0;

	/* The members of json-c are in the order in which each first appeared. */
	json_object_object_foreach(conf->root, name, unused)
	{
		(void)unused;
		count++;
		if (!json_next(&walk, &key, &value) || !json_is(conf->text, key, name))
			return netconf_fail(conf, error, CNI_CONFIG, key.start,
					    "a key is there twice, or is no plain text");
		if (check_key(conf, name, key, value, error) < 0)
			return -1;
	}
	if (json_next(&walk, &key, &value))
		return netconf_fail(conf, error, CNI_CONFIG, key.start,
				    "the key %.*s is there twice",
				    (int)least(key.end - key.start, 100), conf->text + key.start);
	return 0;
}
