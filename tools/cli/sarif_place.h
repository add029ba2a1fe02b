/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a SARIF log that say where a finding and its fix are. */
#ifndef IPMASQ_SARIF_PLACE_H
#define IPMASQ_SARIF_PLACE_H

#include "cli/json.h"
#include "ipmasq.h"

/* The file. Its path is relative to the root of the sources if the file is below it. */
struct json_object *sarif_artifact(const char *file);

/* The region that a finding is about: for one about the whole file, the start of line 1. */
struct json_object *sarif_region(const struct ipmasq_finding *finding);

/* The edit that fixes it, or NULL if none is certain. */
struct json_object *sarif_fix(const struct ipmasq_finding *finding);

#endif
