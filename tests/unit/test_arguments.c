/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every public function with wrong arguments: missing objects, and enums, flags and families out of
 * range. This file has the functions that read findings and policies; test_arguments_build.c,
 * test_arguments_nat.c and test_arguments_node.c have the others. symbols.sh fails if a function is
 * in none of them.
 */
#include "support/arguments.h"

static const uint8_t address[16] = { 10, 1, 2, 3 };

static void test_names(void)
{
	CHECK_NAMES(ipmasq_severity, ipmasq_severity_name, IPMASQ_NOTE, IPMASQ_ERROR);
	CHECK_NAMES(ipmasq_verdict, ipmasq_verdict_name, IPMASQ_RETURN, IPMASQ_MASQUERADE);
	CHECK_NAMES(ipmasq_origin, ipmasq_origin_name, IPMASQ_ORIGIN_PODS, IPMASQ_ORIGIN_NONE);
}

static void test_diags(void)
{
	struct ipmasq_finding finding;
	struct ipmasq_diags *diags = NULL;
	char *text = NULL;

	CHECK(ipmasq_diags_new(NULL) == -EINVAL, "diags");
	ipmasq_diags_free(NULL);
	CHECK(ipmasq_diags_count(NULL) == 0, "diags");
	CHECK(ipmasq_diags_dropped(NULL) == 0, "diags");
	CHECK(ipmasq_diags_worst(NULL) == 0, "diags");
	CHECK(ipmasq_diags_get(NULL, 0, &finding, sizeof(finding)) == -EINVAL, "diags");
	CHECK(ipmasq_diags_format(NULL, IPMASQ_ALL, false, &text) == -EINVAL, "diags");
	CHECK(ipmasq_diags_settle(NULL) == -EINVAL, "diags");
	if (!CHECK(ipmasq_diags_new(&diags) == 0, "diags"))
		return;
	CHECK(ipmasq_diags_get(diags, 0, &finding, sizeof(finding)) == -ERANGE, "none");
	CHECK(ipmasq_diags_format(diags, 0, false, &text) == -ERANGE, "none");
	CHECK(ipmasq_diags_format(diags, IPMASQ_ALL, false, NULL) == -EINVAL, "no text");
	ipmasq_parse_cidr("10.0.0.1/8", diags, &(enum ipmasq_family){ 0 }, (uint8_t[16]){ 0 },
			  (uint8_t[16]){ 0 });
	CHECK(ipmasq_diags_count(diags) == 1, "one");
	CHECK(ipmasq_diags_get(diags, 0, NULL, sizeof(finding)) == -EINVAL, "no finding");
	CHECK(ipmasq_diags_get(diags, 0, &finding, 0) == -EINVAL, "no size");
	CHECK(ipmasq_diags_get(diags, 1, &finding, sizeof(finding)) == -ERANGE, "past the last");
	CHECK(ipmasq_diags_get(diags, IPMASQ_ALL, &finding, sizeof(finding)) == -ERANGE, "all");
	ipmasq_diags_free(diags);
}

static void test_checks(void)
{
	size_t count = 0;

	while (ipmasq_check_get(count))
		count++;
	CHECK(count > 0, "there are checks");
	CHECK(ipmasq_check_get(SIZE_MAX) == NULL, "past the last");
	for (size_t i = 0; i < count; i++)
		CHECK(ipmasq_check_find(ipmasq_check_get(i)->code) == ipmasq_check_get(i), "code");
	CHECK(ipmasq_check_find("") == NULL, "no code");
	CHECK(ipmasq_check_find(NULL) == NULL, "no code");
}

