/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random small models: for every packet of a small space the walk must find exactly the outcomes
 * that an interpreter finds which tries all answers to what is not known; and the comparison over
 * the whole space must say of each packet what its answer says.
 */
#include <stdarg.h>

#include "nat/view.h"
#include "nat/walk.h"
#include "sim/nat_sim.h"
#include "support/nat_build.h"
#include "support/unit.h"

#define MODELS 4000
/* Sources are 10.0.0.0/29 and one beside it, destinations 20.0.0.0/29 and one. */
#define SPACE 9

static uint64_t seed = 1;

/* Below @count. */
static unsigned int chance(unsigned int count)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned int)(seed >> 33) % count;
}

struct text {
	char data[20000];
	size_t len;
};

static void add(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);
static void add(struct text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text->len += (size_t)vsnprintf(text->data + text->len, sizeof(text->data) - text->len,
				       format, args);
	va_end(args);
}

static void add_cidr(struct text *text, const char *net)
{
	unsigned int len = 29 + chance(4);
	unsigned int host = chance(8) & ~((1u << (32 - len)) - 1);

	add(text, "%s.0.0.%u/%u", net, host, len);
}

static void add_condition(struct text *text)
{
	static const char *const others[] = {
		"mark=1",     "what",	 "!what",
		"owner",      "!owner",	 "state=new",
		"!state=new", "proto=6", "state=established",
		"d?",	      "s?",
	};
	const char *negated = chance(4) == 0 ? "!" : "";

	switch (chance(6)) {
	case 0:
	case 1:
		add(text, "%ss%s", negated, chance(12) == 0 ? "~" : "=");
		add_cidr(text, "10");
		break;
	case 2:
	case 3:
		add(text, "%sd%s", negated, chance(12) == 0 ? "~" : "=");
		add_cidr(text, "20");
		if (chance(3) == 0) {
			add(text, ",");
			add_cidr(text, "20");
		}
		break;
	default:
		if (chance(2))
			return;
		add(text, "%s", others[chance(sizeof(others) / sizeof(*others))]);
	}
	add(text, " ");
}

/* Chains lead only to those of higher numbers. */
static void add_target(struct text *text, bool is_nat, unsigned int chain, unsigned int chains)
{
	static const char *const nat[] = {
		"MASQUERADE", "SNAT=1.1.1.1", "SNAT=2.2.2.2", "SNAT",
		"ACCEPT",     "RETURN",	      "RETURN",	      "CONTINUE"
	};
	static const char *const raw[] = { "NOTRACK", "ACCEPT", "RETURN", "CONTINUE" };

	if (chain + 1 < chains && chance(3) == 0)
		add(text, "%s=C%u", chance(4) ? "JUMP" : "GOTO",
		    chain + 1 + chance(chains - chain - 1));
	else if (chance(25) == 0)
		add(text, "%s", chance(2) ? "UNKNOWN" : "JUMP");
	else if (is_nat)
		add(text, "%s", nat[chance(8)]);
	else
		add(text, "%s", raw[chance(4)]);
}

static void add_chains(struct text *text, bool is_nat, const char *base)
{
	unsigned int chains = 1 + chance(4);

	for (unsigned int chain = 0; chain < chains; chain++) {
		unsigned int rules = chance(4);

		for (unsigned int rule = 0; rule < rules; rule++) {
			if (chain == 0)
				add(text, "%s ", base);
			else
				add(text, "C%u ", chain);
			add_condition(text);
			add_condition(text);
			add(text, "-> ");
			add_target(text, is_nat, chain, chains);
			add(text, "\n");
		}
	}
	if (chance(20) == 0)
		add(text, "incomplete C%u\n", 1 + chance(3));
}

static void make_model(struct text *text)
{
	static const char *const backends[] = { "nft", "legacy", "native" };
	unsigned int tables = 1 + chance(3);

	text->len = 0;
	for (unsigned int i = 0; i < tables; i++) {
		add(text, "table %s %s t%u\n", backends[i], chance(3) ? "ip" : "inet", i);
		add(text, "base postrouting nat %u %s POSTROUTING\n", 100 + 50 * chance(2),
		    chance(15) ? "ACCEPT" : "DROP");
		add_chains(text, true, "POSTROUTING");
	}
	if (chance(3) == 0) {
		add(text, "table nft ip raw\nbase prerouting filter -300 ACCEPT PREROUTING\n");
		add_chains(text, false, "PREROUTING");
	}
	if (chance(5) == 0)
		add(text,
		    "table nft ip filter\nbase forward filter 0 %s FORWARD\n"
		    "FORWARD d=20.0.0.%u what -> ACCEPT\nFORWARD s=10.0.0.%u -> DROP\n",
		    chance(3) ? "ACCEPT" : "DROP", chance(8), chance(8));
}

