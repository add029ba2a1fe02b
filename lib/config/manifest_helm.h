/* SPDX-License-Identifier: Apache-2.0 */
/* Takes configurations out of Helm values, as a file of their own or within objects. */
#ifndef LIBIPMASQ_MANIFEST_HELM_H
#define LIBIPMASQ_MANIFEST_HELM_H

#include "config/manifest_search.h"

/* Whether a mapping is Helm values with ipMasqAgent, perhaps below the name of a chart; @place gets
 * that key. */
bool manifest_is_values(const struct document *document, const struct node *root,
			const struct node **place);

/* Adds ipMasqAgent.config of values, or remembers that it is missing. -ENOMEM. */
int manifest_take_values(struct search *search, const struct node *root);

/* The same for values that are an object or a text; @values may be NULL. -ENOMEM. */
int manifest_take_any_values(struct search *search, const struct node *values);

/* The same for the objects that have values in their spec. -ENOMEM. */
int manifest_take_helm_object(struct search *search, const struct node *object);
int manifest_take_application(struct search *search, const struct node *object);

#endif
