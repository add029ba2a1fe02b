/* SPDX-License-Identifier: Apache-2.0 */
/* One call for one family: what is wanted, what was seen, and what is to be done. */
#ifndef LIBIPMASQ_WORK_H
#define LIBIPMASQ_WORK_H

#include "node/kernel/nat_draft.h"
#include "node/kernel/observation.h"
#include "node/programs.h"
#include "node/report.h"
#include "rules/script.h"
#include "util/diag.h"

/* What one transaction does. */
struct plan {
	/* Whether there is nothing to do. */
	bool empty;
	/* Whether a chain of the ruleset differs. */
	bool chains_differ;
	/* Which chains of `rules` are left as they are; NULL: all are written. */
	bool *unchanged;
	/* Rules that are inserted into those of `rules` that lack no others; NULL: into none. */
	struct rule_run *inserts;
	/* How many chains are written. */
	size_t written;
	/* Chains to fill, or NULL. */
	const struct ipmasq_ruleset *rules;
	/* What `rules` points to where chains are only emptied. */
	struct ipmasq_ruleset *emptied;
	size_t right_jumps;
	/* The referrer that is the right jump and stays; referrer_count: none. */
	size_t keep;
	/* Words of rules; like the names below they belong to the observation. */
	const char **deletes;
	size_t delete_count;
	/* Rules without words that a program would find. Then this is all that the plan does: it
	 * comes first where everything goes, so that the chains are not in use, else last. */
	uint64_t *handles;
	size_t handle_count;
	const char **drops;
	size_t drop_count;
	/* Stale chains that are in use: they are emptied, as they may lead to what is dropped. */
	const char **flushes;
	size_t flush_count;
	bool add_jump;
	size_t jump_at;
	/* With nftables: everything is in one transaction where it fits, and what it takes out of
	 * force stays until a later one. `piles': what earlier ones took out of force stays too,
	 * as long as there are letters for generations. */
	bool at_once;
	bool piles;
	/* How many chains each transaction has; 0: there is one transaction. */
	size_t block;
};

void plan_release(struct plan *plan);

/* What is known of a table. */
enum sight {
	/* It was not read, or could not be: it may hold anything. */
	SIGHT_UNKNOWN,
	SIGHT_CLEAR,
	/* There are no programs for it, or the kernel has no such table. */
	SIGHT_ABSENT,
};

enum backend_ours {
	OURS_NONE,
	/* No rule of POSTROUTING leads to it. */
	OURS_IDLE,
	OURS_REACHED,
};

/* What was seen of a backend; of nftables, `nat` is about tables of our own. */
struct backend_signs {
	/* Of its nat table; only where that is clear, the next two are known. */
	enum sight nat;
	enum backend_ours ours;
	/* Rules of others. */
	size_t rules;
	/* Whether the kubelet keeps its hint chains there. */
	enum answer hints;
	/* Of iptables-nft: whether the kernel has nft_compat, without which it takes no rule of
	 * ours. */
	enum answer compat;
	/* Of nftables: kube-proxy runs in that mode. */
	bool kube_proxy;
};

struct candidate {
	struct backend_signs signs;
	/* Empty where nothing was read. */
	struct observation obs;
	/* Why the nat table is not known. */
	struct failure failure;
};

/* How the root was reached before the first write. */
enum jump { JUMP_NONE, JUMP_OURS, JUMP_OTHER };

struct pods_job;
struct request;
struct ipmasq_pods;

struct work {
	struct ipmasq_node *node;
	/* Where the legacy tables nat that were seen last go, by family; NULL: nobody wants them.
	 */
	struct nat_legacy_table **seen_legacy;
	/* Where the chains that were read back and proved are noted, by family; NULL: nobody wants
	 * them. */
	struct nat_proved *proved_chains;
	/* NULL: everything of ours is to go, or the work is about pods. */
	const struct ipmasq_policy *policy;
	/* What a call about pods wants, and what is to become of them here; NULL: it is about none.
	 */
	const struct request *request;
	struct pods_job *pods;
	/* Where the pods that are seen go. */
	struct ipmasq_pods *listed;
	/* Makes `desired`, which is NULL before, and NULL after it where nothing is wanted. NULL:
	 * that is the ruleset of the policy. */
	int (*make_desired)(struct work *w, unsigned int flags, char generation);
	const char *root;
	enum ipmasq_family family;
	const struct programs *programs;
	/* The backend of the other family; AUTO: not known. */
	enum ipmasq_backend preferred;
	struct ipmasq_report *report;
	struct ipmasq_diags *diags;
	struct iptables iptables;
	/* The backends that are not in use. */
	struct candidate others[BACKENDS];
	struct ipmasq_ruleset *desired;
	/* What `desired` was made with. */
	unsigned int flags;
	/* Whether `desired` was proved. */
	bool proved;
	/* Rules of iptables-nft are deleted without its programs. */
	bool by_netlink;
	/* A program refused a script that deletes rules by their words, maybe because it cannot
	 * take another rule of the chain apart. */
	bool by_handles;
	/* Whether `obs` is fresh. */
	bool observed;
	struct observation obs;
	struct plan plan;
	/* The rules before the first attempt to write; NULL: there was none, or flows_remember()
	 * took them. */
	struct ipmasq_ruleset *before;
	enum jump before_jump;
	/* Of the last step that failed. */
	struct failure failure;
};

/* Drops the observation and the plan. */
void work_forget(struct work *w);
void work_release(struct work *w);

/* Adds a sentence to the report; @kind: what it speaks of. */
#define WORK_SAY(w, kind, ...) report_add((w)->report, (w)->family, kind, __VA_ARGS__)

struct family_report *work_report(const struct work *w);
void work_set_state(struct work *w, enum ipmasq_state state);

/* Whether everything of ours is to go, whatever is seen. */
static inline bool work_is_removal(const struct work *w)
{
	return !w->policy && !w->request && !w->pods;
}

/* Remembers -ENOMEM as the failure. */
int work_no_memory(struct work *w);

/* Whether the node may do without the family. */
bool work_may_skip(const struct work *w);

/* Adds `failure` to what the family's result and the findings say. Returns the error. */
int work_add_error(struct work *w, const struct pos *pos);

/* Makes `failure` the family's outcome: a skip where AUTO allows it, else a finding. @pos: where it
 * was written, or NULL. Returns the error, or 0. */
int work_fail(struct work *w, const struct pos *pos);

#endif
