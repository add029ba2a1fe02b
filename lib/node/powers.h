/* SPDX-License-Identifier: Apache-2.0 */
/* The capabilities that the programs of a backend need, and have. */
#ifndef LIBIPMASQ_POWERS_H
#define LIBIPMASQ_POWERS_H

#include "util/common.h"

/* Says which of those that are needed the programs that this process starts do not get, such as
 * "CAP_NET_RAW is missing". NULL: they get all. */
const char *powers_missing(enum ipmasq_backend backend);

#endif
