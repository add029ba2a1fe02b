/* SPDX-License-Identifier: Apache-2.0 */
/* All checks, as callers see them. */
#include <string.h>

#include "lint/check_inputs.h"
#include "lint/check_lists.h"
#include "lint/check_manifests.h"
#include "lint/check_meanings.h"
#include "lint/check_pods.h"
#include "lint/check_values.h"

/*
 * The last row of each has no code. In a help, the first line of a configuration may be
 * `# ipmasq-lint OPTIONS`, the options of the run that finds it.
 */
static const struct ipmasq_check *const tables[] = {
	check_inputs, check_manifests, check_values, check_lists, check_pods, check_meanings,
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
