/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of findings that several JSON formats have. */
#ifndef IPMASQ_FINDING_JSON_H
#define IPMASQ_FINDING_JSON_H

#include "cli/json.h"

/* The message, with the suggestion if there is one. */
struct json_object *finding_json_message(const struct ipmasq_finding *finding);

/*
 * The path of the file, relative to the working directory if it is below it. A finding in no file
 * is about @input, which may be NULL: then it is about the working directory.
 */
struct json_object *finding_json_path(const struct ipmasq_finding *finding, const char *input);

#endif
