/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the Kubernetes objects that hold configurations, and lists that contain them. */
#ifndef LIBIPMASQ_MANIFEST_OBJECTS_H
#define LIBIPMASQ_MANIFEST_OBJECTS_H

#include "config/manifest_search.h"

/* Whether a document is a Kubernetes object; @place gets the first of the keys that tell. */
bool manifest_is_object(const struct document *document, const struct node *root,
			const struct node **place);

/* Adds the configurations in an object, or in what it lists. -ENOMEM. */
int manifest_take_object(struct search *search, const struct node *object);

#endif
