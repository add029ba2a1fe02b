/* SPDX-License-Identifier: Apache-2.0 */
/* The checks about keys and values. */
#ifndef LIBIPMASQ_CHECK_VALUES_H
#define LIBIPMASQ_CHECK_VALUES_H

#include "util/common.h"

extern const struct ipmasq_check check_values[];

#endif
