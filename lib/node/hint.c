/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the kubelet says that the node uses a backend. */
#include "node/hint.h"

#include <string.h>

#include "node/direct.h"
#include "node/kernel/hints.h"
#include "node/launch.h"

struct search {
	bool found;
	/* Whether anything was printed, and all of it. */
	bool begun;
	bool ended;
	/* The table has rules that the program cannot print, so it printed none of it. */
	bool incompatible;
};

static bool is_hint(const char *name, size_t len)
{
	for (size_t i = 0; hint_chains[i]; i++)
		if (strlen(hint_chains[i]) == len && memcmp(name, hint_chains[i], len) == 0)
			return true;
	return false;
}

static int take_line(void *context, const char *text, size_t len, bool cut)
{
	struct search *search = context;

	(void)len;
	(void)cut;
	if (*text == '#')
		search->incompatible |= strstr(text, "is incompatible") != NULL;
	else if (*text == ':')
		search->found |= is_hint(text + 1, strcspn(text + 1, " "));
	search->begun |= *text == '*';
	search->ended |= strcmp(text, "COMMIT") == 0;
	return 0;
}

/* No output at all means that there is no such table. */
static int ask_program(const struct iptables *t, bool *found, struct failure *failure)
{
	struct search search = { .found = false };
	int r = iptables_save(t, HINT_TABLE, take_line, &search, failure);

	*found = search.found;
	if (r == 0 && (search.incompatible || search.begun != search.ended))
		return failure_set(failure, -EPROTO, "not-understood",
				   "%s cannot show the " HINT_TABLE " table, or not all of it",
				   program_name(t->programs->save));
	return r;
}

int hint_look(const struct iptables *t, bool *found, struct failure *failure)
{
	int r;

	*found = false;
	r = t->node->direct ? direct_hints(t, found, failure) : READER_UNSURE;
	if (r == READER_UNSURE)
		r = ask_program(t, found, failure);
	/* No such table is an answer. */
	return r < 0 && failure->class == COMPLAINT_NO_TABLE ? 0 : r;
}
