/* SPDX-License-Identifier: Apache-2.0 */
/* The attachments that a runtime says are still there, for GC. */
#ifndef IPMASQ_CNI_ATTACHMENTS_H
#define IPMASQ_CNI_ATTACHMENTS_H

#include "cni/error.h"
#include "cni/netconf.h"

/* The texts belong to the configuration. */
struct attachment {
	const char *container;
	const char *ifname;
};

/* Reads "cni.dev/valid-attachments". The list is the caller's. */
int attachments_read(const struct netconf *conf, struct attachment **list, size_t *count,
		     struct cni_error *error);

#endif
