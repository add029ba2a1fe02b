/* SPDX-License-Identifier: Apache-2.0 */
/* ipmasq-explain: says whether traffic to an address is masqueraded, and why. */
#include <errno.h>
#include <string.h>

#include "cli/cli_policy.h"
#include "explain/address_reader.h"
#include "explain/explain_batch.h"
#include "explain/explain_convert.h"
#include "explain/explain_diff.h"
#include "explain/explain_map.h"
#include "explain/explain_map_node.h"
#include "explain/explain_node.h"
#include "explain/explain_target.h"

enum {
	OPT_BATCH = 1,
	OPT_TABLE,
	OPT_DIFF,
	OPT_MAP,
	OPT_CONVERT,
	OPT_LIVE,
	OPT_FROM,
	OPT_SOURCE,
	OPT_QUIET,
};

static const struct cli_option options[] = {
	{ OPT_BATCH, "batch", 0, false, NULL,
	  "answer addresses from stdin, one per line, as TSV:\n"
	  "address, verdict, origin, entry or -" },
	{ OPT_TABLE, "table", 0, false, NULL,
	  "show the whole policy, range by range, with the columns of\n"
	  "-o json" },
	{ OPT_DIFF, "diff", 0, false, NULL,
	  "show the destinations and sources whose verdict differs\n"
	  "between the configurations OLD and NEW; exit 1 if any does" },
	{ OPT_MAP, "map", 0, false, NULL,
	  "draw the IPv4 space as SVG, coloured by verdict; with\n"
	  "--diff, by what changes; with --live or --from, by where\n"
	  "the node departs from the policy (then exit 1)" },
	{ OPT_CONVERT, "convert", 0, false, "PROFILE",
	  "print the shortest configuration that means the same for\n"
	  "the agent of that profile; exit 1 if it cannot have one" },
	{ OPT_LIVE, "live", 0, false, NULL,
	  "what this node does with it, by everybody's rules, and\n"
	  "whether that is what the policy says; exit 1 if it is not" },
	{ OPT_FROM, "from", 0, false, "PATH",
	  "the same of another node, from what iptables-save, iptables\n"
	  "-S or -L, nft list ruleset and ipset printed: a file or a\n"
	  "directory (sos report, must-gather), or -; repeatable" },
	{ OPT_SOURCE, "source", 0, false, "POD-IP",
	  "the pod (or whatever else) that sends, for podCIDRs and\n"
	  "nonMasqueradeSrcCIDRs" },
	{ OPT_QUIET, "quiet", 'q', false, NULL,
	  "print nothing: exit 0 if everything is masqueraded, else 1" },
	{ 0 },
};

static const struct cli_tool tool = {
	.name = "ipmasq-explain",
	.usage = "[OPTION]... ADDRESS|CIDR...\n"
		 "[OPTION]... --live ADDRESS...\n"
		 "[OPTION]... --from=PATH ADDRESS...\n"
		 "[OPTION]... --batch < ADDRESSES\n"
		 "[OPTION]... --table\n"
		 "[OPTION]... --diff OLD NEW\n"
		 "[OPTION]... --map [--diff OLD NEW | --live | --from=PATH]\n"
		 "[OPTION]... --convert=PROFILE",
	.summary = "Says whether pod traffic to a destination is masqueraded, and which entry "
		   "decides.",
	.options = options,
	.exits = "0 answered (-q: masqueraded), 1 not masqueraded (-q), a bad line (--batch),\n"
		 "a difference (--diff), a node that does not do what the policy says (--live,\n"
		 "--from) or nothing to say it with (--convert), 2 usage, 3 configuration\n"
		 "rejected, 4 system failure, or rules of a node that cannot be read.",
};

static _Noreturn void refuse_cidr(const struct ipmasq_finding *finding)
{
	const char *suggestion = finding->suggestion;

	cli_usage("%s%s%s", finding->message, suggestion ? "; write instead: " : "",
		  suggestion ? suggestion : "");
}

