/* SPDX-License-Identifier: Apache-2.0 */
/* Checks configurations, without any output. */
#ifndef IPMASQ_LINT_CONFIG_H
#define IPMASQ_LINT_CONFIG_H

#include "lint/lint_state.h"

/* Checks one configuration, which may be invalid. Adds to @diags. 0 or -ENOMEM. */
int lint_config(struct lint *lint, const struct ipmasq_config *config, struct ipmasq_diags *diags);

/* Checks each configuration of an input on its own. 0 or -ENOMEM. */
int lint_input(struct lint *lint, const struct ipmasq_input *input, struct ipmasq_diags *diags);

/*
 * Checks each configuration of a text. Returns 0, -ENOMEM, or -EINVAL or -EFBIG when the text as a
 * whole cannot be read.
 */
int lint_text(struct lint *lint, const char *name, const char *data, size_t size,
	      struct ipmasq_diags *diags);

/* IPMASQ_INPUT_ flags for the present file. */
unsigned int lint_input_flags(const struct lint *lint);

#endif
