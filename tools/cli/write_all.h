/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a whole block of data to a file descriptor. */
#ifndef IPMASQ_WRITE_ALL_H
#define IPMASQ_WRITE_ALL_H

#include <stddef.h>

/* Writes all @size bytes, in as many calls as it takes. Returns 0 or a negative errno. */
int write_all(int fd, const char *data, size_t size);

#endif
