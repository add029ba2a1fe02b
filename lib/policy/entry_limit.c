/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the number of entries of nonMasqueradeCIDRs. */
#include "policy/entry_limit.h"

#include "policy/merge.h"

static const struct config_value *list_of(const struct ipmasq_config *config, size_t part)
{
	return &config->parts[part].values[KEY_NON_MASQUERADE_CIDRS];
}

/* Item number @index of the list, counted from 0 from part @part on. */
static const struct config_item *item_at(const struct ipmasq_config *config, size_t part,
					 uint64_t index)
{
	while (index >= list_of(config, part)->list.count)
		index -= list_of(config, part++)->list.count;
	return &list_of(config, part)->list.items[index];
}

static int reject(const struct profile *profile, struct ipmasq_diags *diags,
		  const struct config_item *item, size_t written, uint64_t most)
{
	const char *unless = profile_knows(profile, KEY_CIDR_LIMIT) ? " without a higher cidrLimit"
								    : "";

	return diag_reject(diags, "cidr-limit", &item->pos, NULL,
			   "nonMasqueradeCIDRs has %zu entries%s: the agent of the profile %s "
			   "refuses more than %llu%s",
			   written, profile->limit_per_file ? " in this file" : "", profile->name,
			   (unsigned long long)most, unless);
}

static int check_files(const struct ipmasq_config *config, const struct profile *profile,
		       struct ipmasq_diags *diags)
{
	int result = 0;

	for (size_t i = 0; i < config->count && result != -ENOMEM; i++) {
		size_t written = list_of(config, i)->list.count;

		if (written > profile->cidr_limit)
			result = reject(profile, diags, item_at(config, i, profile->cidr_limit),
					written, profile->cidr_limit);
	}
	return result;
}

int entry_limit_check(const struct ipmasq_config *config, const struct profile *profile,
		      struct ipmasq_diags *diags)
{
	struct merged_value limit;
	size_t written = 0;
	int r;

	if (profile->limit_per_file)
		return check_files(config, profile, diags);
	for (size_t i = 0; i < config->count; i++)
		written += list_of(config, i)->list.count;
	r = merge_smallest(config, KEY_CIDR_LIMIT, diags, &limit);
	if (r < 0)
		return r;
	if (!limit.present && written > profile->cidr_limit)
		return reject(profile, diags, item_at(config, 0, profile->cidr_limit), written,
			      profile->cidr_limit);
	if (!limit.present || written <= limit.number)
		return 0;
	return diag_reject(diags, "cidr-limit", &item_at(config, 0, limit.number)->pos, NULL,
			   "nonMasqueradeCIDRs has %zu entries, more than the %llu that cidrLimit "
			   "allows",
			   written, (unsigned long long)limit.number);
}
