/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the list of valid attachments. What is wrong in it would take rules of running containers
 * away, so all of it must be right. */
#include "cni/attachments.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#define KEY "cni.dev/valid-attachments"

static const char *text_of(struct json_object *item, const char *key)
{
	struct json_object *value;

	if (!json_object_is_type(item, json_type_object) ||
	    !json_object_object_get_ex(item, key, &value) ||
	    !json_object_is_type(value, json_type_string) ||
	    json_object_get_string_len(value) == 0 ||
	    strlen(json_object_get_string(value)) != (size_t)json_object_get_string_len(value))
		return NULL;
	return json_object_get_string(value);
}

int attachments_read(const struct netconf *conf, struct attachment **list, size_t *count,
		     struct cni_error *error)
{
	struct json_object *array;
	struct attachment *all;
	size_t length;

	if (!json_object_object_get_ex(conf->root, KEY, &array) ||
	    !json_object_is_type(array, json_type_array))
		return netconf_fail(
			conf, error, CNI_CONFIG, 0,
			KEY " must be there, and an array: what is not in it loses its rules");
	length = json_object_array_length(array);
	all = calloc(length + 1, sizeof(*all));
	if (!all)
		return cni_no_memory(error);
	for (size_t i = 0; i < length; i++) {
		struct json_object *item = json_object_array_get_idx(array, i);

		all[i].container = text_of(item, "containerID");
		all[i].ifname = text_of(item, "ifname");
		if (all[i].container && all[i].ifname)
			continue;
		free(all);
		return netconf_fail(conf, error, CNI_CONFIG, 0,
				    KEY "[%zu] must have containerID and ifname, which are texts",
				    i);
	}
	*list = all;
	*count = length;
	return 0;
}
