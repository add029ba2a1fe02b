/* SPDX-License-Identifier: Apache-2.0 */
/* Decides whether there is something to do for a family on this node. */
#include "node/family.h"

#include <unistd.h>

#include "node/backend.h"
#include "node/direct.h"
#include "node/look.h"

/* Rules of a time when IPv6 was on go on working: that must not be a secret. */
static int report_leftovers(struct work *w)
{
	for (enum ipmasq_backend backend = IPMASQ_BACKEND_NFT; backend < BACKENDS; backend++) {
		bool there = programs_have(w->programs, backend);
		int r = 0;

		if (there && backend == IPMASQ_BACKEND_LEGACY)
			r = direct_legacy_listed(w->node, w->family, "nat", &there, &w->failure);
		if (there && r == 0) {
			backend_use(w, backend);
			r = look(w);
		}
		if (there && r == 0 && observation_has_ours(&w->obs))
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

static int no_programs(struct work *w)
{
	const char *stem = w->family == IPMASQ_IPV6 ? "ip6tables" : "iptables";

	return failure_set(&w->failure, -ENOENT, "no-iptables",
			   "there is no %s-restore with its %s-save in %s: install the iptables "
			   "package, or name the directory that has them",
			   stem, stem, w->node->search_path);
}

/* IPv6 only: why there is nothing to do, or NULL. */
static const char *reason_to_skip(const struct work *w, bool have_programs)
{
	if (w->policy && w->policy->ipv6 == IPMASQ_OFF)
		return "IPv6 is off";
	if (!work_may_skip(w))
		return NULL;
	if (access(w->node->ipv6_dir, F_OK) < 0)
		return "the node has no IPv6";
	return have_programs ? NULL : "there are no ip6tables programs";
}

int family_begin(struct work *w, bool *go)
{
	bool have = programs_have(w->programs, IPMASQ_BACKEND_NFT) ||
		    programs_have(w->programs, IPMASQ_BACKEND_LEGACY);
	const char *why = w->family == IPMASQ_IPV6 ? reason_to_skip(w, have) : NULL;

	*go = false;
	if (why) {
		work_report(w)->state = IPMASQ_STATE_SKIPPED;
		WORK_SAY(w, IPMASQ_LINE_NOTE, "%s", why);
		return w->policy && w->policy->ipv6 == IPMASQ_OFF ? report_leftovers(w) : 0;
	}
	if (!have) {
		no_programs(w);
		return work_fail(w, NULL);
	}
	*go = true;
	return 0;
}
