/* SPDX-License-Identifier: Apache-2.0 */
/* Takes configurations out of the configMapGenerator of kustomizations. */
#ifndef LIBIPMASQ_MANIFEST_KUSTOMIZE_H
#define LIBIPMASQ_MANIFEST_KUSTOMIZE_H

#include "config/manifest_search.h"

/* Whether a path is one that kustomize reads as a kustomization. */
bool manifest_is_kustomization_path(const char *path);

/* Whether a document is a kustomization that generates ConfigMaps or has Helm charts; @place gets
 * the key that tells. */
bool manifest_is_kustomization(const struct document *document, const struct node *root,
			       const struct node **place);

/*
 * Adds the configurations of a kustomization: its literals, and what the files hold that it names.
 * Files are read only if the search knows the path of the kustomization, and only below its
 * directory. -ENOMEM.
 */
int manifest_take_kustomization(struct search *search, const struct node *root);

#endif
