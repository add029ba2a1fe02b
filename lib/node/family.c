/* SPDX-License-Identifier: Apache-2.0 */
/* Decides whether there is something to do for a family on this node. */
#include "node/family.h"

#include <unistd.h>

#include "node/backend.h"

/* Rules from a time when IPv6 was on still work, so they are reported. */
static int report_leftovers(struct work *w)
{
	for (enum ipmasq_backend backend = IPMASQ_BACKEND_NFT; backend < BACKENDS; backend++) {
		bool ours;
		int r = backend_has_ours(w, backend, &ours);

		if (r == 0 && ours)
			WORK_SAY(w, IPMASQ_LINE_NOTE,
				 "chain %s or a jump to it is still in the IPv6 nat table (%s): "
				 "left alone until it is removed",
				 w->root, ipmasq_backend_name(backend));
		work_forget(w);
		if (r == -ENOMEM)
			return work_fail(w, NULL);
	}
	work_report(w)->backend = IPMASQ_BACKEND_AUTO;
	return 0;
}

static int fail_no_programs(struct work *w)
{
	const char *stem = w->family == IPMASQ_IPV6 ? "ip6tables" : "iptables";

	failure_set(&w->failure, -ENOENT, "no-iptables",
		    "there is no %s-restore with its %s-save in %s: install the iptables package, "
		    "or name the directory that has them",
		    stem, stem, w->node->search_path);
	return work_fail(w, NULL);
}

/* Of IPv6: why there is nothing to do, or NULL. */
static const char *reason_to_skip(const struct work *w, bool have_programs)
{
	if (w->policy && w->policy->ipv6 == IPMASQ_OFF && !w->request)
		return "IPv6 is off";
	if (!work_may_skip(w))
		return NULL;
	if (access(w->node->ipv6_dir, F_OK) < 0)
		return "the node has no IPv6";
	return have_programs ? NULL : "there are no ip6tables programs";
}

int family_begin(struct work *w, bool *go)
{
	/* Tables of our own need none. */
	bool have = programs_have(w->programs, IPMASQ_BACKEND_NFT) ||
		    programs_have(w->programs, IPMASQ_BACKEND_LEGACY) ||
		    w->node->backend == IPMASQ_BACKEND_NFTABLES ||
		    (w->node->backend == IPMASQ_BACKEND_AUTO && w->node->direct);
	const char *why = w->family == IPMASQ_IPV6 ? reason_to_skip(w, have) : NULL;

	*go = false;
	if (why) {
		work_report(w)->state = IPMASQ_STATE_SKIPPED;
		WORK_SAY(w, IPMASQ_LINE_NOTE, "%s", why);
		return w->policy && w->policy->ipv6 == IPMASQ_OFF && !w->request
			       ? report_leftovers(w)
			       : 0;
	}
	if (!have)
		return fail_no_programs(w);
	*go = true;
	return 0;
}
