/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the legacy nat table, as send_legacy_table() writes it. */
#ifndef LIBIPMASQ_KERNEL_LEGACY_H
#define LIBIPMASQ_KERNEL_LEGACY_H

#include "node/kernel/reader.h"

/* NULL: out of memory. */
struct reader *legacy_reader_new(struct observer *observer);

#endif
