/* SPDX-License-Identifier: Apache-2.0 */
/* Compares the verdicts that a walk found with those of the policy. */
#ifndef LIBIPMASQ_PROOF_COMPARE_H
#define LIBIPMASQ_PROOF_COMPARE_H

#include "policy/partition.h"
#include "rules/proof_state.h"

/* Whether the policy masquerades some destination. */
bool proof_policy_masquerades(const struct proof *p, const struct ipmasq_partition *partition);

/* The first cell of a group of sources, from @cell on, whose verdict the policy leaves to the
 * destination (@kept), or does not; or NO_CELL. */
uint32_t proof_find_cell(const struct proof *p, uint32_t cell, bool kept);

/*
 * Compares the verdicts of the last walk, which hold for two cells of sources: of @kept the policy
 * leaves the verdict to the destination, and @returned it returns. NO_CELL: there is no such cell.
 * 0, or -EDOM.
 */
int proof_compare(struct proof *p, uint32_t kept, uint32_t returned,
		  const struct ipmasq_partition *partition);

/* Says what differs for a source, whatever its destination. -EDOM. */
int proof_say_source(struct proof *p, uint32_t source, const char *what);

#endif
