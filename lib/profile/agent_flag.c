/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the flags of ip-masq agents. */
#include "profile/agent_flag.h"

#include <stdio.h>
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

static bool bool_differs(const struct agent_flag *flag, bool value,
			 const struct agent_settings *settings, char instead[64])
{
	switch (flag->kind) {
	case FLAG_IPV6:
		snprintf(instead, 64, "--ipv6=%s", value ? "on" : "off");
		return value == (settings->ipv6 == IPMASQ_OFF);
	case FLAG_RANDOM_FULLY:
		snprintf(instead, 64, "--random-fully=%s of ipmasq-apply", value ? "on" : "off");
		return value == (settings->random_fully == IPMASQ_OFF);
	case FLAG_RESERVED_RANGES:
		snprintf(instead, 64, "%s",
			 value ? "--nomasq-all-reserved-ranges" : "another --profile");
		return value != settings->reserved_ranges;
	case FLAG_CHAIN:
	case FLAG_TO_PORTS:
		break;
	}
	return false;
}

static bool ports_differ(const char *value, const struct agent_settings *settings)
{
	struct port_range ranges[PORT_RANGES_MAX];
	size_t count;

	if (scalar_ports(value, ranges, &count))
		return false;
	if (count != settings->port_count)
		return true;
	for (size_t i = 0; i < count; i++)
		if (ranges[i].first != settings->ports[i].first ||
		    ranges[i].last != settings->ports[i].last)
			return true;
	return false;
}

bool agent_flag_differs(const struct agent_flag *flag, const char *value, size_t len,
			const struct agent_settings *settings, char instead[64])
{
	char copy[64];
	bool flag_value;

	if (flag->is_bool)
		return agent_flag_bool(value, len, &flag_value) &&
		       bool_differs(flag, flag_value, settings, instead);
	if (len == 0 || len >= sizeof(copy))
		return false;
	memcpy(copy, value, len);
	copy[len] = '\0';
	if (flag->kind == FLAG_CHAIN) {
		snprintf(instead, 64, "--chain=%.48s", copy);
		return settings->chain[0] && strcmp(settings->chain, copy) != 0;
	}
	snprintf(instead, 64, "--to-ports of ipmasq-apply");
	return ports_differ(copy, settings);
}
