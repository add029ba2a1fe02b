/* SPDX-License-Identifier: Apache-2.0 */
/* Whether rules of others decide otherwise than the policy, although ours are in line. */
#ifndef LIBIPMASQ_OVERRIDDEN_H
#define LIBIPMASQ_OVERRIDDEN_H

#include "node/work.h"

/* Everybody's rules, which both families are looked up in. */
struct seen_nat {
	/* What looking at our own rules has read of them already, IPv4 first, or NULL. */
	struct nat_legacy_table *legacy[2];
	/* Their chains that were proved. */
	struct nat_proved proved[2];
	bool tried;
	/* 0, or why they are not known. */
	int error;
	struct ipmasq_nat *nat;
};

void seen_nat_release(struct seen_nat *seen);

/*
 * Once the rules of both families were dealt with, for a family that is in line: adds a sentence
 * for each rule of others that decides otherwise for packets that the policy speaks of, and sets
 * the state. Reads the kernel unless @seen has it; where it cannot be read a note says so. Of @w,
 * what all families have in common is enough. -ENOMEM.
 */
int overridden_look(struct work *w, struct seen_nat *seen);

#endif
