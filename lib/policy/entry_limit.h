/* SPDX-License-Identifier: Apache-2.0 */
/* The largest number of entries of nonMasqueradeCIDRs. */
#ifndef LIBIPMASQ_ENTRY_LIMIT_H
#define LIBIPMASQ_ENTRY_LIMIT_H

#include "config/config.h"
#include "util/diag.h"

/* Compares the numbers of entries, as written, with what the profile's agent or cidrLimit allows.
 * -EINVAL, with findings; -ENOMEM. */
int entry_limit_check(const struct ipmasq_config *config, const struct profile *profile,
		      struct ipmasq_diags *diags);

#endif
