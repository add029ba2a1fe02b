/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is legal but probably not meant? Looks at what the user wrote (duplicates, nulls, places)
 * and at what it comes to (the partition), in time n log n.
 */
#include "lint/lint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static lint_fn *const checks[] = {
	lint_superfluous, lint_mergeable, lint_shadowed, lint_entries,	lint_numbers,
	lint_empty,	  lint_outcome,	  lint_ipv6,	 lint_coverage,
};

static int read_list(struct lint_run *run, enum config_key key)
{
	struct lint_list *list = &run->lists[key];
	size_t total = 0;

	list->key = key;
	for (size_t i = 0; i < run->config->count; i++) {
		const struct config_value *value = &run->config->parts[i].values[key];

		if (value->present && !list->given)
			list->pos = value->pos;
		list->given |= value->present;
		total += value->list.count;
	}
	list->items = malloc((total + 1) * sizeof(*list->items));
	if (!list->items)
		return -ENOMEM;
	for (size_t i = 0; i < run->config->count; i++) {
		const struct config_value *value = &run->config->parts[i].values[key];

		for (size_t k = 0; k < value->list.count; k++)
			list->items[list->count++] = (struct lint_item){
				.prefix = value->list.items[k].prefix,
				.pos = value->list.items[k].pos,
				.part = (uint32_t)i,
				.cover = ITEM_NONE,
			};
	}
	return lint_find_tops(list);
}

static int prepare(struct lint_run *run)
{
	int r = ipmasq_partition_new(run->policy, IPMASQ_IPV4, &run->partitions[0]);

	if (r == 0 && run->policy->ipv6 != IPMASQ_OFF)
		r = ipmasq_partition_new(run->policy, IPMASQ_IPV6, &run->partitions[1]);
	for (enum config_key key = 0; key < ARRAY_SIZE(run->lists) && r == 0; key++)
		r = read_list(run, key);
	return r;
}

static void release(struct lint_run *run)
{
	for (size_t i = 0; i < ARRAY_SIZE(run->lists); i++) {
		free(run->lists[i].items);
		free(run->lists[i].tops[0]);
		free(run->lists[i].tops[1]);
	}
	ipmasq_partition_free(run->partitions[0]);
	ipmasq_partition_free(run->partitions[1]);
}

IPMASQ_EXPORT int ipmasq_policy_lint(const struct ipmasq_policy *policy,
				     const struct ipmasq_config *config,
				     const struct ipmasq_options *options,
				     struct ipmasq_diags *diags)
{
	struct lint_run run = {
		.config = config,
		.policy = policy,
		.options = options,
		.profile = options ? options->profile : profile_default(),
		.diags = diags,
	};
	int r = prepare(&run);

	for (size_t i = 0; i < ARRAY_SIZE(checks) && r == 0; i++)
		r = checks[i](&run);
	release(&run);
	return r;
}

const char *lint_quoted(const struct pos *pos, const struct prefix *prefix, char text[64])
{
	char first = pos->text && pos->offset < pos->text->size ? pos->text->data[pos->offset] : 0;
	char cidr[PREFIX_TEXT_MAX];
	char quote[2] = "";

	prefix_format(prefix, cidr);
	if (first == '"' || first == '\'')
		quote[0] = first;
	else if (cidr[0] == ':' && first != ':')
		quote[0] = '"';
	snprintf(text, 64, "%s%s%s", quote, cidr, quote);
	return text;
}

const char *lint_place(const struct pos *pos, const struct pos *finding, char text[LINT_PLACE_MAX])
{
	if (!pos->text)
		return "built in";
	if (finding->text && strcmp(pos->text->name, finding->text->name) == 0)
		snprintf(text, LINT_PLACE_MAX, "line %u", pos->line);
	else
		snprintf(text, LINT_PLACE_MAX, "%s:%u:%u", pos->text->name, pos->line, pos->column);
	return text;
}

struct pos lint_head(const struct lint_run *run)
{
	static const enum config_key order[] = {
		KEY_NON_MASQUERADE_CIDRS, KEY_MASQ_OUT_BOUND,  KEY_MASQUERADE_CIDRS,
		KEY_MASQ_OUT_BOUND_IPV6,  KEY_MASQ_LINK_LOCAL, KEY_MASQ_LINK_LOCAL_IPV6,
		KEY_RESYNC_INTERVAL,	  KEY_CIDR_LIMIT,      KEY_NON_MASQUERADE_SRC_CIDRS,
	};
	struct pos file = { 0 };

	for (size_t k = 0; k < ARRAY_SIZE(order); k++)
		for (size_t i = 0; i < run->config->count; i++)
			if (run->config->parts[i].values[order[k]].present)
				return run->config->parts[i].values[order[k]].pos;
	if (run->config->count > 0)
		file.text = run->config->parts[0].text;
	return file;
}
