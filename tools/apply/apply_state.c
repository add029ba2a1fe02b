/* SPDX-License-Identifier: Apache-2.0 */
/* The state of one run of ipmasq-apply. */
#include "apply/apply_state.h"

#include <stdlib.h>

int apply_open_node(struct apply *apply)
{
	const char *lock = getenv("XTABLES_LOCKFILE");
	int r = ipmasq_node_new(&apply->node);

	if (r == 0)
		r = ipmasq_report_new(&apply->report);
	if (r == 0)
		r = ipmasq_node_set_backend(apply->node, apply->backend);
	if (r == 0 && apply->has_wait)
		r = ipmasq_node_set_wait(apply->node, apply->wait);
	if (r == 0 && lock && lock[0])
		r = ipmasq_node_set_path(apply->node, IPMASQ_PATH_LOCK_FILE, lock, NULL);
	if (r == 0)
		r = ipmasq_node_set_flows(apply->node, apply->flush_conntrack ? IPMASQ_FLOWS_END
									      : IPMASQ_FLOWS_COUNT);
	if (r == 0 && apply->netns)
		r = ipmasq_node_set_path(apply->node, IPMASQ_PATH_NETNS, apply->netns,
					 apply->diags);
	return r;
}
