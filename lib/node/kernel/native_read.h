/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what the kernel holds of ours in the native table of a family. */
#ifndef LIBIPMASQ_KERNEL_NATIVE_READ_H
#define LIBIPMASQ_KERNEL_NATIVE_READ_H

#include "node/kernel/native_table.h"

/*
 * Reads it. @contents: with the rules and elements of the generation that is in force; else only
 * what there is.
 *
 * 0; NATIVE_STALE; -ENOMEM; or another error of native_ask(). Whatever comes is released by
 * native_table_release().
 */
int native_read(struct native_socket *socket, const char *root, bool contents,
		struct native_table *table);

/* The same, again and again while it is NATIVE_STALE, for so many seconds. */
int native_read_patiently(struct native_socket *socket, const char *root, bool contents,
			  unsigned int seconds, struct native_table *table);

#endif
