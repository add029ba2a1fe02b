/* SPDX-License-Identifier: Apache-2.0 */
/* The interpreter of iptables-restore scripts, which other tests rely on, acts as netfilter does.
 */
#include <arpa/inet.h>
#include <netinet/in.h>

#include "sim/sim.h"
#include "support/unit.h"

/* Four lines, so the rules begin at line 5. */
#define HEAD "*nat\n:A - [0:0]\n:B - [0:0]\n:C - [0:0]\n"
#define TAIL "COMMIT\n"

struct flow {
	const char *name;
	int family;
	const char *rules;
	const char *src;
	const char *dst;
	uint8_t proto;
	bool local;
	enum sim_verdict verdict;
	unsigned int line;
};

static const struct flow flows[] = {
	{ "an empty table returns", 4, "", "1.1.1.1", "2.2.2.2", 17, false, SIM_RETURN, 0 },
	{ "the end of a chain returns to the calling chain", 4,
	  "-A POSTROUTING -j A\n-A POSTROUTING -j MASQUERADE\n-A A -d 9.0.0.0/8 -j RETURN\n",
	  "1.1.1.1", "2.2.2.2", 17, false, SIM_MASQUERADE, 6 },
	{ "RETURN continues after the jump in the calling chain", 4,
	  "-A POSTROUTING -j A\n-A POSTROUTING -j MASQUERADE\n-A A -j RETURN\n-A A -j MASQUERADE\n",
	  "1.1.1.1", "2.2.2.2", 17, false, SIM_MASQUERADE, 6 },
	{ "RETURN in the base chain ends the table", 4,
	  "-A POSTROUTING -j RETURN\n-A POSTROUTING -j MASQUERADE\n", "1.1.1.1", "2.2.2.2", 17,
	  false, SIM_RETURN, 5 },
	{ "the end of a chain after a goto returns past the chain with the goto", 4,
	  "-A POSTROUTING -j A\n-A A -g B\n-A A -j MASQUERADE\n-A B -d 9.0.0.0/8 -j MASQUERADE\n",
	  "1.1.1.1", "2.2.2.2", 17, false, SIM_RETURN, 0 },
	{ "RETURN after a goto does the same", 4,
	  "-A POSTROUTING -j A\n-A POSTROUTING -j MASQUERADE\n-A A -g B\n-A A -j RETURN\n"
	  "-A B -j RETURN\n",
	  "1.1.1.1", "2.2.2.2", 17, false, SIM_MASQUERADE, 6 },
	{ "a goto from the base chain does not return", 4,
	  "-A POSTROUTING -g A\n-A POSTROUTING -j MASQUERADE\n-A A -j RETURN\n", "1.1.1.1",
	  "2.2.2.2", 17, false, SIM_RETURN, 7 },
	{ "a jump in a chain reached by a goto returns to that chain", 4,
	  "-A POSTROUTING -j A\n-A A -g B\n-A B -j C\n-A B -j MASQUERADE\n-A C -j RETURN\n",
	  "1.1.1.1", "2.2.2.2", 17, false, SIM_MASQUERADE, 8 },
	{ "the first address of a prefix matches", 4,
	  "-A POSTROUTING -d 2.2.2.0/23 -j MASQUERADE\n", "1.1.1.1", "2.2.2.0", 17, false,
	  SIM_MASQUERADE, 5 },
	{ "the last address of a prefix matches", 4, "-A POSTROUTING -d 2.2.2.0/23 -j MASQUERADE\n",
	  "1.1.1.1", "2.2.3.255", 17, false, SIM_MASQUERADE, 5 },
	{ "the address before it does not", 4, "-A POSTROUTING -d 2.2.2.0/23 -j MASQUERADE\n",
	  "1.1.1.1", "2.2.1.255", 17, false, SIM_RETURN, 0 },
	{ "the address after it does not", 4, "-A POSTROUTING -d 2.2.2.0/23 -j MASQUERADE\n",
	  "1.1.1.1", "2.2.4.0", 17, false, SIM_RETURN, 0 },
	{ "an address without a length is a host", 4, "-A POSTROUTING -d 2.2.2.2 -j MASQUERADE\n",
	  "1.1.1.1", "2.2.2.3", 17, false, SIM_RETURN, 0 },
	{ "a negated match", 4, "-A POSTROUTING ! -d 2.0.0.0/8 -j MASQUERADE\n", "1.1.1.1",
	  "3.2.2.2", 17, false, SIM_MASQUERADE, 5 },
	{ "a source does not match a destination", 4,
	  "-A POSTROUTING -s 2.2.2.2/32 -j MASQUERADE\n", "1.1.1.1", "2.2.2.2", 17, false,
	  SIM_RETURN, 0 },
	{ "all matches of a rule must hold", 4,
	  "-A POSTROUTING -s 1.1.1.1/32 -d 3.0.0.0/8 -j MASQUERADE\n", "1.1.1.1", "2.2.2.2", 17,
	  false, SIM_RETURN, 0 },
	{ "another protocol", 4, "-A POSTROUTING -p tcp -j MASQUERADE\n", "1.1.1.1", "2.2.2.2", 17,
	  false, SIM_RETURN, 0 },
	{ "any protocol but one", 4, "-A POSTROUTING ! -p tcp -j MASQUERADE\n", "1.1.1.1",
	  "2.2.2.2", 17, false, SIM_MASQUERADE, 5 },
	{ "a destination that is not local", 4,
	  "-A POSTROUTING -m addrtype ! --dst-type LOCAL -j MASQUERADE\n", "1.1.1.1", "2.2.2.2", 17,
	  false, SIM_MASQUERADE, 5 },
	{ "a destination that is local", 4,
	  "-A POSTROUTING -m addrtype ! --dst-type LOCAL -j MASQUERADE\n", "1.1.1.1", "2.2.2.2", 17,
	  true, SIM_RETURN, 0 },
	{ "only local destinations", 4,
	  "-A POSTROUTING -m addrtype --dst-type LOCAL -j MASQUERADE\n", "1.1.1.1", "2.2.2.2", 17,
	  true, SIM_MASQUERADE, 5 },
	{ "IPv6, a prefix longer than 64 bits", 6,
	  "-A POSTROUTING -d 2001:DB8::8000/113 -j MASQUERADE\n", "2001:db8::1", "2001:db8::ffff",
	  17, false, SIM_MASQUERADE, 5 },
	{ "IPv6, one bit differs", 6, "-A POSTROUTING -d 2001:db8::8000/113 -j MASQUERADE\n",
	  "2001:db8::1", "2001:db8::7fff", 17, false, SIM_RETURN, 0 },
	{ "a quoted comment is one word", 4,
	  "-A POSTROUTING -m comment --comment \"-j RETURN \\\" -d x\" -j MASQUERADE\n", "1.1.1.1",
	  "2.2.2.2", 17, false, SIM_MASQUERADE, 5 },
	{ "-I inserts, -D deletes, declaring a chain empties it", 4,
	  "-A A -j MASQUERADE\n:A - [0:0]\n-A POSTROUTING -j MASQUERADE\n-I POSTROUTING -j A\n"
	  "-A A -d 2.2.2.2 -j MASQUERADE\n-I A 1 -d 2.2.2.2/32 -j RETURN\n-D POSTROUTING -j "
	  "MASQUERADE\n",
	  "1.1.1.1", "2.2.2.2", 17, false, SIM_RETURN, 10 },
	{ "-D with a number, -F, -X", 4,
	  "-A POSTROUTING -j B\n-A POSTROUTING -j MASQUERADE\n-A B -j RETURN\n-D POSTROUTING 1\n"
	  "-F B\n-X B\n",
	  "1.1.1.1", "2.2.2.2", 17, false, SIM_MASQUERADE, 6 },
};

