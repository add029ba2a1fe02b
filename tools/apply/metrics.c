/* SPDX-License-Identifier: Apache-2.0 */
/* Formats the status of the agent as metrics for Prometheus. */
#include "apply/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/names.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const enum ipmasq_family families[] = { IPMASQ_IPV4, IPMASQ_IPV6 };

static const char *const repair_names[STATUS_REPAIRS] = {
	[STATUS_CHAIN_MISSING] = "chain-missing", [STATUS_CHAIN_CHANGED] = "chain-changed",
	[STATUS_JUMP_MISSING] = "jump-missing",	  [STATUS_JUMP_CHANGED] = "jump-changed",
	[STATUS_LEFTOVERS] = "leftovers",
};

static const struct {
	const char *name;
	enum ipmasq_state is;
	enum ipmasq_state or_is;
} states[] = {
	{ "unknown", IPMASQ_STATE_UNKNOWN, IPMASQ_STATE_UNKNOWN },
	{ "in-line", IPMASQ_STATE_IN_LINE, IPMASQ_STATE_CHANGED },
	{ "drift", IPMASQ_STATE_DRIFT, IPMASQ_STATE_DRIFT },
	{ "skipped", IPMASQ_STATE_SKIPPED, IPMASQ_STATE_SKIPPED },
	{ "failed", IPMASQ_STATE_FAILED, IPMASQ_STATE_FAILED },
	{ "overridden", IPMASQ_STATE_OVERRIDDEN, IPMASQ_STATE_OVERRIDDEN },
};

static void put_head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A label. The value is escaped as the format requires. */
static void put_label(FILE *out, const char *name, const char *value)
{
	fprintf(out, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '\n')
			fputs("\\n", out);
		else if (*value == '"' || *value == '\\')
			fprintf(out, "\\%c", *value);
		else
			putc(*value, out);
	}
	putc('"', out);
}

/* A metric with the value 1 whose label has the information. */
static void put_info(FILE *out, const char *name, const char *help, const char *label,
		     const char *value)
{
	put_head(out, name, "gauge", help);
	fprintf(out, "%s{", name);
	put_label(out, label, value);
	fputs("} 1\n", out);
}

/* Exact for counts up to 2^53, and for times to the millisecond. */
static void put_single(FILE *out, const char *name, const char *type, const char *help,
		       double value)
{
	put_head(out, name, type, help);
	fprintf(out, "%s %.16g\n", name, value);
}

static void put_sample(FILE *out, const char *name, enum ipmasq_family family, const char *label,
		       const char *value, double number)
{
	fprintf(out, "%s{", name);
	put_label(out, "family", family_name(family));
	if (label) {
		putc(',', out);
		put_label(out, label, value);
	}
	fprintf(out, "} %.16g\n", number);
}

static double seconds(status_time ms)
{
	return (double)ms / 1000;
}

static double value_in_line(const struct status_family *f)
{
	return status_in_line(f);
}

static double value_in_line_at(const struct status_family *f)
{
	return seconds(f->in_line_at);
}

static double value_entries(const struct status_family *f)
{
	return (double)f->entries;
}

static double value_rules(const struct status_family *f)
{
	return (double)f->rules;
}

static double value_chains(const struct status_family *f)
{
	return (double)f->chains;
}

static double value_apply(const struct status_family *f)
{
	return f->apply_seconds;
}

static double value_looks(const struct status_family *f)
{
	return (double)f->looks;
}

static double value_writes(const struct status_family *f)
{
	return (double)f->writes;
}

static double value_flows_ended(const struct status_family *f)
{
	return (double)f->flows_ended;
}

static double value_flows_pending(const struct status_family *f)
{
	return f->flows_pending;
}

static double value_overridden(const struct status_family *f)
{
	return f->overridden[0] != '\0';
}

static double value_fight(const struct status_family *f)
{
	return f->fight[0] != '\0';
}

static double value_fight_repairs(const struct status_family *f)
{
	return (double)f->fight_repairs;
}

