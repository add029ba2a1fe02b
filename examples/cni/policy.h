/* SPDX-License-Identifier: Apache-2.0 */
/* The policy of a network, from inside its configuration or from a file of its own. */
#ifndef IPMASQ_CNI_POLICY_H
#define IPMASQ_CNI_POLICY_H

#include <ipmasq.h>

#include "cni/error.h"
#include "cni/netconf.h"

/* Of findings that are no errors people are told. */
int policy_read(const struct netconf *conf, struct ipmasq_policy **policy, struct cni_error *error);

/* Puts the errors among the findings into @error: the first as its message, others as details. -1.
 */
int policy_fail(const struct netconf *conf, const struct ipmasq_diags *diags, enum cni_code code,
		struct cni_error *error);

#endif
