/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fails each allocation once while tables of our own are read from recorded answers of a kernel,
 * and while a node checks, writes, changes, repairs, takes over and removes them in a real one.
 * After each failure the next run must find a table that it can bring in line.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/kernel/native_write.h"
#include "support/heap.h"
#include "support/native_replay.h"
#include "support/node_fixture.h"
#include "support/recordings.h"

/* To wait for all processors takes longer than all else here, and is nobody's business: there are
 * no packets. */
void __wrap_native_settle(void);
void __wrap_native_settle(void)
{
}

static struct fixture fixture;
static struct ipmasq_policy *policies[2];

/* Enough for maps, and chains that they lead to. */
static void make_policies(void)
{
	struct buf buf = BUF_INIT;

	fixture_policy(&fixture, "podCIDRs: [10.8.0.0/16]\n", IPMASQ_OFF, "1024-2047");
	policies[0] = fixture.policy;
	fixture.policy = NULL;
	buf_puts(&buf, "nonMasqueradeCIDRs:\n");
	for (unsigned int i = 0; i < 60; i++)
		buf_printf(&buf, "- 10.%u.%u.0/24\n- 192.0.%u.%u/32\n", i * 37 % 256, i * 91 % 256,
			   i * 3, i * 59 % 256);
	CHECK(buf.error == 0, "text");
	fixture_policy(&fixture, buf.data, IPMASQ_OFF, NULL);
	policies[1] = fixture.policy;
	fixture.policy = NULL;
	buf_release(&buf);
}

static int with_policy(int which, int (*act)(struct ipmasq_node *, const struct ipmasq_policy *,
					     struct ipmasq_report *, struct ipmasq_diags *))
{
	return act(fixture.node, policies[which], fixture.report, fixture.diags);
}

static void bring_in_line(int which)
{
	struct ipmasq_result result;

	CHECK(with_policy(which, ipmasq_node_apply) == 0, fixture_said(&fixture));
	CHECK(with_policy(which, ipmasq_node_check) == 0, fixture_said(&fixture));
	CHECK(ipmasq_report_result(fixture.report, IPMASQ_IPV4, &result, sizeof(result)) == 0 &&
		      result.state == IPMASQ_STATE_IN_LINE,
	      fixture_said(&fixture));
}

static void begin_first(void)
{
	bring_in_line(0);
}

static void begin_second(void)
{
	bring_in_line(1);
}

static void begin_empty(void)
{
	CHECK(ipmasq_node_remove(fixture.node, "IP-MASQ-AGENT", fixture.report, fixture.diags) == 0,
	      fixture_said(&fixture));
}

static void begin_damaged(void)
{
	bring_in_line(1);
	fixture_do(&fixture, "nft",
		   "m=$(nft list table ip ipmasq | sed -n 's/^.map \\(.*\\) {/\\1/p' | head -n 1); "
		   "nft flush map ip ipmasq $m; "
		   "nft add chain ip ipmasq IP-MASQ-AG.38ed.zroot; "
		   "nft insert rule ip ipmasq IP-MASQ-AGENT oifname eth7 return");
}

/* Rules of iptables-nft, which are removed without its programs. */
static void begin_elsewhere(void)
{
	begin_empty();
	fixture_do(&fixture, "nft",
		   "iptables-@ -t nat -F; iptables-@ -t nat -X IP-MASQ-AGENT 2>$D/null || true; "
		   "iptables-@ -t nat -N IP-MASQ-AGENT; "
		   "iptables-@ -t nat -A IP-MASQ-AGENT -j MASQUERADE; "
		   "iptables-@ -t nat -A POSTROUTING -j IP-MASQ-AGENT");
}

static int act_check(void)
{
	return with_policy(1, ipmasq_node_check);
}

static int act_apply(void)
{
	return with_policy(1, ipmasq_node_apply);
}

static int act_remove(void)
{
	return ipmasq_node_remove(fixture.node, "IP-MASQ-AGENT", fixture.report, fixture.diags);
}

