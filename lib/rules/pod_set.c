/* SPDX-License-Identifier: Apache-2.0 */
/* Pods and their networks: how they are read from a ruleset, and changed. */
#include "rules/pod_set.h"

#include <stdlib.h>
#include <string.h>

#include "rules/chain_name.h"

struct pod_network *pod_set_network(const struct pod_set *set, const char *name, size_t len)
{
	for (size_t i = 0; i < set->network_count; i++)
		if (set->networks[i].name_len == len &&
		    memcmp(set->networks[i].name, name, len) == 0)
			return &set->networks[i];
	return NULL;
}

/* The key in the name of a network's first chain, which has nothing after it. */
static void read_key(const struct pod_set *set, const char *chain, char key[POD_KEY_LEN + 1])
{
	char prefix[CHAIN_PREFIX_MAX];
	size_t len = chain_prefix(set->root, prefix) + 1;

	*key = '\0';
	if (strlen(chain) == len + POD_KEY_LEN && chain[len] == 'n')
		memcpy(key, chain + len, POD_KEY_LEN + 1);
}

static int add_network(struct pod_set *set, const struct pod_label *label, size_t *index)
{
	struct pod_network *network = pod_set_network(set, label->network, label->network_len);
	int r = 0;

	if (!network) {
		r = array_grow(&set->networks, &set->network_capacity, set->network_count,
			       sizeof(*set->networks));
		if (r < 0)
			return r;
		network = &set->networks[set->network_count++];
		*network = (struct pod_network){ .name = label->network,
						 .name_len = label->network_len };
	}
	*index = (size_t)(network - set->networks);
	return 0;
}

/* Where the address is, or belongs. */
static size_t find_place(const struct pod_set *set, struct addr address)
{
	return addr_first_from(set->pods, set->count, sizeof(*set->pods),
			       offsetof(struct pod, address), address);
}

int pod_set_add(struct pod_set *set, struct addr address, const char *label)
{
	size_t at = find_place(set, address);
	struct pod pod = { .address = address, .label = label };
	struct pod_label parts;
	int r;

	if (!pod_label_read(label, strlen(label), &parts))
		return 0;
	r = add_network(set, &parts, &pod.network);
	if (r == 0)
		r = array_grow(&set->pods, &set->capacity, set->count, sizeof(*set->pods));
	if (r < 0)
		return r;
	if (at == set->count || addr_compare(set->pods[at].address, address) != 0) {
		memmove(&set->pods[at + 1], &set->pods[at], (set->count - at) * sizeof(*set->pods));
		set->count++;
	}
	set->pods[at] = pod;
	return 0;
}

/* Whether a rule stands for an address of a pod. */
static bool is_pod(const struct pod_set *set, const struct rule *rule)
{
	return rule_label(set->read, rule) && !rule_is_odd(rule) && rule->target == TARGET_GOTO &&
	       rule->chain != 0 && rule->src.len == family_bits(set->read->family) &&
	       rule->dst.len == 0;
}

static int read_rule(struct pod_set *set, const struct rule *rule)
{
	size_t at = find_place(set, rule->src.addr);
	struct pod_network *network;
	int r;

	/* Of copies the first counts. */
	if (!is_pod(set, rule) ||
	    (at < set->count && addr_compare(set->pods[at].address, rule->src.addr) == 0))
		return 0;
	r = pod_set_add(set, rule->src.addr, rule_label(set->read, rule));
	if (r < 0 || at >= set->count || addr_compare(set->pods[at].address, rule->src.addr) != 0)
		return r;
	network = &set->networks[set->pods[at].network];
	if (network->seen)
		return 0;
	network->seen = rule->chain;
	read_key(set, set->read->chains[rule->chain].name, network->key);
	return 0;
}

int pod_set_read(struct pod_set *set, const struct ipmasq_ruleset *ruleset, const char *root)
{
	int r = 0;

	*set = (struct pod_set){ .read = ruleset, .root = root };
	for (size_t i = 0; i < ruleset->count && r == 0; i++)
		for (size_t j = 0; j < ruleset->chains[i].count && r == 0; j++)
			r = read_rule(set, &ruleset->chains[i].rules[j]);
	return r;
}

void pod_set_remove(struct pod_set *set,
		    bool (*is_out)(const struct pod_label *label, const void *context),
		    const void *context)
{
	size_t left = 0;

	for (size_t i = 0; i < set->count; i++) {
		struct pod_label label;

		if (!pod_label_read(set->pods[i].label, strlen(set->pods[i].label), &label) ||
		    !is_out(&label, context))
			set->pods[left++] = set->pods[i];
	}
	set->count = left;
}

void pod_set_release(struct pod_set *set)
{
	free(set->pods);
	free(set->networks);
	*set = (struct pod_set){ .count = 0 };
}
