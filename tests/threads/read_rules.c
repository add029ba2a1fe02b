/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of rules: those of a policy, and everybody's on a node. */
#include <errno.h>
#include <stdlib.h>

#include "threads/shared.h"

static void read_ruleset(const struct shared *shared, size_t family, size_t index,
			 struct digest *digest)
{
	const struct ipmasq_ruleset *ruleset = shared->rulesets[family][index];
	struct ipmasq_ruleset_details info;
	uint8_t address[16];
	size_t size;
	char *text;

	need(ipmasq_ruleset_info(ruleset, &info, sizeof(info)) == 0, "ipmasq_ruleset_info");
	digest_number(digest, info.rules);
	need(ipmasq_ruleset_prove(ruleset, shared->policy, NULL) == 0, "ipmasq_ruleset_prove");
	need(ipmasq_ruleset_script(ruleset, &text, &size) == 0, "ipmasq_ruleset_script");
	digest_number(digest, size);
	digest_own_text(digest, text);
	for (size_t line = 1; line < 40; line++) {
		digest_number(digest, ipmasq_ruleset_entry_at(ruleset, line) != NULL);
		if (ipmasq_ruleset_rule_text(ruleset, line, &text) == 0)
			digest_own_text(digest, text);
	}
	for (size_t i = 0; i < SHARED_ADDRESSES; i += 7) {
		shared_address(shared_families[family], i, address);
		need(ipmasq_ruleset_trace(ruleset, address, NULL, &text) == 0,
		     "ipmasq_ruleset_trace");
		digest_own_text(digest, text);
	}
}

static void read_tree(const struct shared *shared, struct digest *digest)
{
	for (size_t f = 0; f < COUNT_OF(shared_families); f++)
		read_ruleset(shared, f, SHARED_TREE, digest);
}

static void read_maps(const struct shared *shared, struct digest *digest)
{
	for (size_t f = 0; f < COUNT_OF(shared_families); f++)
		read_ruleset(shared, f, SHARED_MAPS, digest);
}

static void make_rules(const struct shared *shared, struct digest *digest)
{
	struct ipmasq_ruleset *ruleset;
	struct ipmasq_options *target;
	char *text;

	for (unsigned int flags = 0; flags <= IPMASQ_NFTABLES; flags += IPMASQ_NFTABLES) {
		need(ipmasq_ruleset_new(shared->policy, IPMASQ_IPV4, flags, &ruleset) == 0,
		     "ipmasq_ruleset_new");
		need(ipmasq_ruleset_script(ruleset, &text, NULL) == 0, "ipmasq_ruleset_script");
		digest_own_text(digest, text);
		ipmasq_ruleset_free(ruleset);
	}
	/* It has no masqueradeCIDRs, and no sources: the answer is no, and so is that of others. */
	need(ipmasq_options_new(&target) == 0 &&
		     ipmasq_options_set_profile(target, "kubernetes", NULL) == 0,
	     "ipmasq_options_set_profile");
	need(ipmasq_policy_convert(shared->policy, target, NULL, &text) == -ENOTSUP,
	     "the refusal of ipmasq_policy_convert");
	ipmasq_options_free(target);
	need(ipmasq_policy_convert(shared->policy, shared->options, NULL, &text) == 0,
	     "ipmasq_policy_convert");
	digest_own_text(digest, text);
}

static void digest_answer(struct digest *digest, const struct ipmasq_answer *answer)
{
	struct ipmasq_answer_details info;
	struct ipmasq_outcome outcome;
	struct ipmasq_step step;

	need(ipmasq_answer_info(answer, &info, sizeof(info)) == 0, "ipmasq_answer_info");
	digest_number(digest, info.agreement);
	for (size_t i = 0; ipmasq_answer_outcome(answer, i, &outcome, sizeof(outcome)) == 0; i++) {
		digest_number(digest, outcome.verdict);
		digest_text(digest, outcome.decided ? outcome.rule.text : NULL);
		for (size_t k = 0; k <= outcome.conditions; k++)
			digest_text(digest, ipmasq_answer_condition(answer, i, k));
	}
	for (size_t i = 0; ipmasq_answer_step(answer, i, &step, sizeof(step)) == 0; i++)
		digest_text(digest, step.rule.text);
}

static void read_answers(const struct shared *shared, struct digest *digest)
{
	struct ipmasq_answer *answer;
	uint8_t address[16];

	digest_answer(digest, shared->answer);
	for (size_t i = 0; ipmasq_nat_note(shared->nat, i); i++)
		digest_text(digest, ipmasq_nat_note(shared->nat, i));
	for (size_t i = 0; i < SHARED_ADDRESSES; i += 5) {
		shared_address(IPMASQ_IPV4, i, address);
		need(ipmasq_nat_answer(shared->nat, shared->policy, IPMASQ_IPV4, address, NULL,
				       &answer) == 0,
		     "ipmasq_nat_answer");
		digest_answer(digest, answer);
		ipmasq_answer_free(answer);
	}
}

static void read_overrides(const struct shared *shared, struct digest *digest)
{
	struct ipmasq_overrides *again;
	struct ipmasq_override override;
	uint8_t first[16];
	uint8_t last[16];

	digest_number(digest, ipmasq_overrides_count(shared->overrides));
	for (size_t i = 0;
	     ipmasq_overrides_get(shared->overrides, i, &override, sizeof(override)) == 0; i++) {
		digest_number(digest, override.verdict);
		for (size_t k = 0; k < override.destinations; k++) {
			need(ipmasq_overrides_range(shared->overrides, i, false, k, first, last) ==
				     0,
			     "ipmasq_overrides_range");
			digest_bytes(digest, first, 4);
			digest_bytes(digest, last, 4);
		}
	}
	digest_text(digest, ipmasq_overrides_incomplete(shared->overrides));
	need(ipmasq_nat_overrides(shared->nat, shared->policy, IPMASQ_IPV4, &again) == 0,
	     "ipmasq_nat_overrides");
	digest_number(digest, ipmasq_overrides_count(again));
	ipmasq_overrides_free(again);
}

const struct reader rule_readers[] = {
	{ "a tree", read_tree },
	{ "maps", read_maps },
	{ "rules that are made", make_rules },
	{ "answers for a node", read_answers },
	{ "overrides", read_overrides },
};
const size_t rule_reader_count = COUNT_OF(rule_readers);
