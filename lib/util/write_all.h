/* SPDX-License-Identifier: Apache-2.0 */
/* Writes whole buffers. */
#ifndef LIBIPMASQ_WRITE_ALL_H
#define LIBIPMASQ_WRITE_ALL_H

#include "util/common.h"

/* Writes all of @data, even where a signal or a full pipe interrupts. 0 or a negative errno.
 * Async-signal-safe. */
int write_all(int fd, const void *data, size_t len);

#endif
