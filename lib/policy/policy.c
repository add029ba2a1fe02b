/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a policy from a configuration: profile, defaults, limits, order, families. */
#include "policy/policy.h"

#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "policy/default_list.h"
#include "policy/entry_limit.h"
#include "policy/merge.h"

#define SECOND_NS	  1000000000u
#define RESYNC_DEFAULT_NS (60 * (uint64_t)SECOND_NS)

static const struct ipmasq_config no_config;

/* A policy in the making, and what it is made from. */
struct builder {
	const struct ipmasq_config *config;
	const struct ipmasq_options *options;
	const struct profile *profile;
	struct ipmasq_diags *diags;
	struct ipmasq_policy *policy;
	struct merged_list pods;
	bool rejected;
};

IPMASQ_EXPORT const char *ipmasq_verdict_name(enum ipmasq_verdict verdict)
{
	static const char *const names[] = {
		[IPMASQ_RETURN] = "RETURN",
		[IPMASQ_MASQUERADE] = "MASQUERADE",
	};

	return NAME_OF(names, verdict);
}

IPMASQ_EXPORT const char *ipmasq_origin_name(enum ipmasq_origin origin)
{
	static const char *const names[] = {
		[IPMASQ_ORIGIN_PODS] = "podCIDRs",
		[IPMASQ_ORIGIN_NON_MASQUERADE_SRC] = "nonMasqueradeSrcCIDRs",
		[IPMASQ_ORIGIN_MASQUERADE] = "masqueradeCIDRs",
		[IPMASQ_ORIGIN_LINK_LOCAL] = "link-local",
		[IPMASQ_ORIGIN_NON_MASQUERADE] = "nonMasqueradeCIDRs",
		[IPMASQ_ORIGIN_OUT_BOUND] = "masqOutBound",
		[IPMASQ_ORIGIN_OUT_BOUND_IPV6] = "masqOutBoundIPv6",
		[IPMASQ_ORIGIN_NONE] = "none",
	};

	return NAME_OF(names, origin);
}

/* Remembers -EINVAL and goes on, so that all errors are reported; anything else ends the work. */
static int builder_note(struct builder *b, int r)
{
	if (r != -EINVAL)
		return r;
	b->rejected = true;
	return 0;
}

/* Adds an entry after all that there are. The caller counts it. */
static int put_entry(struct builder *b, const struct prefix *prefix, const struct pos *pos,
		     enum ipmasq_origin origin, enum ipmasq_verdict verdict)
{
	struct policy_family *f = &b->policy->families[prefix->family == IPMASQ_IPV6];
	size_t count = f->count + f->pod_count;
	int r = array_grow(&f->entries, &f->capacity, count, sizeof(*f->entries));

	if (r == 0)
		f->entries[count] = (struct ipmasq_entry){
			.prefix = *prefix,
			.pos = *pos,
			.origin = (uint8_t)origin,
			.verdict = (uint8_t)verdict,
		};
	return r;
}

static int add_entry(struct builder *b, const struct prefix *prefix, const struct pos *pos,
		     enum ipmasq_origin origin, enum ipmasq_verdict verdict)
{
	struct policy_family *f = &b->policy->families[prefix->family == IPMASQ_IPV6];
	int r = put_entry(b, prefix, pos, origin, verdict);

	if (r < 0)
		return r;
	f->count++;
	if (origin <= IPMASQ_ORIGIN_NON_MASQUERADE_SRC)
		f->source_count = f->count;
	return 0;
}

static int add_built_in(struct builder *b, const char *cidr, const struct pos *pos,
			enum ipmasq_origin origin, enum ipmasq_verdict verdict)
{
	struct prefix prefix;

	if (prefix_parse(cidr, strlen(cidr), &prefix) != PREFIX_OK)
		return -EINVAL;
	return add_entry(b, &prefix, pos, origin, verdict);
}

static int check_family_off(struct builder *b, const struct merged_item *item)
{
	bool error = b->profile->ipv6_off_is_error;
	char text[PREFIX_TEXT_MAX];

	/* The user wrote a name, not this address; the name may have others. */
	if (item->prefix.family != IPMASQ_IPV6 || b->policy->ipv6 != IPMASQ_OFF || item->host)
		return 0;
	prefix_format(&item->prefix, text);
	b->rejected |= error;
	if (error)
		return diag_add(b->diags, IPMASQ_ERROR, "family-off", &item->pos, NULL,
				"%s is IPv6, which is off: the agent of profile %s refuses such a "
				"file; take the entry out, or turn IPv6 on",
				text, b->policy->profile);
	return diag_add(b->diags, IPMASQ_WARNING, "family-off", &item->pos, NULL,
			"%s is IPv6, which is off: the entry has no effect", text);
}

