/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of what is said before there are rules: values, findings, options, configurations,
 * policies and partitions. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "threads/shared.h"

static void read_values(const struct shared *shared, struct digest *digest)
{
	struct ipmasq_profile_details profile;
	const struct ipmasq_check *check;
	enum ipmasq_family family;
	char text[IPMASQ_TEXT_MAX];
	uint8_t first[16];
	uint8_t last[16];

	(void)shared;
	digest_text(digest, ipmasq_version());
	need(ipmasq_parse_address("2001:db8::7", &family, first) == 0, "ipmasq_parse_address");
	digest_bytes(digest, first, sizeof(first));
	need(ipmasq_parse_cidr("10.0.0.0/8", NULL, &family, first, last) == 0, "ipmasq_parse_cidr");
	digest_text(digest, ipmasq_format_range(family, first, last, text));
	digest_text(digest, ipmasq_range_size(family, first, last, text));
	for (size_t i = 0; (check = ipmasq_check_get(i)); i++)
		digest_number(digest, ipmasq_check_find(check->code) == check);
	for (size_t i = 0; ipmasq_profile_name(i); i++) {
		digest_text(digest, ipmasq_profile_name(i));
		need(ipmasq_profile_info(i, &profile, sizeof(profile)) == 0, "ipmasq_profile_info");
		digest_text(digest, profile.chain);
	}
}

static void read_names(const struct shared *shared, struct digest *digest)
{
	(void)shared;
	for (int i = 0; i < 8; i++) {
		digest_text(digest, ipmasq_severity_name((enum ipmasq_severity)i));
		digest_text(digest, ipmasq_layout_name((enum ipmasq_layout)i));
		digest_text(digest, ipmasq_verdict_name((enum ipmasq_verdict)i));
		digest_text(digest, ipmasq_origin_name((enum ipmasq_origin)i));
		digest_text(digest, ipmasq_outcome_verdict_name((enum ipmasq_outcome_verdict)i));
		digest_text(digest, ipmasq_agreement_name((enum ipmasq_agreement)i));
		digest_text(digest, ipmasq_backend_name((enum ipmasq_backend)i));
		digest_text(digest, ipmasq_state_name((enum ipmasq_state)i));
	}
}

static void read_diags(const struct shared *shared, struct digest *digest)
{
	const struct ipmasq_diags *diags = shared->diags;
	struct ipmasq_finding finding;
	char *text;

	digest_number(digest, ipmasq_diags_count(diags));
	digest_number(digest, ipmasq_diags_dropped(diags));
	digest_number(digest, (uint64_t)ipmasq_diags_worst(diags));
	for (size_t i = 0; ipmasq_diags_get(diags, i, &finding, sizeof(finding)) == 0; i++) {
		digest_text(digest, finding.code);
		digest_text(digest, finding.message);
		digest_number(digest, finding.place.line);
	}
	need(ipmasq_diags_format(diags, IPMASQ_ALL, true, &text) == 0, "ipmasq_diags_format");
	digest_own_text(digest, text);
}

/* What is made with options and configurations that are shared. */
static void make_more(const struct shared *shared, struct digest *digest)
{
	struct ipmasq_options *options;
	struct ipmasq_config *config;
	struct ipmasq_policy *policy;
	struct ipmasq_diags *diags;
	struct ipmasq_input *input;
	char **files;
	char *script;

	need(ipmasq_diags_new(&diags) == 0, "ipmasq_diags_new");
	need(ipmasq_options_new(&options) == 0, "ipmasq_options_new");
	need(ipmasq_options_set_hosts(options, shared->hosts) == 0, "ipmasq_options_set_hosts");
	need(ipmasq_config_new(shared->options, &config) == 0, "ipmasq_config_new");
	need(ipmasq_config_load_input(config, shared->input, 0, diags) == 0,
	     "ipmasq_config_load_input");
	need(ipmasq_policy_new(config, shared->options, diags, &policy) == 0, "ipmasq_policy_new");
	need(ipmasq_policy_lint(policy, config, shared->options, diags) == 0, "ipmasq_policy_lint");
	need(ipmasq_policy_compare(policy, shared->policy, diags) == 0, "ipmasq_policy_compare");
	digest_number(digest, ipmasq_diags_count(diags));
	ipmasq_policy_free(policy);
	ipmasq_config_free(config);
	need(ipmasq_input_new(shared->options, &input) == 0, "ipmasq_input_new");
	ipmasq_input_free(input);
	need(ipmasq_options_list_files(shared->options, shared->directory, &files) == 0,
	     "ipmasq_options_list_files");
	digest_text(digest, files[0]);
	free(files);
	need(ipmasq_policy_new(shared->host_config, shared->host_options, NULL, &policy) == 0,
	     "ipmasq_policy_new with hosts");
	digest_number(digest, ipmasq_policy_entry_count(policy, IPMASQ_IPV4));
	ipmasq_policy_free(policy);
	need(ipmasq_compile(&(struct ipmasq_source){ .kind = IPMASQ_SOURCE_DATA,
						     .name = "text",
						     .data = "masqOutBound: false\n",
						     .size = 20 },
			    IPMASQ_IPV4, shared->options, NULL, &script) == 0,
	     "ipmasq_compile");
	digest_own_text(digest, script);
	ipmasq_options_free(options);
	ipmasq_diags_free(diags);
}

