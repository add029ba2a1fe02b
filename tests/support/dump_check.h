/* SPDX-License-Identifier: Apache-2.0 */
/* Dumps in the tests, told as the text of the model. */
#ifndef TESTS_DUMP_CHECK_H
#define TESTS_DUMP_CHECK_H

#include "nat/dump_read.h"
#include "support/nat_text.h"

/* What is read of a source, as nat_text_print() writes it, or the findings where it is refused. To
 * be freed. */
char *dump_told(const struct ipmasq_source *source, unsigned int flags);

/* The same of a text. */
char *dump_told_text(const char *name, const char *data, size_t size);

#endif
