/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a converted policy as the text of a configuration. */
#include "policy/convert_text.h"

#include <string.h>

#include "util/show.h"
#include "util/text.h"

/* The default of resyncInterval, which is the same for all agents. */
#define INTERVAL_NS UINT64_C(60000000000)

/* The lists, by key, of a family. */
static const struct prefixes *list_of(const struct convert_side *side, enum config_key key)
{
	const struct shortest *form = &side->forms[side->chosen];

	switch (key) {
	case KEY_MASQUERADE_CIDRS:
		return &form->exceptions;
	case KEY_NON_MASQUERADE_CIDRS:
		return &form->covers;
	case KEY_POD_CIDRS:
		return &side->sources.covers;
	default:
		return &side->sources.exceptions;
	}
}

/* Only nonMasqueradeCIDRs has a default, which an empty list replaces. */
static void put_list(struct buf *buf, const struct convert_result *result, enum config_key key)
{
	const char *name = config_key_name(key);
	char text[PREFIX_TEXT_MAX];
	size_t count = 0;

	for (size_t i = 0; i < 2; i++) {
		const struct prefixes *list = list_of(&result->sides[i], key);

		for (size_t k = 0; k < list->count; k++) {
			if (count++ == 0)
				buf_printf(buf, "%s:\n", name);
			buf_puts(buf, "- ");
			buf_add(buf, text, prefix_format(&list->prefixes[k], text));
			buf_putc(buf, '\n');
		}
	}
	if (count == 0 && key == KEY_NON_MASQUERADE_CIDRS)
		buf_printf(buf, "%s: []\n", name);
}

static void put_switch(struct buf *buf, enum config_key key, bool value)
{
	buf_printf(buf, "%s: %s\n", config_key_name(key), value ? "true" : "false");
}

/* An outbound switch is always written, since agents differ in its default. */
static void put_switches(struct buf *buf, const struct convert_result *result)
{
	for (size_t i = 0; i < 2; i++) {
		const struct convert_side *side = &result->sides[i];

		if (!side->off && profile_knows(result->profile, side_outbound_key(side)))
			put_switch(buf, side_outbound_key(side), side->chosen != FORM_OFF);
	}
	for (size_t i = 0; i < 2; i++) {
		const struct convert_side *side = &result->sides[i];

		if (!side->off && side->chosen == FORM_ON_LINK_LOCAL)
			put_switch(buf, side_link_local_key(side), true);
	}
}

static void put_interval(struct buf *buf, const struct convert_result *result)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = { { "h", 3600 * UINT64_C(1000000000) },
		      { "m", 60 * UINT64_C(1000000000) },
		      { "s", UINT64_C(1000000000) },
		      { "ms", 1000000 },
		      { "us", 1000 },
		      { "ns", 1 } };
	bool known = profile_knows(result->profile, KEY_RESYNC_INTERVAL);
	uint64_t rest = result->policy->resync_interval;

	if (rest == INTERVAL_NS)
		return;
	if (!known)
		buf_puts(buf, "# That agent does not take this from here: ");
	buf_printf(buf, "%s: ", config_key_name(KEY_RESYNC_INTERVAL));
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (rest < units[i].ns)
			continue;
		buf_putu(buf, rest / units[i].ns);
		buf_puts(buf, units[i].name);
		rest %= units[i].ns;
	}
	buf_putc(buf, '\n');
}

static void put_sources_of_text(struct buf *buf, const struct ipmasq_policy *policy)
{
	char shown[SHOWN_MAX];
	const char *last = NULL;

	for (size_t i = 0; i < policy->text_count; i++) {
		const char *name = policy->texts[i]->name;

		/* The parts of one file follow one another. */
		if (last && strcmp(last, name) == 0)
			continue;
		if (last)
			buf_puts(buf, ", ");
		buf_puts(buf, show_text(name, strlen(name), shown));
		last = name;
	}
	if (!last)
		buf_puts(buf, "the defaults");
}

static void put_comment(struct buf *buf, const struct convert_result *result)
{
	const struct ipmasq_policy *policy = result->policy;
	const struct profile *profile = result->profile;

	buf_puts(buf, "# From ");
	put_sources_of_text(buf, policy);
	buf_printf(
		buf,
		", as profile %s reads it.\n"
		"# Proved: the agent of profile %s gives every %sdestination and source the same "
		"verdict.\n",
		policy->profile, profile->name, result->sides[1].off ? "IPv4 " : "");
	if (policy->hosts.count > 0)
		buf_puts(buf, "# Host names became the addresses that they had.\n");
	if (profile->file_pattern)
		buf_printf(buf, "# That agent reads files of the name %s, and unites them.\n",
			   profile->file_pattern);
}

/* The key is written only where the agent would refuse the list without it. */
static void put_limit(struct buf *buf, const struct convert_result *result)
{
	if (result->entries > result->profile->cidr_limit)
		buf_printf(buf, "# That agent takes %llu entries without this.\n%s: %zu\n",
			   (unsigned long long)result->profile->cidr_limit,
			   config_key_name(KEY_CIDR_LIMIT), result->entries);
}

void convert_put_text(const struct convert_result *result, struct buf *buf)
{
	put_comment(buf, result);
	put_list(buf, result, KEY_MASQUERADE_CIDRS);
	put_list(buf, result, KEY_NON_MASQUERADE_CIDRS);
	put_list(buf, result, KEY_NON_MASQUERADE_SRC_CIDRS);
	put_list(buf, result, KEY_POD_CIDRS);
	put_switches(buf, result);
	put_interval(buf, result);
	put_limit(buf, result);
}
