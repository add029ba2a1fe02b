/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a network configuration, as the runtime writes it to standard input. */
#ifndef IPMASQ_CNI_NETCONF_READ_H
#define IPMASQ_CNI_NETCONF_READ_H

#include "cni/netconf.h"

/* How much a command needs to understand of it. */
enum netconf_use {
	/* The version alone, which may be unknown or missing. */
	NETCONF_VERSION,
	/* What says which rules are the network's: a policy that became wrong after ADD does not
	 * keep containers from being deleted. */
	NETCONF_NETWORK,
	/* All of it. */
	NETCONF_ALL,
};

/* Takes @text, which netconf_free() frees in any case. The other members of @conf are written anew,
 * but for notes. */
int netconf_read(struct netconf *conf, char *text, size_t size, enum netconf_use use,
		 struct cni_error *error);

#endif
