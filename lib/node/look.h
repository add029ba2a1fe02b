/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at the nat table: directly where that is enough, else through the programs. */
#ifndef LIBIPMASQ_LOOK_H
#define LIBIPMASQ_LOOK_H

#include "node/work.h"

/* What @iptables shows. */
int look_at(struct work *w, const struct iptables *iptables, struct observation *obs,
	    struct failure *failure);

/* What the kernel reports of changes up to the observation of @w is no news. */
void look_note(struct work *w);

/* Sets the observation of @w, unless it has a fresh one. */
int look(struct work *w);

#endif