/* Names the last entry. The name must live as long as the policy. */
static int set_host(struct builder *b, enum ipmasq_family family, const char *name)
{
	struct policy_family *f = &b->policy->families[family == IPMASQ_IPV6];
	uint32_t number;
	int r = names_add(&b->policy->hosts, name, strlen(name), &number);

	if (r == 0)
		f->entries[f->count + f->pod_count - 1].host = b->policy->hosts.names[number];
	return r;
}

static int add_item(struct builder *b, const struct merged_item *item, enum ipmasq_origin origin,
		    enum ipmasq_verdict verdict)
{
	int r = check_family_off(b, item);

	if (r == 0)
		r = add_entry(b, &item->prefix, &item->pos, origin, verdict);
	if (r == 0 && item->host)
		r = set_host(b, item->prefix.family, item->host);
	return r;
}

static int add_list(struct builder *b, enum config_key key, enum ipmasq_origin origin,
		    enum ipmasq_verdict verdict, bool *given)
{
	const struct ipmasq_hosts *hosts = b->options ? b->options->hosts : NULL;
	struct merged_list list;
	int r = merge_list(b->config, hosts, key, b->diags, &list);

	*given = list.given;
	if (r == 0 && key == KEY_NON_MASQUERADE_CIDRS)
		r = builder_note(b, entry_limit_check(b->config, b->profile, b->diags));
	for (size_t i = 0; i < list.count && r == 0; i++)
		r = add_item(b, &list.items[i], origin, verdict);
	free(list.items);
	return r;
}

/* Reads podCIDRs. Of each family that it has, the first entry is for all other sources. */
static int begin_pods(struct builder *b)
{
	const struct ipmasq_hosts *hosts = b->options ? b->options->hosts : NULL;
	int r = merge_list(b->config, hosts, KEY_POD_CIDRS, b->diags, &b->pods);

	for (size_t i = 0; i < b->pods.count && r == 0; i++) {
		const struct prefix all = { .family = b->pods.items[i].prefix.family };
		struct policy_family *f = &b->policy->families[all.family == IPMASQ_IPV6];

		if (f->count > 0)
			continue;
		r = add_entry(b, &all, &b->pods.pos, IPMASQ_ORIGIN_PODS, IPMASQ_RETURN);
		if (r == 0)
			f->entries[0].outside_pods = true;
	}
	return r;
}

/* Adds the entries of podCIDRs, after all those that decide. */
static int end_pods(struct builder *b)
{
	int r = 0;

	for (size_t i = 0; i < b->pods.count && r == 0; i++) {
		const struct merged_item *item = &b->pods.items[i];

		r = check_family_off(b, item);
		if (r == 0)
			r = put_entry(b, &item->prefix, &item->pos, IPMASQ_ORIGIN_PODS,
				      IPMASQ_RETURN);
		if (r < 0)
			break;
		b->policy->families[item->prefix.family == IPMASQ_IPV6].pod_count++;
		if (item->host)
			r = set_host(b, item->prefix.family, item->host);
	}
	return r;
}

static int add_defaults(struct builder *b)
{
	bool reserved = b->profile->reserved_ranges || (b->options && b->options->reserved_ranges);
	const struct pos built_in = { 0 };
	const char *cidr;
	int r = 0;

	for (size_t i = 0; r == 0 && (cidr = profile_default_entry(reserved, i)) != NULL; i++)
		r = add_built_in(b, cidr, &built_in, IPMASQ_ORIGIN_NON_MASQUERADE, IPMASQ_RETURN);
	return r;
}

static int add_link_local(struct builder *b, enum config_key key, const char *cidr)
{
	struct merged_value masq;
	int r = builder_note(b, merge_switch(b->config, b->profile, key, b->diags, &masq));

	if (r < 0 || masq.flag)
		return r;
	return add_built_in(b, cidr, &masq.pos, IPMASQ_ORIGIN_LINK_LOCAL, IPMASQ_RETURN);
}

