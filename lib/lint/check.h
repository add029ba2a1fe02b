/* SPDX-License-Identifier: Apache-2.0 */
/* What can be found wrong with a configuration? One row a code. */
#ifndef LIBIPMASQ_CHECK_H
#define LIBIPMASQ_CHECK_H

#include "util/common.h"

/*
 * The rows stand with what they are about; the last one has no code. In the help a first line
 * `# ipmasq-lint OPTIONS` of a bad or fixed configuration says how it is looked at.
 */
extern const struct ipmasq_check check_inputs[]; /* is it a file, and well-formed? */
extern const struct ipmasq_check check_values[]; /* are the keys and values what they must be? */
extern const struct ipmasq_check check_lists[]; /* do the entries make sense? */
extern const struct ipmasq_check check_meanings[]; /* is what comes out what was meant? */

#endif
