/* SPDX-License-Identifier: Apache-2.0 */
/* Edits that take an item out of its list. */
#ifndef LIBIPMASQ_LINT_EDIT_H
#define LIBIPMASQ_LINT_EDIT_H

#include "util/diag.h"

/*
 * Adds to the last finding the edit that takes an item out of its list; nothing where it is not
 * certain how. @leads: no item that stays is before it. -ENOMEM.
 */
int lint_edit_removal(struct ipmasq_diags *diags, const struct pos *pos, bool leads);

#endif
