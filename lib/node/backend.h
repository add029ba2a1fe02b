/* SPDX-License-Identifier: Apache-2.0 */
/* Finds out which of the two backends holds the node's rules. */
#ifndef LIBIPMASQ_BACKEND_H
#define LIBIPMASQ_BACKEND_H

#include "node/work.h"

void backend_use(struct work *w, enum ipmasq_backend backend);

/* Chooses the backend; where it has to observe for that, the observation is kept. */
int backend_choose(struct work *w);

#endif