static void test_policy(void)
{
	const struct ipmasq_entry *entry = NULL;
	struct ipmasq_decision *decision = NULL;
	struct ipmasq_policy *policy = NULL;
	struct ipmasq_policy_details settings;
	struct ipmasq_entry_details info;

	CHECK(ipmasq_policy_new(NULL, NULL, NULL, NULL) == -EINVAL, "policy");
	ipmasq_policy_free(NULL);
	ipmasq_decision_free(NULL);
	CHECK(ipmasq_policy_info(NULL, &settings, sizeof(settings)) == -EINVAL, "policy");
	CHECK(ipmasq_policy_entry_count(NULL, IPMASQ_IPV4) == 0, "policy");
	CHECK(ipmasq_policy_entry(NULL, IPMASQ_IPV4, 0) == NULL, "policy");
	CHECK(ipmasq_policy_pod_count(NULL, IPMASQ_IPV4) == 0, "policy");
	CHECK(ipmasq_policy_pod(NULL, IPMASQ_IPV4, 0) == NULL, "policy");
	CHECK(ipmasq_policy_explain(NULL, IPMASQ_IPV4, address, NULL, &decision) == -EINVAL,
	      "policy");
	if (!CHECK(ipmasq_policy_new(NULL, NULL, NULL, &policy) == 0, "policy"))
		return;
	CHECK(ipmasq_policy_info(policy, NULL, sizeof(settings)) == -EINVAL, "no struct");
	CHECK(ipmasq_policy_info(policy, &settings, 0) == -EINVAL, "no size");
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		size_t count = ipmasq_policy_entry_count(policy, families[i]);

		CHECK((count > 0) == family_is_known(families[i]), "family");
		entry = ipmasq_policy_entry(policy, families[i], 0);
		CHECK((entry != NULL) == family_is_known(families[i]), "family");
		CHECK(ipmasq_policy_entry(policy, families[i], count) == NULL, "past the last");
		CHECK(ipmasq_policy_entry(policy, families[i], SIZE_MAX) == NULL, "past the last");
		CHECK(ipmasq_policy_pod_count(policy, families[i]) == 0, "no podCIDRs");
		CHECK(ipmasq_policy_pod(policy, families[i], 0) == NULL, "past the last");
		CHECK(ipmasq_policy_pod(policy, families[i], SIZE_MAX) == NULL, "past the last");
	}
	CHECK_FAMILY(ipmasq_policy_explain(policy, value, address, NULL, &decision),
		     ipmasq_decision_free(decision));
	CHECK(ipmasq_policy_explain(policy, IPMASQ_IPV4, NULL, address, &decision) == -EINVAL,
	      "no address");
	CHECK(ipmasq_policy_explain(policy, IPMASQ_IPV4, address, NULL, NULL) == -EINVAL,
	      "no place for the result");
	entry = ipmasq_policy_entry(policy, IPMASQ_IPV4, 0);
	CHECK(ipmasq_entry_info(NULL, &info, sizeof(info)) == -EINVAL, "entry");
	CHECK(ipmasq_entry_info(entry, NULL, sizeof(info)) == -EINVAL, "no struct");
	CHECK(ipmasq_entry_info(entry, &info, 0) == -EINVAL, "no size");
	CHECK(ipmasq_entry_verdict(NULL) == IPMASQ_RETURN, "entry");
	ipmasq_policy_free(policy);
}

static void test_partition(void)
{
	struct ipmasq_partition *partition = NULL;
	struct ipmasq_policy *policy = NULL;

	ipmasq_partition_free(NULL);
	CHECK(ipmasq_partition_new(NULL, IPMASQ_IPV4, &partition) == -EINVAL, "policy");
	CHECK(ipmasq_partition_count(NULL) == 0, "partition");
	CHECK(ipmasq_partition_get(NULL, 0, NULL, NULL) == NULL, "partition");
	CHECK(ipmasq_partition_find(NULL, address) == 0, "partition");
	CHECK(ipmasq_partition_lookup(NULL, address) == NULL, "partition");
	if (!CHECK(ipmasq_policy_new(NULL, NULL, NULL, &policy) == 0, "policy"))
		return;
	CHECK(ipmasq_partition_new(policy, IPMASQ_IPV4, NULL) == -EINVAL,
	      "no place for the result");
	CHECK_FAMILY(ipmasq_partition_new(policy, value, &partition),
		     ipmasq_partition_free(partition));
	if (CHECK(ipmasq_partition_new(policy, IPMASQ_IPV4, &partition) == 0, "partition")) {
		size_t count = ipmasq_partition_count(partition);

		CHECK(ipmasq_partition_get(partition, count, NULL, NULL) == NULL, "past the last");
		CHECK(ipmasq_partition_get(partition, SIZE_MAX, NULL, NULL) == NULL,
		      "past the last");
		CHECK(ipmasq_partition_find(partition, NULL) == 0, "no address");
		CHECK(ipmasq_partition_lookup(partition, NULL) == NULL, "no address");
		ipmasq_partition_free(partition);
	}
	ipmasq_policy_free(policy);
}

