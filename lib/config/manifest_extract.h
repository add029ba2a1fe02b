/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the value of a scalar out of a text, as a text of its own that knows where it came from. */
#ifndef LIBIPMASQ_MANIFEST_EXTRACT_H
#define LIBIPMASQ_MANIFEST_EXTRACT_H

#include "config/document.h"

/*
 * Makes the value of a scalar a text whose places are those in @outer: exact to the character, in
 * every style of scalar. What cannot be followed gets the place of the scalar's start. -ENOMEM.
 */
int manifest_extract(struct text *outer, const struct node *scalar, struct text **inner);

/* Makes a part of a text a text of its own, whose places are those in @whole. -ENOMEM. */
int manifest_slice(struct text *whole, size_t from, size_t to, struct text **slice);

#endif
