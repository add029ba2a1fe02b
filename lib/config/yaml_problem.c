/* SPDX-License-Identifier: Apache-2.0 */
/* Words the syntax errors of libyaml 0.2.5 for people who write configurations. */
#include "config/yaml_problem.h"

#include <string.h>

/* The first row applies whose members all agree with the problem. */
struct problem_words {
	/* How libyaml's text begins. */
	const char *problem;
	/* NULL: any. */
	const char *context;
	/* The character at the problem is one of these; "": the text ends there; NULL: any. */
	const char *here;
	bool at_context;
	const char *message;
};

static const struct problem_words problem_table[] = {
	{ "found character that cannot start any token", NULL, "\t", false,
	  "a tab cannot indent a line in YAML; use spaces" },
	{ "found character that cannot start any token", NULL, "@`%", false,
	  "a text that starts with this character needs quotes around it" },
	{ "found a tab character", NULL, NULL, false,
	  "a tab cannot indent a line in YAML; use spaces" },
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
	  "the text ends before the value that begins here" },
	{ "did not find expected node content", NULL, NULL, false,
	  "a value is missing before this character, or the text needs quotes around it" },
	{ "could not find expected ':'", NULL, NULL, true,
	  "a colon is missing after this key; an entry is written `key: value`" },
	{ "did not find expected key", NULL, NULL, false,
	  "a key is expected here; keys of one mapping start in the same column" },
	{ "did not find expected '-' indicator", NULL, NULL, false,
	  "a list entry is expected here; all start with `- ` in the same column" },
	{ "mapping values are not allowed in this context", NULL, NULL, false,
	  "a colon is not allowed here; check the indentation of this line and the one "
	  "above, or put quotes around a text that contains `: `" },
	{ "mapping keys are not allowed in this context", NULL, NULL, false,
	  "a key is not allowed here; check the indentation" },
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
	  "this tag has a handle that no %TAG directive defines; remove the tag" },
	{ "did not find expected <document start>", NULL, NULL, false,
	  "the document has ended before this; check the brackets, quotes and indentation "
	  "above" },
	{ "found incompatible YAML document", NULL, NULL, false,
	  "this version of YAML is not supported; remove the %YAML line" },
	{ "control characters are not allowed", NULL, NULL, false,
	  "a control character is not allowed in YAML; remove it" },
	{ "found unexpected ':'", NULL, NULL, false,
	  "a text with a colon in this place needs quotes around it" },
};

static bool problem_fits(const struct problem_words *row, const struct yaml_problem *problem)
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
	for (size_t i = 0; i < ARRAY_SIZE(problem_table); i++) {
		if (!problem_fits(&problem_table[i], problem))
			continue;
		*at_context = problem_table[i].at_context && problem->context;
		return problem_table[i].message;
	}
	return problem->problem;
}
