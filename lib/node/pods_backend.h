/* SPDX-License-Identifier: Apache-2.0 */
/* Which backends have pods, and which one gets a new pod. */
#ifndef LIBIPMASQ_PODS_BACKEND_H
#define LIBIPMASQ_PODS_BACKEND_H

#include "node/work.h"

struct pods_places {
	/* By backend: it may have pods. */
	bool may[BACKENDS];
	/* The only one that has the chain; AUTO: none, several, or it is not known. */
	enum ipmasq_backend only;
};

/* -ENOMEM, with the failure set. */
int pods_places(struct work *w, struct pods_places *places);

/* Whether no backend has pods. */
bool pods_are_nowhere(const struct pods_places *places);

/* Chooses the backend for a pod that comes. Errors as backend_choose(). */
int pods_choose(struct work *w, const struct pods_places *places);

/* Whether a backend has pods, and is to be looked at: it is then in use, and was observed. Else
 * the outcome of the family, where it had to be looked at. */
int pods_look_at(struct work *w, const struct pods_places *places, enum ipmasq_backend backend,
		 bool *there);

#endif
