/* SPDX-License-Identifier: Apache-2.0 */
/* Where is a finding, and where would its edit be, in the words of SARIF? */
#ifndef IPMASQ_SARIF_PLACE_H
#define IPMASQ_SARIF_PLACE_H

#include <json-c/json.h>
#include <stdint.h>

#include "ipmasq.h"

/* An object with one member, or none for a NULL key. Running out of memory ends the process, as in
 * all of these. */
struct json_object *sarif_object(const char *key, struct json_object *value);
void sarif_set(struct json_object *object, const char *key, struct json_object *value);
struct json_object *sarif_list(struct json_object *only);

/* The file, by its path from the root of the sources where it lies below it. */
struct json_object *sarif_artifact(const char *file);

/* The stretch that a finding is about; the first line for one about the file as a whole. */
struct json_object *sarif_region(const struct ipmasq_finding *finding);

/* The edit that mends it, or NULL where none is certain. */
struct json_object *sarif_fix(const struct ipmasq_finding *finding);

/* What stays the same about a finding when the lines around it change. */
uint64_t sarif_fingerprint(const struct ipmasq_finding *finding);

#endif
