/* SPDX-License-Identifier: Apache-2.0 */
/* Which parts of a stream are configurations? */
#ifndef LIBIPMASQ_MANIFEST_H
#define LIBIPMASQ_MANIFEST_H

#include "config/document.h"
#include "profile/manifest_query.h"

/* What may be seen without a finding. */
#define MANIFEST_WITHOUT_CONFIG 0x1u /* a manifest that holds no configuration */
#define MANIFEST_OTHER_FILES	0x2u /* a text that is neither; it then has no parts */

struct manifest_part {
	struct text *text;
	uint32_t unit; /* parts with the same number are one configuration */
};

struct manifest {
	struct document *document; /* the only part is a plain configuration, and this is it; or
				      NULL */
	struct manifest_part *parts; /* in the order of the text */
	size_t count;
	size_t capacity;
	uint32_t unit_count; /* units are counted from 0, in the order of the text */
	bool rejected; /* something that should be a part is none; there was a finding */
};

/*
 * Finds the configurations of a text: itself, or in manifests the values of ConfigMaps.
 *
 * @merged  of the profile: the keys that its agent reads, an fnmatch(3) pattern, and reads as one
 * configuration; NULL: each key is one
 *
 * -EINVAL, with a finding: it cannot be read, is a template, or holds no configuration where one is
 * wanted. -ENOMEM.
 */
int manifest_find(struct text *text, const struct manifest_query *query, const char *merged,
		  unsigned int flags, struct ipmasq_diags *diags, struct manifest **manifest);
void manifest_free(struct manifest *manifest);

/*
 * Whether a file that is come across may be, or hold, a configuration: false only where
 * manifest_find() with both flags finds nothing and has nothing to say. Takes any bytes.
 */
bool manifest_may_be(const char *data, size_t size, const struct manifest_query *query);

#endif
