/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a network configuration: its keys, their types and values. */
#include "cni/netconf_read.h"

#include <json-c/json.h>
#include <string.h>

#include "cni/json_text.h"
#include "cni/netconf_keys.h"
#include "cni/request.h"

static const struct {
	const char *name;
	enum ipmasq_backend backend;
} backends[] = {
	{ "auto", IPMASQ_BACKEND_AUTO },     { "iptables-nft", IPMASQ_BACKEND_NFT },
	{ "nft", IPMASQ_BACKEND_NFT },	     { "iptables-legacy", IPMASQ_BACKEND_LEGACY },
	{ "legacy", IPMASQ_BACKEND_LEGACY }, { "nftables", IPMASQ_BACKEND_NFTABLES },
};

static int parse(struct netconf *conf, struct cni_error *error)
{
	struct json_fault fault;
	struct json_span all;
	size_t offset;

	if (json_text_read(conf->text, conf->size, &conf->root, &fault) < 0)
		return fault.why ? netconf_fail(conf, error, CNI_NOT_DECODED, fault.offset, "%s",
						fault.why)
				 : cni_no_memory(error);
	if (!json_object_is_type(conf->root, json_type_object))
		return netconf_fail(conf, error, CNI_NOT_DECODED, 0, "it must be a JSON object");
	offset = json_single_quote(conf->text, conf->size);
	if (offset < conf->size)
		return netconf_fail(conf, error, CNI_NOT_DECODED, offset,
				    "a string must have double quotes");
	all = json_value(conf->text, 0, conf->size);
	all = json_value(conf->text, all.end, conf->size);
	if (all.start < conf->size)
		return netconf_fail(conf, error, CNI_NOT_DECODED, all.start,
				    "there is more behind the JSON object");
	return 0;
}

static int read_version(struct netconf *conf, enum netconf_use use, struct cni_error *error)
{
	const char *version = netconf_string(conf, "cniVersion");

	conf->version = CNI_1_1_0;
	if (use == NETCONF_VERSION)
		return 0;
	for (int i = 0; version && i < CNI_VERSIONS; i++) {
		if (strcmp(version, cni_version_names[i]) == 0) {
			conf->version = (enum cni_version)i;
			return 0;
		}
	}
	cni_fail(error, CNI_VERSION_UNKNOWN, "incompatible CNI versions");
	if (version)
		cni_detail(error,
			   "cniVersion is \"%s\"; the plugin speaks 0.3.1, 0.4.0, 1.0.0 and "
			   "1.1.0",
			   version);
	else
		cni_detail(error, "there is no cniVersion, which means 0.1.0; the plugin speaks "
				  "0.3.1, 0.4.0, 1.0.0 and 1.1.0");
	return -1;
}

static int read_name(struct netconf *conf, struct cni_error *error)
{
	const char *name = netconf_string(conf, "name");

	if (!name || !*name)
		return netconf_fail(conf, error, CNI_CONFIG, netconf_place(conf, "name").start,
				    "the name of the network is missing");
	if (!cni_is_name(name))
		return netconf_fail(
			conf, error, CNI_CONFIG, netconf_place(conf, "name").start,
			"name: \"%s\" is no name of a network: that begins with a letter or "
			"digit, and has only letters, digits, _, . and - after it",
			name);
	conf->name = name;
	return 0;
}

static int read_backend(struct netconf *conf, enum netconf_use use, struct cni_error *error)
{
	const char *name = netconf_string(conf, "backend");

	conf->backend_name = name ? name : "auto";
	for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++) {
		if (strcmp(conf->backend_name, backends[i].name) == 0) {
			conf->backend = backends[i].backend;
			return 0;
		}
	}
	/* Deleting then looks everywhere. */
	conf->backend = IPMASQ_BACKEND_AUTO;
	if (use != NETCONF_ALL)
		return 0;
	return netconf_fail(conf, error, CNI_CONFIG, netconf_place(conf, "backend").start,
			    "backend: \"%s\" is none; write auto, iptables-nft, iptables-legacy or "
			    "nftables",
			    name);
}

/* A switch that is missing or null is auto. */
static enum ipmasq_mode read_switch(const struct netconf *conf, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(conf->root, key, &value) || !value)
		return IPMASQ_AUTO;
	return json_object_get_boolean(value) ? IPMASQ_ON : IPMASQ_OFF;
}

static int read_policy_place(struct netconf *conf, struct cni_error *error)
{
	conf->policy_file = netconf_string(conf, "policyFile");
	if (conf->policy_file && conf->policy.end > conf->policy.start)
		return netconf_fail(conf, error, CNI_CONFIG,
				    netconf_place(conf, "policyFile").start,
				    "policyFile: there is a policy as well; write one of them");
	if (conf->policy_file && conf->policy_file[0] != '/')
		return netconf_fail(
			conf, error, CNI_CONFIG, netconf_place(conf, "policyFile").start,
			"policyFile: \"%s\" does not begin with a slash; the runtime does "
			"not say from where a path would begin",
			conf->policy_file);
	return 0;
}

/* What a key holds, or nothing where that is null. */
static struct json_span given(const struct netconf *conf, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(conf->root, key, &value) || !value)
		return (struct json_span){ 0 };
	return netconf_place(conf, key);
}

static int read_keys(struct netconf *conf, enum netconf_use use, struct cni_error *error)
{
	if (use == NETCONF_ALL && netconf_check_keys(conf, error) < 0)
		return -1;
	conf->profile = netconf_string(conf, "profile");
	conf->chain_prefix = netconf_string(conf, "chainPrefix");
	conf->ipv4 = read_switch(conf, "ipv4") != IPMASQ_OFF;
	conf->ipv6 = read_switch(conf, "ipv6");
	conf->policy = given(conf, "policy");
	conf->previous = given(conf, "prevResult");
	if (read_backend(conf, use, error) < 0)
		return -1;
	return use == NETCONF_ALL ? read_policy_place(conf, error) : 0;
}

int netconf_read(struct netconf *conf, char *text, size_t size, enum netconf_use use,
		 struct cni_error *error)
{
	*conf = (struct netconf){
		.notes = conf->notes, .text = text, .size = size, .version = CNI_1_1_0
	};
	/* A runtime that only asks for versions may say nothing. */
	if (use == NETCONF_VERSION && json_value(text, 0, size).start == size)
		return 0;
	if (parse(conf, error) < 0 || read_version(conf, use, error) < 0)
		return -1;
	if (use == NETCONF_VERSION)
		return 0;
	if (read_name(conf, error) < 0)
		return -1;
	return read_keys(conf, use, error);
}
