/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The target for what the CNI plugin reads: a network configuration with a policy and a result in
 * it. Each is accepted, or refused with an error that a runtime can read.
 *
 * The first byte says how much of the configuration the command needs.
 */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "cni/attachments.h"
#include "cni/netconf_read.h"
#include "cni/policy.h"
#include "cni/result.h"
#include "fuzz/fuzz.h"

/* The text is a JSON object that has a version. */
static void check_json(const char *text)
{
	struct json_object *object = json_tokener_parse(text), *version;

	INSIST(json_object_is_type(object, json_type_object));
	INSIST(json_object_object_get_ex(object, "cniVersion", &version));
	json_object_put(object);
}

static void check_error(const struct cni_error *error, const struct netconf *conf)
{
	char *text;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	INSIST(stream && error->code && error->message);
	INSIST(cni_error_print(error, cni_version_names[conf->version], stream) == 0);
	fclose(stream);
	check_json(text);
	free(text);
}

static int pass_on(const struct netconf *conf, struct cni_error *error)
{
	struct ipmasq_pod_address *addresses;
	size_t count, size;
	FILE *stream;
	char *text;

	if (result_addresses(conf, &addresses, &count, error) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		INSIST(addresses[i].family == IPMASQ_IPV4 || addresses[i].family == IPMASQ_IPV6);
	free(addresses);
	stream = open_memstream(&text, &size);
	INSIST(stream && result_print(conf, stream, error) == 0);
	fclose(stream);
	check_json(text);
	free(text);
	return 0;
}

static int read_all(const struct netconf *conf, enum netconf_use use, struct cni_error *error)
{
	struct ipmasq_policy *policy;
	struct attachment *list;
	size_t count;

	if (use == NETCONF_NETWORK) {
		if (attachments_read(conf, &list, &count, error) < 0)
			return -1;
		for (size_t i = 0; i < count; i++)
			INSIST(*list[i].container && *list[i].ifname);
		free(list);
		return 0;
	}
	/* Files are not what is tested. */
	if (use == NETCONF_VERSION || conf->policy_file)
		return 0;
	if (policy_read(conf, &policy, error) < 0)
		return -1;
	ipmasq_policy_free(policy);
	return pass_on(conf, error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cni_error error = { 0 };
	struct netconf conf = { 0 };
	enum netconf_use use;
	char *text;

	if (size == 0)
		return 0;
	use = (enum netconf_use)(data[0] % (NETCONF_ALL + 1));
	/* As cni_read_all() has it: with a NUL behind its end, which may not be counted on. */
	text = malloc(size);
	INSIST(text);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (netconf_read(&conf, text, size - 1, use, &error) < 0 ||
	    read_all(&conf, use, &error) < 0)
		check_error(&error, &conf);
	else
		INSIST(error.code == 0);
	netconf_free(&conf);
	cni_error_free(&error);
	return 0;
}
