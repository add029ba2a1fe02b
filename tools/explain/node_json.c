/* SPDX-License-Identifier: Apache-2.0 */
/* The node's answer as a JSON object. */
#include "explain/answer_json.h"
#include "explain/node_answer.h"

static struct json_object *rule_object(const struct ipmasq_nat_rule *rule)
{
	struct json_object *object = json_new_object();

	json_add(object, "backend", json_new_text(rule->backend));
	json_add(object, "family", json_new_text(rule->family));
	json_add(object, "table", json_new_text(rule->table));
	json_add(object, "chain", json_new_text(rule->chain));
	json_add(object, "rule", json_new_number((int64_t)rule->number));
	json_add(object, "text", json_new_text(rule->text));
	json_add(object, "owner", json_new_text(rule->owner));
	return object;
}

static struct json_object *outcome_object(const struct node_answer *answer, size_t index,
					  const struct ipmasq_outcome *outcome)
{
	struct json_object *object = json_new_object();
	struct json_object *conditions = json_new_array();
	char text[IPMASQ_TEXT_MAX];
	const char *condition;

	json_add(object, "verdict", json_new_text(ipmasq_outcome_verdict_name(outcome->verdict)));
	json_add(object, "to",
		 json_new_text(outcome->has_to ? ipmasq_format_range(answer->family, outcome->to,
								     outcome->to, text)
					       : NULL));
	for (size_t i = 0; (condition = ipmasq_answer_condition(answer->answer, index, i)); i++)
		json_append(conditions, json_new_text(condition));
	json_add(object, "conditions", conditions);
	json_add(object, "decided_by", outcome->decided ? rule_object(&outcome->rule) : NULL);
	return object;
}

static struct json_object *step_object(const struct ipmasq_step *step)
{
	struct json_object *object = json_new_object();

	json_add(object, "backend", json_new_text(step->rule.backend));
	json_add(object, "table", json_new_text(step->rule.table));
	json_add(object, "chain", json_new_text(step->rule.chain));
	json_add(object, "rule", json_new_number((int64_t)step->rule.number));
	json_add(object, "text", json_new_text(step->rule.text));
	json_add(object, "matches", json_new_text(step->certain ? "yes" : "maybe"));
	return object;
}

static struct json_object *agreement_value(enum ipmasq_agreement agreement)
{
	return agreement == IPMASQ_DEPENDS ? NULL : json_new_bool(agreement == IPMASQ_AGREES);
}

struct json_object *node_answer_object(const struct node_answer *answer)
{
	struct json_object *object = json_new_object();
	struct json_object *outcomes = json_new_array();
	struct json_object *steps = json_new_array();
	struct ipmasq_outcome outcome;
	struct ipmasq_step step;

	json_add(object, "address", json_new_text(answer->address));
	json_add(object, "source", json_new_text(answer->source));
	json_add(object, "policy", answer_object(answer->policy));
	json_add(object, "agrees", agreement_value(answer->info.agreement));
	for (size_t i = 0; ipmasq_answer_outcome(answer->answer, i, &outcome, sizeof(outcome)) == 0;
	     i++)
		json_append(outcomes, outcome_object(answer, i, &outcome));
	json_add(object, "outcomes", outcomes);
	for (size_t i = 0; ipmasq_answer_step(answer->answer, i, &step, sizeof(step)) == 0; i++)
		json_append(steps, step_object(&step));
	json_add(object, "steps", steps);
	return object;
}
