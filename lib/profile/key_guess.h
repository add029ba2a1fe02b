/* SPDX-License-Identifier: Apache-2.0 */
/* Guesses which key an unknown one was meant to be. */
#ifndef LIBIPMASQ_KEY_GUESS_H
#define LIBIPMASQ_KEY_GUESS_H

#include "profile/keys.h"

/*
 * The key out of the set @known that a name most likely means: one with nearly the same letters, or
 * with words that say the same. KEY_COUNT where none does; never a key that means the opposite, or
 * sources where the name means destinations.
 */
enum config_key config_key_guess(unsigned int known, const char *name, size_t len);

#endif
