/* SPDX-License-Identifier: Apache-2.0 */
/* What does a complaint of libyaml 0.2.5 mean to somebody who writes a configuration? */
#include "config/document_internal.h"

#include <string.h>

/* A row applies where all that it names agree; the first row that does is the one. */
struct words {
	const char *problem;
	const char *context; /* NULL: any */
	const char *here; /* any of these characters; "" is the end of the text; NULL: any */
	bool at_context;
	const char *message;
};

static const struct words table[] = {
	{ "found character that cannot start any token", NULL, "\t", false,
	  "a tab cannot indent a line in YAML; use blanks" },
	{ "found character that cannot start any token", NULL, "@`%", false,
	  "a text that starts with this character needs quotes around it" },
	{ "found a tab character", NULL, NULL, false,
	  "a tab cannot indent a line in YAML; use blanks" },
	{ "found unexpected end of stream", "while scanning a quoted scalar", NULL, true,
	  "the quote that opens here is never closed" },
	{ "found unexpected document indicator", "while scanning a quoted scalar", NULL, true,
	  "the quote that opens here is never closed" },
	{ "did not find expected ',' or ']'", NULL, "", true,
	  "the bracket `[` that opens here is never closed" },
	{ "did not find expected ',' or '}'", NULL, "", true,
	  "the brace `{` that opens here is never closed" },
	{ "did not find expected ',' or ']'", NULL, NULL, false,
	  "a comma or a closing `]` is missing before this" },
	{ "did not find expected ',' or '}'", NULL, NULL, false,
	  "a comma or a closing `}` is missing before this" },
	{ "did not find expected node content", NULL, "", true,
	  "the text ends before a value that is begun here" },
	{ "did not find expected node content", NULL, NULL, false,
	  "a value is missing before this character, or the text needs quotes around it" },
	{ "could not find expected ':'", NULL, NULL, true,
	  "a colon is missing after this key; an entry is written `key: value`" },
	{ "did not find expected key", NULL, NULL, false,
	  "a key is expected here; keys of one mapping start in the same column" },
	{ "did not find expected '-' indicator", NULL, NULL, false,
	  "a list entry is expected here; all start with `- ` in the same column" },
	{ "mapping values are not allowed in this context", NULL, NULL, false,
	  "a colon is not allowed here; look at the indentation of this line and the one "
	  "above, or put quotes around a text that contains `: `" },
	{ "mapping keys are not allowed in this context", NULL, NULL, false,
	  "a key is not allowed here; look at the indentation" },
	{ "block sequence entries are not allowed in this context", NULL, NULL, false,
	  "a list entry is not allowed here; it starts on a line of its own, indented like the "
	  "other entries" },
	{ "did not find expected alphabetic or numeric character", "while scanning an alias", NULL,
	  true, "a text that starts with * needs quotes around it" },
	{ "did not find expected alphabetic or numeric character", "while scanning an anchor", NULL,
	  true, "a text that starts with & needs quotes around it" },
	{ "found unknown escape character", NULL, NULL, false,
	  "there is no such escape; within double quotes a backslash is written \\\\" },
	{ "did not find expected hexdecimal number", NULL, NULL, false,
	  "hexadecimal digits are missing in this escape" },
	{ "found invalid Unicode character escape code", NULL, NULL, false,
	  "this escape stands for no character" },
	{ "found undefined tag handle", NULL, NULL, true,
	  "this tag has a handle that no %TAG directive defines; leave the tag out" },
	{ "did not find expected <document start>", NULL, NULL, false,
	  "the document has ended before this; look at the brackets, quotes and indentation "
	  "above" },
	{ "found incompatible YAML document", NULL, NULL, false,
	  "this version of YAML is not supported; leave the %YAML line out" },
	{ "control characters are not allowed", NULL, NULL, false,
	  "a control character is not allowed in YAML; take it out" },
	{ "found unexpected ':'", NULL, NULL, false,
	  "a text with a colon in this place needs quotes around it" },
};

static bool applies(const struct words *row, const struct yaml_problem *problem)
{
	if (strncmp(problem->problem, row->problem, strlen(row->problem)) != 0)
		return false;
	if (row->context && (!problem->context || strcmp(problem->context, row->context) != 0))
		return false;
	if (!row->here)
		return true;
	if (!row->here[0] || !problem->here)
		return row->here[0] == problem->here;
	return strchr(row->here, problem->here) != NULL;
}

const char *yaml_problem_words(const struct yaml_problem *problem, bool *at_context)
{
	if (!problem->problem)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (!applies(&table[i], problem))
			continue;
		*at_context = table[i].at_context && problem->context;
		return table[i].message;
	}
	return problem->problem;
}