static void check_difference(const struct ipmasq_diff *diff)
{
	struct ipmasq_difference difference;
	char text[IPMASQ_TEXT_MAX];
	size_t size = sizeof(difference);

	CHECK(ipmasq_diff_count(diff) == 1, "one differs");
	CHECK(ipmasq_diff_get(diff, 0, NULL, size) == -EINVAL, "no struct");
	CHECK(ipmasq_diff_get(diff, 0, &difference, 0) == -EINVAL, "no size");
	CHECK(ipmasq_diff_get(diff, 1, &difference, size) == -ERANGE, "past the last");
	CHECK(ipmasq_diff_get(diff, SIZE_MAX, &difference, size) == -ERANGE, "past the last");
	CHECK(ipmasq_diff_get_part(diff, 0, 0, NULL, size) == -EINVAL, "no struct");
	CHECK(ipmasq_diff_get_part(diff, 0, 0, &difference, 0) == -EINVAL, "no size");
	CHECK(ipmasq_diff_get_part(diff, 0, SIZE_MAX, &difference, size) == -ERANGE,
	      "past the last");
	CHECK(ipmasq_diff_get_part(diff, 1, 0, &difference, size) == -ERANGE, "past the last");
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		CHECK((ipmasq_diff_addresses(diff, families[i], false, IPMASQ_RETURN, text) ==
		       text) == family_is_known(families[i]),
		      "family");
	for (size_t i = 0; i < ARRAY_SIZE(around); i++) {
		enum ipmasq_verdict to = (enum ipmasq_verdict)around[i];
		bool known = around[i] == IPMASQ_RETURN || around[i] == IPMASQ_MASQUERADE;

		CHECK((ipmasq_diff_addresses(diff, IPMASQ_IPV6, true, to, text) == text) == known,
		      "verdict");
	}
	CHECK(ipmasq_diff_addresses(diff, IPMASQ_IPV4, true, IPMASQ_RETURN, NULL) == NULL,
	      "no text");
}

static void test_diff(void)
{
	struct ipmasq_difference difference;
	struct ipmasq_policy *before = NULL;
	struct ipmasq_policy *after = NULL;
	struct ipmasq_config *config = NULL;
	struct ipmasq_diags *diags = NULL;
	struct ipmasq_diff *diff = NULL;
	char text[IPMASQ_TEXT_MAX];
	char *converted = NULL;

	ipmasq_diff_free(NULL);
	CHECK(ipmasq_diff_count(NULL) == 0, "diff");
	CHECK(ipmasq_diff_get(NULL, 0, &difference, sizeof(difference)) == -EINVAL, "diff");
	CHECK(ipmasq_diff_get_part(NULL, 0, 0, &difference, sizeof(difference)) == -EINVAL, "diff");
	CHECK(ipmasq_diff_addresses(NULL, IPMASQ_IPV4, false, IPMASQ_RETURN, text) == NULL, "diff");
	if (!CHECK(ipmasq_diags_new(&diags) == 0 && ipmasq_config_new(NULL, &config) == 0 &&
			   ipmasq_config_add_cidr(config, IPMASQ_MASQUERADE_CIDRS, "10.0.0.0/8",
						  NULL) == 0 &&
			   ipmasq_policy_new(NULL, NULL, NULL, &before) == 0 &&
			   ipmasq_policy_new(config, NULL, NULL, &after) == 0,
		   "policies"))
		return;
	CHECK(ipmasq_diff_new(NULL, after, &diff) == -EINVAL, "before");
	CHECK(ipmasq_diff_new(before, NULL, &diff) == -EINVAL, "after");
	CHECK(ipmasq_diff_new(before, after, NULL) == -EINVAL, "no place for the result");
	if (CHECK(ipmasq_diff_new(before, after, &diff) == 0, "diff"))
		check_difference(diff);
	CHECK(ipmasq_policy_convert(NULL, NULL, diags, &converted) == -EINVAL, "policy");
	CHECK(ipmasq_policy_convert(after, NULL, diags, NULL) == -EINVAL, "no text");
	if (CHECK(ipmasq_policy_convert(after, NULL, NULL, &converted) == 0, "no options"))
		free(converted);
	CHECK(ipmasq_policy_compare(NULL, after, diags) == -EINVAL, "before");
	CHECK(ipmasq_policy_compare(before, NULL, diags) == -EINVAL, "after");
	CHECK(ipmasq_policy_compare(before, after, NULL) == -EINVAL, "findings");
	CHECK(ipmasq_diags_count(diags) == 0, "no findings");
	ipmasq_diff_free(diff);
	ipmasq_policy_free(before);
	ipmasq_policy_free(after);
	ipmasq_config_free(config);
	ipmasq_diags_free(diags);
}

