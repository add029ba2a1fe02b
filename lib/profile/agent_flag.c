/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the flags of ip-masq agents. */
#include "profile/agent_flag.h"

#include <string.h>

#include "util/ascii.h"

static const struct agent_flag flags[] = {
	{ "enable-ipv6", FLAG_IPV6, true, "--ipv6" },
	{ "masq-chain", FLAG_CHAIN, false, "--chain" },
	{ "masq-random-fully", FLAG_RANDOM_FULLY, true, "--random-fully of ipmasq-apply" },
	{ "nomasq-all-reserved-ranges", FLAG_RESERVED_RANGES, true,
	  "--nomasq-all-reserved-ranges" },
	{ "random-fully", FLAG_RANDOM_FULLY, true, "--random-fully of ipmasq-apply" },
	{ "to-ports", FLAG_TO_PORTS, false, "--to-ports of ipmasq-apply" },
};

/* Whether two names are the same but for case, dashes and underscores. */
static bool same_words(const char *name, size_t len, const char *flag)
{
	size_t i = 0;

	for (; *flag; flag++) {
		if (*flag == '-')
			continue;
		while (i < len && (name[i] == '-' || name[i] == '_'))
			i++;
		if (i == len || ascii_lower(name[i++]) != *flag)
			return false;
	}
	return i == len;
}

const struct agent_flag *agent_flag_of(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (same_words(name, len, flags[i].name))
			return &flags[i];
	return NULL;
}

bool agent_flag_bool(const char *text, size_t len, bool *value)
{
	static const char *const words[] = { "1", "t", "T", "true",  "TRUE",  "True",
					     "0", "f", "F", "false", "FALSE", "False" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strlen(words[i]) != len || memcmp(words[i], text, len) != 0)
			continue;
		*value = i < ARRAY_SIZE(words) / 2;
		return true;
	}
	return false;
}
