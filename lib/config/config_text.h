/* SPDX-License-Identifier: Apache-2.0 */
/* The values that are written as text, in a file or by a program: CIDRs and durations. */
#ifndef LIBIPMASQ_CONFIG_TEXT_H
#define LIBIPMASQ_CONFIG_TEXT_H

#include "config/config.h"
#include "profile/lenience.h"

/* What to say of a value that was refused, or taken with a note. */
struct complaint {
	/* NULL: nothing. */
	const char *code;
	char message[256 + LENIENCE_MAX];
	/* What to write instead; empty where that is not certain. */
	char suggestion[PREFIX_TEXT_MAX];
};

/*
 * Reads a CIDR, or under a profile that takes them a host name, which is added to @hosts. -EINVAL,
 * then only @complaint is filled in; -ENOMEM. A value that is taken may have a complaint too, which
 * is a note.
 */
int config_parse_cidr(const struct profile *profile, struct names *hosts, const char *text,
		      size_t len, struct prefix *prefix, struct complaint *complaint);

/* Reads a duration in nanoseconds. -EINVAL, then only @complaint is filled in. */
int config_parse_duration(const struct profile *profile, const char *text, size_t len,
			  uint64_t *value, struct complaint *complaint);

#endif
