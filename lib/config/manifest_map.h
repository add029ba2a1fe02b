/* SPDX-License-Identifier: Apache-2.0 */
/* Where does each byte of a scalar's value stand in the file? */
#ifndef LIBIPMASQ_MANIFEST_MAP_H
#define LIBIPMASQ_MANIFEST_MAP_H

#include "config/document.h"

/*
 * The value of a scalar as a text of its own, whose places are those in @outer: to the character,
 * whatever the style of the scalar. What cannot be followed there stands at the scalar's start.
 * -ENOMEM.
 */
int manifest_extract(struct text *outer, const struct node *scalar, struct text **inner);

#endif
