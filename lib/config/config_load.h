/* SPDX-License-Identifier: Apache-2.0 */
/* Loads the configurations that were found in a manifest. */
#ifndef LIBIPMASQ_CONFIG_LOAD_H
#define LIBIPMASQ_CONFIG_LOAD_H

#include "config/config.h"
#include "config/manifest.h"
#include "util/diag.h"

/* Reads @count parts, from number @first on. -EINVAL, with findings; -ENOMEM. */
int config_load_parts(struct ipmasq_config *config, const struct manifest *manifest, size_t first,
		      size_t count, struct ipmasq_diags *diags);

#endif
