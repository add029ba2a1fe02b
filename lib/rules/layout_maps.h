/* SPDX-License-Identifier: Apache-2.0 */
/* The layout of a large policy for nftables: verdict maps, and chains of few rules. */
#ifndef LIBIPMASQ_LAYOUT_MAPS_H
#define LIBIPMASQ_LAYOUT_MAPS_H

#include "rules/ruleset.h"

/*
 * Fills an empty ruleset for nftables whose `policy` is set. A packet meets a few rules in front,
 * at most MAPS_MAX maps, and then at most MAP_LEAF rules, or MAP_LAST_LEAF where it met that many
 * maps (rules/map_plan.h). Sub-chains come after the chain that leads to them, except the one that
 * masquerades, which leads nowhere. -ENOMEM.
 */
int layout_maps(struct ipmasq_ruleset *ruleset);

#endif
