/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration under test, and what it holds and what was found in it as text. */
#ifndef TESTS_CONFIG_CHECK_H
#define TESTS_CONFIG_CHECK_H

#include "config/config.h"

struct fixture {
	struct ipmasq_config *config;
	struct ipmasq_diags *diags;
};

void set_up(struct fixture *fixture, const char *profile);
void tear_down(struct fixture *fixture);

/* The keys, in their fixed order, one a line; each input after a "+". The caller frees it. */
char *dump_config(const struct ipmasq_config *config);

/* The findings, one a line: the severity's first letter, code, place, suggestion. The caller frees
 * it. */
char *dump_diags(const struct ipmasq_diags *diags);

#endif
