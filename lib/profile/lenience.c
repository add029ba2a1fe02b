/* SPDX-License-Identifier: Apache-2.0 */
/* What is refused here although the agent of a profile takes it, and how that agent reads it. */
#include "profile/lenience.h"

#include <stdio.h>

/* How the agents that take it read it. They are written in Go, and share its readers. */
static const char *const readings[LENIENCE_COUNT] = {
	[LENIENCE_NULL_ITEM] = "the entry that its default list has at that place",
	[LENIENCE_KEY_TWICE] = "the last of them",
	[LENIENCE_TWO_SPELLINGS] = "the one that comes last when they are sorted by their bytes",
	[LENIENCE_SECOND_DOCUMENT] = "the first document only",
	[LENIENCE_ZERO_INTERVAL] = "it as no pause between two checks of the node",
	[LENIENCE_PADDED_LENGTH] = "the length as a decimal number",
	[LENIENCE_MERGE_KEY] = "what is merged like keys of the file",
};

const char *lenience_text(const struct profile *profile, enum lenience kind,
			  char text[LENIENCE_MAX])
{
	text[0] = '\0';
	if (profile->lenience & LENIENCE_BIT(kind))
		snprintf(text, LENIENCE_MAX,
			 "; the agent of the profile %s takes this, and reads %s", profile->name,
			 readings[kind]);
	return text;
}

int lenience_extend(const struct profile *profile, struct ipmasq_diags *diags)
{
	char text[LENIENCE_MAX];
	int r = diag_extend(diags, "documents",
			    lenience_text(profile, LENIENCE_SECOND_DOCUMENT, text));

	if (r == 0)
		r = diag_extend(diags, "merge-key",
				lenience_text(profile, LENIENCE_MERGE_KEY, text));
	return r;
}
