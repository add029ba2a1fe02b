/* SPDX-License-Identifier: Apache-2.0 */
/* Families as words, the same in every output. */
#ifndef IPMASQ_NAMES_H
#define IPMASQ_NAMES_H

#include "ipmasq.h"

const char *family_name(enum ipmasq_family family);

#endif
