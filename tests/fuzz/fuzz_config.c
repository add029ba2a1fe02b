/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The target for libFuzzer: turns bytes into scripts through the public functions. Nothing may
 * crash, hang or leak, and each compiled ruleset must be proved equal to its policy.
 *
 * The first byte of the input chooses the profile and the options; the rest is the configuration.
 */
#include <errno.h>
#include <ipmasq.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "support/sources.h"

/* Bits of the first byte above the three that choose the profile. */
#define WITH_PORTS	 0x08
#define WITH_RESERVED	 0x10
#define WITH_RANDOM	 0x20
#define WITH_IPV6	 0x40
#define WITH_SECOND_PART 0x80

/* The profile with that number; they begin again after the last. */
static const char *pick_profile(size_t number)
{
	size_t count = 0;

	while (ipmasq_profile_name(count))
		count++;
	INSIST(count > 0);
	return ipmasq_profile_name(number % count);
}

static struct ipmasq_options *pick_options(uint8_t choice)
{
	struct ipmasq_options *options;

	INSIST(ipmasq_options_new(&options) == 0);
	INSIST(ipmasq_options_set_profile(options, pick_profile(choice & 7), NULL) == 0);
	if (choice & WITH_PORTS)
		INSIST(ipmasq_options_set_to_ports(options, "1000-1999,3000,5000-65535", NULL) ==
		       0);
	if (choice & WITH_RESERVED)
		INSIST(ipmasq_options_set_mode(options, IPMASQ_FEATURE_RESERVED_RANGES,
					       IPMASQ_ON) == 0);
	if (choice & WITH_RANDOM)
		INSIST(ipmasq_options_set_mode(options, IPMASQ_FEATURE_RANDOM_FULLY, IPMASQ_ON) ==
		       0);
	if (choice & WITH_IPV6)
		INSIST(ipmasq_options_set_mode(options, IPMASQ_FEATURE_IPV6, IPMASQ_ON) == 0);
	return options;
}

/* Each finding can be formatted, whatever text it quotes. */
static void check_findings(const struct ipmasq_diags *diags)
{
	for (size_t i = 0; i < ipmasq_diags_count(diags); i++) {
		struct ipmasq_finding finding;
		char *text;

		INSIST(ipmasq_diags_get(diags, i, &finding, sizeof(finding)) == 0);
		INSIST(finding.place.end_column >= finding.place.column);
		INSIST((finding.place.line == 0) == (finding.place.column == 0));
		INSIST(!finding.edit ||
		       finding.edit_offset + finding.edit_length <= finding.text_size);
		INSIST(ipmasq_diags_format(diags, i, i % 2, &text) == 0);
		INSIST(strchr(text, '\n') != NULL);
		free(text);
	}
}

/* The first address of each range is found in it, and explained by the entry that decides there. */
static void check_partition(const struct ipmasq_policy *policy, enum ipmasq_family family)
{
	struct ipmasq_partition *partition;
	size_t count;

	INSIST(ipmasq_partition_new(policy, family, &partition) == 0);
	count = ipmasq_partition_count(partition);
	INSIST(count > 0);
	for (size_t i = 0; i < count; i++) {
		struct ipmasq_decision *decision;
		const struct ipmasq_entry *entry;
		uint8_t first[16];
		uint8_t last[16];

		entry = ipmasq_partition_get(partition, i, first, last);
		INSIST(entry && ipmasq_partition_find(partition, first) == i);
		INSIST(ipmasq_partition_lookup(partition, last) == entry);
		/* Explaining looks at every entry, so only the first ranges are explained. */
		if (i >= 64)
			continue;
		INSIST(ipmasq_policy_explain(policy, family, first, NULL, &decision) == 0);
		INSIST(decision->entry == entry);
		ipmasq_decision_free(decision);
	}
	INSIST(ipmasq_partition_get(partition, count, NULL, NULL) == NULL);
	ipmasq_partition_free(partition);
}

/* A source of podCIDRs is never decided by the entry for all others. */
static void check_pods(const struct ipmasq_policy *policy, enum ipmasq_family family)
{
	size_t count = ipmasq_policy_pod_count(policy, family);
	const struct ipmasq_entry *entry = ipmasq_policy_entry(policy, family, 0);
	struct ipmasq_entry_details info;

	INSIST(ipmasq_entry_info(entry, &info, sizeof(info)) == 0);
	INSIST((info.origin == IPMASQ_ORIGIN_PODS) == (count > 0));
	for (size_t i = 0; i < count && i < 64; i++) {
		struct ipmasq_decision *decision;

		INSIST(ipmasq_entry_info(ipmasq_policy_pod(policy, family, i), &info,
					 sizeof(info)) == 0);
		INSIST(info.origin == IPMASQ_ORIGIN_PODS && info.family == family && info.cidr[0]);
		INSIST(ipmasq_policy_explain(policy, family, info.first, info.last, &decision) ==
		       0);
		INSIST(decision->entry != entry);
		ipmasq_decision_free(decision);
	}
	INSIST(ipmasq_policy_pod(policy, family, count) == NULL);
}

