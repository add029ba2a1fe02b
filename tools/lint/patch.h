/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the edits of a text as a unified diff. */
#ifndef IPMASQ_PATCH_H
#define IPMASQ_PATCH_H

#include <stdio.h>

#include "lint/fixed_text.h"

/*
 * Writes a unified diff from the original text to the present one, for patch -p1 and git apply.
 * Writes nothing when they are the same. @path names the file in the head of the diff.
 */
void patch_write(const struct fixed_text *fixed, const char *path, FILE *stream);

#endif
