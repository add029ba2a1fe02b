/* SPDX-License-Identifier: Apache-2.0 */
/* When the default of nonMasqueradeCIDRs applies. */
#ifndef LIBIPMASQ_DEFAULT_LIST_H
#define LIBIPMASQ_DEFAULT_LIST_H

#include "config/config.h"

/* Whether the profile's agent uses the default. @given: some part of the configuration gives the
 * list. */
bool default_list_applies(const struct profile *profile, const struct ipmasq_config *config,
			  bool given);

#endif
