/* SPDX-License-Identifier: Apache-2.0 */
/* Sets values of a configuration for a program, by the rules that hold in a file. */
#include <string.h>

#include "config/config.h"
#include "config/config_text.h"
#include "util/diag.h"

/* A key that the profile's agent does not know has no effect, as in a file. */
static int warn_unsupported(const struct ipmasq_config *config, enum config_key key,
			    struct ipmasq_diags *diags)
{
	return diag_add(diags, IPMASQ_WARNING, "unsupported-key", NULL, NULL,
			"the agent of the profile %s does not know %s and ignores it",
			config->profile->name, config_key_name(key));
}

/* Findings about what a program gave have no place in a file. */
static int refuse_value(struct ipmasq_diags *diags, const struct complaint *complaint)
{
	return diag_reject(diags, complaint->code, NULL,
			   complaint->suggestion[0] ? complaint->suggestion : NULL, "%s",
			   complaint->message);
}

IPMASQ_EXPORT int ipmasq_config_add_cidr(struct ipmasq_config *config, enum ipmasq_list list,
					 const char *cidr, struct ipmasq_diags *diags)
{
	enum config_key key = KEY_MASQUERADE_CIDRS + (enum config_key)list;
	struct config_item item = { 0 };
	struct config_value *value;
	struct complaint complaint;
	int r;

	if (!config || !cidr || !IS_UP_TO(IPMASQ_POD_CIDRS, list))
		return -EINVAL;
	if (!config_knows(config, key))
		return warn_unsupported(config, key, diags);
	r = config_parse_cidr(config->profile, &config->hosts, cidr, strlen(cidr), &item.prefix,
			      &complaint);
	if (r == -EINVAL)
		return refuse_value(diags, &complaint);
	if (r == 0 && complaint.code)
		r = diag_add(diags, IPMASQ_NOTE, complaint.code, NULL, complaint.suggestion, "%s",
			     complaint.message);
	if (r == 0)
		r = config_program_value(config, key, &value);
	if (r == 0)
		r = config_value_append(value, &item);
	if (r == 0)
		value->present = true;
	return r;
}

IPMASQ_EXPORT int ipmasq_config_set_list(struct ipmasq_config *config, enum ipmasq_list list)
{
	enum config_key key = KEY_MASQUERADE_CIDRS + (enum config_key)list;
	struct config_value *value;
	int r;

	if (!config || !IS_UP_TO(IPMASQ_POD_CIDRS, list))
		return -EINVAL;
	if (!config_knows(config, key))
		return 0;
	r = config_program_value(config, key, &value);
	if (r == 0)
		value->present = true;
	return r;
}

IPMASQ_EXPORT int ipmasq_config_set_bool(struct ipmasq_config *config, enum ipmasq_switch which,
					 bool value)
{
	enum config_key key = KEY_MASQ_OUT_BOUND + (enum config_key)which;
	struct config_value *stored;
	int r;

	if (!config || !IS_UP_TO(IPMASQ_MASQ_LINK_LOCAL_IPV6, which))
		return -EINVAL;
	if (!config_knows(config, key))
		return 0;
	r = config_program_value(config, key, &stored);
	if (r < 0)
		return r;
	stored->present = true;
	stored->flag = value;
	return 0;
}

static int set_number(struct ipmasq_config *config, enum config_key key, uint64_t number)
{
	struct config_value *value;
	int r = config_program_value(config, key, &value);

	if (r < 0)
		return r;
	value->present = true;
	value->number = number;
	return 0;
}

IPMASQ_EXPORT int ipmasq_config_set_resync(struct ipmasq_config *config, const char *duration,
					   struct ipmasq_diags *diags)
{
	struct complaint complaint;
	uint64_t number;

	if (!config || !duration)
		return -EINVAL;
	if (!config_knows(config, KEY_RESYNC_INTERVAL))
		return warn_unsupported(config, KEY_RESYNC_INTERVAL, diags);
	if (config_parse_duration(config->profile, duration, strlen(duration), &number,
				  &complaint) < 0)
		return refuse_value(diags, &complaint);
	return set_number(config, KEY_RESYNC_INTERVAL, number);
}

IPMASQ_EXPORT int ipmasq_config_set_cidr_limit(struct ipmasq_config *config, uint64_t limit)
{
	if (!config)
		return -EINVAL;
	if (!config_knows(config, KEY_CIDR_LIMIT))
		return 0;
	return set_number(config, KEY_CIDR_LIMIT, limit);
}
