/* SPDX-License-Identifier: Apache-2.0 */
/* The node's answer as text, for people. */
#include <stdio.h>
#include <string.h>

#include "explain/node_answer.h"

static const char *bold(const struct answer_style *style)
{
	return style->colour ? "\033[1m" : "";
}

static const char *plain(const struct answer_style *style)
{
	return style->colour ? "\033[0m" : "";
}

/* Which source address the destination will see. */
static void print_sight(const struct node_answer *answer, const struct ipmasq_outcome *outcome)
{
	char text[IPMASQ_TEXT_MAX];

	switch (outcome->verdict) {
	case IPMASQ_OUTCOME_RETURN:
		printf("it will see %s", answer->source ? answer->source : "the pod's own address");
		break;
	case IPMASQ_OUTCOME_MASQUERADE:
		printf("it will see the node's address");
		break;
	case IPMASQ_OUTCOME_SNAT:
		printf("it will see %s",
		       outcome->has_to
			       ? ipmasq_format_range(answer->family, outcome->to, outcome->to, text)
			       : "an address that the rule chooses");
		break;
	default:
		printf("%s", outcome->dropped ? "it will see nothing: the packet is dropped"
					      : "which address it will see cannot be told");
	}
}

/* Whether that is what the policy wants. */
static void print_agreement(const struct node_answer *answer, const struct ipmasq_outcome *outcome)
{
	const char *wanted = ipmasq_verdict_name(answer->info.wanted);

	if (!answer->policy->entry)
		puts("; the policy says nothing of IPv6, which is off");
	else if (outcome->dropped)
		printf(" (the policy says %s)\n", wanted);
	else if (outcome->agreement == IPMASQ_AGREES)
		printf(", as the policy says\n");
	else if (outcome->agreement == IPMASQ_DISAGREES)
		printf(", but the policy says %s\n", wanted);
	else
		printf("; the policy says %s\n", wanted);
}

/* "rule 3 of POSTROUTING in table ip nat of iptables-nft, of flannel". */
static void print_place(const struct ipmasq_nat_rule *rule)
{
	if (rule->number > 0)
		printf("rule %zu of %s", rule->number, rule->chain);
	else
		printf("the policy of %s", rule->chain);
	printf(" in table %s %s of %s", rule->family, rule->table, rule->backend);
	if (rule->ours)
		printf(", which is ours");
	else if (rule->owner)
		printf(", which is of %s", rule->owner);
	putchar('\n');
}

static bool same_rule(const struct ipmasq_nat_rule *a, const struct ipmasq_nat_rule *b)
{
	return a->number == b->number && strcmp(a->chain, b->chain) == 0 &&
	       strcmp(a->table, b->table) == 0 && strcmp(a->backend, b->backend) == 0 &&
	       strcmp(a->family, b->family) == 0;
}

/* Whether the packet meets a rule of ours, before the rule @before or at all. */
static bool meets_ours(const struct node_answer *answer, const struct ipmasq_nat_rule *before)
{
	struct ipmasq_step step;

	for (size_t i = 0; ipmasq_answer_step(answer->answer, i, &step, sizeof(step)) == 0; i++) {
		if (before && same_rule(&step.rule, before))
			return false;
		if (step.rule.ours)
			return true;
	}
	return false;
}

/* Why the node departs from the policy. */
static const char *cause(const struct node_answer *answer, const struct ipmasq_outcome *outcome)
{
	bool decided_by_other = outcome->decided && !outcome->rule.ours;

	if (decided_by_other && meets_ours(answer, &outcome->rule))
		return "our rules come first and leave it to this one, which decides after them";
	if (decided_by_other)
		return "this rule decides before any of ours is asked";
	if (outcome->decided || meets_ours(answer, NULL))
		return "the node's rules of ours are not those of this configuration";
	return "no rule of ours is on its way: they are not there, or something goes around them";
}

static void print_advice(const struct answer_style *style, const struct node_answer *answer,
			 const struct ipmasq_outcome *outcome)
{
	const char *length = answer->family == IPMASQ_IPV4 ? "32" : "128";
	bool has_key = strcmp(style->profile, "default") == 0;
	const char *owner = outcome->rule.owner;

	if (!outcome->decided || outcome->rule.ours) {
		printf("  %-10s  ipmasq-apply brings the node's rules in line with this "
		       "configuration\n",
		       "to change");
		return;
	}
	printf("  %-10s  stop %s%s, or remove this rule, to have what the policy says\n",
	       "to change", owner ? owner : "what makes this rule",
	       owner ? " from making this rule" : "");
	if (answer->info.wanted == IPMASQ_MASQUERADE)
		printf("  %-10s  or, if the node is right: %s/%s in nonMasqueradeCIDRs\n", "",
		       answer->address, length);
	else if (has_key)
		printf("  %-10s  or, if the node is right: %s/%s in masqueradeCIDRs\n", "",
		       answer->address, length);
	else
		printf("  %-10s  or, if the node is right: no entry of nonMasqueradeCIDRs that "
		       "has %s\n",
		       "", answer->address);
}

