/* SPDX-License-Identifier: Apache-2.0 */
/* Decides which of the backends holds our rules. */
#ifndef LIBIPMASQ_BACKEND_H
#define LIBIPMASQ_BACKEND_H

#include "node/work.h"

/* Makes it the backend of the family. */
void backend_use(struct work *w, enum ipmasq_backend backend);

/*
 * Chooses the backend, and looks at the others too; what was observed of all is kept. An error
 * where a fact that matters is not known: then nothing is to be written.
 */
int backend_choose(struct work *w);

/* Uses the one that was asked for, if that can be. Errors as above. */
int backend_use_asked(struct work *w, enum ipmasq_backend asked);

/* Whether packets reach rules of ours in the backend in use, by a new look at it. */
int backend_is_reached(struct work *w, bool *reached, struct failure *failure);

/* Whether a backend holds anything of ours, by a look at it. One that is not in use does not. */
int backend_has_ours(struct work *w, enum ipmasq_backend backend, bool *ours);

#endif
