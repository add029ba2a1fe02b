/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk through models made by hand: for one packet, every outcome with its conditions and the
 * rule that decides.
 */
#include "nat/walk.h"
#include "support/nat_build.h"
#include "support/unit.h"

#define NAT4 "table nft ip nat\nbase postrouting nat 100 ACCEPT POSTROUTING\n"

struct row {
	const char *what;
	const char *model;
	/* NULL: none. */
	const char *source;
	const char *destination;
	/* Of each outcome: the verdict, its address, the rule as "CHAIN/NUMBER", and its
	 * conditions, each line one. */
	const char *outcomes;
};

static const struct row rows[] = {
	{ "no rules", NAT4, NULL, "8.8.8.8", "RETURN\n" },
	{ "no model", "", NULL, "8.8.8.8", "RETURN\n" },
	{ "a rule that always matches", NAT4 "POSTROUTING -> MASQUERADE", NULL, "8.8.8.8",
	  "MASQUERADE POSTROUTING/1\n" },
	{ "source and destination",
	  NAT4 "POSTROUTING s=10.0.0.0/8 d=9.0.0.0/8 -> MASQUERADE\n"
	       "POSTROUTING s=10.0.0.0/8 !d=9.0.0.0/8 -> SNAT=1.2.3.4",
	  "10.1.1.1", "8.8.8.8", "SNAT 1.2.3.4 POSTROUTING/2\n" },
	{ "a source that is not known", NAT4 "POSTROUTING s=10.0.0.0/8 -> MASQUERADE", NULL,
	  "8.8.8.8",
	  "MASQUERADE POSTROUTING/1 [s=10.0.0.0/8]\n"
	  "RETURN [not (s=10.0.0.0/8)]\n" },
	{ "accept before a rewrite",
	  NAT4 "POSTROUTING d=10.0.0.0/8 -> ACCEPT\nPOSTROUTING -> MASQUERADE", NULL, "10.1.1.1",
	  "RETURN POSTROUTING/1\n" },
	{ "a chain that returns",
	  NAT4 "POSTROUTING -> JUMP=A\nPOSTROUTING -> MASQUERADE\n"
	       "A d=10.0.0.0/8 -> RETURN\nA -> SNAT=1.1.1.1",
	  NULL, "10.1.1.1", "MASQUERADE POSTROUTING/2\n" },
	{ "goto returns to the caller of the caller",
	  NAT4 "POSTROUTING -> JUMP=A\nPOSTROUTING -> MASQUERADE\n"
	       "A -> GOTO=B\nA -> SNAT=1.1.1.1\nB -> CONTINUE",
	  NULL, "10.1.1.1", "MASQUERADE POSTROUTING/2\n" },
	{ "kube-proxy's mark",
	  NAT4 "POSTROUTING -> JUMP=KUBE-POSTROUTING\n"
	       "KUBE-POSTROUTING !mark=0x4000/0x4000 -> RETURN\n"
	       "KUBE-POSTROUTING -> CONTINUE\nKUBE-POSTROUTING -> MASQUERADE",
	  "10.1.1.1", "8.8.8.8",
	  "MASQUERADE KUBE-POSTROUTING/3 [not (!mark=0x4000/0x4000)]\n"
	  "RETURN [!mark=0x4000/0x4000]\n" },
	{ "what never entered a chain joins what comes back",
	  NAT4 "POSTROUTING mark=1 -> JUMP=A\nPOSTROUTING -> MASQUERADE\nA d=9.0.0.0/8 -> ACCEPT",
	  NULL, "8.8.8.8", "MASQUERADE POSTROUTING/2\n" },
	{ "a condition of the jump stays where nothing comes back",
	  NAT4 "POSTROUTING what -> JUMP=A\nPOSTROUTING -> MASQUERADE\nA -> ACCEPT", NULL,
	  "8.8.8.8", "RETURN A/1 [what]\nMASQUERADE POSTROUTING/2 [not (what)]\n" },
	{ "netmap keeps the host", NAT4 "POSTROUTING -> NETMAP=192.168.5.0/24", "10.1.1.7",
	  "8.8.8.8", "SNAT 192.168.5.7 POSTROUTING/1\n" },
	{ "an address that the rule does not tell", NAT4 "POSTROUTING -> SNAT", NULL, "8.8.8.8",
	  "SNAT POSTROUTING/1\n" },
	{ "accept does not end a later base chain",
	  NAT4 "POSTROUTING -> ACCEPT\ntable native ip mine\nbase postrouting nat 200 ACCEPT post\n"
	       "post -> MASQUERADE",
	  NULL, "8.8.8.8", "MASQUERADE post/1\n" },
	{ "the first base chain that rewrites wins",
	  NAT4 "POSTROUTING -> MASQUERADE\ntable native ip mine\n"
	       "base postrouting nat 50 ACCEPT post\npost -> SNAT=1.1.1.1",
	  NULL, "8.8.8.8", "SNAT 1.1.1.1 post/1\n" },
	{ "an order that is not known, where it matters",
	  NAT4 "POSTROUTING -> MASQUERADE\ntable legacy ip nat\n"
	       "base postrouting nat 100 ACCEPT POSTROUTING\nPOSTROUTING -> SNAT=1.1.1.1",
	  NULL, "8.8.8.8",
	  "MASQUERADE POSTROUTING/1 [the kernel asks chain POSTROUTING of table nat (iptables-nft) "
	  "before chain POSTROUTING of table nat (iptables-legacy)]\n"
	  "SNAT 1.1.1.1 POSTROUTING/1 [the kernel asks chain POSTROUTING of table nat "
	  "(iptables-legacy) before chain POSTROUTING of table nat (iptables-nft)]\n" },
	{ "an order that is not known, where it does not matter",
	  NAT4 "POSTROUTING -> MASQUERADE\ntable legacy ip nat\n"
	       "base postrouting nat 100 ACCEPT POSTROUTING\nPOSTROUTING -> ACCEPT",
	  NULL, "8.8.8.8", "MASQUERADE POSTROUTING/1\n" },
	{ "the other family's rules",
	  "table nft ip6 nat\nbase postrouting nat 100 ACCEPT P\n"
	  "P -> MASQUERADE",
	  NULL, "8.8.8.8", "RETURN\n" },
	{ "IPv6",
	  "table native inet t\nbase postrouting nat 100 ACCEPT P\n"
	  "P !d=10.0.0.0/8 -> SNAT=1.1.1.1\nP d=fd00::/8 -> MASQUERADE",
	  NULL, "fd00::1", "MASQUERADE P/2\n" },
	{ "no tracking, no rewrite",
	  NAT4 "POSTROUTING -> MASQUERADE\ntable nft ip raw\n"
	       "base prerouting filter -300 ACCEPT PREROUTING\n"
	       "PREROUTING d=10.0.0.0/8 -> NOTRACK",
	  NULL, "10.1.1.1", "RETURN PREROUTING/1\n" },
	{ "too late to end tracking",
	  NAT4 "POSTROUTING -> MASQUERADE\ntable native ip raw\n"
	       "base prerouting filter -150 ACCEPT PREROUTING\nPREROUTING -> NOTRACK",
	  NULL, "10.1.1.1", "MASQUERADE POSTROUTING/1\n" },
	{ "untracked packets are dropped like others",
	  NAT4 "POSTROUTING -> MASQUERADE\ntable nft ip raw\n"
	       "base prerouting filter -300 ACCEPT PREROUTING\nPREROUTING mark=1 -> NOTRACK\n"
	       "table nft ip filter\nbase forward filter 0 DROP FORWARD\n"
	       "FORWARD d=9.0.0.0/8 -> ACCEPT",
	  NULL, "10.1.1.1", "DROP FORWARD/policy [not (mark=1)]\nDROP FORWARD/policy [mark=1]\n" },
	{ "dropped on the way",
	  NAT4 "POSTROUTING -> MASQUERADE\ntable nft ip filter\n"
	       "base forward filter 0 ACCEPT FORWARD\nFORWARD state=established -> ACCEPT\n"
	       "FORWARD d=10.0.0.0/8 -> DROP",
	  NULL, "10.1.1.1", "DROP FORWARD/2\n" },
	{ "accepted by one base chain, asked by the next",
	  "table nft ip filter\nbase forward filter 0 ACCEPT FORWARD\nFORWARD -> ACCEPT\n"
	  "table native ip t\nbase forward filter 10 ACCEPT F\nF -> DROP",
	  NULL, "10.1.1.1", "DROP F/1\n" },
	{ "addresses of the node are no destination",
	  NAT4 "POSTROUTING dtype=local -> ACCEPT\nPOSTROUTING stype=local -> ACCEPT\n"
	       "POSTROUTING !dtype=local -> MASQUERADE",
	  NULL, "8.8.8.8", "MASQUERADE POSTROUTING/3\n" },
	{ "multicast", NAT4 "POSTROUTING dtype=multicast -> ACCEPT\nPOSTROUTING -> MASQUERADE",
	  NULL, "224.0.0.5", "RETURN POSTROUTING/1\n" },
	{ "no socket", NAT4 "POSTROUTING owner -> SNAT=1.1.1.1\nPOSTROUTING !owner -> MASQUERADE",
	  NULL, "8.8.8.8", "MASQUERADE POSTROUTING/2\n" },
	{ "a new connection",
	  NAT4 "POSTROUTING state=established -> ACCEPT\nPOSTROUTING state=new -> MASQUERADE", NULL,
	  "8.8.8.8", "MASQUERADE POSTROUTING/2\n" },
	{ "loopback", NAT4 "POSTROUTING o=lo -> ACCEPT\nPOSTROUTING !o=lo -> MASQUERADE", NULL,
	  "8.8.8.8", "MASQUERADE POSTROUTING/2\n" },
	{ "a chain that the dump does not have", NAT4 "POSTROUTING -> JUMP", NULL, "8.8.8.8",
	  "UNKNOWN POSTROUTING/1\n" },
	{ "a chain that is not complete",
	  NAT4 "POSTROUTING d=9.0.0.0/8 -> JUMP=A\nPOSTROUTING s=10.0.0.0/8 -> JUMP=A\n"
	       "POSTROUTING -> MASQUERADE\nA -> ACCEPT\nincomplete A",
	  NULL, "8.8.8.8",
	  "UNKNOWN POSTROUTING/2 [s=10.0.0.0/8]\n"
	  "MASQUERADE POSTROUTING/3 [not (s=10.0.0.0/8)]\n" },
	{ "a target that is not known", NAT4 "POSTROUTING -> UNKNOWN\nPOSTROUTING -> MASQUERADE",
	  NULL, "8.8.8.8", "UNKNOWN POSTROUTING/1\n" },
	{ "elsewhere it could only drop",
	  NAT4 "POSTROUTING -> MASQUERADE\ntable nft ip mangle\n"
	       "base forward filter -150 ACCEPT FORWARD\nFORWARD -> UNKNOWN",
	  NULL, "8.8.8.8", "MASQUERADE POSTROUTING/1\n" },
	{ "a set that may hold more",
	  NAT4 "POSTROUTING d~9.0.0.0/8 -> ACCEPT\nPOSTROUTING -> MASQUERADE", NULL, "8.8.8.8",
	  "RETURN POSTROUTING/1 [d~9.0.0.0/8]\nMASQUERADE POSTROUTING/2 [not (d~9.0.0.0/8)]\n" },
	{ "a chain that leads to itself", NAT4 "POSTROUTING -> JUMP=A\nA -> JUMP=A", NULL,
	  "8.8.8.8", "UNKNOWN A/1\n" },
};

