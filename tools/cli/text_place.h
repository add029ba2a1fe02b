/* SPDX-License-Identifier: Apache-2.0 */
/* Lines and columns of offsets in the text of a finding's file. */
#ifndef IPMASQ_TEXT_PLACE_H
#define IPMASQ_TEXT_PLACE_H

#include "ipmasq.h"

/* What columns count. */
enum text_unit {
	TEXT_CHARACTERS,
	TEXT_BYTES,
};

/* Both are counted from 1. */
struct text_place {
	unsigned int line;
	unsigned int column;
};

/* The place of the byte at @offset. The finding has a text, which is at least that long. */
struct text_place text_place(const struct ipmasq_finding *finding, size_t offset,
			     enum text_unit unit);

/* Where in the text the finding ends: the offset after its last character. */
size_t text_finding_end(const struct ipmasq_finding *finding);

#endif
