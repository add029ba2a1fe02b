/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel's nat table holds of ours, and what leads to it. */
#ifndef LIBIPMASQ_KERNEL_OBSERVATION_H
#define LIBIPMASQ_KERNEL_OBSERVATION_H

#include "rules/ruleset.h"

/* A rule of a chain that is not ours, which leads to one of ours. An element of a map that does is
 * one too, with an empty chain. */
struct referrer {
	char *chain;
	/* In its chain, from 1; 0: not a rule. */
	size_t number;
	/* "CHAIN matches... -j TARGET", as iptables-restore splits it */
	char *words;
	/* The words are all there is to it, so iptables-restore finds it by them. */
	bool exact;
	/* By which nf_tables deletes it; 0: not known. */
	uint64_t handle;
	char target[CHAIN_NAME_MAX + 1];
	bool in_postrouting;
	/* It is the jump as we write it, in POSTROUTING, to the root. */
	bool right;
	/* The kernel shows that it is not, whatever a program prints. */
	bool wrong;
};

/* A rule of POSTROUTING, not ours, that rewrites sources. */
struct rewriter {
	size_t number;
	char *words;
};

/* Whether a rule with this target rewrites sources. */
bool target_rewrites(const char *target);

/* xt_comment has room for 255 bytes; so has nft. */
#define COMMENT_BYTES 256

/* What the rules in our chains are signed with. */
struct signs {
	/* Comments that we write. */
	bool ours;
	/* No comment. */
	bool none;
	/* The first comment that we do not write; empty: there is none. */
	char others[COMMENT_BYTES];
};

struct native_table;

#define REWRITERS_MAX 4
#define TROUBLE_BYTES 256

struct nat_legacy_table;

struct observation {
	/* The first chain is the root, empty where it does not exist. */
	struct ipmasq_ruleset *rules;
	bool root_exists;
	/* In the order of the table. */
	struct referrer *referrers;
	size_t referrer_count;
	size_t referrer_capacity;
	/* Rules that are not ours and do not lead to ours. */
	size_t foreign_count;
	/* Jumps of such rules to chains that are not ours may have been counted with them; there is
	 * such a rule if the number is not zero. */
	bool foreign_estimated;
	/* The kubelet keeps its hint chains in another table of this backend: seen only where
	 * nf_tables is read without a program. */
	bool hints;
	struct rewriter rewriters[REWRITERS_MAX];
	/* How many there are; the first REWRITERS_MAX are kept. */
	size_t rewriter_count;
	struct signs signs;
	/* The first rule of our chains that the model cannot hold. */
	char *odd;
	char odd_chain[CHAIN_NAME_MAX + 1];
	size_t odd_rule;
	/* A rule of our chains does something else than what a program may print of it; such rules
	 * are opaque. */
	bool differs;
	/* Why no rule of ours is in force, however right it is; empty: nothing is known. */
	char trouble[TROUBLE_BYTES];
	/* Of a legacy table that was read without a program: what its base chains reach, for
	 * everybody_read(). NULL: it was not sent. */
	struct nat_legacy_table *reached;
	/* Read without a program: complete only where every rule is of a form that we write, or
	 * differs. */
	bool direct;
	/* The generation of nf_tables that was read without a program, which handles are of, and
	 * its lower 16 bits. */
	uint32_t generation;
	int nft_generation;
	/* The table has a rule that no iptables program writes. */
	bool foreign;
	/* No program can print the table, so the words for rules of others are not complete. */
	bool others_unknown;
	/* The native table of ours; NULL: this is a nat table. The rules are those of the
	 * generation in force. */
	struct native_table *native;
	/* A hash of everything that concerns us: it shows whether another program changed it. */
	uint64_t fingerprint;
};

void observation_release(struct observation *obs);

/* The generation of the tree that the root leads to; GENERATION_FIRST where it leads to none. */
char observation_generation(const struct observation *obs);

/* Whose rules there are in our chains. */
enum ipmasq_writer observation_writer(const struct observation *obs);

/* Whether packets get to rules of ours. */
bool observation_is_reached(const struct observation *obs);

/* Whether anything of ours is there. */
bool observation_has_ours(const struct observation *obs);

/* The fingerprint of an observation that holds nothing but rules of ours and the jump. */
uint64_t observation_fingerprint(const struct observation *obs);

/* Whether a script can delete the rule. No script can express a comment that holds a newline. */
bool referrer_has_words(const struct referrer *referrer);

/* Whether the rule can be deleted, by its words or else by its handle. */
bool referrer_can_be_deleted(const struct referrer *referrer);

/* Where the programs may fail to find a rule by its words, since they take each rule of its chain
 * apart first: what has a handle is to be deleted by that. */
void observation_use_handles(struct observation *obs);

#endif
