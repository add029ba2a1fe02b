/* SPDX-License-Identifier: Apache-2.0 */
/* Empties and deletes chains of any table of nf_tables, without a program. */
#ifndef LIBIPMASQ_KERNEL_NATIVE_DROP_H
#define LIBIPMASQ_KERNEL_NATIVE_DROP_H

#include "node/kernel/native_batch.h"

/* Empties a chain, or deletes it. */
void native_put_flush(struct native_batch *batch, const char *table, const char *chain);
void native_put_delete(struct native_batch *batch, const char *table, const char *chain);

#endif
