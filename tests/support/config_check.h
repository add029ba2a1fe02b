/* SPDX-License-Identifier: Apache-2.0 */
/* Fixtures for configurations, and their contents and findings as text. */
#ifndef TESTS_CONFIG_CHECK_H
#define TESTS_CONFIG_CHECK_H

#include "config/config.h"

struct fixture {
	struct ipmasq_config *config;
	struct ipmasq_diags *diags;
};

void set_up(struct fixture *fixture, const char *profile);
void tear_down(struct fixture *fixture);

/* Returns the keys in their fixed order, one per line, with a "+" between inputs. The caller frees
 * the text. */
char *dump_config(const struct ipmasq_config *config);

/* Returns the findings, one per line: the severity's first letter, code, place, suggestion. The
 * caller frees the text. */
char *dump_diags(const struct ipmasq_diags *diags);

#endif
