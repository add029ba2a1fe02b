/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and stores what the caller decides beside the configuration. */
#include "profile/options.h"

#include <stdlib.h>
#include <string.h>

#include "util/address.h"
#include "util/buf.h"

IPMASQ_EXPORT int ipmasq_options_new(struct ipmasq_options **options)
{
	struct ipmasq_options *made;

	if (!options)
		return -EINVAL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->profile = profile_default();
	*options = made;
	return 0;
}

IPMASQ_EXPORT void ipmasq_options_free(struct ipmasq_options *options)
{
	if (!options)
		return;
	free(options->ranges);
	manifest_query_release(&options->query);
	free(options);
}

const struct profile *options_profile(const struct ipmasq_options *options)
{
	return options ? options->profile : profile_default();
}

const struct manifest_query *options_query(const struct ipmasq_options *options)
{
	static const struct manifest_query query_default;

	return options ? &options->query : &query_default;
}

int options_copy_query(const struct ipmasq_options *options, struct manifest_query *copy)
{
	const struct profile *profile = options_profile(options);
	struct agent_settings *settings = &copy->settings;
	const char *chain = options && options->chain[0] ? options->chain : profile->chain;
	int r = manifest_query_copy(options_query(options), copy);

	*settings = (struct agent_settings){
		.ipv6 = options && options->ipv6_set ? options->ipv6 : profile->ipv6,
		.random_fully = options && options->random_fully_set ? options->random_fully
								     : profile->random_fully,
		.reserved_ranges = profile->reserved_ranges ||
				   (options && options->reserved_ranges),
	};
	if (chain)
		memcpy(settings->chain, chain, strlen(chain) + 1);
	if (options) {
		settings->port_count = options->port_count;
		memcpy(settings->ports, options->ports, sizeof(settings->ports));
	}
	return r;
}

IPMASQ_EXPORT int ipmasq_options_add_pattern(struct ipmasq_options *options,
					     enum ipmasq_pattern which, const char *pattern)
{
	if (!options || !pattern)
		return -EINVAL;
	switch (which) {
	case IPMASQ_CONFIGMAP_PATTERN:
		return manifest_names_add(&options->query.configmaps, pattern);
	case IPMASQ_KEY_PATTERN:
		return manifest_names_add(&options->query.keys, pattern);
	}
	return -EINVAL;
}

static int reject_profile(const char *name, struct ipmasq_diags *diags)
{
	CLEANUP(buf_release) struct buf names = BUF_INIT;

	profile_put_names(&names, NULL, NULL, "or");
	if (names.error)
		return names.error;
	return diag_reject(diags, "profile", NULL, NULL, "there is no profile \"%s\": write %s",
			   name, names.data);
}

IPMASQ_EXPORT int ipmasq_options_set_profile(struct ipmasq_options *options, const char *name,
					     struct ipmasq_diags *diags)
{
	const struct profile *profile;

	if (!options || !name)
		return -EINVAL;
	profile = profile_find(name);
	if (!profile)
		return reject_profile(name, diags);
	options->profile = profile;
	return 0;
}

const char *chain_name_error(const char *name)
{
	static const char *const built_in[] = {
		"PREROUTING", "INPUT",	"OUTPUT", "POSTROUTING", "FORWARD", "ACCEPT",
		"DROP",	      "RETURN", "QUEUE",  "MASQUERADE",	 "SNAT",    "DNAT",
		"REDIRECT",   "NETMAP", "MARK",	  "LOG",
	};

	if (!name[0])
		return "is empty";
	if (strlen(name) > CHAIN_NAME_MAX)
		return "is longer than the 28 bytes that iptables allows";
	if (name[0] == '-' || name[0] == '!')
		return "starts with a character that iptables takes for an option";
	for (const char *c = name; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f || *c == '"' || *c == '\'' || *c == '\\')
			return "has a blank, a quote, a backslash or a control character";
	for (size_t i = 0; i < ARRAY_SIZE(built_in); i++)
		if (strcmp(name, built_in[i]) == 0)
			return "is the name of a built-in chain or target";
	return NULL;
}

IPMASQ_EXPORT int ipmasq_options_set_chain(struct ipmasq_options *options, const char *name,
					   struct ipmasq_diags *diags)
{
	const char *error;

	if (!options || !name)
		return -EINVAL;
	error = chain_name_error(name);
	if (error)
		return diag_reject(diags, "chain-name", NULL, NULL, "the chain name \"%s\" %s",
				   name, error);
	strcpy(options->chain, name);
	return 0;
}

IPMASQ_EXPORT int ipmasq_options_set_mode(struct ipmasq_options *options,
					  enum ipmasq_feature feature, enum ipmasq_mode mode)
{
	if (!options || !IS_UP_TO(IPMASQ_OFF, mode))
		return -EINVAL;
	switch (feature) {
	case IPMASQ_FEATURE_IPV6:
		options->ipv6 = mode;
		options->ipv6_set = true;
		return 0;
	case IPMASQ_FEATURE_RANDOM_FULLY:
		options->random_fully = mode;
		options->random_fully_set = true;
		return 0;
	case IPMASQ_FEATURE_RESERVED_RANGES:
		options->reserved_ranges = mode == IPMASQ_ON;
		return 0;
	}
	return -EINVAL;
}

IPMASQ_EXPORT int ipmasq_options_set_to_ports(struct ipmasq_options *options, const char *ports,
					      struct ipmasq_diags *diags)
{
	struct port_range ranges[PORT_RANGES_MAX];
	const char *error;
	size_t count = 0;

	if (!options)
		return -EINVAL;
	if (ports) {
		error = scalar_ports(ports, ranges, &count);
		if (error)
			return diag_reject(diags, "to-ports", NULL, NULL,
					   "the port ranges \"%s\": %s", ports, error);
	}
	memcpy(options->ports, ranges, count * sizeof(ranges[0]));
	options->port_count = count;
	return 0;
}

IPMASQ_EXPORT int ipmasq_options_set_hosts(struct ipmasq_options *options,
					   const struct ipmasq_hosts *hosts)
{
	if (!options)
		return -EINVAL;
	options->hosts = hosts;
	return 0;
}

IPMASQ_EXPORT const char *ipmasq_layout_name(enum ipmasq_layout layout)
{
	static const char *const names[] = {
		[IPMASQ_LAYOUT_AUTO] = "auto",
		[IPMASQ_LAYOUT_LINEAR] = "linear",
		[IPMASQ_LAYOUT_TREE] = "tree",
		[IPMASQ_LAYOUT_MAPS] = "maps",
	};

	return NAME_OF(names, layout);
}

IPMASQ_EXPORT int ipmasq_options_set_layout(struct ipmasq_options *options,
					    enum ipmasq_layout layout)
{
	if (!options || !IS_UP_TO(IPMASQ_LAYOUT_MAPS, layout))
		return -EINVAL;
	options->layout = layout;
	return 0;
}

IPMASQ_EXPORT int ipmasq_options_add_cidr(struct ipmasq_options *options,
					  enum ipmasq_cluster_cidr which, const char *cidr,
					  struct ipmasq_diags *diags)
{
	struct lint_range range = { .which = which };
	int r;

	if (!options || !cidr || !IS_UP_TO(IPMASQ_SERVICE_CIDR, which))
		return -EINVAL;
	r = address_read_cidr(cidr, diags, &range.prefix);
	if (r < 0)
		return r;
	r = array_grow(&options->ranges, &options->range_capacity, options->range_count,
		       sizeof(range));
	if (r == 0)
		options->ranges[options->range_count++] = range;
	return r;
}
