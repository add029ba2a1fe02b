/* SPDX-License-Identifier: Apache-2.0 */
/* The answer for one address or one range: the verdict, and the entries that lead to it. */
#ifndef IPMASQ_ANSWER_H
#define IPMASQ_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "ipmasq.h"

struct answer {
	/* The address as the user wrote it, or the range. */
	const char *target;
	enum ipmasq_family family;
	/* The deciding entry. NULL: IPv6 is off, so there are no rules for it. */
	const struct ipmasq_entry *entry;
	/* The other entries that match, in decision order. */
	const struct ipmasq_entry *const *overrides;
	size_t override_count;
	/* The answer is only for the sources in this policy's podCIDRs. NULL: it is for all, or for
	 * the one that was asked about. */
	const struct ipmasq_policy *pods;
	/* It is for all, since the policy has no podCIDRs. */
	bool every_source;
	/* The first address of the target. */
	const uint8_t *first;
	/* The rules on the packet's way, one per line. NULL: it matches none. */
	const char *rule;
};

/* What an answer says of an entry. For NULL it is RETURN, by no entry. */
struct ipmasq_entry_details answer_entry(const struct ipmasq_entry *entry);

#define ANSWER_PODS_MAX (5 * IPMASQ_TEXT_MAX)

/* The first few of podCIDRs, and how many more there are: "10.0.0.0/8, 10.1.0.0/16 and 3 more".
 * Returns @text. */
const char *answer_pods(const struct ipmasq_policy *policy, enum ipmasq_family family,
			char text[ANSWER_PODS_MAX]);

/* What is the same for all answers of one run. */
struct answer_style {
	const char *profile;
	/* Empty: the profile's agent has none. */
	const char *chain;
	/* The reserved ranges were added to the defaults. */
	bool reserved_ranges;
	bool colour;
};

/* Writes where an entry stands: "FILE:LINE:COLUMN", or whose default it is. */
void answer_put_place(FILE *stream, const struct answer_style *style,
		      const struct ipmasq_entry_details *entry);

/* Writes an entry with its place: "10.0.0.0/8 in nonMasqueradeCIDRs (FILE:2:3)". */
void answer_put_entry(FILE *stream, const struct answer_style *style,
		      const struct ipmasq_entry_details *entry);

#endif
