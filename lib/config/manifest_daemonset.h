/* SPDX-License-Identifier: Apache-2.0 */
/* What DaemonSets beside a ConfigMap say about how the agent reads it. */
#ifndef LIBIPMASQ_MANIFEST_DAEMONSET_H
#define LIBIPMASQ_MANIFEST_DAEMONSET_H

#include "config/manifest_search.h"

/* Remembers which data keys the volumes of agents have, and where agents run. -ENOMEM. */
int manifest_collect_agents(struct search *search);

/* Adds a note for each flag of an agent that says something else than the profile and the options,
 * and for data keys that only its volume tells of. -ENOMEM. */
int manifest_note_agents(struct search *search);

/*
 * Whether the volumes of agents say which keys of a ConfigMap are read; @wanted, whether this one
 * is. Keys that the caller names count more.
 */
bool manifest_agents_choose(const struct search *search, const char *configmap, const char *key,
			    bool *wanted);

#endif