static void print_outcome(const struct nat_outcome *outcome, enum ipmasq_family family, FILE *out)
{
	static const char *const names[] = {
		[NAT_RETURN] = "RETURN", [NAT_MASQUERADE] = "MASQUERADE",
		[NAT_SNAT] = "SNAT",	 [NAT_UNKNOWN] = "UNKNOWN",
		[NAT_DROP] = "DROP",
	};
	char text[PREFIX_TEXT_MAX];

	fputs(names[outcome->verdict], out);
	if (outcome->to_known) {
		addr_format(family, outcome->to, text);
		fprintf(out, " %s", text);
	}
	if (outcome->at.table && outcome->at.rule)
		fprintf(out, " %s/%zu", outcome->at.table->chains[outcome->at.chain].name,
			outcome->at.rule->number);
	else if (outcome->at.table)
		fprintf(out, " %s/policy", outcome->at.table->chains[outcome->at.chain].name);
	for (size_t i = 0; i < outcome->condition_count; i++)
		fprintf(out, " [%s]", outcome->conditions[i]);
	fputc('\n', out);
}

static struct nat_packet packet_of(const char *source, const char *destination)
{
	struct nat_packet packet = { .has_source = source != NULL };

	if (source)
		addr_parse(source, strlen(source), &packet.family, &packet.source);
	addr_parse(destination, strlen(destination), &packet.family, &packet.destination);
	return packet;
}

