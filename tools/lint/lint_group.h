/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs that the agent of the profile reads together, checked as one configuration. */
#ifndef IPMASQ_LINT_GROUP_H
#define IPMASQ_LINT_GROUP_H

#include "lint/lint_state.h"

struct lint_group {
	/* NULL: no input was added since the group was closed. */
	struct ipmasq_config *config;
	struct ipmasq_diags *diags;
	/* The first input, by which the group goes. */
	char *name;
	/* A configuration was found in an input. */
	bool found;
	/* An input could not be read, so the rest is not what the agent would read. */
	bool incomplete;
};

/* Whether the agent of the options' profile reads several inputs as one configuration. */
bool lint_group_wanted(const struct lint *lint);

/* Reads an input into the group. Ends the process if memory runs out. */
void lint_group_add(struct lint *lint, struct lint_group *group, const char *path,
		    const struct ipmasq_source *source);

/* Checks and reports what was added; nothing if nothing was. */
void lint_group_close(struct lint *lint, struct lint_group *group);

#endif
