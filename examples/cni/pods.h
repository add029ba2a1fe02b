/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of a network's pods on the node: what the commands do, without the protocol. */
#ifndef IPMASQ_CNI_PODS_H
#define IPMASQ_CNI_PODS_H

#include "cni/attachments.h"
#include "cni/error.h"
#include "cni/netconf.h"
#include "cni/request.h"

/* ADD: the container's addresses are under the network's policy when it returns 0. */
int pods_add(const struct netconf *conf, const struct cni_request *request,
	     struct cni_error *error);

/* CHECK: they are. Writes nothing. */
int pods_check(const struct netconf *conf, const struct cni_request *request,
	       struct cni_error *error);

/* DEL: nothing of the container is left. It is fine if there was nothing. */
int pods_delete(const struct netconf *conf, const struct cni_request *request,
		struct cni_error *error);

/* GC: nothing is left of containers that the runtime does not name. */
int pods_collect(const struct netconf *conf, const struct cni_request *request,
		 struct cni_error *error);

/* STATUS: an ADD would work. */
int pods_status(const struct netconf *conf, const struct cni_request *request,
		struct cni_error *error);

#endif
