/* SPDX-License-Identifier: Apache-2.0 */
/* The flows that began under other rules than those that an answer is about. */
#include <stdlib.h>

#include "node/kernel/conntrack.h"
#include "node/node.h"
#include "util/common.h"
#include "util/diag.h"

/* What packets to an address may become, by what was answered. */
struct expectation {
	struct addr to;
	bool has_source;
	struct addr source;
	bool may_stay;
	/* Some address, that is not known. */
	bool may_become_any;
	/* Addresses that are known, of the family. */
	const struct ipmasq_answer *answer;
	enum ipmasq_family family;
};

/* Whether an outcome of the answer makes the source this address. */
static bool may_become(const struct expectation *e, struct addr seen)
{
	struct ipmasq_outcome outcome;

	for (size_t i = 0; ipmasq_answer_outcome(e->answer, i, &outcome, sizeof(outcome)) == 0; i++)
		if (outcome.verdict == IPMASQ_OUTCOME_SNAT && outcome.has_to &&
		    addr_equal(addr_from_bytes(e->family, outcome.to), seen))
			return true;
	return false;
}

static bool is_other(const struct flow *flow, void *context)
{
	const struct expectation *e = context;

	if (!addr_equal(flow->dst, e->to) || (e->has_source && !addr_equal(flow->src, e->source)))
		return false;
	if (addr_equal(flow->src, flow->seen))
		return !e->may_stay;
	return !e->may_become_any && !may_become(e, flow->seen);
}

/* False: anything may become of them, so that no flow has another verdict. */
static bool expect(struct expectation *e)
{
	struct ipmasq_outcome outcome;

	for (size_t i = 0; ipmasq_answer_outcome(e->answer, i, &outcome, sizeof(outcome)) == 0;
	     i++) {
		switch (outcome.verdict) {
		case IPMASQ_OUTCOME_RETURN:
			e->may_stay = true;
			break;
		case IPMASQ_OUTCOME_MASQUERADE:
			e->may_become_any = true;
			break;
		case IPMASQ_OUTCOME_SNAT:
			e->may_become_any |= !outcome.has_to;
			break;
		case IPMASQ_OUTCOME_UNKNOWN:
			if (!outcome.dropped)
				return false;
			break;
		}
	}
	return true;
}

static int read_flows(const struct ipmasq_node *node, enum ipmasq_family family,
		      bool (*match)(const struct flow *flow, void *context), void *context,
		      struct ipmasq_diags *diags, size_t *matched)
{
	struct conntrack_counts counts;
	int r = conntrack_each(node->netns, family, match, context, false, &counts);
	const char *why;

	*matched = counts.matched;
	if (r == 0 || r == -ENOMEM)
		return r;
	why = r == -EPERM	 ? "listing flows is not permitted here"
	      : r == -EOPNOTSUPP ? "the kernel does not list flows (nf_conntrack_netlink)"
				 : "the kernel refused to list flows";
	return diag_add(diags, IPMASQ_ERROR, "conntrack", NULL, NULL, "%s", why) < 0 ? -ENOMEM : r;
}

static void set_ends(struct expectation *e, const struct ipmasq_answer *answer,
		     enum ipmasq_family family, const void *address, const void *source)
{
	*e = (struct expectation){ .answer = answer, .family = family };
	e->to = addr_from_bytes(family, address);
	e->has_source = source;
	if (source)
		e->source = addr_from_bytes(family, source);
}

IPMASQ_EXPORT int ipmasq_node_other_flows(const struct ipmasq_node *node,
					  const struct ipmasq_answer *answer,
					  enum ipmasq_family family, const void *address,
					  const void *source, struct ipmasq_diags *diags,
					  size_t *count)
{
	struct expectation e;
	size_t matched = 0;
	int r = 0;

	if (!node || !answer || !family_is_known(family) || !address || !count)
		return -EINVAL;
	set_ends(&e, answer, family, address, source);
	if (expect(&e))
		r = read_flows(node, family, is_other, &e, diags, &matched);
	if (r == 0)
		*count = matched;
	return r;
}

/* By what POSTROUTING sees as destination. */
struct ipmasq_flow_list {
	enum ipmasq_family family;
	struct flow *flows;
	size_t count;
	size_t capacity;
	bool no_memory;
};

static bool keep(const struct flow *flow, void *context)
{
	struct ipmasq_flow_list *flows = context;

	flows->no_memory |= array_grow(&flows->flows, &flows->capacity, flows->count,
				       sizeof(*flows->flows)) < 0;
	if (!flows->no_memory)
		flows->flows[flows->count++] = *flow;
	return false;
}

static int compare_destinations(const void *a, const void *b)
{
	return addr_compare(((const struct flow *)a)->dst, ((const struct flow *)b)->dst);
}

IPMASQ_EXPORT int ipmasq_node_flow_list(const struct ipmasq_node *node, enum ipmasq_family family,
					struct ipmasq_diags *diags, struct ipmasq_flow_list **flows)
{
	struct ipmasq_flow_list *made;
	size_t matched;
	int r;

	if (!node || !family_is_known(family) || !flows)
		return -EINVAL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->family = family;
	r = read_flows(node, family, keep, made, diags, &matched);
	if (r == 0 && made->no_memory)
		r = -ENOMEM;
	if (r < 0) {
		ipmasq_flow_list_free(made);
		return r;
	}
	array_sort(made->flows, made->count, sizeof(*made->flows), compare_destinations);
	*flows = made;
	return 0;
}

IPMASQ_EXPORT void ipmasq_flow_list_free(struct ipmasq_flow_list *flows)
{
	if (!flows)
		return;
	free(flows->flows);
	free(flows);
}

IPMASQ_EXPORT int ipmasq_flow_list_other(const struct ipmasq_flow_list *flows,
					 const struct ipmasq_answer *answer, const void *address,
					 const void *source, size_t *count)
{
	struct expectation e;
	size_t found = 0;
	size_t at;

	if (!flows || !answer || !address || !count)
		return -EINVAL;
	set_ends(&e, answer, flows->family, address, source);
	at = addr_first_from(flows->flows, flows->count, sizeof(*flows->flows),
			     offsetof(struct flow, dst), e.to);
	if (expect(&e))
		for (; at < flows->count && addr_equal(flows->flows[at].dst, e.to); at++)
			found += is_other(&flows->flows[at], &e);
	*count = found;
	return 0;
}