static const struct scenario {
	const char *name;
	void (*begin)(void);
	int (*act)(void);
} scenarios[] = {
	{ "check of nothing", begin_empty, act_check },
	{ "check of what is in line", begin_second, act_check },
	{ "check of damage", begin_damaged, act_check },
	{ "apply to nothing", begin_empty, act_apply },
	{ "apply to another policy", begin_first, act_apply },
	{ "apply to damage", begin_damaged, act_apply },
	{ "apply to rules elsewhere", begin_elsewhere, act_apply },
	{ "remove", begin_second, act_remove },
};

static const struct scenario *current;

/* The findings and the report are made anew each time, so that nothing outlives a run. */
static int run_scenario(void)
{
	int r = ipmasq_report_new(&fixture.report);

	if (r == 0)
		r = ipmasq_diags_new(&fixture.diags);
	return r < 0 ? r : current->act();
}

static size_t count_lines(void)
{
	struct ipmasq_result result = { .lines = 0 };

	if (fixture.report)
		ipmasq_report_result(fixture.report, IPMASQ_IPV4, &result, sizeof(result));
	return result.lines;
}

static void drop_report(void)
{
	ipmasq_diags_free(fixture.diags);
	ipmasq_report_free(fixture.report);
	fixture.diags = NULL;
	fixture.report = NULL;
}

static int run(long fail_at, size_t *lines)
{
	long live;
	int r;

	current->begin();
	drop_report();
	r = heap_run(run_scenario, fail_at);
	*lines = count_lines();
	live = heap.live;
	/* Freed while it does not count. */
	heap = (struct heap){ .armed = true, .calls = heap.calls, .live = live };
	drop_report();
	heap.armed = false;
	CHECK(ipmasq_report_new(&fixture.report) == 0 && ipmasq_diags_new(&fixture.diags) == 0,
	      current->name);
	return r;
}

static void fail_each(void)
{
	size_t all;
	size_t lines;
	long count;
	long kept;

	CHECK(run(0, &all) == 0, current->name);
	count = heap.calls;
	/* What the node keeps from one call to the next. */
	kept = heap.live;
	CHECK(count > 20, current->name);
	for (long i = 1; i <= count; i++) {
		char what[128];
		int r = run(i, &lines);

		snprintf(what, sizeof(what), "%s, allocation %ld of %ld: %d, %ld left, not %ld",
			 current->name, i, count, r, heap.live, kept);
		/* vasprintf() succeeds even if its last step, which shrinks the memory, fails. */
		CHECK(r == -ENOMEM || (r == 0 && lines == all), what);
		CHECK(heap.live <= kept, what);
	}
}

static void test_node(void)
{
	fixture_begin(&fixture, "");
	CHECK(ipmasq_node_set_backend(fixture.node, IPMASQ_BACKEND_NFTABLES) == 0, "backend");
	make_policies();
	for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++) {
		current = &scenarios[i];
		fail_each();
	}
	ipmasq_policy_free(policies[0]);
	ipmasq_policy_free(policies[1]);
	fixture_end(&fixture);
}

static const uint8_t *recording;
static size_t recording_size;

static int read_recording(void)
{
	struct native_table table;
	int r = native_replay_read(recording, recording_size, &table);

	native_table_release(&table);
	return r;
}

static void check_recording(const char *name, const uint8_t *data, size_t size)
{
	int wanted;
	long count;

	recording = data;
	recording_size = size;
	wanted = heap_run(read_recording, 0);
	count = heap.calls;
	CHECK(heap.live == 0 && count > 0, name);
	for (long i = 1; i <= count; i++) {
		int r = heap_run(read_recording, i);

		CHECK(r == -ENOMEM || r == wanted, name);
		CHECK(r == -ENOMEM || wanted < 0, name);
		CHECK(heap.live == 0, name);
	}
}

static void test_reader(void)
{
	recordings_each("tests/fuzz/corpus/native", 5, check_recording);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "each failed allocation of a look at recorded tables is reported", test_reader },
		{ "each failed allocation is reported, and the next run goes on", test_node },
	};

	return fixture_main("native_oom", tests, ARRAY_SIZE(tests));
}
