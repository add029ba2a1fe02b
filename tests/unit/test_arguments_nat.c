/* SPDX-License-Identifier: Apache-2.0 */
/* The functions about a node's rules with wrong arguments. */
#include "nat/view.h"
#include "support/arguments.h"

static const uint8_t address[16] = { 10, 1, 2, 3 };

static void test_names(void)
{
	CHECK_NAMES(ipmasq_outcome_verdict, ipmasq_outcome_verdict_name, IPMASQ_OUTCOME_RETURN,
		    IPMASQ_OUTCOME_UNKNOWN);
	CHECK_NAMES(ipmasq_agreement, ipmasq_agreement_name, IPMASQ_AGREES, IPMASQ_DEPENDS);
}

static void test_node(void)
{
	struct ipmasq_policy *policy = NULL;
	struct ipmasq_answer *answer = NULL;
	struct ipmasq_nat *nat = NULL;
	struct ipmasq_node *node = NULL;
	struct ipmasq_flow_list *flows = NULL;
	size_t count = 1;

	if (!CHECK(ipmasq_policy_new(NULL, NULL, NULL, &policy) == 0, "policy") ||
	    !CHECK(nat_view_new(&nat) == 0, "nat") || !CHECK(ipmasq_node_new(&node) == 0, "node") ||
	    !CHECK(ipmasq_nat_answer(nat, policy, IPMASQ_IPV4, address, NULL, &answer) == 0,
		   "answer"))
		return;
	CHECK(ipmasq_node_nat(NULL, NULL, &nat) == -EINVAL, "node");
	CHECK(ipmasq_node_nat(node, NULL, NULL) == -EINVAL, "nat");
	CHECK(ipmasq_node_other_flows(NULL, answer, IPMASQ_IPV4, address, NULL, NULL, &count) ==
		      -EINVAL,
	      "node");
	CHECK(ipmasq_node_other_flows(node, NULL, IPMASQ_IPV4, address, NULL, NULL, &count) ==
		      -EINVAL,
	      "answer");
	CHECK(ipmasq_node_other_flows(node, answer, IPMASQ_IPV4, NULL, NULL, NULL, &count) ==
		      -EINVAL,
	      "address");
	CHECK(ipmasq_node_other_flows(node, answer, IPMASQ_IPV4, address, NULL, NULL, NULL) ==
		      -EINVAL,
	      "count");
	for (size_t i = 0; i < ARRAY_SIZE(around); i++)
		if (around[i] != IPMASQ_IPV4 && around[i] != IPMASQ_IPV6)
			CHECK(ipmasq_node_other_flows(node, answer, (enum ipmasq_family)around[i],
						      address, NULL, NULL, &count) == -EINVAL,
			      "family");
	CHECK(ipmasq_node_flow_list(NULL, IPMASQ_IPV4, NULL, &flows) == -EINVAL, "flows: node");
	CHECK(ipmasq_node_flow_list(node, IPMASQ_IPV4, NULL, NULL) == -EINVAL, "flows: result");
	for (size_t i = 0; i < ARRAY_SIZE(around); i++)
		if (around[i] != IPMASQ_IPV4 && around[i] != IPMASQ_IPV6)
			CHECK(ipmasq_node_flow_list(node, (enum ipmasq_family)around[i], NULL,
						    &flows) == -EINVAL,
			      "flows: family");
	CHECK(!flows, "no flows");
	CHECK(ipmasq_flow_list_other(NULL, answer, address, NULL, &count) == -EINVAL,
	      "other: flows");
	CHECK(count == 1, "nothing changed");
	ipmasq_flow_list_free(NULL);
	ipmasq_node_free(node);
	ipmasq_answer_free(answer);
	ipmasq_nat_free(nat);
	ipmasq_policy_free(policy);
}

