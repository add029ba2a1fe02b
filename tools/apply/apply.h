/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of ipmasq-apply share. */
#ifndef IPMASQ_APPLY_H
#define IPMASQ_APPLY_H

#include "cli/cli.h"

enum apply_mode {
	APPLY_ONCE,
	APPLY_DRY_RUN,
	APPLY_CHECK,
	APPLY_REMOVE,
	APPLY_WATCH,
};

struct apply {
	struct cli cli;
	struct ipmasq_policy *policy;
	struct ipmasq_node *node;
	struct ipmasq_report *report;
	struct ipmasq_diags *diags;
	enum apply_mode mode;
	int dry_family; /* enum ipmasq_family, or 0: both */
	enum ipmasq_backend backend;
	const char *netns;
	unsigned int wait;
	bool has_wait;
	bool fallback_defaults; /* with --watch: until there is a good configuration */
	bool log_json;
	bool has_log_format;
	bool has_fallback;
	const char *listen; /* where to be asked, with --watch; NULL: nowhere */
	const char *metrics_file; /* NULL: none */
	bool flush_conntrack; /* of flows whose verdict a write changed */
};

/* Prints the scripts; needs neither privilege nor iptables. */
enum cli_exit apply_dry_run(struct apply *apply);

/* The node as the command line has it, with an empty report. 0 or what the library said. */
int apply_open_node(struct apply *apply);

/* Applies, checks or removes, and says what was found and done. */
enum cli_exit apply_node(struct apply *apply);

#endif
