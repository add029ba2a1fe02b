/* SPDX-License-Identifier: Apache-2.0 */
/* The command-line flags of ip-masq agents that say how a configuration is read or applied. */
#ifndef LIBIPMASQ_AGENT_FLAG_H
#define LIBIPMASQ_AGENT_FLAG_H

#include "util/scalar.h"

enum agent_flag_kind {
	/* IPv6 is handled. */
	FLAG_IPV6,
	/* Ports are chosen at random. */
	FLAG_RANDOM_FULLY,
	/* The reserved ranges are in the default list. */
	FLAG_RESERVED_RANGES,
	/* The name of the chain. */
	FLAG_CHAIN,
	/* The source ports. */
	FLAG_TO_PORTS,
};

struct agent_flag {
	const char *name;
	enum agent_flag_kind kind;
	/* It takes true or false, and may stand without a value, which is true. */
	bool is_bool;
	/* What says the same here. */
	const char *instead;
};

/* What these programs do in place of what the flags of an agent say. */
struct agent_settings {
	enum ipmasq_mode ipv6;
	enum ipmasq_mode random_fully;
	bool reserved_ranges;
	/* Empty: there is no chain. */
	char chain[32];
	struct port_range ports[PORT_RANGES_MAX];
	size_t port_count;
};

/*
 * Whether a flag with a value says something else than the settings. @instead gets the option that
 * says the same; 64 bytes. A value that cannot be read says nothing.
 */
bool agent_flag_differs(const struct agent_flag *flag, const char *value, size_t len,
			const struct agent_settings *settings, char instead[64]);

/*
 * The flag of a name: with dashes before it or not, and with its words joined by `-`, `_` or by the
 * case of their letters. NULL: there is none.
 */
const struct agent_flag *agent_flag_of(const char *name, size_t len);

/* Reads a bool as the flags of Go do: 1, t, T, true, TRUE, True and their opposites. False: none of
 * these. */
bool agent_flag_bool(const char *text, size_t len, bool *value);

#endif
