/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rule of a model in the making: its conditions, and its text in the words of iptables or of nft.
 * Once there is no memory, additions do nothing: the caller checks once, at the end.
 */
#ifndef LIBIPMASQ_KERNEL_NAT_DRAFT_H
#define LIBIPMASQ_KERNEL_NAT_DRAFT_H

#include "nat/nat.h"
#include "util/buf.h"

/* With the NUL. */
#define NAT_PROVED_NAME_MAX 256

enum nat_words { NAT_WORDS_IPTABLES, NAT_WORDS_NFT };

/* Where words stand in the text: in the order of iptables-save, whatever the order in which the
 * kernel has them. nft keeps that of the kernel, with NAT_SLOT_REST for all. */
enum nat_slot {
	NAT_SLOT_SOURCE,
	NAT_SLOT_DESTINATION,
	NAT_SLOT_IN,
	NAT_SLOT_OUT,
	NAT_SLOT_PROTOCOL,
	NAT_SLOT_REST,
	NAT_SLOT_TARGET,
	NAT_SLOTS,
};

/* Of a family, the chain whose rules were proved to do what the policy says. */
struct nat_proved {
	/* "": there is none. */
	char chain[NAT_PROVED_NAME_MAX];
	enum nat_backend backend;
	const char *table;
};

struct nat_draft {
	struct nat_model *model;
	/* Of IPv4 and of IPv6; NULL: none. Of these chains no rule is read. */
	const struct nat_proved *proved;
	enum nat_words words;
	/* Each word begins with a blank. */
	struct buf slots[NAT_SLOTS];
	struct nat_condition *conditions;
	size_t count;
	size_t capacity;
	/* Its number, verdict and what belongs to that are set by the caller. */
	struct nat_rule rule;
	/* 0 or -ENOMEM. */
	int error;
};

void nat_draft_init(struct nat_draft *draft, struct nat_model *model);
void nat_draft_release(struct nat_draft *draft);

/* Whether a chain of the table is a proved one, which then is marked. */
bool nat_draft_skip_chain(const struct nat_draft *draft, struct nat_table *table, uint32_t chain);

/* Starts a rule without conditions, which goes on with the next rule. */
void nat_draft_begin(struct nat_draft *draft, enum nat_words words);

/* Adds words that are no condition. @format begins with a blank. */
void nat_draft_say(struct nat_draft *draft, enum nat_slot slot, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* Adds a condition; its text is what @format says. */
void nat_draft_add(struct nat_draft *draft, const struct nat_condition *condition,
		   enum nat_slot slot, const char *format, ...) PRINTF_LIKE(4, 5);

/* The same with words that are there: those of the slot since nat_draft_mark(). */
size_t nat_draft_mark(struct nat_draft *draft, enum nat_slot slot);
void nat_draft_bind(struct nat_draft *draft, const struct nat_condition *condition,
		    enum nat_slot slot, size_t mark);

/* Adds a condition that the model cannot hold. */
void nat_draft_add_unknown(struct nat_draft *draft, enum nat_slot slot, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* A set for the condition of an address, empty or with one range. NULL: there is no memory. */
struct nat_set *nat_draft_new_set(struct nat_draft *draft, enum ipmasq_family family);
struct nat_set *nat_draft_new_range(struct nat_draft *draft, enum ipmasq_family family,
				    struct addr first, struct addr last);

/* A copy of ranges of ports. NULL: there is no memory. */
const struct nat_ports *nat_draft_ports(struct nat_draft *draft, const struct nat_ports *ports,
					size_t count);

/* A text that belongs to the model, "" where there is no memory. */
const char *nat_draft_text(struct nat_draft *draft, const char *text, size_t len);

/* Sets the comment of the rule. */
void nat_draft_comment(struct nat_draft *draft, const char *text, size_t len);

/* Completes the rule: what its pointers lead to belongs to the model. @prefix stands before the
 * text. It may be called again, after changes of what the verdict says. 0 or -ENOMEM. */
int nat_draft_end(struct nat_draft *draft, const char *prefix);

#endif
