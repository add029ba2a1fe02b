/* SPDX-License-Identifier: Apache-2.0 */
/* The checks about the manifests around configurations. */
#ifndef LIBIPMASQ_CHECK_MANIFESTS_H
#define LIBIPMASQ_CHECK_MANIFESTS_H

#include "util/common.h"

extern const struct ipmasq_check check_manifests[];

#endif
