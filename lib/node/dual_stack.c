/* SPDX-License-Identifier: Apache-2.0 */
/* Warns of IPv6 traffic between pods that a configuration for IPv4 masquerades. */
#include "node/dual_stack.h"

#include <stdio.h>

#include "node/launch.h"
#include "node/lines.h"
#include "policy/policy.h"
#include "util/diag.h"

/* Scopes in if_inet6: of the machine itself, and of one link. All nodes have such addresses. */
#define SCOPE_HOST 0x10u
#define SCOPE_LINK 0x20u

struct search {
	struct lines lines;
	bool found;
};

/* A line of if_inet6: address, interface number, prefix length, scope, flags, interface. */
static int take_line(void *context, const char *text, size_t len, bool cut)
{
	struct search *search = context;
	unsigned int scope;

	(void)len;
	(void)cut;
	if (sscanf(text, "%*32[0-9a-f] %*x %*x %x", &scope) == 1 && scope != SCOPE_HOST &&
	    scope != SCOPE_LINK)
		search->found = true;
	return 0;
}

static int feed(void *context, const char *data, size_t len)
{
	struct search *search = context;

	return lines_feed(&search->lines, data, len);
}

/* A failure counts as no, since nothing else depends on the answer. */
static bool node_has_ipv6(const struct ipmasq_node *node)
{
	struct search search = { .lines.line = take_line };
	struct run run = { .task.file = node->ipv6_addresses, .output = feed, .context = &search };
	struct failure failure = { 0 };
	struct run_end end;

	search.lines.context = &search;
	return launch(node, &run, &end, &failure) == 0 && search.found;
}

/* Whether no entry keeps the IPv6 address of any pod, except in link-local traffic. What podCIDRs
 * leaves out are not pods. */
static bool masquerades_all(const struct ipmasq_policy *policy)
{
	const struct policy_family *f = policy_family(policy, IPMASQ_IPV6);

	for (size_t i = policy_first_source(f); i < f->count; i++)
		if (f->entries[i].verdict == IPMASQ_RETURN &&
		    f->entries[i].origin != IPMASQ_ORIGIN_LINK_LOCAL)
			return false;
	return true;
}

/* Where the list is written that has no IPv6 entry. NULL: it is built in, or empty. */
static const struct pos *list_pos(const struct ipmasq_policy *policy)
{
	const struct policy_family *f = policy_family(policy, IPMASQ_IPV4);

	for (size_t i = 0; i < f->count; i++)
		if (f->entries[i].origin == IPMASQ_ORIGIN_NON_MASQUERADE && f->entries[i].pos.text)
			return &f->entries[i].pos;
	return NULL;
}

int dual_stack_warn(struct work *w)
{
	/* With --ipv6=on, somebody has decided. */
	if (w->family != IPMASQ_IPV6 || w->policy->ipv6 != IPMASQ_AUTO ||
	    !masquerades_all(w->policy) || !node_has_ipv6(w->node))
		return 0;
	if (diag_add(
		    w->diags, IPMASQ_WARNING, "ipv6-unlisted", list_pos(w->policy), NULL,
		    "nonMasqueradeCIDRs has no IPv6 entry, and this node has IPv6: IPv6 traffic of "
		    "pods is masqueraded, including that between pods; add their IPv6 range, or "
		    "turn IPv6 off (--ipv6=off)") < 0)
		return work_no_memory(w);
	return 0;
}
