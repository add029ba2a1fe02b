/* SPDX-License-Identifier: Apache-2.0 */
/* A write that is not cut short. */
#ifndef LIBIPMASQ_WRITE_ALL_H
#define LIBIPMASQ_WRITE_ALL_H

#include "util/common.h"

/* Goes on where a signal or a full pipe cut a write short. 0 or a negative errno.
 * Async-signal-safe. */
int write_all(int fd, const void *data, size_t len);

#endif
