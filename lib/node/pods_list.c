/* SPDX-License-Identifier: Apache-2.0 */
/* Lists the pods that the rules of a node know. */
#include <stdlib.h>
#include <string.h>

#include "node/families.h"
#include "node/family.h"
#include "node/pods.h"
#include "node/pods_backend.h"
#include "rules/pod_set.h"
#include "util/common.h"

struct listed {
	char *network;
	char *id;
	char *ifname;
	struct ipmasq_pod_address *addresses;
	size_t count;
	size_t capacity;
	enum ipmasq_backend backend;
};

struct ipmasq_pods {
	struct listed *pods;
	size_t count;
	size_t capacity;
};

IPMASQ_EXPORT void ipmasq_pods_free(struct ipmasq_pods *pods)
{
	if (!pods)
		return;
	for (size_t i = 0; i < pods->count; i++) {
		free(pods->pods[i].network);
		free(pods->pods[i].id);
		free(pods->pods[i].ifname);
		free(pods->pods[i].addresses);
	}
	free(pods->pods);
	free(pods);
}

IPMASQ_EXPORT size_t ipmasq_pods_count(const struct ipmasq_pods *pods)
{
	return pods ? pods->count : 0;
}

IPMASQ_EXPORT int ipmasq_pods_get(const struct ipmasq_pods *pods, size_t index,
				  struct ipmasq_pod_details *pod, size_t size)
{
	struct ipmasq_pod_details made = { .backend = IPMASQ_BACKEND_AUTO };
	const struct listed *listed;

	if (!pods || !pod)
		return -EINVAL;
	if (index >= pods->count)
		return -ERANGE;
	listed = &pods->pods[index];
	made.pod = (struct ipmasq_pod){ .network = listed->network,
					.id = listed->id,
					.ifname = listed->ifname,
					.addresses = listed->addresses,
					.address_count = listed->count };
	made.backend = listed->backend;
	return struct_fill(pod, size, &made, sizeof(made));
}

static int compare_names(const struct listed *a, const struct listed *b)
{
	int order = strcmp(a->network, b->network);

	if (order == 0)
		order = strcmp(a->id, b->id);
	return order ? order : strcmp(a->ifname, b->ifname);
}

static int compare(const void *a, const void *b)
{
	const struct listed *first = a;
	const struct listed *second = b;
	int order = compare_names(first, second);

	if (order == 0)
		order = (first->backend > second->backend) - (first->backend < second->backend);
	/* IPv4 before IPv6, each in ascending order. */
	if (order == 0)
		order = (first->addresses->family > second->addresses->family) -
			(first->addresses->family < second->addresses->family);
	return order ? order
		     : memcmp(first->addresses->bytes, second->addresses->bytes,
			      sizeof(first->addresses->bytes));
}

static int add_address(struct listed *to, const struct ipmasq_pod_address *address)
{
	int r = array_grow(&to->addresses, &to->capacity, to->count, sizeof(*to->addresses));

	if (r == 0)
		to->addresses[to->count++] = *address;
	return r;
}

/* Each address is one pod at first. */
static int add(struct ipmasq_pods *pods, const struct work *w, const struct pod *pod)
{
	struct ipmasq_pod_address address = { .family = w->family };
	struct pod_label label;
	struct listed *to;
	int r = array_grow(&pods->pods, &pods->capacity, pods->count, sizeof(*pods->pods));

	if (r < 0 || !pod_label_read(pod->label, strlen(pod->label), &label))
		return r;
	to = &pods->pods[pods->count++];
	*to = (struct listed){ .network = strndup(label.network, label.network_len),
			       .id = strndup(label.id, label.id_len),
			       .ifname = strndup(label.ifname, label.ifname_len),
			       .backend = w->iptables.backend };
	addr_to_bytes(w->family, pod->address, address.bytes);
	if (!to->network || !to->id || !to->ifname)
		return -ENOMEM;
	return add_address(to, &address);
}

static int list_backend(struct work *w, const struct pods_places *places,
			enum ipmasq_backend backend)
{
	struct pod_set set = { .count = 0 };
	bool there;
	int r = pods_look_at(w, places, backend, &there);

	if (r < 0)
		return r;
	if (there)
		r = pod_set_read(&set, w->obs.rules, w->root);
	for (size_t i = 0; i < set.count && r == 0; i++)
		r = add(w->listed, w, &set.pods[i]);
	pod_set_release(&set);
	work_forget(w);
	if (r < 0) {
		work_no_memory(w);
		return work_fail(w, NULL);
	}
	return 0;
}

static int list_family(struct work *w)
{
	struct pods_places places;
	bool go;
	int r = family_begin(w, &go);

	if (r < 0 || !go)
		return r;
	if (pods_places(w, &places) < 0)
		return work_fail(w, NULL);
	for (enum ipmasq_backend b = IPMASQ_BACKEND_NFT; b < BACKENDS && r == 0; b++)
		r = list_backend(w, &places, b);
	return r;
}

/* Puts the addresses of a pod together. */
static int merge(struct ipmasq_pods *pods)
{
	size_t left = 0;
	int r = 0;

	array_sort(pods->pods, pods->count, sizeof(*pods->pods), compare);
	for (size_t i = 0; i < pods->count; i++) {
		struct listed *pod = &pods->pods[i];
		struct listed *last = left ? &pods->pods[left - 1] : NULL;

		if (!last || compare_names(last, pod) != 0 || last->backend != pod->backend) {
			pods->pods[left++] = *pod;
			continue;
		}
		if (r == 0)
			r = add_address(last, pod->addresses);
		free(pod->network);
		free(pod->id);
		free(pod->ifname);
		free(pod->addresses);
	}
	pods->count = left;
	return r;
}

IPMASQ_EXPORT int ipmasq_pods_list(struct ipmasq_node *node, const char *chain,
				   struct ipmasq_diags *diags, struct ipmasq_pods **pods)
{
	struct work common = { .node = node, .diags = diags };
	struct ipmasq_pods *made;
	int r;

	if (!node || !pods)
		return -EINVAL;
	r = pods_check_chain(&chain, diags);
	if (r < 0)
		return r;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	common.root = chain;
	common.listed = made;
	r = ipmasq_report_new(&common.report);
	if (r == 0)
		r = families_do(&common, list_family);
	if (r == 0)
		r = merge(made);
	ipmasq_report_free(common.report);
	if (r < 0) {
		ipmasq_pods_free(made);
		return r;
	}
	*pods = made;
	return 0;
}
