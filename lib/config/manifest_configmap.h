/* SPDX-License-Identifier: Apache-2.0 */
/* Takes configurations out of the data of ConfigMaps. */
#ifndef LIBIPMASQ_MANIFEST_CONFIGMAP_H
#define LIBIPMASQ_MANIFEST_CONFIGMAP_H

#include "config/manifest_search.h"

/* Adds the configurations of a ConfigMap, or remembers why it has none. -ENOMEM. */
int manifest_take_configmap(struct search *search, const struct node *object);

/* Says so where a ConfigMap is in a namespace in which no agent sees it. @namespace may be NULL.
 * -ENOMEM. */
int manifest_check_namespace(struct search *search, const struct node *namespace);

#endif
