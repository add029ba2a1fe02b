/* SPDX-License-Identifier: Apache-2.0 */
/* The node's answer for one address, as text and as JSON. */
#ifndef IPMASQ_NODE_ANSWER_H
#define IPMASQ_NODE_ANSWER_H

#include "cli/json.h"
#include "explain/answer.h"

struct node_answer {
	/* As the user wrote them; the source may be NULL. */
	const char *address;
	const char *source;
	enum ipmasq_family family;
	const struct ipmasq_answer *answer;
	struct ipmasq_answer_details info;
	/* Flows to the address that began under other rules. */
	size_t other_flows;
	/* What the policy says. */
	const struct answer *policy;
};

void node_answer_print(const struct answer_style *style, const struct node_answer *answer);
struct json_object *node_answer_object(const struct node_answer *answer);

#endif
