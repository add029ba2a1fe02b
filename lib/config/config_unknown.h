/* SPDX-License-Identifier: Apache-2.0 */
/* Says what an unknown key was probably meant to be. */
#ifndef LIBIPMASQ_CONFIG_UNKNOWN_H
#define LIBIPMASQ_CONFIG_UNKNOWN_H

#include "config/config_value.h"

/* Whether the configuration is a whole Kubernetes object instead, without any of our keys. */
bool config_is_object(const struct reading *reading);

/* Adds the one finding for that. -ENOMEM. */
int config_warn_object(struct reading *reading);

/* Adds a finding for a key that is not one of ours. -ENOMEM. */
int config_warn_unknown(struct reading *reading, const struct node *key, const struct node *value);

#endif
