/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences of a report: what differs, what was done, and what others do. */
#ifndef LIBIPMASQ_DESCRIBE_H
#define LIBIPMASQ_DESCRIBE_H

#include "node/work.h"

/* What a noun of so many ends with. */
static inline const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

void describe_drift(struct work *w);
void describe_changes(struct work *w);
void describe_removal(struct work *w);

/* Adds what leads to a chain that was just named, and so keeps it. */
void describe_referrer(struct buf *buf, const struct referrer *referrer);

/* Rules of others that bear on ours. */
void describe_others(struct work *w);

#endif
