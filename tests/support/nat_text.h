/* SPDX-License-Identifier: Apache-2.0 */
/* A model of a node's way out as text, for comparisons and for looking at it. */
#ifndef IPMASQ_TESTS_NAT_TEXT_H
#define IPMASQ_TESTS_NAT_TEXT_H

#include <stdio.h>

#include "nat/nat.h"

/* What of it is printed. */
#define NAT_TEXT_TEXTS 1u
/* What a dump cannot tell is left out: ipsets' contents, and the backend. */
#define NAT_TEXT_MEANING 2u
/* The conditions of a rule are sorted, since each variant of iptables has its own order. */
#define NAT_TEXT_SORTED 4u

/* Writes the chains that are reached, table by table in the order of their names, with their rules:
 * for each its number, conditions and verdict. */
void nat_text_print(const struct nat_model *model, unsigned int flags, FILE *out);

#endif
