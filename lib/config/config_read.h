/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a document into a part of a configuration. */
#ifndef LIBIPMASQ_CONFIG_READ_H
#define LIBIPMASQ_CONFIG_READ_H

#include "config/config_value.h"

/*
 * Fills an empty part. Returns 0, also when it sets reading->rejected, or -ENOMEM; the caller
 * releases the part in any case.
 */
int config_read_document(struct reading *reading, struct config_part *part);

#endif
