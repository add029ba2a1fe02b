/* SPDX-License-Identifier: Apache-2.0 */
/* The checks about files, and text that is not well-formed YAML or JSON. */
#ifndef LIBIPMASQ_CHECK_INPUTS_H
#define LIBIPMASQ_CHECK_INPUTS_H

#include "util/common.h"

extern const struct ipmasq_check check_inputs[];

#endif
