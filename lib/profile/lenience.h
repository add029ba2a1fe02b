/* SPDX-License-Identifier: Apache-2.0 */
/* What is refused here although the agent of a profile takes it, and how that agent reads it. */
#ifndef LIBIPMASQ_LENIENCE_H
#define LIBIPMASQ_LENIENCE_H

#include "profile/profile.h"
#include "util/diag.h"

#define LENIENCE_MAX 160

/*
 * The end of an error's message, from the profile's row: "; the agent of the profile NAME takes
 * this, and reads ...". Empty where that agent refuses it too, or is not known to take it.
 */
const char *lenience_text(const struct profile *profile, enum lenience kind,
			  char text[LENIENCE_MAX]);

/* Adds that to the message of the last finding, where it is about one of the two that are found
 * before a file is read key by key: a second document, or a merge key. -ENOMEM. */
int lenience_extend(const struct profile *profile, struct ipmasq_diags *diags);

#endif
