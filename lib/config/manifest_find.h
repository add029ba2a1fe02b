/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the configurations of a text. */
#ifndef LIBIPMASQ_MANIFEST_FIND_H
#define LIBIPMASQ_MANIFEST_FIND_H

#include "config/manifest.h"
#include "profile/manifest_query.h"
#include "profile/profile.h"
#include "util/diag.h"

/*
 * Finds the configurations of a text: itself, or in manifests the values of ConfigMaps.
 *
 * @profile  whose agent reads them: it settles which data keys are read, and what is one
 *           configuration
 * @flags    MANIFEST_* of manifest.h
 *
 * -EINVAL, with a finding: the text cannot be read, is a template, or holds no configuration where
 * one is wanted. -ENOMEM.
 */
int manifest_find(struct text *text, const struct manifest_query *query,
		  const struct profile *profile, unsigned int flags, struct ipmasq_diags *diags,
		  struct manifest **manifest);

#endif
