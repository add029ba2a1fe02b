/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the rules and the elements of the generation that is in force. */
#ifndef LIBIPMASQ_KERNEL_NATIVE_CONTENTS_H
#define LIBIPMASQ_KERNEL_NATIVE_CONTENTS_H

#include "node/kernel/native_table.h"

/* Fills table->rules, whose first chain is there. Errors as native_read(). */
int native_contents_read(struct native_socket *socket, const char *root,
			 struct native_table *table);

#endif
