/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the key that a name stands for, or the one that it is a misspelling of. */
#include "profile/keys.h"

#include <string.h>

#include "util/ascii.h"

/* A longer name is not compared. */
#define MISSPELT_MAX 40

static const char *const config_key_names[KEY_COUNT] = {
	[KEY_MASQUERADE_CIDRS] = "masqueradeCIDRs",
	[KEY_NON_MASQUERADE_CIDRS] = "nonMasqueradeCIDRs",
	[KEY_NON_MASQUERADE_SRC_CIDRS] = "nonMasqueradeSrcCIDRs",
	[KEY_POD_CIDRS] = "podCIDRs",
	[KEY_MASQ_OUT_BOUND] = "masqOutBound",
	[KEY_MASQ_OUT_BOUND_IPV6] = "masqOutBoundIPv6",
	[KEY_MASQ_LINK_LOCAL] = "masqLinkLocal",
	[KEY_MASQ_LINK_LOCAL_IPV6] = "masqLinkLocalIPv6",
	[KEY_RESYNC_INTERVAL] = "resyncInterval",
	[KEY_CIDR_LIMIT] = "cidrLimit",
};

const char *config_key_name(enum config_key key)
{
	return config_key_names[key];
}

enum config_key config_key_find(const char *name, size_t len)
{
	enum config_key key = 0;

	for (; key < KEY_COUNT; key++)
		if (len == strlen(config_key_names[key]) &&
		    ascii_equal_ignoring_case(name, config_key_names[key], len))
			break;
	return key;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t smaller = a < b ? a : b;

	return smaller < c ? smaller : c;
}

/* The Levenshtein distance, computed row by row: how many letters have to be inserted, removed or
 * replaced. @len is at most MISSPELT_MAX. */
static size_t edit_distance(const char *text, size_t len, const char *name)
{
	size_t row[MISSPELT_MAX + 1];

	for (size_t i = 0; i <= len; i++)
		row[i] = i;
	for (size_t k = 1; name[k - 1]; k++) {
		size_t diagonal = row[0];

		row[0] = k;
		for (size_t i = 1; i <= len; i++) {
			size_t above = row[i];
			bool differ = ascii_lower(text[i - 1]) != ascii_lower(name[k - 1]);

			row[i] = smallest(above + 1, row[i - 1] + 1, diagonal + differ);
			diagonal = above;
		}
	}
	return row[len];
}

enum config_key config_key_nearest(unsigned int known, const char *name, size_t len)
{
	enum config_key nearest = KEY_COUNT;
	size_t best = SIZE_MAX;

	if (len > MISSPELT_MAX)
		return KEY_COUNT;
	for (enum config_key key = 0; key < KEY_COUNT; key++) {
		size_t distance = edit_distance(name, len, config_key_names[key]);

		if (!(known & KEY_BIT(key)) || distance > strlen(config_key_names[key]) / 3)
			continue;
		if (distance < best) {
			best = distance;
			nearest = key;
		}
	}
	return nearest;
}