static void test_addresses(void)
{
	enum ipmasq_family family = IPMASQ_IPV4;
	uint8_t first[16], last[16] = { 0 };
	char text[IPMASQ_TEXT_MAX];

	CHECK(ipmasq_parse_address(NULL, &family, first) == -EINVAL, "text");
	CHECK(ipmasq_parse_address("10.0.0.1", NULL, first) == -EINVAL, "family");
	CHECK(ipmasq_parse_address("10.0.0.1", &family, NULL) == -EINVAL, "address");
	CHECK(ipmasq_parse_cidr(NULL, NULL, &family, first, last) == -EINVAL, "text");
	CHECK(ipmasq_parse_cidr("::/0", NULL, NULL, first, last) == -EINVAL, "family");
	CHECK(ipmasq_parse_cidr("::/0", NULL, &family, NULL, last) == -EINVAL, "first");
	CHECK(ipmasq_parse_cidr("::/0", NULL, &family, first, NULL) == -EINVAL, "last");
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		bool known = family_is_known(families[i]);

		CHECK((ipmasq_format_range(families[i], address, address, text) == text) == known,
		      "family");
		CHECK((ipmasq_range_size(families[i], address, address, text) == text) == known,
		      "family");
	}
	CHECK(ipmasq_format_range(IPMASQ_IPV4, NULL, last, text) == NULL, "first");
	CHECK(ipmasq_format_range(IPMASQ_IPV4, last, NULL, text) == NULL, "last");
	CHECK(ipmasq_format_range(IPMASQ_IPV4, last, last, NULL) == NULL, "text");
	CHECK(ipmasq_range_size(IPMASQ_IPV4, NULL, last, text) == NULL, "first");
	CHECK(ipmasq_range_size(IPMASQ_IPV4, last, NULL, text) == NULL, "last");
	CHECK(ipmasq_range_size(IPMASQ_IPV4, last, last, NULL) == NULL, "text");
}

static void test_compile(void)
{
	const struct ipmasq_source source = { .kind = IPMASQ_SOURCE_DATA, .name = "test" };
	char *script = NULL;

	CHECK(ipmasq_compile(NULL, IPMASQ_IPV4, NULL, NULL, &script) == -EINVAL, "source");
	CHECK(ipmasq_compile(&source, IPMASQ_IPV4, NULL, NULL, NULL) == -EINVAL, "script");
	CHECK_FAMILY(ipmasq_compile(&source, value, NULL, NULL, &script), free(script));
	for (size_t i = 0; i < ARRAY_SIZE(around); i++) {
		struct ipmasq_source other = source;

		other.kind = (enum ipmasq_source_kind)around[i];
		if (around[i] < IPMASQ_SOURCE_PATH || around[i] > IPMASQ_SOURCE_DATA)
			CHECK(ipmasq_compile(&other, IPMASQ_IPV4, NULL, NULL, &script) == -EINVAL,
			      "source");
	}
}

static void test_lint(void)
{
	struct ipmasq_policy *policy = NULL;
	struct ipmasq_config *config = NULL;
	struct ipmasq_diags *diags = NULL;

	if (!CHECK(ipmasq_diags_new(&diags) == 0 && ipmasq_config_new(NULL, &config) == 0 &&
			   ipmasq_policy_new(config, NULL, NULL, &policy) == 0,
		   "policy"))
		return;
	CHECK(ipmasq_policy_lint(NULL, config, NULL, diags) == -EINVAL, "policy");
	CHECK(ipmasq_policy_lint(policy, NULL, NULL, diags) == -EINVAL, "config");
	CHECK(ipmasq_policy_lint(policy, config, NULL, NULL) == -EINVAL, "findings");
	CHECK(ipmasq_policy_lint(policy, config, NULL, diags) == 0, "all arguments are valid");
	ipmasq_policy_free(policy);
	ipmasq_config_free(config);
	ipmasq_diags_free(diags);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "enums have names for their values only", test_names },
		{ "findings", test_diags },
		{ "checks", test_checks },
		{ "policies and entries", test_policy },
		{ "partitions", test_partition },
		{ "diffs", test_diff },
		{ "addresses", test_addresses },
		{ "compile", test_compile },
		{ "lint", test_lint },
	};

	return unit_main("arguments", tests, ARRAY_SIZE(tests));
}
