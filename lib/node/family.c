/* SPDX-License-Identifier: Apache-2.0 */
/* Is there something to do for this family on this node, and what becomes of it when it fails? */
#include <unistd.h>

#include "node/work.h"

void work_release(struct work *w)
{
	work_forget(w);
	ipmasq_ruleset_free(w->desired);
	ipmasq_ruleset_free(w->before);
}

int family_no_memory(struct work *w)
{
	return failure_set(&w->failure, -ENOMEM, NULL, "out of memory");
}

static struct family_report *family_report(const struct work *w)
{
	return &w->report->families[family_index(w->family)];
}

/* Whether the node may do without the family. */
static bool may_skip(const struct work *w)
{
	return w->family == IPMASQ_IPV6 && (!w->policy || w->policy->ipv6 != IPMASQ_ON);
}

int family_fail(struct work *w, const struct pos *pos)
{
	const struct failure *failure = &w->failure;

	if (failure->no_table && may_skip(w)) {
		family_report(w)->state = IPMASQ_STATE_SKIPPED;
		report_add(w->report, w->family, "the kernel has no IPv6 nat table: %s",
			   failure->text);
		return 0;
	}
	family_report(w)->state = IPMASQ_STATE_FAILED;
	if (failure->code)
		diag_add(w->diags, IPMASQ_ERROR, failure->code, pos, NULL, "%s", failure->text);
	return failure->error;
}

/* Rules of a time when IPv6 was on go on working: that must not be a secret. */
static int report_leftovers(struct work *w)
{
	for (enum ipmasq_backend backend = IPMASQ_BACKEND_NFT; backend < BACKENDS; backend++) {
		bool look = programs_have(w->programs, backend);
		int r = 0;

		if (look && backend == IPMASQ_BACKEND_LEGACY)
			r = iptables_legacy_listed(w->node, w->family, "nat", &look, &w->failure);
		if (look && r == 0) {
			backend_use(w, backend);
			r = work_observe(w);
		}
		if (look && r == 0 && observation_has_ours(&w->obs))
			report_add(w->report, w->family,
				   "chain %s or a jump to it is still in the IPv6 nat table (%s): "
				   "left "
				   "alone until it is removed",
				   w->root, ipmasq_backend_name(backend));
		work_forget(w);
		if (r == -ENOMEM)
			return family_fail(w, NULL);
	}
	family_report(w)->backend = IPMASQ_BACKEND_AUTO;
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
	if (!may_skip(w))
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
		family_report(w)->state = IPMASQ_STATE_SKIPPED;
		report_add(w->report, w->family, "%s", why);
		return w->policy && w->policy->ipv6 == IPMASQ_OFF ? report_leftovers(w) : 0;
	}
	if (!have) {
		no_programs(w);
		return family_fail(w, NULL);
	}
	*go = true;
	return 0;
}
