/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a prefix that is written with a netmask, such as "10.0.0.0/255.0.0.0". For suggestions
 * only: a configuration cannot have one. By libcidr, or by inet_pton() where it was configured
 * --without-libcidr; both read the same.
 */
#ifndef LIBIPMASQ_PREFIX_NETMASK_H
#define LIBIPMASQ_PREFIX_NETMASK_H

#include "util/prefix.h"

/* Masks host bits away. False: it is none, or the mask has a gap. */
bool netmask_read(const char *text, struct prefix *prefix);

#endif
