/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of the user's as messages show them. */
#ifndef LIBIPMASQ_SHOW_H
#define LIBIPMASQ_SHOW_H

#include "util/common.h"

#define SHOWN_MAX 72

/* Copies a text without control characters, cut where it is long. Returns @shown. */
const char *show_text(const char *text, size_t len, char shown[SHOWN_MAX]);

#endif
