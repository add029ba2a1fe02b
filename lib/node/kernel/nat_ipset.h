/* SPDX-License-Identifier: Apache-2.0 */
/* Reads ipsets that matches refer to. */
#ifndef LIBIPMASQ_KERNEL_NAT_IPSET_H
#define LIBIPMASQ_KERNEL_NAT_IPSET_H

#include "node/kernel/nat_wire.h"
#include "node/kernel/nat_xt.h"

/* An ipset that was asked for. */
struct nat_ipset {
	uint16_t index;
	enum ipmasq_family family;
	/* NULL: the kernel did not tell. */
	char *name;
	/* Belongs to the model; NULL: it cannot be read. */
	struct nat_set *set;
};

struct nat_ipset_reader {
	/* The first member, so that it is what matches are given. */
	struct nat_ipsets ipsets;
	struct nat_draft *draft;
	struct nat_wire *wire;
	/* The name of a set by its number: 0, or a negative errno. */
	int (*name_of)(void *context, uint16_t index, char *name, size_t size);
	void *context;
	struct nat_ipset *known;
	size_t count;
	size_t capacity;
};

void nat_ipset_reader_init(struct nat_ipset_reader *reader, struct nat_draft *draft,
			   struct nat_wire *wire,
			   int (*name_of)(void *context, uint16_t index, char *name, size_t size),
			   void *context);
void nat_ipset_reader_release(struct nat_ipset_reader *reader);

/* Asks the kernel by a socket option; @context: a pointer to a descriptor of a socket of AF_INET.
 */
int nat_ipset_name(void *context, uint16_t index, char *name, size_t size);

#endif
