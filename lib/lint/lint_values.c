/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at each entry and number on its own. */
#include "lint/lint_values.h"

#include <string.h>

#include "util/buf.h"

#define SECOND_NS      (uint64_t)1000000000
#define INTERVAL_SHORT (10 * SECOND_NS)
#define INTERVAL_LONG  (3600 * SECOND_NS)
#define OTHERS_LIMIT   64

static const struct special {
	const char *cidr;
	const char *what;
	/* May stand in nonMasqueradeCIDRs. */
	bool kept;
} specials[] = {
	{ "127.0.0.0/8", "loopback, which never leaves the host", false },
	{ "::1/128", "loopback, which never leaves the host", false },
	{ "0.0.0.0/8", "unspecified, so nobody answers there", false },
	{ "::/128", "unspecified, so nobody answers there", false },
	{ "224.0.0.0/4", "multicast, which nodes do not forward by default", true },
	{ "ff00::/8", "multicast, which nodes do not forward by default", true },
	{ "192.0.2.0/24", "for documentation and examples (RFC 5737)", true },
	{ "198.51.100.0/24", "for documentation and examples (RFC 5737)", true },
	{ "203.0.113.0/24", "for documentation and examples (RFC 5737)", true },
	{ "2001:db8::/32", "for documentation and examples (RFC 3849)", false },
	{ "3fff::/20", "for documentation and examples (RFC 9637)", false },
	{ "240.0.0.0/4", "class E, which was never assigned (RFC 1112)", true },
};

static const struct special *find_special(const struct prefix *prefix)
{
	for (size_t i = 0; i < ARRAY_SIZE(specials); i++) {
		struct prefix range;

		if (prefix_parse(specials[i].cidr, strlen(specials[i].cidr), &range) == PREFIX_OK &&
		    prefix_covers(&range, prefix))
			return &specials[i];
	}
	return NULL;
}

static int lint_entry(struct lint_run *run, const struct lint_list *list,
		      const struct lint_item *item)
{
	const struct special *special;
	char text[PREFIX_TEXT_MAX];

	/* A host name. */
	if (!item->prefix.family)
		return 0;
	prefix_format(&item->prefix, text);
	if (item->prefix.len == 0)
		return diag_add(run->diags, IPMASQ_NOTE, "universal-entry", &item->pos, NULL,
				"%s is every address of IPv%d: no other entry of the family counts "
				"in %s",
				text, item->prefix.family, config_key_name(list->key));
	special = find_special(&item->prefix);
	if (!special || (special->kept && list->key == KEY_NON_MASQUERADE_CIDRS))
		return 0;
	return diag_add(run->diags, IPMASQ_NOTE, "special-range", &item->pos, NULL, "%s is %s%s",
			text, special->what,
			list->key == KEY_POD_CIDRS ? "; no pod has such an address" : "");
}

int lint_entries(struct lint_run *run)
{
	int r = 0;

	for (size_t k = 0; k < ARRAY_SIZE(run->lists); k++)
		for (size_t i = 0; i < run->lists[k].count && r == 0; i++)
			r = lint_entry(run, &run->lists[k], &run->lists[k].items[i]);
	return r;
}

static int lint_interval(struct lint_run *run, const struct config_value *value)
{
	if (!value->present)
		return 0;
	if (value->number < INTERVAL_SHORT)
		return diag_add(run->diags, IPMASQ_NOTE, "interval-short", &value->pos, NULL,
				"each check takes time on the node; every ten seconds or less "
				"often is enough");
	if (value->number > INTERVAL_LONG)
		return diag_add(run->diags, IPMASQ_NOTE, "interval-long", &value->pos, NULL,
				"rules that something else removes would be missing for more than "
				"an hour");
	return 0;
}

/* Whether the agent refuses more entries whatever the file says. */
static bool refuses_more(const struct profile *profile, const char *unused)
{
	(void)unused;
	return profile->cidr_limit == OTHERS_LIMIT && !profile_knows(profile, KEY_CIDR_LIMIT);
}

static bool refuses_more_without_limit(const struct profile *profile, const char *unused)
{
	(void)unused;
	return profile->cidr_limit == OTHERS_LIMIT && profile_knows(profile, KEY_CIDR_LIMIT);
}

static int report_limit(struct lint_run *run, const struct lint_list *list)
{
	CLEANUP(buf_release) struct buf fixed = BUF_INIT;
	CLEANUP(buf_release) struct buf raised = BUF_INIT;

	profile_put_names(&fixed, refuses_more, NULL, "and");
	profile_put_names(&raised, refuses_more_without_limit, NULL, "and");
	if (fixed.error || raised.error)
		return -ENOMEM;
	return diag_add(run->diags, IPMASQ_NOTE, "limit-64", &list->items[OTHERS_LIMIT].pos, NULL,
			"nonMasqueradeCIDRs has %zu entries; the agents of the profiles %s refuse "
			"more than %d, and those of %s do without a higher cidrLimit",
			list->count, fixed.data, OTHERS_LIMIT, raised.data);
}

int lint_numbers(struct lint_run *run)
{
	const struct lint_list *list = &run->lists[IPMASQ_NON_MASQUERADE_CIDRS];
	bool limited = run->profile->cidr_limit != UINT64_MAX;
	int r = 0;

	for (size_t i = 0; i < run->config->count && r == 0; i++) {
		const struct config_part *part = &run->config->parts[i];

		r = lint_interval(run, &part->values[KEY_RESYNC_INTERVAL]);
		limited |= part->values[KEY_CIDR_LIMIT].present;
	}
	if (r < 0 || limited || list->count <= OTHERS_LIMIT)
		return r;
	return report_limit(run, list);
}
