/* SPDX-License-Identifier: Apache-2.0 */
/* The state of one run of ipmasq-apply, which all its parts share. */
#ifndef IPMASQ_APPLY_STATE_H
#define IPMASQ_APPLY_STATE_H

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
	/* The family of --dry-run, an enum ipmasq_family. 0: both. */
	int dry_family;
	enum ipmasq_backend backend;
	enum ipmasq_layout layout;
	const char *netns;
	unsigned int wait;
	bool has_wait;
	/* End the flows whose verdict a write changed. */
	bool flush_conntrack;

	/* With --watch only. */
	/* Apply the defaults until there is a good configuration. */
	bool fallback_defaults;
	bool has_fallback;
	bool log_json;
	bool has_log_format;
	/* The argument of --listen, or NULL. */
	const char *listen;
	/* The argument of --metrics-file, or NULL. */
	const char *metrics_file;
};

/* Opens the node as the command line says, with an empty report. Returns the library's error. */
int apply_open_node(struct apply *apply);

#endif
