/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of a list of pods that is shared, and threads that add pods to a namespace of their own.
 */
#include "threads/shared.h"

static void digest_pods(struct digest *digest, const struct ipmasq_pods *pods)
{
	struct ipmasq_pod_details details;

	digest_number(digest, ipmasq_pods_count(pods));
	for (size_t i = 0; ipmasq_pods_get(pods, i, &details, sizeof(details)) == 0; i++) {
		digest_text(digest, details.pod.network);
		digest_text(digest, details.pod.id);
		digest_text(digest, details.pod.ifname);
		for (size_t j = 0; j < details.pod.address_count; j++)
			digest_bytes(digest, details.pod.addresses[j].bytes,
				     sizeof(details.pod.addresses[j].bytes));
	}
}

static void read_list(const struct shared *shared, struct digest *digest)
{
	digest_pods(digest, shared->pods);
}

/* Adds a pod, and takes it away. */
static void keep_pods(const struct shared *shared, enum ipmasq_backend backend,
		      struct digest *digest)
{
	static const struct ipmasq_pod_address address = { IPMASQ_IPV4, { 10, 0, 0, 1 } };
	static const struct ipmasq_pod pod = { "net", "a", "eth0", &address, 1 };
	struct ipmasq_report *report;
	struct ipmasq_pods *pods;
	struct ipmasq_node *node;

	need(ipmasq_node_new(&node) == 0, "ipmasq_node_new");
	need(ipmasq_report_new(&report) == 0, "ipmasq_report_new");
	need(ipmasq_node_set_backend(node, backend) == 0 && ipmasq_node_set_wait(node, 300) == 0,
	     "ipmasq_node_set_backend");
	need(ipmasq_pods_add(node, NULL, &pod, shared->policy, report, NULL) == 0,
	     "ipmasq_pods_add");
	need(ipmasq_pods_check(node, NULL, &pod, shared->policy, report, NULL) == 0,
	     "ipmasq_pods_check");
	need(ipmasq_pods_list(node, NULL, NULL, &pods) == 0, "ipmasq_pods_list");
	digest_pods(digest, pods);
	ipmasq_pods_free(pods);
	need(ipmasq_pods_del(node, NULL, &pod, report, NULL) == 0, "ipmasq_pods_del");
	ipmasq_report_free(report);
	ipmasq_node_free(node);
}

static void keep_native(const struct shared *shared, struct digest *digest)
{
	keep_pods(shared, IPMASQ_BACKEND_NFTABLES, digest);
}

static void keep_nft(const struct shared *shared, struct digest *digest)
{
	keep_pods(shared, IPMASQ_BACKEND_NFT, digest);
}

static void keep_legacy(const struct shared *shared, struct digest *digest)
{
	keep_pods(shared, IPMASQ_BACKEND_LEGACY, digest);
}

const struct reader pod_readers[] = {
	{ "a list of pods", read_list },
	{ "pods in tables of our own", keep_native },
	{ "pods in iptables-nft", keep_nft },
	{ "pods in iptables-legacy", keep_legacy },
};
const size_t pod_reader_count = COUNT_OF(pod_readers);
