/* SPDX-License-Identifier: Apache-2.0 */
/* Rulesets, nodes and reports with wrong arguments. Changes no node. */
#include "node/node.h"
#include "node/report.h"
#include "support/arguments.h"

static const uint8_t address[16] = { 10, 1, 2, 3 };

static void ruleset_without_an_object(const struct ipmasq_policy *policy)
{
	struct ipmasq_ruleset *ruleset = NULL;
	struct ipmasq_ruleset_details info;
	char *text = NULL;

	CHECK(ipmasq_ruleset_new(NULL, IPMASQ_IPV4, 0, &ruleset) == -EINVAL, "no policy");
	CHECK(ipmasq_ruleset_new(policy, IPMASQ_IPV4, 0, NULL) == -EINVAL,
	      "no place for the result");
	ipmasq_ruleset_free(NULL);
	CHECK(ipmasq_ruleset_info(NULL, &info, sizeof(info)) == -EINVAL, "ruleset");
	CHECK(ipmasq_ruleset_prove(NULL, policy, NULL) == -EINVAL, "ruleset");
	CHECK(ipmasq_ruleset_script(NULL, &text, NULL) == -EINVAL, "ruleset");
	CHECK(ipmasq_ruleset_entry_at(NULL, 3) == NULL, "ruleset");
	CHECK(ipmasq_ruleset_trace(NULL, address, NULL, &text) == -EINVAL, "ruleset");
	CHECK(ipmasq_ruleset_rule_text(NULL, 3, &text) == -EINVAL, "ruleset");
}

static void ruleset_past_the_last(const struct ipmasq_ruleset *ruleset)
{
	char *text = NULL;

	CHECK(ipmasq_ruleset_entry_at(ruleset, 3) != NULL, "the first rule");
	CHECK(ipmasq_ruleset_entry_at(ruleset, 0) == NULL, "before the first");
	CHECK(ipmasq_ruleset_entry_at(ruleset, SIZE_MAX) == NULL, "past the last");
	CHECK(ipmasq_ruleset_rule_text(ruleset, 0, &text) == -ERANGE, "before the first");
	CHECK(ipmasq_ruleset_rule_text(ruleset, SIZE_MAX, &text) == -ERANGE, "past the last");
}

static void test_ruleset(void)
{
	struct ipmasq_ruleset *ruleset = NULL;
	struct ipmasq_policy *policy = NULL;
	struct ipmasq_ruleset_details info;
	char *text = NULL;

	if (!CHECK(ipmasq_policy_new(NULL, NULL, NULL, &policy) == 0, "policy"))
		return;
	ruleset_without_an_object(policy);
	CHECK_FAMILY(ipmasq_ruleset_new(policy, value, 0, &ruleset), ipmasq_ruleset_free(ruleset));
	for (size_t i = 0; i < ARRAY_SIZE(around); i++)
		if ((unsigned int)around[i] & ~(IPMASQ_NO_RANDOM_FULLY | IPMASQ_NFTABLES))
			CHECK(ipmasq_ruleset_new(policy, IPMASQ_IPV4, (unsigned int)around[i],
						 &ruleset) == -EINVAL,
			      "no such flag");
	if (!CHECK(ipmasq_ruleset_new(policy, IPMASQ_IPV4, IPMASQ_NO_RANDOM_FULLY, &ruleset) == 0,
		   "ruleset"))
		return;
	CHECK(ipmasq_ruleset_info(ruleset, NULL, sizeof(info)) == -EINVAL, "no struct");
	CHECK(ipmasq_ruleset_info(ruleset, &info, 0) == -EINVAL, "no size");
	CHECK(ipmasq_ruleset_prove(ruleset, NULL, NULL) == -EINVAL, "no policy");
	CHECK(ipmasq_ruleset_script(ruleset, NULL, NULL) == -EINVAL, "no place for the result");
	CHECK(ipmasq_ruleset_trace(ruleset, NULL, NULL, &text) == -EINVAL, "no address");
	CHECK(ipmasq_ruleset_trace(ruleset, address, NULL, NULL) == -EINVAL,
	      "no place for the result");
	CHECK(ipmasq_ruleset_rule_text(ruleset, 3, NULL) == -EINVAL, "no place for the result");
	ruleset_past_the_last(ruleset);
	ipmasq_ruleset_free(ruleset);
	ipmasq_policy_free(policy);
}

