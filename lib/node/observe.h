/* SPDX-License-Identifier: Apache-2.0 */
/* What does the kernel's nat table hold of ours, and what leads to it? */
#ifndef LIBIPMASQ_OBSERVE_H
#define LIBIPMASQ_OBSERVE_H

#include "node/iptables.h"
#include "rules/ruleset.h"

/* A rule of somebody else's chain that leads to one of ours. */
struct referrer {
	char *chain;
	size_t number; /* in its chain, from 1 */
	char *words; /* "CHAIN matches... -j TARGET", as iptables-restore splits it */
	char target[CHAIN_NAME_MAX + 1];
	bool in_postrouting;
	bool right; /* the jump as we write it, in POSTROUTING, to the root */
};

/* A rule of POSTROUTING, not ours, that rewrites sources. */
struct rewriter {
	size_t number;
	char *words;
};

#define REWRITERS_MAX 4

struct observation {
	struct ipmasq_ruleset *rules; /* chains[0] is the root, empty where it does not exist */
	bool root_exists;
	struct referrer *referrers; /* in the order of the table */
	size_t referrer_count;
	size_t referrer_capacity;
	size_t foreign_count; /* rules that are not ours and do not lead to ours */
	struct rewriter rewriters[REWRITERS_MAX];
	size_t rewriter_count; /* may be more than are kept */
	/* The first rule of our chains that the model cannot hold. */
	char *odd;
	char odd_chain[CHAIN_NAME_MAX + 1];
	size_t odd_rule;
	bool direct; /* read without a program: only complete where nothing is out of the ordinary
		      */
	uint64_t fingerprint; /* of everything that concerns us: has somebody else been here? */
};

/*
 * Streams the table; keeps what is ours and what leads to ours, in memory that does not depend on
 * the rest. -EPROTO: the output is not understood, or not whole.
 */
int observe(const struct iptables *iptables, const char *root, struct observation *obs,
	    struct failure *failure);
void observation_release(struct observation *obs);

/* The generation of the tree that the root leads to; GENERATION_FIRST where it leads to none. */
char observation_generation(const struct observation *obs);

/* Whether anything of ours is there. */
bool observation_has_ours(const struct observation *obs);

/* Whether the kubelet keeps its hint chains in this backend's mangle table. */
int observe_hints(const struct iptables *iptables, bool *found, struct failure *failure);

#endif
