/* SPDX-License-Identifier: Apache-2.0 */
/* Prepares what the checks look at, and words what their findings have in common. */
#include "lint/lint_run.h"

#include <stdio.h>
#include <string.h>

int lint_run_prepare(struct lint_run *run)
{
	int r = ipmasq_partition_new(run->policy, IPMASQ_IPV4, &run->partitions[0]);

	if (r == 0 && run->policy->ipv6 != IPMASQ_OFF)
		r = ipmasq_partition_new(run->policy, IPMASQ_IPV6, &run->partitions[1]);
	for (enum config_key key = 0; key < ARRAY_SIZE(run->lists) && r == 0; key++)
		r = lint_list_read(&run->lists[key], run->config, key);
	return r;
}

void lint_run_release(struct lint_run *run)
{
	for (size_t i = 0; i < ARRAY_SIZE(run->lists); i++)
		lint_list_release(&run->lists[i]);
	ipmasq_partition_free(run->partitions[0]);
	ipmasq_partition_free(run->partitions[1]);
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

const struct config_value *lint_given(const struct lint_run *run, enum config_key key)
{
	for (size_t i = 0; i < run->config->count; i++)
		if (run->config->parts[i].values[key].present)
			return &run->config->parts[i].values[key];
	return NULL;
}

struct pos lint_head(const struct lint_run *run, enum ipmasq_family family)
{
	const enum config_key order[] = {
		KEY_NON_MASQUERADE_CIDRS,
		family == IPMASQ_IPV4 ? KEY_MASQ_OUT_BOUND : KEY_MASQ_OUT_BOUND_IPV6,
		KEY_MASQUERADE_CIDRS,
	};
	struct pos file = { 0 };

	for (size_t k = 0; k < ARRAY_SIZE(order); k++) {
		const struct config_value *value = lint_given(run, order[k]);

		if (value)
			return value->pos;
	}
	if (run->config->count > 0)
		file.text = run->config->parts[0].text;
	return file;
}
