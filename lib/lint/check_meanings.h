/* SPDX-License-Identifier: Apache-2.0 */
/* The checks about what a configuration does as a whole, and about the run itself. */
#ifndef LIBIPMASQ_CHECK_MEANINGS_H
#define LIBIPMASQ_CHECK_MEANINGS_H

#include "util/common.h"

extern const struct ipmasq_check check_meanings[];

#endif