/* A shorter struct is filled as far as it goes; a longer one is zeroed at its end. */
static void test_struct_sizes(void)
{
	struct {
		struct ipmasq_ruleset_details info;
		unsigned char more[8];
	} larger;
	struct ipmasq_ruleset *ruleset = NULL;
	struct ipmasq_policy *policy = NULL;
	struct ipmasq_ruleset_details info;

	if (!CHECK(ipmasq_policy_new(NULL, NULL, NULL, &policy) == 0, "policy") ||
	    !CHECK(ipmasq_ruleset_new(policy, IPMASQ_IPV6, 0, &ruleset) == 0, "ruleset"))
		return;
	memset(&larger, 0xff, sizeof(larger));
	CHECK(ipmasq_ruleset_info(ruleset, &larger.info, sizeof(larger)) == 0, "larger");
	CHECK(larger.info.family == IPMASQ_IPV6 && larger.info.rules > 0, "known members are set");
	for (size_t i = 0; i < sizeof(larger.more); i++)
		CHECK(larger.more[i] == 0, "unknown members are zero");
	memset(&info, 0xff, sizeof(info));
	CHECK(ipmasq_ruleset_info(ruleset, &info, offsetof(struct ipmasq_ruleset_details, rules)) ==
		      0,
	      "smaller");
	CHECK(info.chains == larger.info.chains, "members within the size are set");
	CHECK(info.rules == SIZE_MAX, "members past the size are unchanged");
	ipmasq_ruleset_free(ruleset);
	ipmasq_policy_free(policy);
}

static void node_without_an_object(void)
{
	CHECK_NAMES(ipmasq_backend, ipmasq_backend_name, IPMASQ_BACKEND_AUTO,
		    IPMASQ_BACKEND_NFTABLES);
	CHECK(ipmasq_node_new(NULL) == -EINVAL, "node");
	ipmasq_node_free(NULL);
	CHECK(ipmasq_node_set_backend(NULL, IPMASQ_BACKEND_NFT) == -EINVAL, "node");
	CHECK(ipmasq_node_set_flows(NULL, IPMASQ_FLOWS_END) == -EINVAL, "node");
	CHECK(ipmasq_node_set_wait(NULL, 1) == -EINVAL, "node");
	CHECK(ipmasq_node_set_stop_fd(NULL, 0) == -EINVAL, "node");
	CHECK(ipmasq_node_set_path(NULL, IPMASQ_PATH_LOCK_FILE, "/x", NULL) == -EINVAL, "node");
}

static void test_node(void)
{
	struct ipmasq_node *node = NULL;

	node_without_an_object();
	if (!CHECK(ipmasq_node_new(&node) == 0, "node"))
		return;
	CHECK_ENUM(ipmasq_backend, IPMASQ_BACKEND_AUTO, IPMASQ_BACKEND_NFTABLES,
		   ipmasq_node_set_backend(node, value));
	CHECK(node->backend == IPMASQ_BACKEND_NFTABLES, "the last valid value");
	CHECK_ENUM(ipmasq_flows, IPMASQ_FLOWS_LEAVE, IPMASQ_FLOWS_END,
		   ipmasq_node_set_flows(node, value));
	CHECK(node->flows == IPMASQ_FLOWS_END, "the last valid value");
	CHECK_ENUM(ipmasq_node_path, IPMASQ_PATH_NETNS, IPMASQ_PATH_LOCK_FILE,
		   ipmasq_node_set_path(node, value, NULL, NULL));
	CHECK(ipmasq_node_set_wait(node, 3600) == 0, "the longest");
	CHECK(ipmasq_node_set_wait(node, 3601) == -EINVAL, "longer");
	CHECK(ipmasq_node_set_wait(node, UINT_MAX) == -EINVAL, "longer");
	CHECK(node->wait == 3600, "nothing changed");
	CHECK(ipmasq_node_set_stop_fd(node, 0) == 0, "a descriptor");
	CHECK(ipmasq_node_set_stop_fd(node, -2) == -EINVAL, "no descriptor");
	CHECK(ipmasq_node_set_stop_fd(node, INT_MIN) == -EINVAL, "no descriptor");
	CHECK(node->stop_fd == 0, "nothing changed");
	CHECK(ipmasq_node_set_stop_fd(node, -1) == 0, "none");
	ipmasq_node_free(node);
}

