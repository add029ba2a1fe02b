/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of a kernel about rules that were recorded, for readers that believe to ask one. */
#ifndef IPMASQ_TESTS_NAT_REPLAY_H
#define IPMASQ_TESTS_NAT_REPLAY_H

#include "nat/nat.h"
#include "node/kernel/nat_wire.h"

/* Of whom a recording holds answers: its first byte. */
enum nat_replay_kind {
	NAT_REPLAY_NFT,
	NAT_REPLAY_LEGACY,
	NAT_REPLAY_INTERFACES,
	NAT_REPLAY_ROUTES_IPV4,
	NAT_REPLAY_ROUTES_IPV6,
	NAT_REPLAY_KINDS,
};

/* Hands out the messages of @data one after the other, whatever the requests. */
struct nat_replay {
	struct nat_wire wire;
	const char *data;
	size_t len;
	size_t at;
	/* Legacy tables are pruned before they are read. */
	bool prune;
};

/* @data is aligned as malloc() aligns. */
void nat_replay_init(struct nat_replay *replay, const void *data, size_t len);

/*
 * Reads a recording: its kind, a byte for each kind's own use (of legacy tables: 1 for IPv6, and
 * twice the index of the table), and the answers. @model gets rules, if there are any, and is
 * finished. What the reader returned.
 */
int nat_replay_read(const uint8_t *data, size_t size, struct nat_model *model);

/* The same of a legacy table that was pruned first. */
int nat_replay_read_pruned(const uint8_t *data, size_t size, struct nat_model *model);

#endif
