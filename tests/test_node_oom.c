/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of the node fails once, with fake programs that act as a kernel would. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "heap.h"
#include "node_fixture.h"

#define HOOKS                                                                             \
	"*nat\\n:PREROUTING ACCEPT [0:0]\\n:INPUT ACCEPT [0:0]\\n:OUTPUT ACCEPT [0:0]\\n" \
	":POSTROUTING ACCEPT [0:0]\\n"

/* A kernel in a file: what restore is given is what save then prints, or nothing of ours when the
 * chain is deleted. */
static const char save[] = "test -e $0.state || printf '" HOOKS ":IP-MASQ-AGENT - [0:0]\\n"
			   "-A POSTROUTING -s 10.0.0.0/8 -j SNAT --to-source 1.2.3.4\\n"
			   "-A POSTROUTING -j IP-MASQ-AGENT\\n"
			   "-A OUTPUT -m comment --comment \"a \\\\\"b\\\\\"\" -j IP-MASQ-AGENT\\n"
			   "-A IP-MASQ-AGENT -o eth0 -j RETURN\\nCOMMIT\\n' >$0.state\n"
			   "cat $0.state";
static const char restore[] = "case \"$*\" in *--test*) exit 0;; esac\n"
			      "s=${0%%-restore}-save.state; cat >$0.in\n"
			      "if grep -q '^-X' $0.in; then printf '" HOOKS
			      "COMMIT\\n' >$s; exit 0; fi\n"
			      "{ printf '" HOOKS "'; sed -e 1d -e '/^-D/d' $0.in; } >$s";

static struct fixture fixture;
static size_t sentences; /* in the reports of one walk */

static int count_sentences(const struct ipmasq_report *report, int r)
{
	sentences += ipmasq_report_count(report, IPMASQ_IPV4);
	sentences += ipmasq_report_count(report, IPMASQ_IPV6);
	return r;
}

static int act(const struct fixture *f, struct ipmasq_node *node, struct ipmasq_report *report,
	       struct ipmasq_diags *diags)
{
	char path[128];
	int r;

	snprintf(path, sizeof(path), "%s/bin", f->dir);
	r = ipmasq_node_set_search_path(node, path);
	if (r == 0)
		r = ipmasq_node_set_lock_file(node, "/no/such/lock");
	if (r == 0)
		r = ipmasq_node_set_netns(node, "/proc/self/ns/net", diags);
	if (r == 0)
		r = count_sentences(report, ipmasq_node_check(node, f->policy, report, diags));
	if (r == 0)
		r = count_sentences(report, ipmasq_node_apply(node, f->policy, report, diags));
	if (r == 0)
		r = count_sentences(report, ipmasq_node_check(node, f->policy, report, diags));
	if (r == 0)
		r = count_sentences(report,
				    ipmasq_node_remove(node, "IP-MASQ-AGENT", report, diags));
	return r;
}

static int scenario(void)
{
	struct ipmasq_report *report = NULL;
	struct ipmasq_diags *diags = NULL;
	struct ipmasq_node *node = NULL;
	int r = ipmasq_node_new(&node);

	if (r == 0)
		r = ipmasq_report_new(&report);
	if (r == 0)
		r = ipmasq_diags_new(&diags);
	if (r == 0)
		r = act(&fixture, node, report, diags);
	ipmasq_diags_free(diags);
	ipmasq_report_free(report);
	ipmasq_node_free(node);
	return r;
}

static int run(long fail_at)
{
	fixture_shell(&fixture, "", "rm -f $D/bin/*.state");
	sentences = 0;
	return heap_run(scenario, fail_at);
}

static void test_every_allocation(void)
{
	static const char *const names[] = { "iptables", "ip6tables" };
	char what[128];
	size_t all;
	long count;

	fixture_begin(&fixture, "");
	fixture_policy(&fixture, "", IPMASQ_ON, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(what, sizeof(what), "%s-nft-save", names[i]);
		fixture_fake(&fixture, what, save);
		snprintf(what, sizeof(what), "%s-nft-restore", names[i]);
		fixture_fake(&fixture, what, restore);
	}
	CHECK(run(0) == 0, "with memory");
	CHECK(heap.live == 0, "with memory");
	count = heap.calls;
	all = sentences;
	CHECK(all > 20, "sentences");
	CHECK(count > 100, "allocations");
	for (long i = 1; i <= count; i++) {
		int r = run(i);

		snprintf(what, sizeof(what), "allocation %ld of %ld: %d, %ld left", i, count, r,
			 heap.live);
		/* vasprintf() also works where its last step, to give back memory, fails. */
		CHECK(r == -ENOMEM || (r == 0 && sentences == all), what);
		CHECK(heap.live == 0, what);
	}
	fixture_end(&fixture);
}

static const struct unit_test tests[] = {
	{ "no allocation that fails is overlooked, and none leaks", test_every_allocation },
};

int main(void)
{
	return fixture_main("node_oom", tests, ARRAY_SIZE(tests));
}
