/* SPDX-License-Identifier: Apache-2.0 */
/* A converted policy as the text of a configuration. */
#ifndef LIBIPMASQ_CONVERT_TEXT_H
#define LIBIPMASQ_CONVERT_TEXT_H

#include "policy/convert_sides.h"
#include "util/buf.h"

struct convert_result {
	const struct ipmasq_policy *policy;
	/* Of the agent that the text is for. */
	const struct profile *profile;
	/* IPv4 and IPv6. */
	const struct convert_side *sides;
	/* Entries of nonMasqueradeCIDRs. */
	size_t entries;
};

/* Appends a configuration in YAML. Comments say what it was made from. */
void convert_put_text(const struct convert_result *result, struct buf *buf);

#endif
