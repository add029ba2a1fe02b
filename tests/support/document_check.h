/* SPDX-License-Identifier: Apache-2.0 */
/* Compares the tree or the finding that a text yields with the expected one. */
#ifndef TESTS_DOCUMENT_CHECK_H
#define TESTS_DOCUMENT_CHECK_H

#include "util/diag.h"

/* A row of a table of texts that are accepted. */
struct tree {
	const char *text;
	const char *dump;
};

/* A row of a table of texts that are rejected. */
struct refusal {
	const char *text;
	/* "code line:column-end", with " suggestion" if there is one. */
	const char *finding;
};

/*
 * Reads a text as an input is read. Returns 0 and stores the tree as text in @dump: s() n() b() #()
 * for texts, nulls, bools and numbers, [] for lists, {} for mappings, a star before aliases, and
 * the place after each.
 */
int parse(const char *data, size_t size, struct ipmasq_diags *diags, char **dump);

/* Writes the only finding as in struct refusal. Returns @out. */
const char *describe(const struct ipmasq_diags *diags, char *out, size_t size);

void check_tree(const char *text, const char *expected);
void check_rejected(const char *text, const char *expected);

#endif
