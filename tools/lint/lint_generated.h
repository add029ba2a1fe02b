/* SPDX-License-Identifier: Apache-2.0 */
/* The files that kustomizations make ConfigMaps of: each is looked at once, by way of them. */
#ifndef IPMASQ_LINT_GENERATED_H
#define IPMASQ_LINT_GENERATED_H

#include "lint/lint_state.h"

/*
 * Reads an input as ipmasq_input_load() does, and remembers the files that it leads to. With --fix,
 * these are fixed first.
 */
int lint_load_input(struct lint *lint, struct ipmasq_input *input,
		    const struct ipmasq_source *source, struct ipmasq_diags *diags);

/* Whether a file was looked at by way of a kustomization. */
bool lint_is_generated(const struct lint *lint, const char *path);

void lint_free_generated(struct lint *lint);

#endif