/* The outcomes as a row has them; to be freed. */
static char *outcomes_of(const struct nat_model *model, const struct nat_packet *packet)
{
	struct nat_way *way = NULL;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out && CHECK(nat_walk(model, packet, &way) == 0, "walk")) {
		for (size_t i = 0; i < way->outcome_count; i++)
			print_outcome(&way->outcomes[i], packet->family, out);
	}
	nat_way_free(way);
	if (out)
		fclose(out);
	return text;
}

static void test_outcomes(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct nat_packet packet = packet_of(rows[i].source, rows[i].destination);
		struct nat_model *model = nat_build(rows[i].model);
		char *text = outcomes_of(model, &packet);

		CHECK_STRING(text, rows[i].outcomes, rows[i].what);
		free(text);
		nat_model_free(model);
	}
}

/* What a running node tells settles what a dump leaves open. */
static void test_place(void)
{
	static const char *const interfaces[] = { "eth0", "docker0" };
	static const struct {
		const char *rule;
		const char *outcomes;
	} cases[] = {
		{ "POSTROUTING o=eth0 -> MASQUERADE", "MASQUERADE POSTROUTING/1\n" },
		{ "POSTROUTING !o=docker0 -> MASQUERADE", "MASQUERADE POSTROUTING/1\n" },
		{ "POSTROUTING o=eth+ -> MASQUERADE", "MASQUERADE POSTROUTING/1\n" },
		{ "POSTROUTING o=docker0 -> MASQUERADE", "RETURN\n" },
		{ "POSTROUTING i=veth+ -> MASQUERADE", "RETURN\n" },
		{ "POSTROUTING !i=wg0 -> MASQUERADE", "MASQUERADE POSTROUTING/1\n" },
		{ "POSTROUTING i=docker0 -> MASQUERADE",
		  "MASQUERADE POSTROUTING/1 [i=docker0]\nRETURN [not (i=docker0)]\n" },
		{ "POSTROUTING dtype=broadcast -> MASQUERADE", "MASQUERADE POSTROUTING/1\n" },
	};
	const struct nat_place place = {
		.out_interface = "eth0",
		.interfaces = interfaces,
		.interface_count = 2,
		.destination_type = NAT_ADDRESS_BROADCAST,
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct nat_packet packet = packet_of("10.1.1.1", "8.8.8.8");
		char model_text[256];
		struct nat_model *model;
		char *text;

		snprintf(model_text, sizeof(model_text), NAT4 "%s", cases[i].rule);
		model = nat_build(model_text);
		packet.place = &place;
		text = outcomes_of(model, &packet);
		CHECK_STRING(text, cases[i].outcomes, cases[i].rule);
		free(text);
		nat_model_free(model);
	}
}

