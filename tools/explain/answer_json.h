/* SPDX-License-Identifier: Apache-2.0 */
/* Answers as JSON objects, for programs. */
#ifndef IPMASQ_ANSWER_JSON_H
#define IPMASQ_ANSWER_JSON_H

#include "cli/json.h"
#include "explain/answer.h"

struct json_object *answer_object(const struct answer *answer);

/* An entry alone. NULL, which is written as null, for NULL. */
struct json_object *answer_entry_object(const struct ipmasq_entry *entry);

#endif
