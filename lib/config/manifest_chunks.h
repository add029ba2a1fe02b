/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a stream that cannot be parsed: which document it is, and whether it matters. */
#ifndef LIBIPMASQ_MANIFEST_CHUNKS_H
#define LIBIPMASQ_MANIFEST_CHUNKS_H

#include "config/manifest_template.h"
#include "profile/manifest_query.h"

/* What was found out about a stream that cannot be parsed. */
struct broken {
	/* The same text, with blanks in place of broken documents that are not ours. */
	struct text *text;
	/* The first placeholder in a document that was left out; its end is 0 where there is none.
	 */
	struct placeholder left_out;
	/* There is a broken document that is ours, or may be. */
	bool ours;
	/* The first placeholder in the first of these; its end is 0 where there is none. */
	struct placeholder placeholder;
};

/*
 * Parses the documents of a stream one by one, and leaves out the broken ones that are not ours.
 *
 * @named   a broken document without placeholders may be ours, whatever is in it
 * @broken  its text belongs to the caller
 *
 * -ENOMEM.
 */
int manifest_find_broken(struct text *text, const struct manifest_query *query, bool named,
			 struct broken *broken);

#endif
