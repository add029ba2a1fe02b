/* SPDX-License-Identifier: Apache-2.0 */
/* A text is read, and the tree or the one finding compared with what is expected. */
#ifndef TESTS_DOCUMENT_CHECK_H
#define TESTS_DOCUMENT_CHECK_H

#include "util/diag.h"

/* A row of a table of texts that are taken. */
struct tree {
	const char *text;
	const char *dump;
};

/* A row of a table of texts that are refused. */
struct refusal {
	const char *text;
	const char *finding; /* "code line:column-end", and " suggestion" where there is one */
};

/*
 * Reads a text as an input is. 0, and the tree as text in @dump: s() n() b() #() for texts, nulls,
 * bools and numbers, [] for lists, {} for mappings, a star before aliases, and the place after
 * each.
 */
int parse(const char *data, size_t size, struct ipmasq_diags *diags, char **dump);

/* The only finding, written as in struct refusal. Returns @out. */
const char *describe(const struct ipmasq_diags *diags, char *out, size_t size);

void check_tree(const char *text, const char *expected);
void check_rejected(const char *text, const char *expected);

#endif