static void test_acts(void)
{
	struct ipmasq_policy *policy = NULL;
	struct ipmasq_report *report = NULL;
	struct ipmasq_node *node = NULL;
	struct ipmasq_changes changes;
	int fd;

	if (!CHECK(ipmasq_policy_new(NULL, NULL, NULL, &policy) == 0, "policy") ||
	    !CHECK(ipmasq_report_new(&report) == 0, "report") ||
	    !CHECK(ipmasq_node_new(&node) == 0, "node"))
		return;
	CHECK(ipmasq_node_check(NULL, policy, report, NULL) == -EINVAL, "no node");
	CHECK(ipmasq_node_check(node, NULL, report, NULL) == -EINVAL, "no policy");
	CHECK(ipmasq_node_check(node, policy, NULL, NULL) == -EINVAL, "no report");
	CHECK(ipmasq_node_apply(NULL, policy, report, NULL) == -EINVAL, "no node");
	CHECK(ipmasq_node_apply(node, NULL, report, NULL) == -EINVAL, "no policy");
	CHECK(ipmasq_node_apply(node, policy, NULL, NULL) == -EINVAL, "no report");
	CHECK(ipmasq_node_remove(NULL, "X", report, NULL) == -EINVAL, "no node");
	CHECK(ipmasq_node_remove(node, NULL, report, NULL) == -EINVAL, "no chain");
	CHECK(ipmasq_node_remove(node, "X", NULL, NULL) == -EINVAL, "no report");
	CHECK(ipmasq_node_remove(node, "POSTROUTING", report, NULL) == -EINVAL, "not a chain");
	CHECK(ipmasq_node_remove(node, "", report, NULL) == -EINVAL, "not a chain");
	CHECK(ipmasq_node_listen(NULL, &fd) == -EINVAL, "no node");
	CHECK(ipmasq_node_listen(node, NULL) == -EINVAL, "no place for the result");
	ipmasq_node_unlisten(NULL);
	CHECK(ipmasq_node_changes(NULL, policy, &changes, sizeof(changes)) == -EINVAL, "no node");
	CHECK(ipmasq_node_changes(node, NULL, &changes, sizeof(changes)) == -EINVAL, "no policy");
	CHECK(ipmasq_node_changes(node, policy, NULL, sizeof(changes)) == -EINVAL, "no struct");
	CHECK(ipmasq_node_changes(node, policy, &changes, 0) == -EINVAL, "no size");
	CHECK(ipmasq_node_changes(node, policy, &changes, sizeof(changes)) == 0 && !changes.ours &&
		      changes.process && !*changes.process,
	      "nobody listens");
	ipmasq_node_free(node);
	ipmasq_report_free(report);
	ipmasq_policy_free(policy);
}

static void test_report(void)
{
	struct ipmasq_report *report = NULL;
	struct ipmasq_result result;
	struct ipmasq_line line;

	CHECK_NAMES(ipmasq_state, ipmasq_state_name, IPMASQ_STATE_UNKNOWN, IPMASQ_STATE_OVERRIDDEN);
	CHECK(ipmasq_report_new(NULL) == -EINVAL, "report");
	ipmasq_report_free(NULL);
	CHECK(ipmasq_report_result(NULL, IPMASQ_IPV4, &result, sizeof(result)) == -EINVAL,
	      "report");
	CHECK(ipmasq_report_line(NULL, IPMASQ_IPV4, 0, &line, sizeof(line)) == -EINVAL, "report");
	if (!CHECK(ipmasq_report_new(&report) == 0, "report"))
		return;
	CHECK_FAMILY(ipmasq_report_result(report, value, &result, sizeof(result)),
		     CHECK(result.state == IPMASQ_STATE_UNKNOWN && result.lines == 0, "empty"));
	CHECK(ipmasq_report_result(report, IPMASQ_IPV4, NULL, sizeof(result)) == -EINVAL,
	      "no struct");
	CHECK(ipmasq_report_result(report, IPMASQ_IPV4, &result, 0) == -EINVAL, "no size");
	report_add(report, IPMASQ_IPV4, IPMASQ_LINE_NOTE, "one");
	report_add(report, IPMASQ_IPV6, IPMASQ_LINE_NOTE, "one");
	CHECK_FAMILY(ipmasq_report_line(report, value, 0, &line, sizeof(line)),
		     CHECK_STRING(line.text, "one", "line"));
	CHECK(ipmasq_report_line(report, IPMASQ_IPV4, 0, NULL, sizeof(line)) == -EINVAL,
	      "no struct");
	CHECK(ipmasq_report_line(report, IPMASQ_IPV4, 0, &line, 0) == -EINVAL, "no size");
	CHECK(ipmasq_report_line(report, IPMASQ_IPV4, 1, &line, sizeof(line)) == -ERANGE,
	      "past the last");
	CHECK(ipmasq_report_line(report, IPMASQ_IPV4, SIZE_MAX, &line, sizeof(line)) == -ERANGE,
	      "past the last");
	ipmasq_report_free(report);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "rulesets", test_ruleset }, { "structs of other versions", test_struct_sizes },
		{ "nodes", test_node },	      { "apply, check and remove", test_acts },
		{ "reports", test_report },
	};

	return unit_main("arguments of rulesets and nodes", tests, ARRAY_SIZE(tests));
}