static void check_ruleset(const struct ipmasq_policy *policy, enum ipmasq_family family)
{
	struct ipmasq_policy_details info;
	struct ipmasq_ruleset *ruleset;
	char *script;
	char *why = NULL;
	size_t size;

	INSIST(ipmasq_policy_info(policy, &info, sizeof(info)) == 0);
	if (!info.chain[0]) {
		INSIST(ipmasq_ruleset_new(policy, family, 0, &ruleset) == -EOPNOTSUPP);
		return;
	}
	INSIST(ipmasq_ruleset_new(policy, family, 0, &ruleset) == 0);
	INSIST(ipmasq_ruleset_prove(ruleset, policy, &why) == 0);
	INSIST(ipmasq_ruleset_script(ruleset, &script, &size) == 0);
	INSIST(size == strlen(script));
	INSIST(strncmp(script, "*nat\n", 5) == 0);
	INSIST(size > 7 && strcmp(script + size - 7, "COMMIT\n") == 0);
	free(script);
	ipmasq_ruleset_free(ruleset);
}

/* The agent can be told the same, which is proved, or there is a reason why not. */
static void check_convert(const struct ipmasq_policy *policy, const char *profile,
			  enum ipmasq_mode ipv6)
{
	struct ipmasq_options *target;
	struct ipmasq_diags *diags;
	char *text;
	int r;

	INSIST(ipmasq_options_new(&target) == 0);
	INSIST(ipmasq_options_set_profile(target, profile, NULL) == 0);
	INSIST(ipmasq_options_set_mode(target, IPMASQ_FEATURE_IPV6, ipv6) == 0);
	INSIST(ipmasq_diags_new(&diags) == 0);
	r = ipmasq_policy_convert(policy, target, diags, &text);
	INSIST(r == 0 || r == -ENOTSUP);
	INSIST((r == 0) == (ipmasq_diags_count(diags) == 0));
	if (r == 0)
		free(text);
	ipmasq_diags_free(diags);
	ipmasq_options_free(target);
}

/* The same text as an input, whose configurations are loaded one by one. */
static void check_input(const struct ipmasq_options *options, const uint8_t *data, size_t size,
			unsigned int flags)
{
	struct ipmasq_input *input;
	struct ipmasq_diags *diags;
	int r;

	INSIST(ipmasq_input_new(options, &input) == 0);
	INSIST(ipmasq_diags_new(&diags) == 0);
	r = ipmasq_input_load(input, DATA_SOURCE("fuzz", data, size), flags, diags);
	INSIST(r == 0 || r == -EINVAL);
	INSIST(r == 0 || ipmasq_diags_worst(diags) == IPMASQ_ERROR);
	INSIST(r == 0 || ipmasq_input_count(input) == 0);
	for (size_t i = 0; i < ipmasq_input_count(input); i++) {
		struct ipmasq_config *config;

		INSIST(ipmasq_config_new(options, &config) == 0);
		r = ipmasq_config_load_input(config, input, i, diags);
		INSIST(r == 0 || r == -EINVAL);
		ipmasq_config_free(config);
	}
	check_findings(diags);
	ipmasq_diags_free(diags);
	ipmasq_input_free(input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ipmasq_options *options;
	struct ipmasq_config *config;
	struct ipmasq_policy *policy;
	struct ipmasq_diags *diags;
	int r;

	if (size == 0)
		return 0;
	options = pick_options(data[0]);
	INSIST(ipmasq_config_new(options, &config) == 0);
	INSIST(ipmasq_diags_new(&diags) == 0);
	if (data[0] & WITH_SECOND_PART)
		INSIST(ipmasq_config_add_cidr(config, IPMASQ_NON_MASQUERADE_CIDRS, "10.64.0.0/10",
					      diags) == 0);
	r = ipmasq_config_load(config, DATA_SOURCE("fuzz", data + 1, size - 1), diags);
	INSIST(r == 0 || r == -EINVAL);
	/* There is an error if and only if the configuration is rejected. */
	INSIST((r != 0) == (ipmasq_diags_worst(diags) == IPMASQ_ERROR));
	if (ipmasq_policy_new(config, options, diags, &policy) == 0) {
		INSIST(r == 0);
		check_partition(policy, IPMASQ_IPV4);
		check_partition(policy, IPMASQ_IPV6);
		check_pods(policy, IPMASQ_IPV4);
		check_pods(policy, IPMASQ_IPV6);
		check_ruleset(policy, IPMASQ_IPV4);
		check_ruleset(policy, IPMASQ_IPV6);
		check_convert(policy, pick_profile(size),
			      data[0] & WITH_IPV6 ? IPMASQ_ON : IPMASQ_OFF);
		ipmasq_policy_free(policy);
	} else {
		INSIST(ipmasq_diags_worst(diags) == IPMASQ_ERROR);
	}
	check_findings(diags);
	check_input(options, data + 1, size - 1, 0);
	check_input(options, data + 1, size - 1, IPMASQ_INPUT_FOUND);
	ipmasq_diags_free(diags);
	ipmasq_config_free(config);
	ipmasq_options_free(options);
	return 0;
}