static bool has_end(const struct nat_sim_ends *ends, const struct nat_outcome *outcome)
{
	for (size_t i = 0; i < ends->count; i++) {
		const struct nat_sim_end *end = &ends->list[i];

		if (end->verdict != outcome->verdict)
			continue;
		/* Whose ACCEPT let it go does not matter. */
		if (end->verdict == NAT_RETURN ||
		    (end->rule == outcome->at.rule && end->to_known == outcome->to_known &&
		     addr_equal(end->to, outcome->to)))
			return true;
	}
	return false;
}

static bool has_outcome(const struct nat_way *way, const struct nat_sim_end *end)
{
	for (size_t i = 0; i < way->outcome_count; i++) {
		const struct nat_outcome *outcome = &way->outcomes[i];

		if (end->verdict == outcome->verdict &&
		    (end->verdict == NAT_RETURN || end->rule == outcome->at.rule))
			return true;
	}
	return false;
}

static struct addr address_of(unsigned int net, unsigned int host)
{
	return (struct addr){ (uint64_t)(net << 24 | host) << 32, 0 };
}

static void compare_packet(const struct nat_model *model, const struct nat_sim_packet *asked,
			   const char *what)
{
	const struct nat_packet packet = {
		.family = asked->family,
		.has_source = asked->has_source,
		.source = asked->source,
		.destination = asked->destination,
	};
	static struct nat_sim_ends ends;
	struct nat_way *way = NULL;

	nat_sim_run(model, asked, &ends);
	if (ends.too_many || !CHECK(nat_walk(model, &packet, &way) == 0, what))
		return;
	CHECK(!way->cut_short, what);
	for (size_t i = 0; i < way->outcome_count; i++)
		CHECK(has_end(&ends, &way->outcomes[i]), what);
	for (size_t i = 0; i < ends.count; i++)
		CHECK(has_outcome(way, &ends.list[i]), what);
	/* What always comes about is the only outcome. */
	for (size_t i = 0; i < way->outcome_count && ends.count > 1; i++)
		CHECK(way->outcomes[i].verdict == NAT_RETURN || way->outcomes[i].condition_count ||
			      way->outcome_count > 1,
		      what);
	nat_way_free(way);
}

static void test_packets(void)
{
	static struct text text;

	for (size_t i = 0; i < unit_many(MODELS); i++) {
		struct nat_model *model;

		seed = i * 7919 + 1;
		make_model(&text);
		model = nat_build(text.data);
		for (unsigned int n = 0; n < 12; n++) {
			const struct nat_sim_packet packet = {
				.family = IPMASQ_IPV4,
				.has_source = n % 4 != 0,
				.source = address_of(10, chance(SPACE)),
				.destination = address_of(20, chance(SPACE)),
			};

			compare_packet(model, &packet, text.data);
		}
		nat_model_free(model);
	}
}

static struct ipmasq_policy *make_policy(struct text *text)
{
	struct ipmasq_source source = { IPMASQ_SOURCE_DATA, "config", -1, text->data, 0 };
	struct ipmasq_config *config = NULL;
	struct ipmasq_policy *policy = NULL;

	text->len = 0;
	add(text, "masqLinkLocal: true\nnonMasqueradeCIDRs:\n");
	for (unsigned int i = 1 + chance(3); i > 0; i--) {
		add(text, "- ");
		add_cidr(text, "20");
		add(text, "\n");
	}
	if (chance(2)) {
		add(text, "podCIDRs:\n- ");
		add_cidr(text, "10");
		add(text, "\n");
	}
	if (chance(3) == 0) {
		add(text, "nonMasqueradeSrcCIDRs:\n- ");
		add_cidr(text, "10");
		add(text, "\n");
	}
	source.size = text->len;
	if (ipmasq_config_new(NULL, &config) < 0 || ipmasq_config_load(config, &source, NULL) < 0 ||
	    ipmasq_policy_new(config, NULL, NULL, &policy) < 0)
		CHECK(false, text->data);
	ipmasq_config_free(config);
	return policy;
}