/* Sources that are possible settle conditions on others. */
static void test_possible_sources(void)
{
	struct nat_packet packet = packet_of(NULL, "8.8.8.8");
	struct nat_model *model = nat_build(NAT4 "POSTROUTING s=172.17.0.0/16 -> SNAT=1.1.1.1\n"
						 "POSTROUTING s=10.0.0.0/8 -> MASQUERADE");
	struct prefix pods;
	struct ranges sources = { 0 };
	char *text;

	CHECK(prefix_parse("10.244.0.0/16", 13, &pods) == PREFIX_OK, "pods");
	CHECK(ranges_add(&sources, &pods) == 0, "pods");
	ranges_unite(&sources);
	packet.sources = &sources;
	text = outcomes_of(model, &packet);
	CHECK_STRING(text, "MASQUERADE POSTROUTING/2\n", "pods");
	free(text);
	ranges_release(&sources);
	nat_model_free(model);
}

/* Adds a line to the model's text. */
#define ADD(...) (len += (size_t)snprintf(text + len, size - len, __VA_ARGS__))

/* Neither many possible jumps nor ways that double make the walk grow beyond its bounds. */
static void test_bounds(void)
{
	const size_t size = 400000;
	struct nat_packet packet = packet_of(NULL, "8.8.8.8");
	char *text = malloc(size);
	struct nat_model *model;
	struct nat_way *way = NULL;
	size_t len = 0;

	ADD(NAT4);
	for (int i = 0; i < 3000; i++)
		ADD("POSTROUTING s=10.0.%d.%d -> JUMP=A%d\nA%d d=9.0.0.0/8 -> ACCEPT\n", i / 250,
		    i % 250, i, i);
	ADD("POSTROUTING -> MASQUERADE\n");
	model = nat_build(text);
	if (CHECK(nat_walk(model, &packet, &way) == 0, "jumps")) {
		CHECK(way->outcome_count == 1 && way->outcomes[0].condition_count == 0, "jumps");
		CHECK(!way->cut_short, "jumps");
	}
	nat_way_free(way);
	nat_model_free(model);

	len = 0;
	ADD(NAT4 "POSTROUTING -> JUMP=C0\n");
	for (int i = 0; i < 60; i++)
		ADD("C%d mark=1 -> JUMP=C%d\nC%d mark=2 -> JUMP=C%d\n", i, i + 1, i, i + 1);
	model = nat_build(text);
	if (CHECK(nat_walk(model, &packet, &way) == 0, "doubles")) {
		CHECK(way->cut_short, "doubles");
		CHECK(way->outcomes[way->outcome_count - 1].verdict == NAT_UNKNOWN, "doubles");
	}
	nat_way_free(way);
	nat_model_free(model);

	len = 0;
	ADD(NAT4);
	for (int i = 0; i < 5000; i++)
		ADD("POSTROUTING mark=%d -> SNAT=10.0.0.%d\n", i, i % 250);
	model = nat_build(text);
	if (CHECK(nat_walk(model, &packet, &way) == 0, "outcomes")) {
		CHECK(way->cut_short && way->outcome_count < 2000, "outcomes");
		CHECK(way->outcomes[way->outcome_count - 1].verdict == NAT_UNKNOWN, "outcomes");
	}
	nat_way_free(way);
	nat_model_free(model);
	free(text);
}

static const struct unit_test tests[] = {
	{ "outcomes, their conditions and rules", test_outcomes },
	{ "what a running node tells", test_place },
	{ "possible sources", test_possible_sources },
	{ "bounds", test_bounds },
};

int main(void)
{
	return unit_main("nat_walk", tests, sizeof(tests) / sizeof(*tests));
}
