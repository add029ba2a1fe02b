/* SPDX-License-Identifier: Apache-2.0 */
/* The matches and the target's options of a rule, as `iptables -L` prints them behind the columns.
 */
#ifndef LIBIPMASQ_NAT_XT_LIST_H
#define LIBIPMASQ_NAT_XT_LIST_H

#include "nat/xt_rule.h"

/* Reads them into a rule whose target is known. From the first words that are not understood on,
 * everything is one unknown condition, since these words have no marks where they begin and end. */
void xt_list_read(struct xt_rule *rule, const char *text, size_t len);

#endif
