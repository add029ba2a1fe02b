/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pods and their networks, as a ruleset has them, to be changed and made into a ruleset again.
 *
 * Such a ruleset has, for one family: a first chain, which leads each source that is a pod to the
 * first chain of its network, by a verdict map or through a tree of chains; and for each network
 * the chains of its policy. The rule or element of an address has the pod's label, so the ruleset
 * is all that need be kept.
 */
#ifndef LIBIPMASQ_POD_SET_H
#define LIBIPMASQ_POD_SET_H

#include "rules/pod_label.h"
#include "rules/ruleset.h"

/* Of a network in the names of its chains: a letter that other chains do not have there, and
 * digits. */
#define POD_KEY_LEN 4

/* An address. */
struct pod {
	struct addr address;
	/* The caller's, or that of the ruleset which was read. */
	const char *label;
	/* Index of the network. */
	size_t network;
};

struct pod_network {
	/* In a label of one of its pods. */
	const char *name;
	size_t name_len;
	char key[POD_KEY_LEN + 1];
	/* Its first chain in what was read; 0: it has none there. */
	uint32_t seen;
	/* Its chains are made from this policy; NULL: they are taken over as they were read. */
	const struct ipmasq_policy *policy;
	/* The policy says nothing in this family, so nothing is masqueraded. */
	bool empty;
	/* Its chains in the ruleset that was made, side by side; of no pod, none. */
	uint32_t first;
	uint32_t count;
	/* Whether MASQUERADE there is to have --random-fully. */
	bool random_fully;
};

struct pod_set {
	const struct ipmasq_ruleset *read;
	/* Of the chain that all packets come to. */
	const char *root;
	/* In the order of their addresses, without copies. */
	struct pod *pods;
	size_t count;
	size_t capacity;
	struct pod_network *networks;
	size_t network_count;
	size_t network_capacity;
};

/* Functions that return int return 0 or -ENOMEM, where nothing else is said. */

/* Reads what is there of a ruleset, which stays until pod_set_release(), also on -ENOMEM. */
int pod_set_read(struct pod_set *set, const struct ipmasq_ruleset *ruleset, const char *root);
void pod_set_release(struct pod_set *set);

/* Takes an address in, and away from any other pod. @label stays the caller's. */
int pod_set_add(struct pod_set *set, struct addr address, const char *label);

/* Takes all pods out for which @is_out. */
void pod_set_remove(struct pod_set *set,
		    bool (*is_out)(const struct pod_label *label, const void *context),
		    const void *context);

/* The network of that name; NULL: it has no pods, and had none. */
struct pod_network *pod_set_network(const struct pod_set *set, const char *name, size_t len);

/* What a ruleset is made for. */
struct pod_form {
	/* As of ruleset_build(). */
	unsigned int flags;
	char generation;
	/* Of its first chain. */
	const char *first;
};

/*
 * Makes the ruleset of a set that has pods. Chains that are taken over are `kept` where their names
 * stay the same. -EPROTO: they hold what cannot be written anew: chain number *@odd of what was
 * read.
 */
int pod_set_build(struct pod_set *set, const struct pod_form *form, struct ipmasq_ruleset **ruleset,
		  uint32_t *odd);

/*
 * The chains of a network by themselves, for a proof: of the ruleset that was made, or one that was
 * read and has its chains at the same places.
 */
int pod_set_part(const struct pod_network *network, const struct ipmasq_ruleset *ruleset,
		 struct ipmasq_ruleset **part);

#endif
