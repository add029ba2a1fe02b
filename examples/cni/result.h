/* SPDX-License-Identifier: Apache-2.0 */
/* The result of the plugins before this one in the chain. */
#ifndef IPMASQ_CNI_RESULT_H
#define IPMASQ_CNI_RESULT_H

#include <ipmasq.h>
#include <stdio.h>

#include "cni/error.h"
#include "cni/netconf.h"

/*
 * Reads which addresses the container has. Those of interfaces outside of it are left out. There
 * may be none. The list is the caller's.
 */
int result_addresses(const struct netconf *conf, struct ipmasq_pod_address **addresses,
		     size_t *count, struct cni_error *error);

/* Passes the result on, byte for byte; a version is added where it has none. */
int result_print(const struct netconf *conf, FILE *to, struct cni_error *error);

#endif
