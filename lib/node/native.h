/* SPDX-License-Identifier: Apache-2.0 */
/* The backend nftables: a look at tables of our own, a plan, and the writes, all without programs.
 */
#ifndef LIBIPMASQ_NATIVE_H
#define LIBIPMASQ_NATIVE_H

#include "node/work.h"

/* Whether it is the backend of the family. */
static inline bool work_is_native(const struct work *w)
{
	return w->iptables.backend == IPMASQ_BACKEND_NFTABLES;
}

/* What nft calls the family. */
static inline const char *native_family_word(const struct work *w)
{
	return w->family == IPMASQ_IPV6 ? "ip6" : "ip";
}

/* Reads the table. An error, and @failure says why; its class is COMPLAINT_NO_TABLE where the
 * kernel has no nf_tables. */
int native_look(const struct ipmasq_node *node, enum ipmasq_family family, const char *root,
		struct observation *obs, struct failure *failure);

/*
 * The generation in which a change is written: one that no packet can be in. Rules of the base
 * chain that somebody else wrote may lead to any that is there.
 */
char native_next_generation(const struct work *w);

/* What plan_policy() and plan_removal() do for the other backends. */
int native_plan_policy(struct work *w);
int native_plan_removal(struct work *w);

/* Whether the base chain leads to what is in force as it should. */
bool native_is_led(const struct work *w);

/* Fails where it cannot be told whether the table holds what is wanted. */
int native_must_be_clear(struct work *w);

/* Carries the plan out. -EAGAIN: another program has changed the table meanwhile, so it is not
 * carried out as a whole. Else as iptables_restore(). */
int native_carry_out(struct work *w);

/* Empties and deletes the chains of a plan for the nat table of iptables-nft. Errors as above. */
int native_drop_chains(struct work *w);

/* Whether the kernel has what iptables-nft needs for a rule of ours: nft_compat. */
enum answer native_has_compat(const struct ipmasq_node *node, enum ipmasq_family family);

/* Whether chain number @index is in @rules, which were seen, as it is wanted, also what is in maps.
 */
bool native_is_same_chain(const struct ipmasq_ruleset *rules, const struct ipmasq_ruleset *desired,
			  size_t index);

/* The sentences of describe.h. */
void native_describe_drift(struct work *w);
void native_describe_chains(struct work *w);
void native_describe_changes(struct work *w);
void native_describe_removal(struct work *w);

#endif
