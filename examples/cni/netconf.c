/* SPDX-License-Identifier: Apache-2.0 */
/* A network configuration, and what is said about it. */
#include "cni/netconf.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <stdlib.h>

const char *const cni_version_names[CNI_VERSIONS] = {
	[CNI_0_3_1] = "0.3.1",
	[CNI_0_4_0] = "0.4.0",
	[CNI_1_0_0] = "1.0.0",
	[CNI_1_1_0] = "1.1.0",
};

void netconf_note(const struct netconf *conf, const char *format, ...)
{
	va_list arguments;

	if (!conf->notes)
		return;
	fprintf(conf->notes, "ipmasq: network %s: ", conf->name);
	va_start(arguments, format);
	vfprintf(conf->notes, format, arguments);
	va_end(arguments);
	fputc('\n', conf->notes);
}

int netconf_fail(const struct netconf *conf, struct cni_error *error, enum cni_code code,
		 size_t offset, const char *format, ...)
{
	unsigned int line, column;
	va_list arguments;
	char *text;
	int r;

	va_start(arguments, format);
	r = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (r < 0)
		return cni_no_memory(error);
	json_count(conf->text, offset, &line, &column);
	if (conf->name)
		cni_fail(error, code, "network %s: line %u, column %u: %s", conf->name, line,
			 column, text);
	else
		cni_fail(error, code, "network configuration: line %u, column %u: %s", line, column,
			 text);
	free(text);
	return -1;
}

const char *netconf_string(const struct netconf *conf, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(conf->root, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	return json_object_get_string(value);
}

struct json_span netconf_place(const struct netconf *conf, const char *key)
{
	struct json_span root = json_value(conf->text, 0, conf->size), name, value;
	struct json_walk walk = json_walk(conf->text, root);

	while (json_next(&walk, &name, &value)) {
		if (json_is(conf->text, name, key))
			return value;
	}
	return (struct json_span){ root.start, root.start };
}

void netconf_free(struct netconf *conf)
{
	json_object_put(conf->root);
	free(conf->text);
	*conf = (struct netconf){ 0 };
}
