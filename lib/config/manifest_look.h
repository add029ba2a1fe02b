/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a text or document looks like a configuration. */
#ifndef LIBIPMASQ_MANIFEST_LOOK_H
#define LIBIPMASQ_MANIFEST_LOOK_H

#include "config/document.h"
#include "profile/manifest_query.h"

/*
 * A quick look at a file that nobody named: false only where manifest_find() with both flags finds
 * nothing in it and adds no finding. Takes any bytes.
 */
bool manifest_may_be(const char *data, size_t size, const struct manifest_query *query);

/* Whether a text is a key that only our configurations have. */
bool manifest_is_key(const char *text, size_t len);

/* Whether a text has a line with a key that only our configurations have. */
bool manifest_has_key(const char *data, size_t size);

/*
 * Whether a text that cannot be parsed was meant to be a configuration, or to hold one: it has a
 * line with one of our keys, or is a ConfigMap with a name that is looked for.
 */
bool manifest_looks_like_ours(const struct text *text, const struct manifest_query *query);

/*
 * Whether a mapping is a configuration and not one of another program: it has a key that only our
 * configurations have, or no key that they do not have.
 */
bool manifest_is_config(const struct document *document, const struct node *root);

#endif
