/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the values that were read, part by part. */
#include "config/config.h"

#include <stdlib.h>

int config_value_append(struct config_value *value, const struct config_item *item)
{
	int r = array_grow(&value->list.items, &value->list.capacity, value->list.count,
			   sizeof(*item));

	if (r == 0)
		value->list.items[value->list.count++] = *item;
	return r;
}

void config_part_release(struct config_part *part)
{
	for (enum config_key key = 0; key < KEY_COUNT; key++)
		if (config_key_is_list(key))
			free(part->values[key].list.items);
	text_unref(part->text);
}

int config_add_part(struct ipmasq_config *config, struct config_part *part)
{
	int r = array_grow(&config->parts, &config->capacity, config->count, sizeof(*part));

	if (r < 0)
		config_part_release(part);
	else
		config->parts[config->count++] = *part;
	return r;
}

int config_program_value(struct ipmasq_config *config, enum config_key key,
			 struct config_value **value)
{
	size_t i = 0;
	int r;

	while (i < config->count && config->parts[i].text)
		i++;
	if (i == config->count) {
		r = config_add_part(config, &(struct config_part){ 0 });
		if (r < 0)
			return r;
	}
	*value = &config->parts[i].values[key];
	return 0;
}

void config_release_object(struct ipmasq_config *config)
{
	free(config->object);
	text_unref(config->object_pos.text);
	config->object = NULL;
	config->object_pos = (struct pos){ 0 };
}

IPMASQ_EXPORT int ipmasq_config_new(const struct ipmasq_options *options,
				    struct ipmasq_config **config)
{
	struct ipmasq_config *made;

	if (!config)
		return -EINVAL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->profile = options_profile(options);
	if (options_copy_query(options, &made->query) < 0) {
		ipmasq_config_free(made);
		return -ENOMEM;
	}
	*config = made;
	return 0;
}

IPMASQ_EXPORT void ipmasq_config_free(struct ipmasq_config *config)
{
	if (!config)
		return;
	for (size_t i = 0; i < config->count; i++)
		config_part_release(&config->parts[i]);
	free(config->parts);
	names_release(&config->hosts);
	config_release_object(config);
	manifest_query_release(&config->query);
	free(config);
}

IPMASQ_EXPORT const char *ipmasq_config_host(const struct ipmasq_config *config, size_t index)
{
	return config && index < config->hosts.count ? config->hosts.names[index] : NULL;
}
