/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random policies, and an oracle of first match that shares no code with the library. It tries
 * CIDRs as bytes, one after the other, in the order of the decision table of ipmasq.conf(5).
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
#define ORACLE_LISTS	4

struct oracle_list {
	struct oracle_cidr cidrs[ORACLE_LIST_MAX];
	size_t count;
};

struct oracle {
	/* By enum ipmasq_list. */
	struct oracle_list lists[ORACLE_LISTS];
	/* By enum ipmasq_switch. */
	bool switches[4];
	/* May be NULL. */
	const char *to_ports;
	enum ipmasq_layout layout;
};

/* A generator of its own (xorshift), so that a seed means the same on every machine. */
struct random {
	uint64_t state;
};

uint32_t random_below(struct random *random, uint32_t bound);

/*
 * Makes lists of up to @most entries, some of them nested, overlapping or repeated, hosts and /0
 * among them. They are in a part of the address space that is small enough for them to overlap.
 */
void oracle_random(struct oracle *oracle, struct random *random, unsigned int most);

/* Yields an address near the entries, or anywhere. */
void oracle_random_address(struct oracle *oracle, struct random *random, enum ipmasq_family family,
			   uint8_t address[16]);

/* @source may be NULL: some source of podCIDRs. Stores in @origin what decided. */
enum ipmasq_verdict oracle_decide(const struct oracle *oracle, enum ipmasq_family family,
				  const uint8_t *address, const uint8_t *source,
				  enum ipmasq_origin *origin);

/* Builds the same policy with the library. Returns what the library returns. */
int oracle_policy(const struct oracle *oracle, struct ipmasq_policy **policy);

#endif