static void test_flows(void)
{
	for (size_t i = 0; i < sizeof(flows) / sizeof(flows[0]); i++) {
		const struct flow *flow = &flows[i];
		int af = flow->family == 4 ? AF_INET : AF_INET6;
		struct sim_packet packet = { .proto = flow->proto, .dst_is_local = flow->local };
		struct sim *sim = sim_new(flow->family);
		char error[SIM_ERROR_MAX] = "";
		struct sim_result result;
		char script[2048];

		snprintf(script, sizeof(script), HEAD "%s" TAIL, flow->rules);
		inet_pton(af, flow->src, packet.src);
		inet_pton(af, flow->dst, packet.dst);
		if (CHECK(sim, flow->name) && CHECK(!sim_restore(sim, script, error), error)) {
			result = sim_run(sim, &packet, NULL, NULL);
			CHECK(result.verdict == flow->verdict, flow->name);
			CHECK(result.line == flow->line, flow->name);
		}
		sim_free(sim);
	}
}

/* A script that the interpreter does not fully know must be refused. */
static const char *const refused[] = {
	"*filter\nCOMMIT\n",
	"*nat\n",
	"-A POSTROUTING -j MASQUERADE\n",
	HEAD "-A NOWHERE -j RETURN\n" TAIL,
	HEAD "-A A -j NOWHERE\n" TAIL,
	HEAD "-A A -j POSTROUTING\n" TAIL,
	HEAD "-A A -j ACCEPT\n" TAIL,
	HEAD "-A A -g RETURN\n" TAIL,
	HEAD "-A A -d 1.2.3.4\n" TAIL,
	HEAD "-A A -j RETURN -j MASQUERADE\n" TAIL,
	HEAD "-A A -d 10.0.0.1/8 -j RETURN\n" TAIL,
	HEAD "-A A -d 10.0.0.0/33 -j RETURN\n" TAIL,
	HEAD "-A A -d 10.0.0.0/ -j RETURN\n" TAIL,
	HEAD "-A A -d ::1 -j RETURN\n" TAIL,
	HEAD "-A A -d host -j RETURN\n" TAIL,
	HEAD "-A A -o eth0 -j RETURN\n" TAIL,
	HEAD "-A A ! -j RETURN\n" TAIL,
	HEAD "-A A -p icmp -j RETURN\n" TAIL,
	HEAD "-A A -m mark --mark 1 -j RETURN\n" TAIL,
	HEAD "-A A -m comment -j RETURN\n" TAIL,
	HEAD "-A A -m comment --comment \"open -j RETURN\n" TAIL,
	HEAD "-A A -m addrtype --dst-type UNICAST -j RETURN\n" TAIL,
	HEAD "-A A -m statistic --mode nth --every 2 -j RETURN\n" TAIL,
	HEAD "-A A -m statistic --mode random --probability 1.1 -j RETURN\n" TAIL,
	HEAD "-A A -j MASQUERADE --to-ports 1-2\n" TAIL,
	HEAD "-A A -p tcp -j MASQUERADE --to-ports 2-1\n" TAIL,
	HEAD "-A A -p tcp -j MASQUERADE --to-ports 1-65536\n" TAIL,
	HEAD "-A A -j MASQUERADE --random-half\n" TAIL,
	HEAD "-A A -j RETURN --random-fully\n" TAIL,
	HEAD "-D A -j RETURN\n" TAIL,
	HEAD "-D A 1\n" TAIL,
	HEAD "-I A 2 -j RETURN\n" TAIL,
	HEAD "-A A -j B\n-X B\n" TAIL,
	HEAD "-A A -j RETURN\n-X A\n" TAIL,
	HEAD "-X POSTROUTING\n" TAIL,
	HEAD "-Z A\n" TAIL,
	HEAD "-A POSTROUTING -j A\n-A A -j B\n-A B -g A\n" TAIL,
	"*nat\n:NAME-OF-TWENTY-NINE-BYTES-XXXX - [0:0]\nCOMMIT\n",
	"*nat\n:A ACCEPT [0:0]\nCOMMIT\n",
	"*nat\n:A - [0:x]\nCOMMIT\n",
};

