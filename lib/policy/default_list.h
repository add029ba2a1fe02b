/* SPDX-License-Identifier: Apache-2.0 */
/* The default of nonMasqueradeCIDRs, and when it applies. */
#ifndef LIBIPMASQ_DEFAULT_LIST_H
#define LIBIPMASQ_DEFAULT_LIST_H

#include "config/config.h"

/* Whether the profile's agent uses the default. @given: some part of the configuration gives the
 * list. */
bool default_list_applies(const struct profile *profile, const struct ipmasq_config *config,
			  bool given);

/* Entry number @index of the default, as a CIDR; NULL past the last. @reserved: with the reserved
 * ranges. */
const char *default_list_entry(bool reserved, size_t index);

#endif
