/* SPDX-License-Identifier: Apache-2.0 */
/* What the calls about pods share. */
#ifndef LIBIPMASQ_PODS_H
#define LIBIPMASQ_PODS_H

#include "util/diag.h"

/* The chain of the pods: the default for NULL. -EINVAL: it cannot be one, and a finding says why.
 */
int pods_check_chain(const char **chain, struct ipmasq_diags *diags);

#endif
