/* SPDX-License-Identifier: Apache-2.0 */
/* Readers that look at a node, and bring it in line with a policy that is shared. */
#include <stdlib.h>

#include "threads/shared.h"

static void digest_report(struct digest *digest, const struct ipmasq_report *report)
{
	struct ipmasq_result result;
	struct ipmasq_line line;

	for (size_t f = 0; f < COUNT_OF(shared_families); f++) {
		enum ipmasq_family family = shared_families[f];

		need(ipmasq_report_result(report, family, &result, sizeof(result)) == 0,
		     "ipmasq_report_result");
		digest_number(digest, result.state);
		digest_text(digest, result.text);
		for (size_t i = 0; ipmasq_report_line(report, family, i, &line, sizeof(line)) == 0;
		     i++)
			digest_text(digest, line.text);
	}
}

static void read_report(const struct shared *shared, struct digest *digest)
{
	digest_report(digest, shared->report);
}

/* Check, apply, check, remove: what each thread does to the namespace of its own. */
static void keep_in_line(const struct shared *shared, enum ipmasq_backend backend,
			 struct digest *digest)
{
	struct ipmasq_policy_details info;
	struct ipmasq_report *report;
	struct ipmasq_changes changes;
	struct ipmasq_node *node;
	bool listens;
	int fd;

	need(ipmasq_node_new(&node) == 0, "ipmasq_node_new");
	need(ipmasq_report_new(&report) == 0, "ipmasq_report_new");
	need(ipmasq_node_set_backend(node, backend) == 0 && ipmasq_node_set_wait(node, 300) == 0,
	     "ipmasq_node_set_backend");
	listens = backend == IPMASQ_BACKEND_NFTABLES;
	if (listens)
		need(ipmasq_node_listen(node, &fd) == 0, "ipmasq_node_listen");
	need(ipmasq_node_check(node, shared->policy, report, NULL) == 0, "ipmasq_node_check");
	digest_report(digest, report);
	need(ipmasq_node_apply(node, shared->policy, report, NULL) == 0, "ipmasq_node_apply");
	digest_report(digest, report);
	need(ipmasq_node_check(node, shared->policy, report, NULL) == 0, "ipmasq_node_check");
	digest_report(digest, report);
	if (listens)
		need(ipmasq_node_changes(node, shared->policy, &changes, sizeof(changes)) == 0,
		     "ipmasq_node_changes");
	ipmasq_node_unlisten(node);
	need(ipmasq_policy_info(shared->policy, &info, sizeof(info)) == 0, "ipmasq_policy_info");
	need(ipmasq_node_remove(node, info.chain, report, NULL) == 0, "ipmasq_node_remove");
	ipmasq_report_free(report);
	ipmasq_node_free(node);
}

static void keep_native(const struct shared *shared, struct digest *digest)
{
	keep_in_line(shared, IPMASQ_BACKEND_NFTABLES, digest);
}

static void keep_nft(const struct shared *shared, struct digest *digest)
{
	keep_in_line(shared, IPMASQ_BACKEND_NFT, digest);
}

static void keep_legacy(const struct shared *shared, struct digest *digest)
{
	keep_in_line(shared, IPMASQ_BACKEND_LEGACY, digest);
}

/* One node, of which several threads ask at once. */
static void read_kernel(const struct shared *shared, struct digest *digest)
{
	struct ipmasq_flow_list *list;
	struct ipmasq_answer *answer;
	struct ipmasq_nat *nat;
	uint8_t address[16];
	size_t flows;

	shared_address(IPMASQ_IPV4, 3, address);
	need(ipmasq_node_nat(shared->node, NULL, &nat) == 0, "ipmasq_node_nat");
	need(ipmasq_nat_answer(nat, shared->policy, IPMASQ_IPV4, address, NULL, &answer) == 0,
	     "ipmasq_nat_answer");
	need(ipmasq_node_other_flows(shared->node, answer, IPMASQ_IPV4, address, NULL, NULL,
				     &flows) == 0,
	     "ipmasq_node_other_flows");
	digest_number(digest, flows);
	need(ipmasq_node_flow_list(shared->node, IPMASQ_IPV4, NULL, &list) == 0,
	     "ipmasq_node_flow_list");
	need(ipmasq_flow_list_other(list, answer, address, NULL, &flows) == 0,
	     "ipmasq_flow_list_other");
	digest_number(digest, flows);
	ipmasq_flow_list_free(list);
	ipmasq_answer_free(answer);
	ipmasq_nat_free(nat);
}

const struct reader node_readers[] = {
	{ "a report", read_report },
	{ "a node's kernel", read_kernel },
	{ "a node in tables of our own", keep_native },
	{ "a node in iptables-nft", keep_nft },
	{ "a node in iptables-legacy", keep_legacy },
};
const size_t node_reader_count = COUNT_OF(node_readers);
