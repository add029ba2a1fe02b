/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of JSON. */
#ifndef LIBIPMASQ_DOCUMENT_JSON_H
#define LIBIPMASQ_DOCUMENT_JSON_H

#include "config/document_builder.h"

/*
 * Reads the builder's text, which is one object. Where a line `---` follows the object, the text is
 * a stream of YAML: then @yaml becomes true, and the rest is not read. -EINVAL with a finding, or
 * -ENOMEM.
 */
int document_read_json(struct builder *builder, bool *yaml);

#endif
