/* SPDX-License-Identifier: Apache-2.0 */
/* ipmasq-explain --from: what a node does, by everybody's rules. */
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

enum cli_exit explain_read_node(struct explain *explain, struct ipmasq_nat **nat)
{
	struct ipmasq_source *sources = calloc(explain->dump_count, sizeof(*sources));
	struct ipmasq_diags *diags = NULL;
	int r = sources ? ipmasq_diags_new(&diags) : -ENOMEM;

	for (size_t i = 0; sources && i < explain->dump_count; i++)
		sources[i] = cli_source(explain->dumps[i]);
	if (r == 0)
		r = ipmasq_nat_from_dumps(sources, explain->dump_count, diags, nat);
	free(sources);
	if (diags)
		text_findings(stderr, diags, IPMASQ_NOTE);
	ipmasq_diags_free(diags);
	if (r == -ENOMEM)
		cli_die(r, "cannot read the dump");
	if (r < 0) {
		cli_say("the dump cannot be read");
		return CLI_SYSTEM;
	}
	say_notes(explain, *nat);
	return CLI_FINE;
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

	explain_check(ipmasq_nat_answer(nat, explain->policy, target->family, target->first,
					explain->has_source ? explain->source.first : NULL, &made));
	answer.answer = made;
	explain_check(ipmasq_answer_info(made, &answer.info, sizeof(answer.info)));
	/* Without a policy for the family there is nothing to contradict. */
	if (explain_view(explain, target->family)->off)
		answer.info.agreement = IPMASQ_DEPENDS;
	explain_with(explain, target, use_node_answer, &answer);
	ipmasq_answer_free(made);
	return answer.info.agreement == IPMASQ_DISAGREES ? CLI_NO : CLI_FINE;
}
