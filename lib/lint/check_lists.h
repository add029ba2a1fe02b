/* SPDX-License-Identifier: Apache-2.0 */
/* The checks about the entries of lists. */
#ifndef LIBIPMASQ_CHECK_LISTS_H
#define LIBIPMASQ_CHECK_LISTS_H

#include "util/common.h"

extern const struct ipmasq_check check_lists[];

#endif
