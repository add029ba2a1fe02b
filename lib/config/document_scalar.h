/* SPDX-License-Identifier: Apache-2.0 */
/* Types of plain scalars. */
#ifndef LIBIPMASQ_DOCUMENT_SCALAR_H
#define LIBIPMASQ_DOCUMENT_SCALAR_H

#include "config/document.h"

/* The type of a plain scalar of YAML. @text has a NUL behind its @len bytes. */
enum scalar_type document_plain_type(const char *text, size_t len);

#endif
