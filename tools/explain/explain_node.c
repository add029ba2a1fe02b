/* SPDX-License-Identifier: Apache-2.0 */
/* ipmasq-explain --from and --live: what a node does, by everybody's rules. */
#include "explain/explain_node.h"

#include <errno.h>
#include <stdlib.h>

#include "cli/cli_policy.h"
#include "cli/output_text.h"
#include "explain/explain_target.h"
#include "explain/node_answer.h"

void explain_add_dump(struct explain *explain, const char *path)
{
	const char **dumps = realloc(explain->dumps, (explain->dump_count + 1) * sizeof(*dumps));

	if (!dumps)
		cli_die(ENOMEM, "cannot read the options");
	dumps[explain->dump_count++] = path;
	explain->dumps = dumps;
}

/* What is not known bounds what the answers mean. */
static void say_notes(const struct explain *explain, const struct ipmasq_nat *nat)
{
	const char *note;

	for (size_t i = 0; !explain->quiet && (note = ipmasq_nat_note(nat, i)); i++)
		cli_say("note: %s", note);
}

static int read_dumps(const struct explain *explain, struct ipmasq_diags *diags,
		      struct ipmasq_nat **nat)
{
	struct ipmasq_source *sources = calloc(explain->dump_count, sizeof(*sources));
	int r;

	if (!sources)
		return -ENOMEM;
	for (size_t i = 0; i < explain->dump_count; i++)
		sources[i] = cli_source(explain->dumps[i]);
	r = ipmasq_nat_from_dumps(sources, explain->dump_count, diags, nat);
	free(sources);
	return r;
}

static int read_live(struct explain *explain, struct ipmasq_diags *diags, struct ipmasq_nat **nat)
{
	int r = ipmasq_node_new(&explain->node);

	return r < 0 ? r : ipmasq_node_nat(explain->node, diags, nat);
}

enum cli_exit explain_read_node(struct explain *explain, struct ipmasq_nat **nat)
{
	struct ipmasq_diags *diags = NULL;
	int r = ipmasq_diags_new(&diags);

	if (r == 0)
		r = explain->live ? read_live(explain, diags, nat)
				  : read_dumps(explain, diags, nat);
	if (diags)
		text_findings(stderr, diags, IPMASQ_NOTE);
	ipmasq_diags_free(diags);
	if (r == -ENOMEM)
		cli_die(r, "cannot read the rules");
	if (r < 0) {
		cli_say("the rules of the %s cannot be read", explain->live ? "node" : "dump");
		return CLI_SYSTEM;
	}
	say_notes(explain, *nat);
	return CLI_FINE;
}

/* Once for all addresses: the kernel takes its time. NULL: it is not possible, which was said. */
static const struct ipmasq_flow_list *read_flows(struct explain *explain, enum ipmasq_family family)
{
	struct ipmasq_flow_list **flows = &explain->flows[family == IPMASQ_IPV6];
	struct ipmasq_finding finding;
	struct ipmasq_diags *diags = NULL;
	int r;

	if (*flows || explain->said_flows)
		return *flows;
	r = ipmasq_diags_new(&diags);
	if (r == 0)
		r = ipmasq_node_flow_list(explain->node, family, diags, flows);
	if (r == -ENOMEM)
		cli_die(r, "cannot count the flows");
	if (r < 0 && ipmasq_diags_get(diags, 0, &finding, sizeof(finding)) == 0) {
		explain->said_flows = true;
		cli_say("note: existing flows are not counted: %s", finding.message);
	}
	ipmasq_diags_free(diags);
	return *flows;
}

/* Flows keep what was decided when they began. */
static size_t count_other_flows(struct explain *explain, const struct ipmasq_answer *answer,
				const struct target *target)
{
	const struct ipmasq_flow_list *flows = read_flows(explain, target->family);
	size_t count = 0;

	if (flows)
		explain_check(ipmasq_flow_list_other(
			flows, answer, target->first,
			explain->has_source ? explain->source.first : NULL, &count));
	return count;
}

static void use_node_answer(struct explain *explain, const struct answer *policy, void *context)
{
	struct node_answer *answer = context;

	answer->policy = policy;
	if (explain->cli.format == CLI_JSON)
		json_list_put(&explain->list, node_answer_object(answer));
	else
		node_answer_print(&explain->style, answer);
}

enum cli_exit explain_on_node(struct explain *explain, const struct ipmasq_nat *nat,
			      const struct target *target)
{
	struct node_answer answer = {
		.address = target->text,
		.source = explain->has_source ? explain->source.text : NULL,
		.family = target->family,
	};
	struct ipmasq_answer *made;
	int r = ipmasq_nat_answer(nat, explain->policy, target->family, target->first,
				  explain->has_source ? explain->source.first : NULL, &made);

	if (r == -ENODATA) {
		cli_say("%s: the dump does not show table nat of IPv%d", target->text,
			(int)target->family);
		return CLI_SYSTEM;
	}
	explain_check(r);
	answer.answer = made;
	explain_check(ipmasq_answer_info(made, &answer.info, sizeof(answer.info)));
	if (explain->node)
		answer.other_flows = count_other_flows(explain, made, target);
	/* Without a policy for the family there is nothing to contradict. */
	if (explain_view(explain, target->family)->off)
		answer.info.agreement = IPMASQ_DEPENDS;
	explain_with(explain, target, use_node_answer, &answer);
	ipmasq_answer_free(made);
	return answer.info.agreement == IPMASQ_DISAGREES ? CLI_NO : CLI_FINE;
}
