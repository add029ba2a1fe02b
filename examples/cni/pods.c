/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the rules of a network's pods, and says in the words of CNI what went wrong. */
#include "cni/pods.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cni/policy.h"
#include "cni/result.h"

/* Seconds. Where many containers start at once their calls wait for each other, and a runtime waits
 * for minutes. */
#define LOCK_WAIT 60

/* What an act on the node needs. */
struct act {
	const struct netconf *conf;
	struct ipmasq_node *node;
	struct ipmasq_report *report;
	struct ipmasq_diags *diags;
	/* NULL where the command has none. */
	struct ipmasq_policy *policy;
	struct ipmasq_pod_address *addresses;
	struct ipmasq_pod pod;
};

static void end_act(struct act *act)
{
	free(act->addresses);
	ipmasq_policy_free(act->policy);
	ipmasq_report_free(act->report);
	ipmasq_diags_free(act->diags);
	ipmasq_node_free(act->node);
}

static int begin_act(struct act *act, const struct netconf *conf, const struct cni_request *request,
		     struct cni_error *error)
{
	*act = (struct act){ .conf = conf };
	act->pod.network = conf->name;
	act->pod.id = request->container;
	act->pod.ifname = request->ifname;
	if (ipmasq_node_new(&act->node) < 0 || ipmasq_report_new(&act->report) < 0 ||
	    ipmasq_diags_new(&act->diags) < 0 ||
	    ipmasq_node_set_backend(act->node, conf->backend) < 0 ||
	    ipmasq_node_set_wait(act->node, LOCK_WAIT) < 0) {
		end_act(act);
		return cni_no_memory(error);
	}
	return 0;
}

/* The error of the library as the runtime should take it: what may pass by itself it tries again.
 */
static enum cni_code code_of(int r)
{
	static const struct {
		int error;
		enum cni_code code;
	} codes[] = {
		{ -ENOMEM, CNI_TRY_AGAIN },    { -EBUSY, CNI_TRY_AGAIN },
		{ -ETIMEDOUT, CNI_TRY_AGAIN }, { -ECANCELED, CNI_TRY_AGAIN },
		{ -EINVAL, CNI_CONFIG },       { -EEXIST, CNI_CONFIG },
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (r == codes[i].error)
			return codes[i].code;
	}
	return CNI_NODE;
}

/* An act that failed, unless @r says that it did not. */
static int outcome(const struct act *act, int r, enum cni_code code, struct cni_error *error)
{
	if (r == 0)
		return 0;
	if (ipmasq_diags_worst(act->diags) == IPMASQ_ERROR)
		return policy_fail(act->conf, act->diags, code, error);
	return r == -ENOMEM
		       ? cni_no_memory(error)
		       : cni_fail(error, code, "network %s: %s", act->conf->name, strerror(-r));
}

/* What the commands need that put a container under the policy, or look whether it is. */
static int read_pod(struct act *act, struct cni_error *error)
{
	struct ipmasq_pod_address *list;
	size_t count;

	if (policy_read(act->conf, &act->policy, error) < 0 ||
	    result_addresses(act->conf, &list, &count, error) < 0)
		return -1;
	act->addresses = list;
	act->pod.addresses = list;
	act->pod.address_count = count;
	return 0;
}

/* What lasts and is none of the plugin's: other rules that decide before or after. */
static void tell(const struct act *act)
{
	static const enum ipmasq_family families[] = { IPMASQ_IPV4, IPMASQ_IPV6 };
	struct ipmasq_line line;

	for (int f = 0; f < 2; f++) {
		for (size_t i = 0;
		     ipmasq_report_line(act->report, families[f], i, &line, sizeof(line)) == 0;
		     i++) {
			if (line.kind == IPMASQ_LINE_NOTE || line.kind == IPMASQ_LINE_OVERRIDE)
				netconf_note(act->conf, "IPv%d: %s", (int)families[f], line.text);
		}
	}
}

int pods_add(const struct netconf *conf, const struct cni_request *request, struct cni_error *error)
{
	struct act act;
	int r;

	if (begin_act(&act, conf, request, error) < 0)
		return -1;
	r = read_pod(&act, error);
	/* Without an address there is nothing that rules could be about. */
	if (r == 0 && act.pod.address_count) {
		r = ipmasq_pods_add(act.node, conf->chain_prefix, &act.pod, act.policy, act.report,
				    act.diags);
		if (r == 0)
			tell(&act);
		r = outcome(&act, r, code_of(r), error);
	}
	end_act(&act);
	return r;
}

/* How the rules of a family differ, which is an error of CHECK. */
static int compare(const struct act *act, enum ipmasq_family family, struct cni_error *error)
{
	struct ipmasq_result result;
	struct ipmasq_line line;
	int r = 0;

	if (ipmasq_report_result(act->report, family, &result, sizeof(result)) < 0 ||
	    result.state != IPMASQ_STATE_DRIFT)
		return 0;
	for (size_t i = 0; ipmasq_report_line(act->report, family, i, &line, sizeof(line)) == 0;
	     i++) {
		if (line.kind < IPMASQ_LINE_CHAIN_MISSING || line.kind > IPMASQ_LINE_STALE)
			continue;
		if (r == 0)
			r = cni_fail(
				error, CNI_DIFFERS,
				"network %s: the rules of container %s, interface %s, differ: %s",
				act->conf->name, act->pod.id, act->pod.ifname, line.text);
		else
			cni_detail(error, "IPv%d: %s", (int)family, line.text);
	}
	return r;
}