/* The last entry: the outbound switch, or where that is off, the one for what nothing matched. */
static int add_outbound(struct builder *b, enum config_key key, enum ipmasq_family family,
			bool preset, enum ipmasq_origin origin)
{
	const struct prefix everything = { { 0, 0 }, 0, (uint8_t)family };
	struct merged_value masq;
	int r = builder_note(b, merge_switch(b->config, b->profile, key, b->diags, &masq));

	if (r < 0)
		return r;
	if (masq.present ? masq.flag : preset)
		return add_entry(b, &everything, &masq.pos, origin, IPMASQ_MASQUERADE);
	return add_entry(b, &everything, &masq.pos, IPMASQ_ORIGIN_NONE, IPMASQ_RETURN);
}

/* Adds all entries, in decision order. */
static int build_entries(struct builder *b)
{
	bool given;
	int r;

	r = begin_pods(b);
	if (r == 0)
		r = add_list(b, KEY_NON_MASQUERADE_SRC_CIDRS, IPMASQ_ORIGIN_NON_MASQUERADE_SRC,
			     IPMASQ_RETURN, &given);
	if (r == 0)
		r = add_list(b, KEY_MASQUERADE_CIDRS, IPMASQ_ORIGIN_MASQUERADE, IPMASQ_MASQUERADE,
			     &given);
	if (r == 0)
		r = add_link_local(b, KEY_MASQ_LINK_LOCAL, "169.254.0.0/16");
	if (r == 0)
		r = add_link_local(b, KEY_MASQ_LINK_LOCAL_IPV6, "fe80::/10");
	if (r == 0)
		r = add_list(b, KEY_NON_MASQUERADE_CIDRS, IPMASQ_ORIGIN_NON_MASQUERADE,
			     IPMASQ_RETURN, &given);
	if (r == 0 && default_list_applies(b->profile, b->config, given))
		r = add_defaults(b);
	if (r == 0)
		r = add_outbound(b, KEY_MASQ_OUT_BOUND, IPMASQ_IPV4, b->profile->outbound,
				 IPMASQ_ORIGIN_OUT_BOUND);
	if (r == 0)
		r = add_outbound(b, KEY_MASQ_OUT_BOUND_IPV6, IPMASQ_IPV6, b->profile->outbound_ipv6,
				 IPMASQ_ORIGIN_OUT_BOUND_IPV6);
	return r == 0 ? end_pods(b) : r;
}

static int build_interval(struct builder *b)
{
	struct merged_value interval;
	int r = merge_smallest(b->config, KEY_RESYNC_INTERVAL, b->diags, &interval);

	b->policy->resync_interval = interval.present ? interval.number : RESYNC_DEFAULT_NS;
	return r;
}

/* The settings that come from the profile and the options alone. */
static void build_settings(struct builder *b)
{
	const struct ipmasq_options *o = b->options;
	struct ipmasq_policy *policy = b->policy;

	policy->profile = b->profile->name;
	policy->ipv6 = o && o->ipv6_set ? o->ipv6 : b->profile->ipv6;
	policy->random_fully = o && o->random_fully_set ? o->random_fully
							: b->profile->random_fully;
	if (b->profile->chain)
		strcpy(policy->chain, o && o->chain[0] ? o->chain : b->profile->chain);
	if (o) {
		policy->layout = o->layout;
		memcpy(policy->ports, o->ports, o->port_count * sizeof(o->ports[0]));
		policy->port_count = o->port_count;
	}
}

/* The texts that the entries' positions point into must live as long as the policy. */
static int build_texts(struct builder *b)
{
	struct ipmasq_policy *policy = b->policy;

	policy->texts = calloc(b->config->count + 1, sizeof(*policy->texts));
	if (!policy->texts)
		return -ENOMEM;
	for (size_t i = 0; i < b->config->count; i++)
		if (b->config->parts[i].text)
			policy->texts[policy->text_count++] = text_ref(b->config->parts[i].text);
	return 0;
}

IPMASQ_EXPORT int ipmasq_policy_new(const struct ipmasq_config *config,
				    const struct ipmasq_options *options,
				    struct ipmasq_diags *diags, struct ipmasq_policy **policy)
{
	struct builder b = {
		.config = config ? config : &no_config,
		.options = options,
		.profile = options_profile(options),
		.diags = diags,
	};
	int r;

