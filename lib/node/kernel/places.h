/* SPDX-License-Identifier: Apache-2.0 */
/* Where a chain of ours may be, told by few questions and without a process. */
#ifndef LIBIPMASQ_KERNEL_PLACES_H
#define LIBIPMASQ_KERNEL_PLACES_H

#include <stdbool.h>

#include "util/common.h"

struct places {
	/* Table nat of nf_tables has the chain. */
	bool nft;
	/* There is a table of our own. */
	bool native;
	/* It has the base chain of the chain. */
	bool native_chain;
	/* There is a legacy table nat. */
	bool legacy;
};

/* @netns: a descriptor, or -1. An error where it cannot be told. */
int places_look(int netns, enum ipmasq_family family, const char *chain, struct places *places);

#endif
