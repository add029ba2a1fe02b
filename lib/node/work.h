/* SPDX-License-Identifier: Apache-2.0 */
/* One family's share of one call: what is wanted, what was seen, and what is to be done. */
#ifndef LIBIPMASQ_WORK_H
#define LIBIPMASQ_WORK_H

#include "node/observe.h"
#include "node/report.h"
#include "rules/script.h"

/* What one transaction does. Empty: everything is as it should be. */
struct plan {
	bool empty;
	bool root_differs; /* or another chain of the ruleset does */
	bool *unchanged; /* by chain of `rules`: left as it is; NULL: all are written */
	size_t written; /* chains */
	const struct ipmasq_ruleset *rules; /* chains to fill, or NULL */
	struct ipmasq_ruleset *emptied; /* what `rules` points to where chains only lose theirs */
	size_t right_jumps;
	size_t keep; /* the right jump that stays; referrer_count: none */
	const char **deletes; /* point into the observation, as the names below */
	size_t delete_count;
	const char **drops;
	size_t drop_count;
	const char **flushes; /* stale, but in use: emptied, since they lead to what is dropped */
	size_t flush_count;
	bool add_jump;
	size_t jump_at;
	size_t block; /* chains in a transaction; 0: there is one transaction */
};

/* How the root was reached before the first write. */
enum jump { JUMP_NONE, JUMP_OURS, JUMP_OTHER };

struct work {
	struct ipmasq_node *node;
	const struct ipmasq_policy *policy; /* NULL: everything of ours is to go */
	const char *root;
	enum ipmasq_family family;
	const struct programs *programs;
	enum ipmasq_backend preferred; /* what the other family took; AUTO: not known */
	struct ipmasq_report *report;
	struct ipmasq_diags *diags;
	struct iptables iptables;
	struct ipmasq_ruleset *desired;
	unsigned int flags; /* `desired` was made with */
	bool proved; /* `desired` was */
	bool observed; /* `obs` is fresh */
	bool by_programs; /* a direct look at the kernel has not been enough */
	struct observation obs;
	struct plan plan;
	struct ipmasq_ruleset
		*before; /* the rules before the first write; NULL: none was written */
	enum jump before_jump;
	struct failure failure; /* of the last step that failed */
};

void work_release(struct work *w);

/* family.c */

/* Whether there is something to do for the family; says why not. 0, or the error of a family that
 * must be there and is not. */
int family_begin(struct work *w, bool *go);
/* Makes `failure` the family's outcome: a skip where AUTO allows it, else a finding. @pos: where it
 * was written, or NULL. Returns the error, or 0. */
int family_fail(struct work *w, const struct pos *pos);
/* Remembers -ENOMEM as the failure. */
int family_no_memory(struct work *w);

/* backend.c */

void backend_use(struct work *w, enum ipmasq_backend backend);
/* Settles which backend it is; may have to observe for that, and keeps what it saw. */
int backend_choose(struct work *w);

/* plan.c: what brings the table in line with `desired`, or takes ours away. -ENOMEM. */

/*
 * How many chains iptables-nft is given in one transaction. Up to 256 it takes the same time for
 * 100,000 entries (one of 15,000 chains takes six times as long); 64 also fit into the socket
 * buffer that a process without privilege in the first user namespace is allowed (Linux 6.18,
 * iptables 1.8.9).
 */
#define NFT_BLOCK_CHAINS 64

int plan_policy(struct work *w);
int plan_removal(struct work *w);
void plan_release(struct plan *plan);
/* A rule whose comment holds a newline cannot be said in a script. */
bool referrer_can_be_deleted(const struct referrer *referrer);

/* transaction.c */

/* What @iptables shows: of the kernel itself where that is enough, else by the program. */
int work_look(struct work *w, const struct iptables *iptables, struct observation *obs,
	      struct failure *failure);
/* Fresh observation, unless there is one. */
int work_observe(struct work *w);
void work_forget(struct work *w);
/*
 * Observes, and sets the plan with @make_plan. @last_word: the plan is only to be something else
 * than empty where the programs say so too, and not only the kernel, read without them.
 */
int work_plan(struct work *w, int (*make_plan)(struct work *w), bool last_word);
/*
 * Observes, plans, writes, until there is nothing to be done; @changed: something was written.
 * @make_plan sets the plan for what was observed, @describe reports what the plan did.
 */
int work_carry_out(struct work *w, int (*make_plan)(struct work *w),
		   void (*describe)(struct work *w), bool *changed);

/* flows.c: ends or counts the flows that the old rules translated otherwise, as the node's option
 * wants. After a write. */
int flows_follow(struct work *w);

/* describe.c */

void describe_drift(struct work *w);
void describe_changes(struct work *w);
void describe_removal(struct work *w);
/* What others do that bears on our rules. */
void describe_others(struct work *w);

/* apply.c, remove.c: the acts; each sets the report's state. */

int family_check(struct work *w);
int family_apply(struct work *w);
int family_remove(struct work *w);

#endif
