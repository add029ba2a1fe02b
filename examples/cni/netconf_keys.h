/* SPDX-License-Identifier: Apache-2.0 */
/* Which keys a network configuration may have. */
#ifndef IPMASQ_CNI_NETCONF_KEYS_H
#define IPMASQ_CNI_NETCONF_KEYS_H

#include "cni/netconf.h"

/*
 * Refuses keys of a wrong type, keys that are there twice, and keys that are most likely meant to
 * be others. Of other unknown keys people are told: runtimes and their plugins add some.
 */
int netconf_check_keys(const struct netconf *conf, struct cni_error *error);

#endif
