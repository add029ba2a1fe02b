/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of YAML 1.1. */
#ifndef LIBIPMASQ_DOCUMENT_YAML_H
#define LIBIPMASQ_DOCUMENT_YAML_H

#include "config/document_builder.h"

/* Reads all documents of the builder's text. -EINVAL with a finding, or -ENOMEM. */
int document_read_yaml(struct builder *builder);

#endif
