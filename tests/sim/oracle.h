/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random policies, and a first-match oracle that knows nothing of the library: CIDRs as bytes,
 * tried one after the other in the order of the decision table of ipmasq.conf(5).
 */
#ifndef TESTS_ORACLE_H
#define TESTS_ORACLE_H

#include "ipmasq.h"

struct oracle_cidr {
	enum ipmasq_family family;
	uint8_t bytes[16];
	unsigned int length;
};

#define ORACLE_LIST_MAX 48

struct oracle_list {
	struct oracle_cidr cidrs[ORACLE_LIST_MAX];
	size_t count;
};

struct oracle {
	struct oracle_list lists[3]; /* by enum ipmasq_list */
	bool switches[4]; /* by enum ipmasq_switch */
	const char *to_ports; /* or NULL */
	enum ipmasq_layout layout;
};

/* A small generator of its own (xorshift), so that a seed means the same everywhere. */
struct random {
	uint64_t state;
};

uint32_t random_below(struct random *random, uint32_t bound);

/*
 * Lists of up to @most entries: nested, overlapping, repeated, hosts and /0 among them, in a corner
 * of the address space small enough for them to meet.
 */
void oracle_random(struct oracle *oracle, struct random *random, unsigned int most);

/* An address near the entries, or anywhere. */
void oracle_random_address(struct oracle *oracle, struct random *random, enum ipmasq_family family,
			   uint8_t address[16]);

/* @source may be NULL. @origin gets what decided. */
enum ipmasq_verdict oracle_decide(const struct oracle *oracle, enum ipmasq_family family,
				  const uint8_t *address, const uint8_t *source,
				  enum ipmasq_origin *origin);

/* The same as a policy of the library. Returns what the library returned. */
int oracle_policy(const struct oracle *oracle, struct ipmasq_policy **policy);

#endif