/* One number per family. A skipped family has none: its numbers would trigger alerts. */
static const struct {
	const char *name;
	const char *type;
	const char *help;
	double (*value)(const struct status_family *f);
} numbers[] = {
	{ "ipmasq_in_line", "gauge",
	  "Whether the kernel holds the policy of the family; absent if it is skipped.",
	  value_in_line },
	{ "ipmasq_in_line_timestamp_seconds", "gauge",
	  "When the family was last found or brought in line, in seconds since 1970; 0: never.",
	  value_in_line_at },
	{ "ipmasq_entries", "gauge", "Entries of the policy in force.", value_entries },
	{ "ipmasq_rules", "gauge", "Rules that implement the policy, without the jump to them.",
	  value_rules },
	{ "ipmasq_chains", "gauge", "Chains that hold these rules.", value_chains },
	{ "ipmasq_last_apply_duration_seconds", "gauge",
	  "How long the last write took, from the check of the node to the proof.", value_apply },
	{ "ipmasq_looks_total", "counter", "Comparisons of the kernel's rules with the policy.",
	  value_looks },
	{ "ipmasq_writes_total", "counter", "Transactions written to the kernel, for any cause.",
	  value_writes },
	{ "ipmasq_flows_ended_total", "counter",
	  "Flows ended because the old rules had translated them differently.", value_flows_ended },
	{ "ipmasq_flows_pending", "gauge",
	  "Whether flows of earlier rules are still to be ended, which failed.",
	  value_flows_pending },
	{ "ipmasq_overridden", "gauge",
	  "Whether rules of others decide otherwise than the policy of the family, which is in "
	  "line.",
	  value_overridden },
	{ "ipmasq_fight", "gauge",
	  "Whether somebody changes the rules of the family again and again.", value_fight },
	{ "ipmasq_fight_repairs_total", "counter", "Repairs that were part of such a fight.",
	  value_fight_repairs },
};

static void put_numbers(FILE *out, const struct agent_status *status)
{
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		put_head(out, numbers[i].name, numbers[i].type, numbers[i].help);
		for (size_t j = 0; j < ARRAY_SIZE(families); j++)
			if (status->families[j].state != IPMASQ_STATE_SKIPPED)
				put_sample(out, numbers[i].name, families[j], NULL, NULL,
					   numbers[i].value(&status->families[j]));
	}
}

static void put_states(FILE *out, const struct agent_status *status)
{
	const char *name = "ipmasq_state";

	put_head(out, name, "gauge", "1 for the state that the family is in, 0 for the others.");
	for (size_t j = 0; j < ARRAY_SIZE(families); j++)
		for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
			enum ipmasq_state is = status->families[j].state;

			put_sample(out, name, families[j], "state", states[i].name,
				   is == states[i].is || is == states[i].or_is);
		}
}

/* Names of choices. A choice that was not made yet is left out. */
static void put_choices(FILE *out, const struct agent_status *status)
{
	const char *name = "ipmasq_backend_info";

	put_head(out, name, "gauge", "The variant of iptables that holds the rules.");
	for (size_t j = 0; j < ARRAY_SIZE(families); j++)
		if (status->families[j].backend != IPMASQ_BACKEND_AUTO)
			put_sample(out, name, families[j], "backend",
				   ipmasq_backend_name(status->families[j].backend), 1);
	name = "ipmasq_layout_info";
	put_head(out, name, "gauge", "How the rules are laid out in chains.");
	for (size_t j = 0; j < ARRAY_SIZE(families); j++)
		if (status->families[j].layout != IPMASQ_LAYOUT_AUTO)
			put_sample(out, name, families[j], "layout",
				   ipmasq_layout_name(status->families[j].layout), 1);
}