	if (!policy)
		return -EINVAL;
	b.policy = calloc(1, sizeof(*b.policy));
	if (!b.policy)
		return -ENOMEM;
	b.rejected = b.config->broken;
	build_settings(&b);
	r = build_texts(&b);
	if (r == 0)
		r = build_interval(&b);
	if (r == 0)
		r = build_entries(&b);
	free(b.pods.items);
	if (r == 0)
		r = diag_error(diags);
	if (r == 0 && b.rejected)
		r = -EINVAL;
	if (r < 0) {
		ipmasq_policy_free(b.policy);
		return r;
	}
	*policy = b.policy;
	return 0;
}

IPMASQ_EXPORT void ipmasq_policy_free(struct ipmasq_policy *policy)
{
	if (!policy)
		return;
	for (size_t i = 0; i < policy->text_count; i++)
		text_unref(policy->texts[i]);
	free(policy->texts);
	names_release(&policy->hosts);
	for (size_t i = 0; i < ARRAY_SIZE(policy->families); i++)
		free(policy->families[i].entries);
	free(policy);
}

int policy_reject_chain(const struct ipmasq_policy *policy, struct ipmasq_diags *diags)
{
	int r = diag_reject(diags, "profile", NULL, NULL,
			    "the agent of the profile %s has no chain of iptables, so there are no "
			    "rules to write",
			    policy->profile);

	return r == -EINVAL ? -EOPNOTSUPP : r;
}

IPMASQ_EXPORT int ipmasq_policy_info(const struct ipmasq_policy *policy,
				     struct ipmasq_policy_details *info, size_t size)
{
	struct ipmasq_policy_details made = { 0 };

	if (!policy)
		return -EINVAL;
	made.chain = policy->chain;
	made.profile = policy->profile;
	made.ipv6 = policy->ipv6;
	made.resync_interval = policy->resync_interval;
	return struct_fill(info, size, &made, sizeof(made));
}

IPMASQ_EXPORT size_t ipmasq_policy_entry_count(const struct ipmasq_policy *policy,
					       enum ipmasq_family family)
{
	return policy && family_is_known(family) ? policy_family(policy, family)->count : 0;
}

IPMASQ_EXPORT const struct ipmasq_entry *
ipmasq_policy_entry(const struct ipmasq_policy *policy, enum ipmasq_family family, size_t index)
{
	if (index >= ipmasq_policy_entry_count(policy, family))
		return NULL;
	return &policy_family(policy, family)->entries[index];
}

IPMASQ_EXPORT size_t ipmasq_policy_pod_count(const struct ipmasq_policy *policy,
					     enum ipmasq_family family)
{
	return policy && family_is_known(family) ? policy_family(policy, family)->pod_count : 0;
}

IPMASQ_EXPORT const struct ipmasq_entry *ipmasq_policy_pod(const struct ipmasq_policy *policy,
							   enum ipmasq_family family, size_t index)
{
	if (index >= ipmasq_policy_pod_count(policy, family))
		return NULL;
	return &policy_pods(policy_family(policy, family))[index];
}

const char *entry_cidr(const struct ipmasq_entry *entry, char text[IPMASQ_TEXT_MAX])
{
	if (entry->outside_pods || entry->origin >= IPMASQ_ORIGIN_OUT_BOUND)
		return NULL;
	prefix_format(&entry->prefix, text);
	return text;
}

IPMASQ_EXPORT int ipmasq_entry_info(const struct ipmasq_entry *entry,
				    struct ipmasq_entry_details *info, size_t size)
{
	struct ipmasq_entry_details made = { 0 };

	if (!entry)
		return -EINVAL;
	made.family = (enum ipmasq_family)entry->prefix.family;
	made.verdict = (enum ipmasq_verdict)entry->verdict;
	made.origin = (enum ipmasq_origin)entry->origin;
	addr_to_bytes(made.family, entry->prefix.addr, made.first);
	addr_to_bytes(made.family, prefix_last(&entry->prefix), made.last);
	entry_cidr(entry, made.cidr);
	made.host = entry->host;
	made.place = pos_place(&entry->pos);
	return struct_fill(info, size, &made, sizeof(made));
}

IPMASQ_EXPORT enum ipmasq_verdict ipmasq_entry_verdict(const struct ipmasq_entry *entry)
{
	return entry ? (enum ipmasq_verdict)entry->verdict : IPMASQ_RETURN;
}