int pods_check(const struct netconf *conf, const struct cni_request *request,
	       struct cni_error *error)
{
	struct act act;
	int r;

	if (begin_act(&act, conf, request, error) < 0)
		return -1;
	r = read_pod(&act, error);
	if (r == 0 && act.pod.address_count) {
		r = ipmasq_pods_check(act.node, conf->chain_prefix, &act.pod, act.policy,
				      act.report, act.diags);
		r = outcome(&act, r, code_of(r), error);
		if (r == 0 && (compare(&act, IPMASQ_IPV4, error) < 0 ||
			       compare(&act, IPMASQ_IPV6, error) < 0))
			r = -1;
	}
	end_act(&act);
	return r;
}

int pods_delete(const struct netconf *conf, const struct cni_request *request,
		struct cni_error *error)
{
	struct act act;
	int r;

	if (begin_act(&act, conf, request, error) < 0)
		return -1;
	r = ipmasq_pods_del(act.node, conf->chain_prefix, &act.pod, act.report, act.diags);
	r = outcome(&act, r, code_of(r), error);
	end_act(&act);
	return r;
}

/* The attachments as the library has them. NULL: no memory. */
static struct ipmasq_pod *valid_pods(const struct netconf *conf, const struct attachment *list,
				     size_t count)
{
	struct ipmasq_pod *pods = calloc(count + 1, sizeof(*pods));

	for (size_t i = 0; pods && i < count; i++)
		pods[i] = (struct ipmasq_pod){
			.network = conf->name,
			.id = list[i].container,
			.ifname = list[i].ifname,
		};
	return pods;
}

int pods_collect(const struct netconf *conf, const struct cni_request *request,
		 struct cni_error *error)
{
	struct attachment *list;
	struct ipmasq_pod *pods;
	struct act act;
	size_t count;
	int r;

	if (attachments_read(conf, &list, &count, error) < 0)
		return -1;
	pods = valid_pods(conf, list, count);
	free(list);
	if (!pods)
		return cni_no_memory(error);
	r = begin_act(&act, conf, request, error);
	if (r == 0) {
		r = ipmasq_pods_gc(act.node, conf->chain_prefix, conf->name, pods, count,
				   act.report, act.diags);
		r = outcome(&act, r, code_of(r), error);
		end_act(&act);
	}
	free(pods);
	return r;
}

/*
 * A pod of documentation's addresses, which no node has, stands for those that may come: what keeps
 * the node from being looked at keeps ADD from working. A difference does not, as ADD repairs it,
 * and a runtime that was told of it would add no more.
 */
static int look(struct act *act)
{
	static const struct ipmasq_pod_address addresses[] = {
		{ IPMASQ_IPV4, { 192, 0, 2, 1 } },
		{ IPMASQ_IPV6, { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } },
	};

	act->pod.id = "status";
	act->pod.ifname = "status";
	act->pod.addresses = addresses;
	act->pod.address_count = 2;
	return ipmasq_pods_check(act->node, act->conf->chain_prefix, &act->pod, act->policy,
				 act->report, act->diags);
}

/* What ADD cannot repair, and what keeps the rules of containers that are there from being in force
 * as well. */
static int find_hindrance(const struct act *act, enum ipmasq_family family, struct cni_error *error)
{
	struct ipmasq_result result;
	struct ipmasq_line line;

	if (ipmasq_report_result(act->report, family, &result, sizeof(result)) < 0 ||
	    !result.hindered)
		return 0;
	/* It comes before what else differs. */
	for (size_t i = 0; ipmasq_report_line(act->report, family, i, &line, sizeof(line)) == 0;
	     i++) {
		if (line.kind == IPMASQ_LINE_CHAIN_DIFFERS)
			return cni_fail(error, CNI_LIMITED, "network %s: IPv%d: %s",
					act->conf->name, (int)family, line.text);
	}
	return cni_no_memory(error);
}

int pods_status(const struct netconf *conf, const struct cni_request *request,
		struct cni_error *error)
{
	struct act act;
	int r;

	if (begin_act(&act, conf, request, error) < 0)
		return -1;
	r = policy_read(conf, &act.policy, error);
	if (r == 0) {
		r = look(&act);
		r = outcome(&act, r, code_of(r) == CNI_CONFIG ? CNI_CONFIG : CNI_NOT_AVAILABLE,
			    error);
	}
	if (r == 0 && (find_hindrance(&act, IPMASQ_IPV4, error) < 0 ||
		       find_hindrance(&act, IPMASQ_IPV6, error) < 0))
		r = -1;
	end_act(&act);
	return r;
}