static void test_refused(void)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct sim *sim = sim_new(4);
		char error[SIM_ERROR_MAX] = "";

		CHECK(sim && sim_restore(sim, refused[i], error) < 0, refused[i]);
		sim_free(sim);
	}
}

static uint32_t given(void *context)
{
	return *(uint32_t *)context;
}

/* xt_statistic compares 31 random bits with the probability in 2^31ths. */
static void test_random(void)
{
	static const char script[] =
		"*nat\n-A POSTROUTING -p tcp -m statistic --mode random --probability 0.25 "
		"-j MASQUERADE --to-ports 100-199 --random-fully\n"
		"-A POSTROUTING -p tcp -j MASQUERADE --to-ports 300\nCOMMIT\n";
	struct sim_packet packet = { .proto = IPPROTO_TCP };
	struct sim *sim = sim_new(4);
	uint32_t below = 0x1fffffff, at = 0x20000000, high = 0x80000000;
	char error[SIM_ERROR_MAX] = "";
	struct sim_result result;

	if (!CHECK(sim && !sim_restore(sim, script, error), "script"))
		return;
	result = sim_run(sim, &packet, given, &below);
	CHECK(result.first_port == 100, "ports");
	CHECK(result.last_port == 199, "ports");
	CHECK(result.random_fully, "first rule");
	result = sim_run(sim, &packet, given, &at);
	CHECK(result.first_port == 300, "ports");
	CHECK(result.last_port == 300, "ports");
	CHECK(!result.random_fully, "second rule");
	result = sim_run(sim, &packet, given, &high);
	CHECK(result.first_port == 100, "ports");
	sim_free(sim);
}

/* A second script changes what the first one left. */
static void test_two_scripts(void)
{
	struct sim_packet packet = { .proto = IPPROTO_UDP };
	struct sim *sim = sim_new(4);
	char error[SIM_ERROR_MAX] = "";

	if (!CHECK(sim && !sim_restore(sim,
				       "*nat\n:A - [0:0]\n-A A -j MASQUERADE\n"
				       "-A POSTROUTING -j A\nCOMMIT\n",
				       error),
		   "first script"))
		return;
	CHECK(sim_rule_count(sim, "A") == 1, "one rule");
	CHECK(sim_run(sim, &packet, NULL, NULL).verdict == SIM_MASQUERADE, "first script");
	CHECK(!sim_restore(sim, "*nat\n:A - [0:0]\n-A A -j RETURN\nCOMMIT\n", error), error);
	CHECK(sim_run(sim, &packet, NULL, NULL).verdict == SIM_RETURN, "the chain was flushed");
	CHECK(!sim_restore(sim, "*nat\n-D POSTROUTING -j A\n-F A\n-X A\nCOMMIT\n", error), error);
	CHECK(sim_rule_count(sim, "A") == -1, "the chain is gone");
	CHECK(sim_run(sim, &packet, NULL, NULL).rules == 0, "and the jump");
	sim_free(sim);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "packets take the same path as in netfilter", test_flows },
		{ "unknown syntax is refused", test_refused },
		{ "random matches and ports", test_random },
		{ "one script after the other", test_two_scripts },
	};

	return unit_main("sim", tests, sizeof(tests) / sizeof(tests[0]));
}
