/* SPDX-License-Identifier: Apache-2.0 */
/* Adds pods, removes, collects and checks them: one policy per network, for CNI plugins. */
#include "node/pods.h"

#include <stdlib.h>
#include <string.h>

#include "node/backend.h"
#include "node/describe.h"
#include "node/desired.h"
#include "node/families.h"
#include "node/family.h"
#include "node/native.h"
#include "node/netns_lock.h"
#include "node/pods_backend.h"
#include "node/pods_plan.h"
#include "node/transaction.h"
#include "profile/options.h"

/* An attachment that goes, or the network whose pods are collected. */
struct who {
	const char *network;
	const char *id;
	const char *ifname;
	const struct ipmasq_pod *valid;
	size_t count;
};

static bool is_name(const char *part, size_t len, const char *name)
{
	return strlen(name) == len && memcmp(part, name, len) == 0;
}

static bool is_attachment(const struct pod_label *label, const void *context)
{
	const struct who *who = context;

	return is_name(label->network, label->network_len, who->network) &&
	       is_name(label->id, label->id_len, who->id) &&
	       is_name(label->ifname, label->ifname_len, who->ifname);
}

static bool is_not_valid(const struct pod_label *label, const void *context)
{
	const struct who *who = context;

	if (!is_name(label->network, label->network_len, who->network))
		return false;
	for (size_t i = 0; i < who->count; i++)
		if (is_name(label->id, label->id_len, who->valid[i].id) &&
		    is_name(label->ifname, label->ifname_len, who->valid[i].ifname))
			return false;
	return true;
}

/* What a call wants of each family. */
struct request {
	const struct who *who;
	bool (*is_out)(const struct pod_label *label, const void *context);
	/* That comes, or is to be there. */
	const struct ipmasq_pod *pod;
};

static struct pods_job job_for(const struct request *request)
{
	struct pods_job job = { .is_out = request->is_out, .context = request->who };

	job.pod = request->pod;
	if (request->pod)
		pod_label_write(request->pod->network, request->pod->id, request->pod->ifname,
				job.label);
	return job;
}

static void describe(struct work *w)
{
	if (pods_plan_removes(w))
		describe_removal(w);
	else
		describe_changes(w);
}

/* Carries a request out in the backend that the work is about. */
static int carry_out(struct work *w, const struct request *request, bool *changed)
{
	struct pods_job job = job_for(request);
	int r;

	pods_begin(w, &job);
	r = transaction_carry_out(w, pods_plan_apply, describe, changed);
	pods_end(w);
	return r;
}

/* A pod that comes in one backend goes from all others. */
static int leave_others(struct work *w, const struct pods_places *places, bool *changed)
{
	const struct request *request = w->request;
	const struct request out = { .who = request->who, .is_out = request->is_out };
	int r = 0;

	for (enum ipmasq_backend b = IPMASQ_BACKEND_NFT; b < BACKENDS && r == 0; b++) {
		struct work other = { .node = w->node,
				      .request = w->request,
				      .root = w->root,
				      .family = w->family,
				      .programs = w->programs,
				      .report = w->report,
				      .diags = w->diags };
		bool there;

		if (b == w->iptables.backend)
			continue;
		r = pods_look_at(&other, places, b, &there);
		if (r == 0 && there)
			r = carry_out(&other, &out, changed);
		work_release(&other);
		backend_use(w, w->iptables.backend);
	}
	return r;
}

static bool has_addresses(const struct work *w)
{
	const struct ipmasq_pod *pod = w->request->pod;

	for (size_t i = 0; i < pod->address_count; i++)
		if (pod->addresses[i].family == w->family)
			return true;
	return false;
}

/* @go: there is something to do, in the backend that was chosen. */
static int begin(struct work *w, struct pods_places *places, bool *go)
{
	int r = family_begin(w, go);

	if (r < 0 || !*go)
		return r;
	r = pods_places(w, places);
	if (r == 0 && !has_addresses(w) && pods_are_nowhere(places)) {
		*go = false;
		work_report(w)->backend = w->node->backend;
		work_set_state(w, IPMASQ_STATE_IN_LINE);
		return 0;
	}
	if (r == 0)
		r = pods_choose(w, places);
	*go = r == 0;
	w->flags = r == 0 ? desired_flags(w) : 0;
	return r < 0 ? work_fail(w, NULL) : 0;
}

