/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which backends have pods, and which one gets a new pod. To look at all that there is takes a
 * process for each table, so a few questions come first.
 */
#include "node/pods_backend.h"

#include "node/backend.h"
#include "node/kernel/places.h"

int pods_places(struct work *w, struct pods_places *places)
{
	struct places seen = { .nft = true };
	/* Other programs than the system's may look into another kernel or namespace. */
	int r = w->node->direct ? places_look(w->node->netns, w->family, w->root, &seen) : -EIO;
	bool known = r == 0;

	if (r == -ENOMEM)
		return work_no_memory(w);
	*places = (struct pods_places){ .only = IPMASQ_BACKEND_AUTO };
	places->may[IPMASQ_BACKEND_NFT] = !known || seen.nft;
	places->may[IPMASQ_BACKEND_LEGACY] = !known || seen.legacy;
	places->may[IPMASQ_BACKEND_NFTABLES] = !known || seen.native;
	if (known && !seen.legacy && seen.nft != seen.native_chain)
		places->only = seen.nft ? IPMASQ_BACKEND_NFT : IPMASQ_BACKEND_NFTABLES;
	return 0;
}

bool pods_are_nowhere(const struct pods_places *places)
{
	for (enum ipmasq_backend b = IPMASQ_BACKEND_NFT; b < BACKENDS; b++)
		if (places->may[b])
			return false;
	return true;
}

int pods_choose(struct work *w, const struct pods_places *places)
{
	enum ipmasq_backend asked = w->node->backend;

	if (asked != IPMASQ_BACKEND_AUTO)
		return backend_use_asked(w, asked);
	if (places->only != IPMASQ_BACKEND_AUTO &&
	    (places->only == IPMASQ_BACKEND_NFTABLES || programs_have(w->programs, places->only))) {
		backend_use(w, places->only);
		return 0;
	}
	return backend_choose(w);
}

int pods_look_at(struct work *w, const struct pods_places *places, enum ipmasq_backend backend,
		 bool *there)
{
	enum ipmasq_backend asked = w->node->backend;
	int r;

	*there = false;
	if (!places->may[backend])
		return 0;
	r = backend_has_ours(w, backend, there);
	if (r == 0)
		return 0;
	*there = false;
	work_forget(w);
	/* One that was not asked for has pods only where it worked before. */
	if (r != -ENOMEM && asked != IPMASQ_BACKEND_AUTO && asked != backend)
		return 0;
	return work_fail(w, NULL);
}
