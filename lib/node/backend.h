/* SPDX-License-Identifier: Apache-2.0 */
/* Finds out which of the two backends holds the node's rules. */
#ifndef LIBIPMASQ_BACKEND_H
#define LIBIPMASQ_BACKEND_H

#include "node/work.h"

/* Makes it the backend of the family. */
void backend_use(struct work *w, enum ipmasq_backend backend);

/* Chooses the backend; where it has to observe for that, the observation is kept. */
int backend_choose(struct work *w);

/* What was seen of a backend. */
struct backend_signs {
	/* Its nat table could be read. */
	bool readable;
	/* The kubelet keeps its hint chains there. */
	bool hints;
	/* Rules of others in its nat table. */
	size_t rules;
	/* Something of ours is in its nat table. */
	bool ours;
};

/* The backend that the signs speak for; AUTO: they speak for neither. */
enum ipmasq_backend backend_decide(const struct backend_signs *nft,
				   const struct backend_signs *legacy);

/* Whether a backend holds anything of ours, by a look at it. One that is not in use does not. */
int backend_has_ours(struct work *w, enum ipmasq_backend backend, bool *ours);

#endif