static int add_family(struct work *w)
{
	struct pods_places places;
	bool changed = false;
	bool go;
	int r = begin(w, &places, &go);

	if (r < 0 || !go)
		return r;
	r = carry_out(w, w->request, &changed);
	if (r < 0 || work_report(w)->state == IPMASQ_STATE_SKIPPED)
		return r;
	r = leave_others(w, &places, &changed);
	if (r == 0)
		work_set_state(w, changed ? IPMASQ_STATE_CHANGED : IPMASQ_STATE_IN_LINE);
	return r;
}

static int plan_asking(struct work *w)
{
	bool again = false;
	int r = pods_plan(w);

	if (work_is_native(w))
		return r < 0 ? r : native_must_be_clear(w);
	if (r == 0 && !w->plan.empty)
		r = desired_ask(w, &again);
	return r == 0 && again ? pods_plan(w) : r;
}

static int check_planned(struct work *w)
{
	int r = transaction_plan(w, plan_asking);
	bool in_line;

	if (r == -EDOM) {
		WORK_SAY(w, IPMASQ_LINE_CHAIN_DIFFERS, "%s", w->failure.text);
		work_report(w)->hindered = true;
		work_set_state(w, IPMASQ_STATE_DRIFT);
		return 0;
	}
	if (r < 0)
		return work_fail(w, NULL);
	in_line = w->plan.empty && !*w->obs.trouble;
	if (*w->obs.trouble) {
		WORK_SAY(w, IPMASQ_LINE_CHAIN_DIFFERS, "%s", w->obs.trouble);
		work_report(w)->hindered = true;
	}
	if (!w->plan.empty && pods_plan_removes(w))
		WORK_SAY(w, IPMASQ_LINE_STALE, "chain %s or a jump to it is there without a pod",
			 w->root);
	else if (!w->plan.empty)
		describe_drift(w);
	work_set_state(w, in_line ? IPMASQ_STATE_IN_LINE : IPMASQ_STATE_DRIFT);
	return 0;
}

static int check_family(struct work *w)
{
	struct pods_job job = job_for(w->request);
	struct pods_places places;
	bool go;
	int r = begin(w, &places, &go);

	if (r < 0 || !go)
		return r;
	pods_begin(w, &job);
	r = check_planned(w);
	pods_end(w);
	return r;
}

/* In each backend that has pods, whatever the one for new pods is. */
static int remove_from_all(struct work *w, const struct pods_places *places)
{
	enum ipmasq_backend where = w->node->backend;
	bool changed = false;
	int error = 0;

	for (enum ipmasq_backend b = IPMASQ_BACKEND_NFT; b < BACKENDS; b++) {
		bool changed_here = false;
		bool there;
		int r = pods_look_at(w, places, b, &there);

		if (r == 0 && there)
			r = carry_out(w, w->request, &changed_here);
		if (changed_here && !changed)
			where = b;
		changed |= changed_here;
		work_forget(w);
		ipmasq_ruleset_free(w->desired);
		w->desired = NULL;
		if (r < 0 && error == 0)
			error = r;
	}
	work_report(w)->backend = where;
	if (error < 0)
		work_set_state(w, IPMASQ_STATE_FAILED);
	else
		work_set_state(w, changed ? IPMASQ_STATE_CHANGED : IPMASQ_STATE_IN_LINE);
	return error;
}

static int remove_family(struct work *w)
{
	struct pods_places places;
	bool go;
	int r = family_begin(w, &go);

	if (r < 0 || !go)
		return r;
	r = pods_places(w, &places);
	return r < 0 ? work_fail(w, NULL) : remove_from_all(w, &places);
}

static int fail_locked(struct work *w)
{
	int r;

	report_reset(w->report);
	w->family = IPMASQ_IPV6;
	report_fail(w->report, w->family, &w->failure, NULL);
	work_set_state(w, IPMASQ_STATE_FAILED);
	w->family = IPMASQ_IPV4;
	r = work_fail(w, NULL);
	return r;
}

/* Both families, while no other call changes pods. */
static int do_locked(struct work *common, int (*act)(struct work *w))
{
	int r = netns_lock(common->node, &common->failure);

	if (r == 0 && !common->node->lock)
		r = failure_set(&common->failure, -EIO, "cannot-run",
				"the network namespace cannot be opened in /proc to lock it");
	if (r < 0)
		return fail_locked(common);
	r = families_do(common, act);
	netns_unlock(common->node);
	return r;
}

static int reject(struct ipmasq_diags *diags, const char *code, const char *what, const char *name,
		  const char *why)
{
	diag_add(diags, IPMASQ_ERROR, code, NULL, NULL, "%s \"%s\" %s", what, name, why);
	return diag_error(diags) < 0 ? -ENOMEM : -EINVAL;
}

