/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of ipmasq-explain share. */
#ifndef IPMASQ_EXPLAIN_H
#define IPMASQ_EXPLAIN_H

#include "cli/cli.h"
#include "cli/output.h"

/* What is asked about: an address, or with more than one address a CIDR. */
struct target {
	const char *text; /* as it was given */
	enum ipmasq_family family;
	bool is_cidr;
	uint8_t first[16];
	uint8_t last[16];
};

struct lineage;

/* One family's side of the policy; each member is made when it is first needed. */
struct view {
	const struct ipmasq_policy *policy;
	enum ipmasq_family family;
	bool off; /* we have no rules for this family */
	struct ipmasq_partition *partition;
	struct ipmasq_ruleset *ruleset;
	struct lineage *lineage;
};

struct explain {
	struct cli cli;
	struct ipmasq_policy *policy;
	struct view views[2];
	struct answer_style style;
	struct json_list list;
	bool batch;
	bool table;
	bool diff;
	bool quiet;
	bool has_source;
	struct target source; /* the pod's address */
	const struct ipmasq_entry *source_entry; /* what decides for that pod everywhere, or NULL */
	bool all_masqueraded; /* so far */
	bool said_off;
};

/* Once the policy is there, and when all is done. */
void explain_start(struct explain *explain);
void explain_finish(struct explain *explain);

/* Notes, once, that there are no rules of ours for IPv6. */
void explain_say_off(struct explain *explain);

struct view *explain_view(struct explain *explain, enum ipmasq_family family);
const struct ipmasq_partition *view_partition(struct view *view);

/* Answers what is asked about in the format that is wanted. */
void explain_target(struct explain *explain, const struct target *target);
void explain_table(struct explain *explain);

/* What @paths[1] changes against @paths[0]; CLI_NO when there is something. */
enum cli_exit explain_diff(struct explain *explain, const char *const paths[2]);

/* Answers addresses from stdin, one a line. */
enum cli_exit explain_batch(struct explain *explain);

/*
 * For ranges that come in ascending order: the entries that match the whole range and come after
 * the one that decides. All ranges of a policy together cost one sort of its entries.
 *
 * @after      the entry that decides
 * @overrides  where the entries go, in decision order; they belong to the lineage and last until
 * the next call
 */
struct lineage *lineage_new(const struct ipmasq_policy *policy, enum ipmasq_family family);
void lineage_free(struct lineage *lineage);
void lineage_rewind(struct lineage *lineage);
size_t lineage_of(struct lineage *lineage, const struct ipmasq_entry *after, const uint8_t *first,
		  const uint8_t *last, const struct ipmasq_entry *const **overrides);

#endif