static void read_target(const char *text, struct target *target)
{
	struct ipmasq_diags *diags = NULL;
	struct ipmasq_finding finding;

	*target = (struct target){ .text = text, .is_cidr = strchr(text, '/') != NULL };
	if (!target->is_cidr) {
		if (ipmasq_parse_address(text, &target->family, target->first) < 0)
			cli_usage("'%s' %s", text, address_fault(text));
		memcpy(target->last, target->first, sizeof(target->last));
		return;
	}
	if (ipmasq_diags_new(&diags) == 0 &&
	    ipmasq_parse_cidr(text, diags, &target->family, target->first, target->last) < 0 &&
	    ipmasq_diags_get(diags, 0, &finding, sizeof(finding)) == 0)
		refuse_cidr(&finding);
	if (!diags || ipmasq_diags_worst(diags) > 0)
		cli_die(ENOMEM, text);
	ipmasq_diags_free(diags);
}

static void read_options(struct explain *explain)
{
	const char *value;
	int id;

	while ((id = cli_next(&explain->cli, &value)) != 0) {
		switch (id) {
		case OPT_BATCH:
			explain->batch = true;
			break;
		case OPT_TABLE:
			explain->table = true;
			break;
		case OPT_DIFF:
			explain->diff = true;
			break;
		case OPT_MAP:
			explain->map = true;
			break;
		case OPT_CONVERT:
			explain_convert_to(explain, value);
			break;
		case OPT_LIVE:
			explain->live = true;
			break;
		case OPT_FROM:
			explain_add_dump(explain, value);
			break;
		case OPT_SOURCE:
			explain->has_source = true;
			/* Before it is said what is wrong with it as a CIDR. */
			if (strchr(value, '/'))
				cli_usage("option '--source' takes an address, not '%s'", value);
			read_target(value, &explain->source);
			break;
		case OPT_QUIET:
			explain->quiet = true;
			break;
		}
	}
}

static bool asks_node(const struct explain *explain)
{
	return explain->live || explain->dump_count > 0;
}

static void check_usage_of_diff(const struct explain *explain, size_t count)
{
	if (explain->batch || explain->table || explain->quiet || explain->has_source ||
	    asks_node(explain) || explain->target_agent)
		cli_usage("option '--diff' cannot be combined with another question");
	if (explain->cli.config_count > 0)
		cli_usage("option '--diff' takes OLD and NEW, not '--config'");
	if (count != 2)
		cli_usage("option '--diff' takes two configurations, OLD and NEW");
}

static void check_usage_of_map(const struct explain *explain, size_t count)
{
	if (explain->cli.format != CLI_TEXT)
		cli_usage("option '--map' writes SVG, not JSON");
	if (explain->batch || explain->table || explain->quiet || explain->has_source ||
	    explain->target_agent)
		cli_usage("option '--map' cannot be combined with another question but '--diff', "
			  "'--live' and '--from'");
	if (count > 0 && !explain->diff)
		cli_usage("option '--map' takes no ADDRESS");
}

static void check_usage_of_convert(const struct explain *explain, size_t count)
{
	if (explain->batch || explain->table || explain->quiet || explain->has_source ||
	    asks_node(explain) || count > 0)
		cli_usage("option '--convert' cannot be combined with another question");
	if (explain->cli.format != CLI_TEXT)
		cli_usage("option '--convert' writes YAML, not JSON");
}

static void check_usage_of_node(const struct explain *explain)
{
	if (explain->batch || explain->table || explain->quiet)
		cli_usage("option '--%s' cannot be combined with another question",
			  explain->live ? "live" : "from");
	if (explain->live && explain->dump_count > 0)
		cli_usage("options '--live' and '--from' are mutually exclusive");
	cli_one_stdin(explain->dumps, explain->dump_count, false);
}

static void check_usage(const struct explain *explain, size_t count)
{
	if (explain->map)
		check_usage_of_map(explain, count);
	if (explain->diff) {
		check_usage_of_diff(explain, count);
		return;
	}
	if (explain->target_agent) {
		check_usage_of_convert(explain, count);
		return;
	}
	if (asks_node(explain))
		check_usage_of_node(explain);
	if (explain->batch && explain->table)
		cli_usage("options '--batch' and '--table' are mutually exclusive");
	if ((explain->batch || explain->table) && count > 0)
		cli_usage("option '--%s' takes no ADDRESS", explain->batch ? "batch" : "table");
	if (explain->quiet && (explain->batch || explain->table))
		cli_usage("option '--quiet' takes an ADDRESS, not '--%s'",
			  explain->batch ? "batch" : "table");
	if (explain->batch && explain->cli.format != CLI_TEXT)
		cli_usage("option '--batch' writes TSV, not JSON");
	if (explain->table && explain->has_source)
		cli_usage("options '--table' and '--source' are mutually exclusive");
	if (!explain->batch && !explain->table && !explain->map && count == 0)
		cli_usage("an ADDRESS or CIDR is needed");
}

