/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of ours in the backends that are not in use. */
#ifndef LIBIPMASQ_TAKEOVER_H
#define LIBIPMASQ_TAKEOVER_H

#include "node/work.h"

/*
 * Reports as drift what is to be removed there, and clears @in_line. 0, or the error that became
 * the family's outcome: what that backend holds is not known, and nothing else is wrong.
 */
int takeover_check(struct work *w, bool *in_line);

/*
 * Removes it, once the rules in the backend in use are in line: so each packet meets the new rules
 * or both. @changed: something was removed. 0, or the error that became the family's outcome.
 */
int takeover_finish(struct work *w, bool *changed);

/* Whether what was seen of ours in the backend of @w can be removed: where not, its programs are
 * missing. The latter says what there is, and what takes it away; an error. */
bool takeover_can_remove(const struct work *w);
int takeover_fail_no_programs(struct work *w, const struct observation *seen);

/* Notes it where the family is skipped, so that there are no new rules. */
void takeover_note(struct work *w);

#endif
