/* SPDX-License-Identifier: Apache-2.0 */
/* Decides whether there is something to do for a family on this node. */
#ifndef LIBIPMASQ_FAMILY_H
#define LIBIPMASQ_FAMILY_H

#include "node/work.h"

/* Sets @go, and reports why where there is nothing to do. 0, or the error of a family that must be
 * there and is not. */
int family_begin(struct work *w, bool *go);

#endif
