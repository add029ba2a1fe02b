/* SPDX-License-Identifier: Apache-2.0 */
/* The table of findings as the caller sees it. */
#include "lint/check.h"

#include <string.h>

static const struct ipmasq_check *const tables[] = {
	check_inputs,
	check_values,
	check_lists,
	check_meanings,
};

IPMASQ_EXPORT const struct ipmasq_check *ipmasq_check_get(size_t index)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (const struct ipmasq_check *check = tables[i]; check->code; check++)
			if (index-- == 0)
				return check;
	return NULL;
}

IPMASQ_EXPORT const struct ipmasq_check *ipmasq_check_find(const char *code)
{
	for (size_t i = 0; code && i < ARRAY_SIZE(tables); i++)
		for (const struct ipmasq_check *check = tables[i]; check->code; check++)
			if (strcmp(check->code, code) == 0)
				return check;
	return NULL;
}
