/* SPDX-License-Identifier: Apache-2.0 */
/* What a kernel answered once: the files of a corpus for fuzzing. */
#ifndef TESTS_RECORDINGS_H
#define TESTS_RECORDINGS_H

#include <stddef.h>
#include <stdint.h>

/* Calls @take for each file of a directory of the sources, and checks that there are at least
 * @least. */
void recordings_each(const char *directory, int least,
		     void (*take)(const char *name, const uint8_t *data, size_t size));

#endif
