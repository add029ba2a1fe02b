/* SPDX-License-Identifier: Apache-2.0 */
/* The ruleset that a policy wants, compared with what was observed. */
#ifndef LIBIPMASQ_DESIRED_H
#define LIBIPMASQ_DESIRED_H

#include "node/work.h"

/* Chooses the backend and builds `desired`; @go: false where there is nothing to do. 0, or the
 * error that became the family's outcome. */
int desired_begin(struct work *w, bool *go);

/* Builds `desired` anew. -ENOMEM. */
int desired_set(struct work *w, unsigned int flags, char generation);

/* Plans to bring the table in line, in the generation of names that is in use. Where there is
 * nothing to do, what was observed is proved to be the policy; -EDOM: it is not. */
int desired_plan(struct work *w);

/* The same for a caller that does not write. Where the rules that were observed may be those of a
 * program without --random-fully, it is asked about the option first. */
int desired_plan_asking(struct work *w);

/* After a write that was refused. Where the program does not know an option that the policy may do
 * without, `desired` is built anew without it, and @learnt is set. -ENOMEM. */
int desired_learn(struct work *w, bool *learnt);

/* Proves `desired`, unless that was done. */
int desired_prove(struct work *w);

/* Where the plan finds a difference: asks whether --random-fully is known, if that may be all.
 * @again: it is not, and what is wanted now has none. */
int desired_ask(struct work *w, bool *again);

/* What desired_set() is to be given, by what is known of the programs. */
unsigned int desired_flags(const struct work *w);

#endif