static void test_answer(void)
{
	struct ipmasq_policy *policy = NULL;
	struct ipmasq_answer *answer = NULL;
	struct ipmasq_answer_details info;
	struct ipmasq_outcome outcome;
	struct ipmasq_nat *nat = NULL;
	struct ipmasq_step step;

	ipmasq_nat_free(NULL);
	ipmasq_answer_free(NULL);
	CHECK(ipmasq_nat_note(NULL, 0) == NULL, "nat");
	CHECK(ipmasq_answer_info(NULL, &info, sizeof(info)) == -EINVAL, "answer");
	CHECK(ipmasq_answer_outcome(NULL, 0, &outcome, sizeof(outcome)) == -EINVAL, "answer");
	CHECK(ipmasq_answer_step(NULL, 0, &step, sizeof(step)) == -EINVAL, "answer");
	CHECK(ipmasq_answer_condition(NULL, 0, 0) == NULL, "answer");
	if (!CHECK(ipmasq_policy_new(NULL, NULL, NULL, &policy) == 0, "policy") ||
	    !CHECK(nat_view_new(&nat) == 0, "nat"))
		return;
	CHECK(ipmasq_nat_note(nat, 0) == NULL, "no note");
	CHECK(ipmasq_nat_answer(NULL, policy, IPMASQ_IPV4, address, NULL, &answer) == -EINVAL,
	      "nat");
	CHECK(ipmasq_nat_answer(nat, NULL, IPMASQ_IPV4, address, NULL, &answer) == -EINVAL,
	      "policy");
	CHECK(ipmasq_nat_answer(nat, policy, IPMASQ_IPV4, NULL, NULL, &answer) == -EINVAL,
	      "address");
	CHECK(ipmasq_nat_answer(nat, policy, IPMASQ_IPV4, address, NULL, NULL) == -EINVAL,
	      "answer");
	CHECK_FAMILY(ipmasq_nat_answer(nat, policy, value, address, NULL, &answer),
		     ipmasq_answer_free(answer));
	if (CHECK(ipmasq_nat_answer(nat, policy, IPMASQ_IPV4, address, address, &answer) == 0,
		  "answer")) {
		CHECK(ipmasq_answer_info(answer, NULL, sizeof(info)) == -EINVAL, "info");
		CHECK(ipmasq_answer_info(answer, &info, 0) == -EINVAL, "size");
		CHECK(ipmasq_answer_info(answer, &info, sizeof(info)) == 0, "info");
		CHECK(info.outcomes == 1 && info.steps == 0 && !info.cut_short, "no rules");
		CHECK(ipmasq_answer_outcome(answer, 0, NULL, sizeof(outcome)) == -EINVAL,
		      "outcome");
		CHECK(ipmasq_answer_outcome(answer, 0, &outcome, sizeof(outcome)) == 0, "outcome");
		CHECK(outcome.verdict == IPMASQ_OUTCOME_RETURN && !outcome.decided, "no rules");
		CHECK(ipmasq_answer_outcome(answer, 1, &outcome, sizeof(outcome)) == -ERANGE,
		      "past the last");
		CHECK(ipmasq_answer_condition(answer, 0, 0) == NULL, "no condition");
		CHECK(ipmasq_answer_condition(answer, 1, 0) == NULL, "past the last");
		CHECK(ipmasq_answer_step(answer, 0, &step, sizeof(step)) == -ERANGE, "no step");
	}
	ipmasq_answer_free(answer);
	ipmasq_nat_free(nat);
	ipmasq_policy_free(policy);
}

static void test_from_dumps(void)
{
	static const char text[] = "*nat\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n";
	const struct ipmasq_source good = {
		.kind = IPMASQ_SOURCE_DATA, .name = "dump", .data = text, .size = sizeof(text) - 1
	};
	const struct ipmasq_source empty = { .kind = IPMASQ_SOURCE_DATA, .name = "dump" };
	const struct ipmasq_source missing = { .name = "/nonexistent" };
	const struct ipmasq_source nameless = { .kind = IPMASQ_SOURCE_DATA };
	struct ipmasq_nat *nat = NULL;

	CHECK(ipmasq_nat_from_dumps(NULL, 1, NULL, &nat) == -EINVAL, "sources");
	CHECK(ipmasq_nat_from_dumps(&good, 0, NULL, &nat) == -EINVAL, "count");
	CHECK(ipmasq_nat_from_dumps(&good, 1, NULL, NULL) == -EINVAL, "nat");
	CHECK(ipmasq_nat_from_dumps(&nameless, 1, NULL, &nat) == -EINVAL, "name");
	CHECK(ipmasq_nat_from_dumps(&empty, 1, NULL, &nat) == -EINVAL, "nothing in it");
	CHECK(ipmasq_nat_from_dumps(&missing, 1, NULL, &nat) == -ENOENT, "no such file");
	CHECK(nat == NULL, "nothing is written");
	if (!CHECK(ipmasq_nat_from_dumps(&good, 1, NULL, &nat) == 0, "a dump"))
		return;
	CHECK(ipmasq_nat_note(nat, 0) != NULL, "it does not tell everything");
	ipmasq_nat_free(nat);
}

