/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at the nat table: directly where that is enough, else through the programs. */
#include "node/look.h"

#include "node/direct.h"
#include "node/observe.h"

/* Removal needs each rule exactly as iptables-save prints it. */
int look_at(struct work *w, const struct iptables *iptables, struct observation *obs,
	    struct failure *failure)
{
	int r = READER_UNSURE;

	if (w->node->direct && w->policy && !w->by_programs)
		r = direct_observe(iptables, w->root, obs, failure);
	return r == READER_UNSURE ? observe(iptables, w->root, obs, failure) : r;
}

int look(struct work *w)
{
	int r;

	if (w->observed)
		return 0;
	work_forget(w);
	r = look_at(w, &w->iptables, &w->obs, &w->failure);
	w->observed = r == 0;
	return r;
}
