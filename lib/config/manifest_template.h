/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the placeholders of templates that have not been rendered. */
#ifndef LIBIPMASQ_MANIFEST_TEMPLATE_H
#define LIBIPMASQ_MANIFEST_TEMPLATE_H

#include "util/text.h"

/* A placeholder in a text, in bytes. */
struct placeholder {
	size_t begin;
	size_t end;
};

/*
 * Finds the first placeholder from @begin up to @end that is not in a comment, such as `{{ x }}`,
 * `${x}`, `$(x)`, `$X`, `__x__`, `@x@`, `%{ x }`, `%x%`, `{% x %}`, `<% x %>` and `<x>`. False:
 * there is none.
 */
bool manifest_find_template(const struct text *text, size_t begin, size_t end,
			    struct placeholder *found);

/* Whether a value has one, whatever comes before it. */
bool manifest_is_template(const char *value, size_t size);

/* The place of a placeholder in the text that the user edits. */
struct pos manifest_template_pos(const struct text *text, const struct placeholder *found);

#endif