/* Answers every argument. All of them have been checked before. */
static void explain_arguments(struct explain *explain, char **arguments, size_t count)
{
	struct target target;

	for (size_t i = 0; i < count; i++) {
		read_target(arguments[i], &target);
		explain_target(explain, &target);
	}
}

/* The same on a node. */
static enum cli_exit explain_arguments_on_node(struct explain *explain,
					       const struct ipmasq_nat *nat, char **arguments,
					       size_t count)
{
	enum cli_exit status = CLI_FINE;
	struct target target;
	enum cli_exit one;

	for (size_t i = 0; i < count; i++) {
		read_target(arguments[i], &target);
		one = explain_on_node(explain, nat, &target);
		if (one > status)
			status = one;
	}
	return status;
}

/* Checks every argument before the first answer, so that a bad one does not leave half the output.
 */
static void check_arguments(const struct explain *explain, char **arguments, size_t count)
{
	struct target target;

	for (size_t i = 0; i < count && !explain->diff; i++) {
		read_target(arguments[i], &target);
		if (explain->has_source && explain->source.family != target.family)
			cli_usage("option '--source' takes an address of the family of '%s'",
				  arguments[i]);
		if (asks_node(explain) && target.is_cidr)
			cli_usage("option '--%s' takes an ADDRESS, not the CIDR '%s'",
				  explain->live ? "live" : "from", arguments[i]);
	}
}

static enum cli_exit answer_all(struct explain *explain, char **arguments, size_t count)
{
	bool json = explain->cli.format == CLI_JSON && !explain->quiet;
	enum cli_exit status = CLI_FINE;
	struct ipmasq_nat *nat = NULL;

	if (explain->target_agent)
		return explain_convert(explain);
	explain_start(explain);
	if (explain->map && !asks_node(explain))
		return explain_map(explain);
	if (explain->batch)
		return explain_batch(explain);
	if (asks_node(explain))
		status = explain_read_node(explain, &nat);
	if (status != CLI_FINE)
		return status;
	if (explain->map) {
		status = explain_map_node(explain, nat);
		ipmasq_nat_free(nat);
		return status;
	}
	if (json)
		json_list_open(&explain->list);
	if (explain->table)
		explain_table(explain);
	else if (nat)
		status = explain_arguments_on_node(explain, nat, arguments, count);
	else
		explain_arguments(explain, arguments, count);
	if (json)
		json_list_close(&explain->list);
	ipmasq_nat_free(nat);
	return explain->quiet && !explain->all_masqueraded ? CLI_NO : status;
}

static enum cli_exit compare(struct explain *explain, const char *const paths[2])
{
	return explain->map ? explain_map_diff(explain, paths) : explain_diff(explain, paths);
}

static bool reads_stdin(const struct explain *explain)
{
	for (size_t i = 0; i < explain->dump_count; i++) {
		if (strcmp(explain->dumps[i], "-") == 0)
			return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	struct explain explain = { .all_masqueraded = true };
	enum cli_exit status;
	char **arguments;
	size_t count;

	cli_init(&explain.cli, &tool, argc, argv);
	read_options(&explain);
	arguments = cli_arguments(&explain.cli, &count);
	check_usage(&explain, count);
	check_arguments(&explain, arguments, count);
	explain.cli.quiet = explain.quiet;
	explain.cli.stdin_taken = explain.batch || reads_stdin(&explain);
	if (explain.diff)
		status = compare(&explain, (const char *const *)arguments);
	else
		status = cli_policy(&explain.cli, &explain.policy);
	if (status == CLI_FINE && !explain.diff)
		status = answer_all(&explain, arguments, count);
	explain_finish(&explain);
	cli_release(&explain.cli);
	return status;
}
