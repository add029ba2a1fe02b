/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the result of the plugins before this one, and passes it on. */
#include "cni/result.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

static int wrong(const struct netconf *conf, struct cni_error *error, const char *what)
{
	return netconf_fail(conf, error, CNI_NOT_DECODED, conf->previous.start, "prevResult: %s",
			    what);
}

static int wrong_ip(const struct netconf *conf, struct cni_error *error, size_t index,
		    const char *what)
{
	return netconf_fail(conf, error, CNI_NOT_DECODED, conf->previous.start,
			    "prevResult.ips[%zu]: %s", index, what);
}

/* An array of the result, NULL where it has none. */
static int array_of(const struct netconf *conf, struct json_object *result, const char *key,
		    struct json_object **array, struct cni_error *error)
{
	*array = NULL;
	if (json_object_object_get_ex(result, key, array) && *array &&
	    !json_object_is_type(*array, json_type_array))
		return netconf_fail(conf, error, CNI_NOT_DECODED, conf->previous.start,
				    "prevResult.%s must be an array", key);
	return 0;
}

/* Whether the address is one of the container: 1, 0, or -1 with the error. Without an interface it
 * is, as in results that have no interfaces. */
static int is_inside(const struct netconf *conf, struct json_object *interfaces, size_t index,
		     struct json_object *ip, struct cni_error *error)
{
	struct json_object *number, *interface, *sandbox;
	int64_t value;

	if (!json_object_object_get_ex(ip, "interface", &number) || !number)
		return 1;
	value = json_object_get_int64(number);
	if (!json_object_is_type(number, json_type_int) || value < 0 || !interfaces ||
	    (uint64_t)value >= json_object_array_length(interfaces)) {
		wrong_ip(conf, error, index, "its interface is none of prevResult.interfaces");
		return -1;
	}
	interface = json_object_array_get_idx(interfaces, (size_t)value);
	if (!json_object_is_type(interface, json_type_object)) {
		wrong(conf, error, "each of its interfaces must be an object");
		return -1;
	}
	return json_object_object_get_ex(interface, "sandbox", &sandbox) &&
	       json_object_get_string_len(sandbox) > 0;
}

/* "ADDRESS/LENGTH", and the address has host bits. */
static int read_cidr(const char *text, struct ipmasq_pod_address *address)
{
	const char *slash = strchr(text, '/');
	char *end, *alone;
	unsigned long length;
	int r;

	if (!slash || slash[1] < '0' || slash[1] > '9')
		return -EINVAL;
	length = strtoul(slash + 1, &end, 10);
	alone = strndup(text, (size_t)(slash - text));
	if (!alone)
		return -ENOMEM;
	r = ipmasq_parse_address(alone, &address->family, address->bytes);
	free(alone);
	if (r == 0 && (*end || length > (address->family == IPMASQ_IPV4 ? 32 : 128)))
		r = -EINVAL;
	return r;
}

/* 1: there is an address. 0: it is not looked at. */
static int read_ip(const struct netconf *conf, struct json_object *interfaces,
		   struct json_object *ip, size_t index, struct ipmasq_pod_address *address,
		   struct cni_error *error)
{
	struct json_object *text;
	int r;

	if (!json_object_is_type(ip, json_type_object))
		return wrong_ip(conf, error, index, "it must be an object");
	if (!json_object_object_get_ex(ip, "address", &text) ||
	    !json_object_is_type(text, json_type_string))
		return wrong_ip(conf, error, index, "it has no address");
	r = read_cidr(json_object_get_string(text), address);
	if (r == -ENOMEM)
		return cni_no_memory(error);
	if (r < 0)
		return wrong_ip(conf, error, index,
				"its address must be one with the length of its prefix, such as "
				"10.1.0.5/16");
	r = is_inside(conf, interfaces, index, ip, error);
	if (r <= 0)
		return r;
	return address->family == IPMASQ_IPV4 ? conf->ipv4 : conf->ipv6 != IPMASQ_OFF;
}

static int read_ips(const struct netconf *conf, struct json_object *result,
		    struct ipmasq_pod_address *addresses, size_t *count, struct json_object *ips,
		    struct cni_error *error)
{
	struct json_object *interfaces;

	if (array_of(conf, result, "interfaces", &interfaces, error) < 0)
		return -1;
	for (size_t i = 0; i < json_object_array_length(ips); i++) {
		int r = read_ip(conf, interfaces, json_object_array_get_idx(ips, i), i,
				&addresses[*count], error);

		if (r < 0)
			return -1;
		*count += (size_t)r;
	}
	return 0;
}

int result_addresses(const struct netconf *conf, struct ipmasq_pod_address **addresses,
		     size_t *count, struct cni_error *error)
{
	struct json_object *result, *ips;
	struct ipmasq_pod_address *list;
	size_t used = 0;

	if (conf->previous.end == conf->previous.start)
		return netconf_fail(
			conf, error, CNI_CONFIG, 0,
			"there is no prevResult: ipmasq comes after a plugin that makes the "
			"interface, such as bridge or ptp");
	json_object_object_get_ex(conf->root, "prevResult", &result);
	if (array_of(conf, result, "ips", &ips, error) < 0)
		return -1;
	list = calloc(ips ? json_object_array_length(ips) + 1 : 1, sizeof(*list));
	if (!list)
		return cni_no_memory(error);
	if (ips && read_ips(conf, result, list, &used, ips, error) < 0) {
		free(list);
		return -1;
	}
	*addresses = list;
	*count = used;
	return 0;
}

int result_print(const struct netconf *conf, FILE *to, struct cni_error *error)
{
	struct json_walk walk = json_walk(conf->text, conf->previous);
	struct json_span key, value;
	size_t start = conf->previous.start;
	bool empty = true, versioned = false;

	while (json_next(&walk, &key, &value)) {
		empty = false;
		versioned = versioned || json_is(conf->text, key, "cniVersion");
	}
	if (!versioned)
		fprintf(to, "{\"cniVersion\":\"%s\"%s", cni_version_names[conf->version],
			empty ? "" : ",");
	start += !versioned;
	fwrite(conf->text + start, 1, conf->previous.end - start, to);
	fputc('\n', to);
	if (fflush(to) != 0 || ferror(to))
		return cni_fail(error, CNI_IO, "the result cannot be written: %s", strerror(errno));
	return 0;
}
