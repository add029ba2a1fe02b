/* SPDX-License-Identifier: Apache-2.0 */
/* CIDRs that a program gives. */
#ifndef LIBIPMASQ_ADDRESS_H
#define LIBIPMASQ_ADDRESS_H

#include "util/diag.h"
#include "util/prefix.h"

/* Reads a CIDR. -EINVAL, with a finding that has no place; -ENOMEM. */
int address_read_cidr(const char *text, struct ipmasq_diags *diags, struct prefix *prefix);

#endif