int pods_check_chain(const char **chain, struct ipmasq_diags *diags)
{
	struct ipmasq_profile_details info;
	const char *why;

	if (!*chain)
		*chain = IPMASQ_POD_CHAIN;
	why = chain_name_error(*chain);
	for (size_t i = 0; !why && ipmasq_profile_info(i, &info, sizeof(info)) == 0; i++)
		if (info.chain && strcmp(info.chain, *chain) == 0)
			why = "is that of an agent: name one for pods";
	return why ? reject(diags, "chain-name", "chain", *chain, why) : 0;
}

static int check_name(const char *what, const char *name, struct ipmasq_diags *diags)
{
	const char *why = name ? pod_name_error(name) : NULL;

	if (!name)
		return -EINVAL;
	return why ? reject(diags, "pod-name", what, name, why) : 0;
}

static int check_names(const struct ipmasq_pod *pod, struct ipmasq_diags *diags)
{
	int r = check_name("network", pod->network, diags);

	if (r == 0)
		r = check_name("container", pod->id, diags);
	if (r == 0)
		r = check_name("interface", pod->ifname, diags);
	if (r == 0 &&
	    strlen(pod->network) + strlen(pod->id) + strlen(pod->ifname) > IPMASQ_POD_NAMES_MAX)
		return reject(diags, "pod-name", "container", pod->id,
			      "and its network and interface are too long together: the kernel "
			      "keeps 236 bytes of their names");
	return r;
}

static int check_addresses(const struct ipmasq_pod *pod)
{
	if (pod->address_count > 0 && !pod->addresses)
		return -EINVAL;
	for (size_t i = 0; i < pod->address_count; i++)
		if (!family_is_known(pod->addresses[i].family))
			return -EINVAL;
	return 0;
}

static int do_pod(struct ipmasq_node *node, const char *chain, const struct ipmasq_pod *pod,
		  const struct ipmasq_policy *policy, struct ipmasq_report *report,
		  struct ipmasq_diags *diags, int (*act)(struct work *w))
{
	const struct who who = { .network = pod->network, .id = pod->id, .ifname = pod->ifname };
	const struct request request = { .who = &who,
					 .is_out = is_attachment,
					 .pod = policy ? pod : NULL };
	struct work common = { .node = node,
			       .policy = policy,
			       .request = &request,
			       .report = report,
			       .diags = diags };
	int r = pods_check_chain(&chain, diags);

	if (r == 0)
		r = check_names(pod, diags);
	if (r == 0 && policy)
		r = check_addresses(pod);
	common.root = chain;
	return r < 0 ? r : do_locked(&common, act);
}

IPMASQ_EXPORT int ipmasq_pods_add(struct ipmasq_node *node, const char *chain,
				  const struct ipmasq_pod *pod, const struct ipmasq_policy *policy,
				  struct ipmasq_report *report, struct ipmasq_diags *diags)
{
	if (!node || !pod || !policy || !report)
		return -EINVAL;
	return do_pod(node, chain, pod, policy, report, diags, add_family);
}

IPMASQ_EXPORT int ipmasq_pods_check(struct ipmasq_node *node, const char *chain,
				    const struct ipmasq_pod *pod,
				    const struct ipmasq_policy *policy,
				    struct ipmasq_report *report, struct ipmasq_diags *diags)
{
	if (!node || !pod || !policy || !report)
		return -EINVAL;
	return do_pod(node, chain, pod, policy, report, diags, check_family);
}

IPMASQ_EXPORT int ipmasq_pods_del(struct ipmasq_node *node, const char *chain,
				  const struct ipmasq_pod *pod, struct ipmasq_report *report,
				  struct ipmasq_diags *diags)
{
	if (!node || !pod || !report)
		return -EINVAL;
	return do_pod(node, chain, pod, NULL, report, diags, remove_family);
}

IPMASQ_EXPORT int ipmasq_pods_gc(struct ipmasq_node *node, const char *chain, const char *network,
				 const struct ipmasq_pod *valid, size_t count,
				 struct ipmasq_report *report, struct ipmasq_diags *diags)
{
	const struct who who = { .network = network, .valid = valid, .count = count };
	const struct request request = { .who = &who, .is_out = is_not_valid };
	struct work common = {
		.node = node, .request = &request, .report = report, .diags = diags
	};
	int r;

	if (!node || !network || !report || (count > 0 && !valid))
		return -EINVAL;
	for (size_t i = 0; i < count; i++)
		if (!valid[i].id || !valid[i].ifname)
			return -EINVAL;
	r = pods_check_chain(&chain, diags);
	if (r == 0)
		r = check_name("network", network, diags);
	common.root = chain;
	return r < 0 ? r : do_locked(&common, remove_family);
}