static void read_inputs(const struct shared *shared, struct digest *digest)
{
	enum ipmasq_family family;
	uint8_t address[16];
	const char *name;

	digest_number(digest, ipmasq_input_count(shared->input));
	digest_text(digest, ipmasq_input_file(shared->input, 0));
	digest_text(digest, ipmasq_config_host(shared->host_config, 0));
	name = ipmasq_hosts_name(shared->hosts, 0);
	digest_text(digest, name);
	for (size_t i = 0; ipmasq_hosts_address(shared->hosts, name, i, &family, address) == 0; i++)
		digest_bytes(digest, address, 4);
}

static void digest_entry(struct digest *digest, const struct ipmasq_entry *entry)
{
	struct ipmasq_entry_details info;

	need(ipmasq_entry_info(entry, &info, sizeof(info)) == 0, "ipmasq_entry_info");
	digest_number(digest, info.origin);
	digest_text(digest, info.cidr);
	digest_number(digest, info.place.line);
	digest_number(digest, ipmasq_entry_verdict(entry));
}

static void read_policy(const struct shared *shared, struct digest *digest)
{
	const struct ipmasq_policy *policy = shared->policy;
	struct ipmasq_policy_details info;
	const struct ipmasq_entry *entry;

	need(ipmasq_policy_info(policy, &info, sizeof(info)) == 0, "ipmasq_policy_info");
	digest_text(digest, info.chain);
	for (size_t f = 0; f < COUNT_OF(shared_families); f++) {
		enum ipmasq_family family = shared_families[f];

		digest_number(digest, ipmasq_policy_entry_count(policy, family));
		digest_number(digest, ipmasq_policy_pod_count(policy, family));
		for (size_t i = 0; (entry = ipmasq_policy_entry(policy, family, i)); i++)
			digest_entry(digest, entry);
		for (size_t i = 0; (entry = ipmasq_policy_pod(policy, family, i)); i++)
			digest_entry(digest, entry);
	}
}

static void read_decisions(const struct shared *shared, struct digest *digest)
{
	struct ipmasq_decision *decision;
	uint8_t address[16];

	for (size_t f = 0; f < COUNT_OF(shared_families); f++) {
		for (size_t i = 0; i < SHARED_ADDRESSES; i++) {
			shared_address(shared_families[f], i, address);
			need(ipmasq_policy_explain(shared->policy, shared_families[f], address,
						   NULL, &decision) == 0,
			     "ipmasq_policy_explain");
			digest_entry(digest, decision->entry);
			digest_number(digest, decision->override_count);
			ipmasq_decision_free(decision);
		}
	}
}

static void read_partitions(const struct shared *shared, struct digest *digest)
{
	uint8_t address[16];

	for (size_t f = 0; f < COUNT_OF(shared_families); f++) {
		const struct ipmasq_partition *partition = shared->partitions[f];
		struct ipmasq_partition *again;
		uint8_t first[16];
		uint8_t last[16];

		for (size_t i = 0; i < ipmasq_partition_count(partition); i++)
			digest_entry(digest, ipmasq_partition_get(partition, i, first, last));
		for (size_t i = 0; i < SHARED_ADDRESSES; i++) {
			shared_address(shared_families[f], i, address);
			digest_number(digest, ipmasq_partition_find(partition, address));
			digest_entry(digest, ipmasq_partition_lookup(partition, address));
		}
		need(ipmasq_partition_new(shared->policy, shared_families[f], &again) == 0,
		     "ipmasq_partition_new");
		digest_number(digest, ipmasq_partition_count(again));
		ipmasq_partition_free(again);
	}
}

static void read_diff(const struct shared *shared, struct digest *digest)
{
	struct ipmasq_difference difference;
	char text[IPMASQ_TEXT_MAX];
	struct ipmasq_diff *again;

	for (size_t i = 0; ipmasq_diff_get(shared->diff, i, &difference, sizeof(difference)) == 0;
	     i++) {
		digest_bytes(digest, difference.first, 4);
		need(ipmasq_diff_get_part(shared->diff, i, 0, &difference, sizeof(difference)) == 0,
		     "ipmasq_diff_get_part");
		digest_number(digest, difference.to);
	}
	digest_number(digest, ipmasq_diff_count(shared->diff));
	digest_text(digest, ipmasq_diff_addresses(shared->diff, IPMASQ_IPV4, false,
						  IPMASQ_MASQUERADE, text));
	need(ipmasq_diff_new(shared->policy, shared->other, &again) == 0, "ipmasq_diff_new");
	digest_number(digest, ipmasq_diff_count(again));
	ipmasq_diff_free(again);
}

const struct reader policy_readers[] = {
	{ "values", read_values },	     { "names", read_names },
	{ "findings", read_diags },	     { "what is made of them", make_more },
	{ "inputs and hosts", read_inputs }, { "entries", read_policy },
	{ "decisions", read_decisions },     { "partitions", read_partitions },
	{ "differences", read_diff },
};
const size_t policy_reader_count = COUNT_OF(policy_readers);
