/* SPDX-License-Identifier: Apache-2.0 */
/* ipmasq-explain --map: a picture of the IPv4 space, coloured by verdict or by what changes. */
#ifndef IPMASQ_EXPLAIN_MAP_H
#define IPMASQ_EXPLAIN_MAP_H

#include "explain/explain_state.h"

/* Draws the policy. */
enum cli_exit explain_map(struct explain *explain);

/* Draws what @paths[1] changes against @paths[0]. Returns CLI_NO if any verdict differs, be it on
 * the map or not. */
enum cli_exit explain_map_diff(struct explain *explain, const char *const paths[2]);

#endif
