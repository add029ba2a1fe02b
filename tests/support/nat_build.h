/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Models of a node's way out from a short notation, so that tests of the walk need no reader:
 *
 *     table BACKEND FAMILY NAME            legacy, nft or native; ip, ip6 or inet
 *     base HOOK TYPE PRIORITY POLICY CHAIN prerouting, forward or postrouting; filter or nat
 *     CHAIN CONDITION... -> VERDICT        MASQUERADE, SNAT=ADDRESS, NETMAP=CIDR, JUMP=CHAIN, ...
 *     incomplete CHAIN
 *
 * Conditions: s= and d= with CIDRs between commas (s~ and d~: may hold more; s? and d?: not known),
 * i= and o= with an interface ("+" ends a beginning), stype= and dtype= (unicast, local,
 * broadcast, multicast), state= (new, established, related, dnat), proto=NUMBER, port=NUMBER,
 * mark=NUMBER/MASK, owner, chance, what; "!" in front negates; "c=TEXT" is the rule's comment.
 */
#ifndef TESTS_NAT_BUILD_H
#define TESTS_NAT_BUILD_H

#include "nat/nat.h"

/* Makes a finished model. Ends the program where the text is wrong. */
struct nat_model *nat_build(const char *text);

/* Adds what the text says, and does not finish the model. */
void nat_build_into(struct nat_model *model, const char *text);

#endif
