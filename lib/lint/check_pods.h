/* SPDX-License-Identifier: Apache-2.0 */
/* The checks about podCIDRs. */
#ifndef LIBIPMASQ_CHECK_PODS_H
#define LIBIPMASQ_CHECK_PODS_H

#include "util/common.h"

extern const struct ipmasq_check check_pods[];

#endif
