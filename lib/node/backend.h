/* SPDX-License-Identifier: Apache-2.0 */
/* Decides which of the two backends holds our rules. */
#ifndef LIBIPMASQ_BACKEND_H
#define LIBIPMASQ_BACKEND_H

#include "node/work.h"

/* Makes it the backend of the family. */
void backend_use(struct work *w, enum ipmasq_backend backend);

/* Of two there are. */
enum ipmasq_backend backend_other_than(enum ipmasq_backend backend);

/*
 * Chooses the backend, and looks at the other one too; what was observed of both is kept. An error
 * where a fact that matters is not known: then nothing is to be written.
 */
int backend_choose(struct work *w);

/*
 * The backend that what was seen of both speaks for; AUTO: nothing speaks for either. In this
 * order: what holds rules of ours, where those that packets reach count more; the kubelet's hint
 * chains; the number of rules of others. -EAGAIN: a fact that matters is not known. A fact that is
 * not known never moves our rules.
 */
int backend_decide(const struct backend_signs *nft, const struct backend_signs *legacy,
		   enum ipmasq_backend *backend);

/* Whether packets reach rules of ours in the backend in use, by a new look at it. */
int backend_is_reached(struct work *w, bool *reached, struct failure *failure);

/* Whether a backend holds anything of ours, by a look at it. One that is not in use does not. */
int backend_has_ours(struct work *w, enum ipmasq_backend backend, bool *ours);

#endif