static bool range_has(const struct ipmasq_overrides *overrides, size_t index, bool sources,
		      const uint8_t *address)
{
	uint8_t first[16], last[16];

	for (size_t i = 0; ipmasq_overrides_range(overrides, index, sources, i, first, last) == 0;
	     i++) {
		if (memcmp(first, address, 4) <= 0 && memcmp(address, last, 4) <= 0)
			return true;
	}
	return false;
}

struct found {
	bool certain;
	bool conditional;
};

/* Which entries speak of a packet; @spoken_of: the policy does of its source. */
static struct found look_up(const struct ipmasq_overrides *overrides, bool spoken_of,
			    const uint8_t *source, const uint8_t *destination)
{
	struct found found = { false, false };

	for (size_t i = 0; i < ipmasq_overrides_count(overrides); i++) {
		struct ipmasq_override it;
		bool has_source;

		ipmasq_overrides_get(overrides, i, &it, sizeof(it));
		has_source = it.any_source ? spoken_of : range_has(overrides, i, true, source);
		if (!has_source || !range_has(overrides, i, false, destination))
			continue;
		found.certain |= it.certain;
		found.conditional |= !it.certain;
	}
	return found;
}

static bool all_dropped(const struct ipmasq_answer *answer)
{
	struct ipmasq_outcome outcome;

	for (size_t i = 0; ipmasq_answer_outcome(answer, i, &outcome, sizeof(outcome)) == 0; i++) {
		if (!outcome.dropped)
			return false;
	}
	return true;
}

static bool speaks_of(const struct ipmasq_policy *policy, const uint8_t *source,
		      const uint8_t *destination)
{
	struct ipmasq_decision *decision;
	struct ipmasq_entry_details info;
	bool speaks;

	if (ipmasq_policy_explain(policy, IPMASQ_IPV4, destination, source, &decision) < 0)
		abort();
	ipmasq_entry_info(decision->entry, &info, sizeof(info));
	speaks = info.origin != IPMASQ_ORIGIN_PODS;
	ipmasq_decision_free(decision);
	return speaks;
}

static void compare_answer(const struct ipmasq_nat *nat, const struct ipmasq_policy *policy,
			   const struct ipmasq_overrides *overrides, const uint8_t *source,
			   const uint8_t *destination, const char *what)
{
	bool spoken_of = speaks_of(policy, source, destination);
	struct found found = look_up(overrides, spoken_of, source, destination);
	struct ipmasq_answer_details info;
	struct ipmasq_answer *answer;

	if (!CHECK(ipmasq_nat_answer(nat, policy, IPMASQ_IPV4, destination, source, &answer) == 0,
		   what))
		return;
	ipmasq_answer_info(answer, &info, sizeof(info));
	if (!spoken_of) {
		CHECK(!found.certain && !found.conditional, what);
	} else if (!all_dropped(answer)) {
		CHECK(found.certain == (info.agreement == IPMASQ_DISAGREES), what);
		CHECK(found.conditional == (info.agreement == IPMASQ_DEPENDS), what);
	}
	ipmasq_answer_free(answer);
}

static void test_whole_space(void)
{
	static struct text text, config;

	for (size_t i = 0; i < unit_many(MODELS); i++) {
		struct ipmasq_overrides *overrides = NULL;
		struct ipmasq_policy *policy;
		struct ipmasq_nat *nat = NULL;

		seed = i * 104729 + 5;
		make_model(&text);
		policy = make_policy(&config);
		if (!policy || nat_view_new(&nat) < 0)
			return;
		nat_build_into(nat->model, text.data);
		if (nat_model_finish(nat->model) < 0)
			return;
		add(&text, "%s", config.data);
		if (CHECK(ipmasq_nat_overrides(nat, policy, IPMASQ_IPV4, &overrides) == 0,
			  text.data)) {
			CHECK(!ipmasq_overrides_incomplete(overrides), text.data);
			for (unsigned int n = 0; n < SPACE * SPACE; n++) {
				const uint8_t source[] = { 10, 0, 0, (uint8_t)(n / SPACE) };
				const uint8_t destination[] = { 20, 0, 0, (uint8_t)(n % SPACE) };

				compare_answer(nat, policy, overrides, source, destination,
					       text.data);
			}
		}
		ipmasq_overrides_free(overrides);
		ipmasq_nat_free(nat);
		ipmasq_policy_free(policy);
	}
}

static const struct unit_test tests[] = {
	{ "packets, against an interpreter", test_packets },
	{ "the whole space, against each packet", test_whole_space },
};

int main(void)
{
	return unit_main("nat_sim", tests, sizeof(tests) / sizeof(*tests));
}
