/* SPDX-License-Identifier: Apache-2.0 */
/* What a running node does with what leaves it, by everybody's rules, and the flows that began
 * under other ones. */
#include "node/everybody.h"

#include "node/failure.h"
#include "node/kernel/conntrack.h"
#include "node/run.h"
#include "util/diag.h"

struct elsewhere {
	struct nat_elsewhere elsewhere;
	const struct ipmasq_node *node;
};

static int run_elsewhere(const struct nat_elsewhere *elsewhere, int (*act)(int argument),
			 int argument, int in,
			 int (*output)(void *context, const char *data, size_t len), void *context)
{
	const struct ipmasq_node *node = ((const struct elsewhere *)elsewhere)->node;
	/* The socket is of the node's namespace, so the process need not enter it. */
	const struct run run = { .task = { .act = act, .argument = argument, .netns = -1 },
				 .channel = &in,
				 .limit_ms = node->limit_ms,
				 .stop_fd = node->stop_fd,
				 .output = output,
				 .context = context };
	struct run_end end;
	int r = run_program(&run, &end);

	if (r < 0)
		return r;
	return end.status < 0 ? -EIO : -end.status;
}

int everybody_read(const struct ipmasq_node *node, unsigned int families,
		   const struct nat_known *known, struct ipmasq_nat **nat)
{
	const struct elsewhere elsewhere = { { run_elsewhere }, node };

	return nat_kernel_read(node->netns, families, &elsewhere.elsewhere, known, nat);
}

/* Adds the finding for an error, and returns it. */
static int tell(struct ipmasq_diags *diags, int error, const char *code, const char *text)
{
	return diag_add(diags, IPMASQ_ERROR, code, NULL, NULL, "%s", text) < 0 ? -ENOMEM : error;
}

IPMASQ_EXPORT int ipmasq_node_nat(const struct ipmasq_node *node, struct ipmasq_diags *diags,
				  struct ipmasq_nat **nat)
{
	int r;

	if (!node || !nat)
		return -EINVAL;
	r = everybody_read(node, NAT_BOTH_FAMILIES, NULL, nat);
	switch (r) {
	case -EPERM:
		return tell(diags, r, "not-permitted",
			    "reading the kernel's rules is not permitted here: it needs "
			    "CAP_NET_ADMIN over the network namespace");
	case -EAGAIN:
		return tell(diags, r, "changing",
			    "others change the kernel's rules so often that they cannot be read");
	case -EIO:
		return tell(diags, r, "not-understood", "the kernel's rules are not understood");
	default:
		return r;
	}
}

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

IPMASQ_EXPORT int ipmasq_node_other_flows(const struct ipmasq_node *node,
					  const struct ipmasq_answer *answer,
					  enum ipmasq_family family, const void *address,
					  const void *source, struct ipmasq_diags *diags,
					  size_t *count)
{
	struct expectation e = { .answer = answer, .family = family };
	struct conntrack_counts counts = { 0 };
	int r = 0;

	if (!node || !answer || !family_is_known(family) || !address || !count)
		return -EINVAL;
	e.to = addr_from_bytes(family, address);
	e.has_source = source;
	if (source)
		e.source = addr_from_bytes(family, source);
	if (expect(&e))
		r = conntrack_each(node->netns, family, is_other, &e, false, &counts);
	if (r == 0)
		*count = counts.matched;
	if (r == 0 || r == -ENOMEM)
		return r;
	return tell(diags, r, "conntrack",
		    r == -EPERM	       ? "listing flows is not permitted here"
		    : r == -EOPNOTSUPP ? "the kernel does not list flows (nf_conntrack_netlink)"
				       : "the kernel refused to list flows");
}
