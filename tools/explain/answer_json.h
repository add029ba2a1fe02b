/* SPDX-License-Identifier: Apache-2.0 */
/* Answers as JSON objects, for programs. */
#ifndef IPMASQ_ANSWER_JSON_H
#define IPMASQ_ANSWER_JSON_H

#include "cli/json.h"
#include "explain/answer.h"

struct json_object *answer_object(const struct answer *answer);

/* Adds the members that describe an entry. All but "origin" are null when @entry is NULL. */
void answer_add_entry(struct json_object *object, enum ipmasq_origin origin,
		      const struct ipmasq_entry *entry);

#endif