/* Each cause is there from the beginning, so that the first event counts as an increase. */
static void put_causes(FILE *out, const struct agent_status *status)
{
	const char *name = "ipmasq_repairs_total";

	put_head(out, name, "counter",
		 "Writes that repaired changes of others, by what was found.");
	for (size_t j = 0; j < ARRAY_SIZE(families); j++)
		for (size_t i = 0; i < STATUS_REPAIRS; i++)
			put_sample(out, name, families[j], "cause", repair_names[i],
				   (double)status->families[j].repairs[i]);
	name = "ipmasq_failures_total";
	put_head(out, name, "counter", "Failed checks and writes, by the code of the error.");
	for (size_t j = 0; j < ARRAY_SIZE(families); j++)
		for (size_t i = 0; i < STATUS_FAILURES; i++)
			put_sample(out, name, families[j], "cause", status_failure_code(i),
				   (double)status->families[j].failures[i]);
}

static void put_config(FILE *out, const struct agent_status *status)
{
	const char *name = "ipmasq_config_loads_total";

	put_single(out, "ipmasq_config_accepted", "gauge",
		   "Whether the newest configuration was accepted.",
		   status->config == STATUS_CONFIG_ACCEPTED);
	put_single(out, "ipmasq_config_accepted_timestamp_seconds", "gauge",
		   "When a configuration was last accepted, in seconds since 1970; 0: never.",
		   seconds(status->accepted_at));
	put_head(out, name, "counter", "Configurations read, by result.");
	fprintf(out, "%s{result=\"accepted\"} %" PRIu64 "\n", name, status->accepted);
	fprintf(out, "%s{result=\"rejected\"} %" PRIu64 "\n", name, status->rejected);
	put_single(out, "ipmasq_policy_in_force", "gauge", "Whether there is a policy in force.",
		   status->in_force);
	put_single(out, "ipmasq_policy_fallback", "gauge",
		   "Whether that policy is the defaults, as no configuration was accepted yet.",
		   status->fallback);
	if (status->policy_hash[0])
		put_info(out, "ipmasq_policy_info",
			 "A hash of the policy in force, equal on all nodes with the same policy.",
			 "hash", status->policy_hash);
}

static void put_host_names(FILE *out, const struct agent_status *status)
{
	put_single(out, "ipmasq_host_names", "gauge", "Host names in the newest configuration.",
		   (double)status->host_names);
	put_single(out, "ipmasq_host_names_unresolved", "gauge",
		   "Host names that were never resolved, so that their entries are left out.",
		   (double)status->host_names_unresolved);
	put_single(out, "ipmasq_host_name_failures_total", "counter",
		   "Lookups of a host name that gave no address.",
		   (double)status->resolutions_failed);
}

static void put_status(FILE *out, const struct agent_status *status)
{
	put_info(out, "ipmasq_build_info", "The version of the agent.", "version",
		 ipmasq_version());
	put_single(out, "ipmasq_start_timestamp_seconds", "gauge",
		   "When the agent was started, in seconds since 1970.",
		   seconds(status->started_at));
	put_config(out, status);
	put_host_names(out, status);
	put_single(out, "ipmasq_log_lines_dropped_total", "counter",
		   "Lines of the log that were dropped because nobody read it.",
		   (double)status->log_dropped);
	put_single(out, "ipmasq_event_looks_total", "counter",
		   "Checks of the node because the kernel reported changes of our rules.",
		   (double)status->event_looks);
	put_single(out, "ipmasq_others_looks_total", "counter",
		   "Checks of the node because the kernel reported changes of rules of others.",
		   (double)status->others_looks);
	put_single(out, "ipmasq_resync_interval_seconds", "gauge",
		   "The interval between two checks of the node.",
		   (double)status->interval_ms / 1000);
	put_single(out, "ipmasq_next_resync_timestamp_seconds", "gauge",
		   "When the node is checked next, in seconds since 1970.",
		   seconds(status->next_look_at));
	put_states(out, status);
	put_numbers(out, status);
	put_choices(out, status);
	put_causes(out, status);
}

int metrics_format(const struct agent_status *status, char **text, size_t *length)
{
	char *made = NULL;
	FILE *out = open_memstream(&made, length);
	bool whole;

	if (!out)
		return -ENOMEM;
	put_status(out, status);
	whole = !ferror(out);
	if (fclose(out) != 0 || !whole) {
		free(made);
		return -ENOMEM;
	}
	*text = made;
	return 0;
}
