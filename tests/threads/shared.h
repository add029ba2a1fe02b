/* SPDX-License-Identifier: Apache-2.0 */
/* The objects that all threads read at the same time, and what a thread read of them. */
#ifndef TESTS_THREADS_SHARED_H
#define TESTS_THREADS_SHARED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipmasq.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const enum ipmasq_family shared_families[] = { IPMASQ_IPV4, IPMASQ_IPV6 };

enum {
	SHARED_TREE,
	SHARED_MAPS,
	SHARED_RULESETS,
};

struct shared {
	/* A directory with a configuration. */
	const char *directory;
	const struct ipmasq_options *options;
	const struct ipmasq_config *config;
	const struct ipmasq_policy *policy;
	/* One that differs. */
	const struct ipmasq_policy *other;
	/* Its configuration has host names. */
	const struct ipmasq_hosts *hosts;
	const struct ipmasq_options *host_options;
	const struct ipmasq_config *host_config;
	/* Not const, as the planted race changes it. */
	struct ipmasq_diags *diags;
	const struct ipmasq_input *input;
	const struct ipmasq_partition *partitions[2];
	const struct ipmasq_diff *diff;
	const struct ipmasq_ruleset *rulesets[2][SHARED_RULESETS];
	const struct ipmasq_nat *nat;
	const struct ipmasq_answer *answer;
	const struct ipmasq_overrides *overrides;
	const struct ipmasq_node *node;
	const struct ipmasq_report *report;
	const struct ipmasq_pods *pods;
};

/* Makes them all, or ends the process. They are never freed. */
void shared_make(struct shared *shared, const char *directory);

/* Addresses to ask for, some of which are in entries of the policy. */
#define SHARED_ADDRESSES 64
void shared_address(enum ipmasq_family family, size_t index, uint8_t address[16]);

/* Ends the process unless @ok. */
void need(bool ok, const char *what);

/* A number that stands for all that was read: two threads that read the same have the same. */
struct digest {
	uint64_t value;
};

void digest_bytes(struct digest *digest, const void *data, size_t size);
void digest_number(struct digest *digest, uint64_t number);
/* NULL is another text than "". */
void digest_text(struct digest *digest, const char *text);
/* Frees the text as well. */
void digest_own_text(struct digest *digest, char *text);

/* Reads some of the shared objects. Must read something. */
typedef void read_fn(const struct shared *shared, struct digest *digest);

struct reader {
	const char *name;
	read_fn *read;
};

extern const struct reader policy_readers[];
extern const size_t policy_reader_count;
extern const struct reader rule_readers[];
extern const size_t rule_reader_count;
/* These write as well: to the network namespace of their thread. */
extern const struct reader node_readers[];
extern const size_t node_reader_count;
extern const struct reader pod_readers[];
extern const size_t pod_reader_count;

#endif
