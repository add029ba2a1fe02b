/* SPDX-License-Identifier: Apache-2.0 */
/* When the default of nonMasqueradeCIDRs applies. */
#include "policy/default_list.h"

/* Whether a part has something in it. What a program adds is there like the text of a file. */
static bool has_content(const struct ipmasq_config *config)
{
	for (size_t i = 0; i < config->count; i++)
		if (!config->parts[i].no_bytes)
			return true;
	return false;
}

bool default_list_applies(const struct profile *profile, const struct ipmasq_config *config,
			  bool given)
{
	switch (profile->list_default) {
	case DEFAULT_WITHOUT_LIST:
		return !given;
	case DEFAULT_WITHOUT_FILE:
		return config->count == 0;
	case DEFAULT_WITHOUT_BYTES:
		return !has_content(config);
	}
	return !given;
}
