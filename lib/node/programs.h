/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the iptables programs of a node. */
#ifndef LIBIPMASQ_PROGRAMS_H
#define LIBIPMASQ_PROGRAMS_H

#include "node/iptables.h"

/* Of one family. */
struct programs {
	/* By backend; NULL: not there. */
	struct program_pair pairs[BACKENDS];
	/* The one without a variant in its name; may be NULL. */
	char *plain_restore;
};

/* Looks through the node's search path. 0, -ENOMEM, or an error of iptables_version(). */
int programs_find(const struct ipmasq_node *node, enum ipmasq_family family,
		  struct programs *programs, struct failure *failure);
void programs_release(struct programs *programs);

static inline bool programs_have(const struct programs *programs, enum ipmasq_backend backend)
{
	return programs->pairs[backend].save != NULL;
}

/* What the node's administrator made the default; nft where there is none. 0, or an error of
 * iptables_version(). */
int programs_default(const struct ipmasq_node *node, const struct programs *programs,
		     enum ipmasq_backend *backend, struct failure *failure);

#endif