static void test_overrides(void)
{
	struct ipmasq_overrides *overrides = NULL;
	struct ipmasq_policy *policy = NULL;
	struct ipmasq_override override;
	struct ipmasq_nat *nat = NULL;
	uint8_t first[16], last[16];

	ipmasq_overrides_free(NULL);
	CHECK(ipmasq_overrides_count(NULL) == 0, "overrides");
	CHECK(ipmasq_overrides_incomplete(NULL) == NULL, "overrides");
	CHECK(ipmasq_overrides_get(NULL, 0, &override, sizeof(override)) == -EINVAL, "overrides");
	CHECK(ipmasq_overrides_range(NULL, 0, false, 0, first, last) == -EINVAL, "overrides");
	if (!CHECK(ipmasq_policy_new(NULL, NULL, NULL, &policy) == 0, "policy") ||
	    !CHECK(nat_view_new(&nat) == 0, "nat"))
		return;
	CHECK(ipmasq_nat_overrides(NULL, policy, IPMASQ_IPV4, &overrides) == -EINVAL, "nat");
	CHECK(ipmasq_nat_overrides(nat, NULL, IPMASQ_IPV4, &overrides) == -EINVAL, "policy");
	CHECK(ipmasq_nat_overrides(nat, policy, IPMASQ_IPV4, NULL) == -EINVAL, "overrides");
	CHECK_FAMILY(ipmasq_nat_overrides(nat, policy, value, &overrides),
		     ipmasq_overrides_free(overrides));
	if (CHECK(ipmasq_nat_overrides(nat, policy, IPMASQ_IPV4, &overrides) == 0, "overrides")) {
		size_t count = ipmasq_overrides_count(overrides);

		CHECK(count == 1, "nothing masquerades");
		CHECK(!ipmasq_overrides_incomplete(overrides), "complete");
		CHECK(ipmasq_overrides_get(overrides, 0, NULL, sizeof(override)) == -EINVAL,
		      "override");
		CHECK(ipmasq_overrides_get(overrides, 0, &override, 0) == -EINVAL, "size");
		CHECK(ipmasq_overrides_get(overrides, count, &override, sizeof(override)) ==
			      -ERANGE,
		      "past the last");
		CHECK(ipmasq_overrides_range(overrides, 0, false, 0, NULL, last) == -EINVAL,
		      "first");
		CHECK(ipmasq_overrides_range(overrides, 0, false, 0, first, NULL) == -EINVAL,
		      "last");
		CHECK(ipmasq_overrides_range(overrides, 0, true, 0, first, last) == -ERANGE,
		      "any source");
		CHECK(ipmasq_overrides_range(overrides, count, false, 0, first, last) == -ERANGE,
		      "past the last");
		CHECK(ipmasq_overrides_range(overrides, 0, false, SIZE_MAX, first, last) == -ERANGE,
		      "past the last");
	}
	ipmasq_overrides_free(overrides);
	ipmasq_nat_free(nat);
	ipmasq_policy_free(policy);
}

static const struct unit_test tests[] = {
	{ "names", test_names },	 { "dumps", test_from_dumps }, { "answers", test_answer },
	{ "overrides", test_overrides }, { "a node", test_node },
};

int main(void)
{
	return unit_main("arguments_nat", tests, ARRAY_SIZE(tests));
}
