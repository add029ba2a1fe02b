/* SPDX-License-Identifier: Apache-2.0 */
/* From a text to its document, whether it is YAML or JSON. */
#ifndef LIBIPMASQ_DOCUMENT_PARSE_H
#define LIBIPMASQ_DOCUMENT_PARSE_H

#include "config/document.h"
#include "util/diag.h"

/*
 * Parses a text of one document. A text whose first character after blanks is `{` is read as JSON
 * (RFC 8259), any other as YAML 1.1. Errors, with findings: -EINVAL (syntax, a second document,
 * nesting deeper than 64, an unknown tag or alias, a merge key, an alias within its own anchor);
 * -ENOMEM.
 */
int document_parse(struct text *text, struct ipmasq_diags *diags, struct document **document);

#define STRICT_NOWHERE 0u

/*
 * Parses a text of any number of documents. Only number @strict, counted from 1, is read as above.
 * The others may be for other programs: only their syntax is checked, and what is nested too deep
 * is left out. JSON that is followed by a line `---` is read as YAML.
 */
int document_parse_stream(struct text *text, unsigned int strict, struct ipmasq_diags *diags,
			  struct document **document);

/* Refuses a second document: -EINVAL with a finding, or -ENOMEM. 0 where there is one only. */
int document_reject_second(const struct document *document, struct ipmasq_diags *diags);

#endif