static void print_rule(const struct ipmasq_nat_rule *rule)
{
	printf("  %-10s  ", "decided by");
	print_place(rule);
	if (rule->number > 0)
		printf("  %-10s  %s\n", "", rule->text);
}

/* Whether it is for packets alone that somebody marked for it, as they should be. */
static bool needs_mark(const struct node_answer *answer, size_t index)
{
	const char *condition;

	for (size_t i = 0; (condition = ipmasq_answer_condition(answer->answer, index, i)); i++) {
		if (strncmp(condition, "not ", 4) != 0 && strstr(condition, "mark") &&
		    !strchr(condition, '!'))
			return true;
	}
	return false;
}

static void print_outcome(const struct answer_style *style, const struct node_answer *answer,
			  size_t index, const struct ipmasq_outcome *outcome)
{
	const char *condition;
	const char *label = "if";

	for (size_t i = 0; (condition = ipmasq_answer_condition(answer->answer, index, i)); i++) {
		printf("  %-10s  %s\n", label, condition);
		label = "and";
	}
	if (outcome->decided)
		print_rule(&outcome->rule);
	else
		printf("  %-10s  no rule: none of those that it meets rewrites its source\n",
		       "decided by");
	if (!answer->policy->entry || outcome->agreement != IPMASQ_DISAGREES)
		return;
	printf("  %-10s  %s\n", "because", cause(answer, outcome));
	if (answer->info.agreement == IPMASQ_DISAGREES && !needs_mark(answer, index))
		print_advice(style, answer, outcome);
}

/* What all outcomes have in common. */
static const char *summary(const struct node_answer *answer)
{
	if (!answer->policy->entry)
		return "one of these, by what an address does not tell";
	switch (answer->info.agreement) {
	case IPMASQ_AGREES:
		return "as the policy says, whichever of these decides";
	case IPMASQ_DISAGREES:
		return "not as the policy says, whichever of these decides";
	default:
		return "that depends on what an address does not tell";
	}
}

static void print_outcomes(const struct answer_style *style, const struct node_answer *answer)
{
	struct ipmasq_outcome outcome;
	bool alone = answer->info.outcomes == 1;

	printf("%s%s%s", bold(style), answer->address, plain(style));
	if (answer->source)
		printf(" from %s", answer->source);
	if (!alone)
		printf(": %s\n", summary(answer));
	for (size_t i = 0; ipmasq_answer_outcome(answer->answer, i, &outcome, sizeof(outcome)) == 0;
	     i++) {
		printf("%s %s%s%s, ", alone ? ":" : "-", bold(style),
		       ipmasq_outcome_verdict_name(outcome.verdict), plain(style));
		print_sight(answer, &outcome);
		print_agreement(answer, &outcome);
		print_outcome(style, answer, i, &outcome);
	}
	if (answer->info.cut_short)
		puts("- and more: there are too many to follow all");
	if (!alone && !answer->source)
		printf("  %-10s  --source=POD-IP settles what depends on the pod that sends\n",
		       "hint");
}

static void print_policy(const struct answer_style *style, const struct answer *policy)
{
	const struct ipmasq_entry_details entry = answer_entry(policy->entry);

	if (!policy->entry)
		return;
	printf("  %-10s  %s by ", "policy", ipmasq_verdict_name(entry.verdict));
	answer_put_entry(stdout, style, &entry);
	putchar('\n');
}

/* Branches may go by one rule; of long ways all are printed, which costs less than to compare. */
#define COMPARED_MAX 500

static bool is_new(const struct node_answer *answer, size_t index, const struct ipmasq_step *step)
{
	struct ipmasq_step before;

	for (size_t i = 0; i < index && index < COMPARED_MAX; i++) {
		if (ipmasq_answer_step(answer->answer, i, &before, sizeof(before)) == 0 &&
		    before.certain == step->certain && same_rule(&before.rule, &step->rule))
			return false;
	}
	return true;
}

static void print_steps(const struct node_answer *answer)
{
	const char *label = "its way";
	struct ipmasq_step step;

	for (size_t i = 0; ipmasq_answer_step(answer->answer, i, &step, sizeof(step)) == 0; i++) {
		if (!is_new(answer, i, &step))
			continue;
		printf("  %-10s  %-5s  %s %s %s, %s %zu: %s\n", label,
		       step.certain ? "yes" : "maybe", step.rule.backend, step.rule.family,
		       step.rule.table, step.rule.chain, step.rule.number, step.rule.text);
		label = "";
	}
	if (label[0])
		printf("  %-10s  no rule that the node has matches it\n", label);
}

void node_answer_print(const struct answer_style *style, const struct node_answer *answer)
{
	print_outcomes(style, answer);
	print_policy(style, answer->policy);
	if (answer->other_flows > 0)
		printf("  %-10s  %zu to it began under other rules and keep%s what these said, "
		       "until\n"
		       "              %s or conntrack -D -d %s\n",
		       "flows", answer->other_flows, answer->other_flows == 1 ? "s" : "",
		       answer->other_flows == 1 ? "it ends" : "they end", answer->address);
	print_steps(answer);
}
