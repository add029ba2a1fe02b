/* SPDX-License-Identifier: Apache-2.0 */
/* Lets each allocation of the calls about pods fail once, in tables of a real kernel. */
#include <stdlib.h>
#include <string.h>

#include "node/node.h"
#include "support/heap.h"
#include "support/node_fixture.h"

static const struct ipmasq_pod_address addresses[] = {
	{ IPMASQ_IPV4, { 10, 0, 0, 1 } },
	{ IPMASQ_IPV6, { 0xfd, 0, 0, 1 } },
	{ IPMASQ_IPV4, { 10, 0, 0, 2 } },
};
static const struct ipmasq_pod first = { "blue", "a", "eth0", addresses, 2 };
static const struct ipmasq_pod second = { "red", "b", "eth0", addresses + 2, 1 };

static struct fixture fixture;
static size_t listed;

static int list(struct ipmasq_node *node)
{
	struct ipmasq_pods *pods = NULL;
	int r = ipmasq_pods_list(node, NULL, NULL, &pods);

	listed = ipmasq_pods_count(pods);
	ipmasq_pods_free(pods);
	return r;
}

static int act(struct ipmasq_node *node, struct ipmasq_report *report, struct ipmasq_diags *diags)
{
	int r = ipmasq_node_set_backend(node, IPMASQ_BACKEND_NFTABLES);

	if (r == 0)
		r = ipmasq_pods_add(node, NULL, &first, fixture.policy, report, diags);
	if (r == 0)
		r = ipmasq_pods_add(node, NULL, &second, fixture.policy, report, diags);
	if (r == 0)
		r = ipmasq_pods_check(node, NULL, &first, fixture.policy, report, diags);
	if (r == 0)
		r = list(node);
	if (r == 0)
		r = ipmasq_pods_gc(node, NULL, "red", NULL, 0, report, diags);
	return r == 0 ? ipmasq_pods_del(node, NULL, &first, report, diags) : r;
}

static int scenario(void)
{
	return fixture_with_node(act);
}

static void test_every_allocation(void)
{
	char what[128];
	long count;

	fixture_begin(&fixture, "nonMasqueradeCIDRs: [10.0.0.0/8]\n");
	CHECK(heap_run(scenario, 0) == 0 && heap.live == 0, "with memory");
	CHECK(listed == 2, "both are listed");
	count = heap.calls;
	CHECK(count > 100, "allocations");
	for (long i = 1; i <= count; i++) {
		int r = heap_run(scenario, i);

		snprintf(what, sizeof(what), "allocation %ld of %ld: %d, %ld left", i, count, r,
			 heap.live);
		/* vasprintf() succeeds even if its last step, which shrinks the memory, fails. */
		CHECK(r == -ENOMEM || r == 0, what);
		CHECK(heap.live == 0, what);
	}
	CHECK(heap_run(scenario, 0) == 0 && listed == 2, "with memory again");
	CHECK_STRING(fixture_do(&fixture, "nft", "nft list tables | grep ipmasq || true"), "",
		     "nothing is left");
	fixture_end(&fixture);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "each failed allocation is reported, and nothing leaks", test_every_allocation },
	};

	return fixture_main("pods_oom", tests, ARRAY_SIZE(tests));
}
