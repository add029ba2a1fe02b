/* SPDX-License-Identifier: Apache-2.0 */
/* Tables that no program can print, on the real kernel: what is read without programs, and rules
 * that are deleted without words. */
#include <stdlib.h>
#include <string.h>

#include "node/direct.h"
#include "node/programs.h"
#include "support/node_fixture.h"

#define POLICY "nonMasqueradeCIDRs: [10.0.0.0/8]\n"

/* Rules of others that are told of in their words. */
#define OTHERS                                                  \
	"iptables-@ -t nat -A POSTROUTING -s 10.9.0.1 -j SNAT " \
	"--to-source 10.9.0.2; iptables-@ -t nat -N OTHERS; "   \
	"iptables-@ -t nat -A OTHERS -p tcp -m tcp --dport 80 -j RETURN"

static struct fixture fixture;

/* What the program that prints does instead. */
static const struct {
	const char *what;
	const char *save;
	unsigned int limit_ms;
} troubles[] = {
	{ "it fails", "echo 'Error: match extension not found' >&2; exit 3", NODE_LIMIT_MS },
	{ "it is killed", "kill -KILL $$", NODE_LIMIT_MS },
	{ "it stops in the middle", "printf '*nat\\n:POSTROUTING ACCEPT [0:0]\\n-A POST'; exit 1",
	  NODE_LIMIT_MS },
	{ "it says that it cannot", "echo \"# Table \\`nat' is incompatible, use 'nft' tool.\"",
	  NODE_LIMIT_MS },
	{ "it does not end", "exec sleep 1000", 100 },
};

static void go_through(const char *variant, size_t trouble)
{
	const char *what = troubles[trouble].what;
	char name[256];
	char *before;

	fixture_begin(&fixture, POLICY);
	fixture_policy(&fixture, POLICY, IPMASQ_OFF, NULL);
	fixture_real(&fixture, variant);
	fixture_do(&fixture, variant, OTHERS);
	before = strdup(fixture_do(&fixture, variant, SAVE));
	snprintf(name, sizeof(name), "iptables-%s-save", variant);
	fixture_fake(&fixture, name, troubles[trouble].save);
	/* The wrappers of the other program run in this namespace. */
	fixture.node->direct = true;
	fixture.node->limit_ms = troubles[trouble].limit_ms;
	fixture.node->wait = 1;
	fixture_expect(&fixture, fixture_apply(&fixture), IPMASQ_STATE_CHANGED,
		       IPMASQ_STATE_SKIPPED, what);
	snprintf(name, sizeof(name),
		 "rule 1 of chain POSTROUTING (iptables-%s, table ip nat) rewrites the source of "
		 "traffic from 10.9.0.1 to ",
		 variant);
	CHECK(fixture_reported(&fixture, IPMASQ_IPV4, name), fixture_said(&fixture));
	fixture_expect(&fixture, fixture_check(&fixture), IPMASQ_STATE_OVERRIDDEN,
		       IPMASQ_STATE_SKIPPED, what);
	fixture_do(&fixture, variant, "iptables-@ -t nat -I POSTROUTING -j IP-MASQ-AGENT");
	fixture_expect(&fixture, fixture_check(&fixture), IPMASQ_STATE_DRIFT, IPMASQ_STATE_SKIPPED,
		       what);
	fixture_expect(&fixture, fixture_apply(&fixture), IPMASQ_STATE_CHANGED,
		       IPMASQ_STATE_SKIPPED, what);
	CHECK(fixture_reported(&fixture, IPMASQ_IPV4,
			       "rule 1 of POSTROUTING removed: `POSTROUTING -j IP-MASQ-AGENT'"),
	      fixture_said(&fixture));
	CHECK(fixture_remove(&fixture) == 0, fixture_said(&fixture));
	CHECK(fixture_state(&fixture, IPMASQ_IPV4) == IPMASQ_STATE_CHANGED, what);
	CHECK_STRING(fixture_do(&fixture, variant, SAVE), before, what);
	free(before);
	fixture_end(&fixture);
}

static void test_broken_program(void)
{
	EACH_VARIANT(v)
		for (size_t i = 0; i < ARRAY_SIZE(troubles); i++)
			go_through(*v, i);
}

static struct programs programs;

static void look(const struct iptables *t, struct observation *obs)
{
	struct failure failure;
	unsigned int doubts;

	CHECK(direct_observe(t, "IP-MASQ-AGENT", true, obs, &doubts, &failure) == 0, "look");
}

static int delete_first(const struct iptables *t, const struct observation *obs,
			uint32_t generation)
{
	struct failure failure;

	return direct_delete(t, generation, &obs->referrers[0].handle, 1, &failure);
}

static const char count_jumps[] = "iptables-nft -t nat -S POSTROUTING | grep -c -- -j || true";

/* A handle is of one generation: the table may have been made anew, with other rules. */
static void test_handles(void)
{
	struct observation obs = { 0 };
	struct failure failure;
	struct iptables t;

	fixture_begin(&fixture, POLICY);
	fixture_real(&fixture, "nft");
	CHECK(programs_find(fixture.node, IPMASQ_IPV4, &programs, &failure) == 0, "programs");
	t = (struct iptables){ .node = fixture.node,
			       .family = IPMASQ_IPV4,
			       .backend = IPMASQ_BACKEND_NFT,
			       .programs = &programs.pairs[IPMASQ_BACKEND_NFT] };
	fixture_do(&fixture, "nft",
		   "iptables-nft -t nat -N IP-MASQ-AGENT; "
		   "iptables-nft -t nat -A POSTROUTING -j IP-MASQ-AGENT; "
		   "iptables-nft -t nat -A POSTROUTING -s 10.0.0.1 -j RETURN");
	look(&t, &obs);
	if (!CHECK(obs.referrer_count == 1 && obs.referrers[0].handle, "the jump"))
		return;
	fixture_do(&fixture, "nft", "iptables-nft -t nat -A OUTPUT -j RETURN");
	CHECK(delete_first(&t, &obs, obs.generation) == -EAGAIN, "another generation");
	CHECK_STRING(fixture_do(&fixture, "nft", count_jumps), "2\n", "nothing was deleted");
	observation_release(&obs);
	look(&t, &obs);
	CHECK(delete_first(&t, &obs, obs.generation) == 0, "the same generation");
	CHECK_STRING(fixture_do(&fixture, "nft", "iptables-nft -t nat -S POSTROUTING"),
		     "-P POSTROUTING ACCEPT\n-A POSTROUTING -s 10.0.0.1/32 -j RETURN\n",
		     "the jump and no other rule");
	CHECK(delete_first(&t, &obs, obs.generation) == -EAGAIN, "it was deleted");
	CHECK(delete_first(&t, &obs, obs.generation + 1) == -EAGAIN, "there is no such rule");
	observation_release(&obs);
	programs_release(&programs);
	fixture_end(&fixture);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "a program that cannot print stops nothing", test_broken_program },
		{ "a handle deletes one rule, in its generation", test_handles },
	};

	return fixture_main("tables that no program can print", tests, ARRAY_SIZE(tests));
}
