/* SPDX-License-Identifier: Apache-2.0 */
/* The options of ipmasq-apply. */
#include "apply/apply_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apply/http.h"

enum {
	OPT_DRY_RUN = 1,
	OPT_CHECK,
	OPT_REMOVE,
	OPT_WATCH,
	OPT_FALLBACK,
	OPT_LOG_FORMAT,
	OPT_LISTEN,
	OPT_METRICS_FILE,
	OPT_BACKEND,
	OPT_WAIT,
	OPT_NETNS,
	OPT_RANDOM_FULLY,
	OPT_TO_PORTS,
	OPT_LAYOUT,
	OPT_FLUSH_CONNTRACK,
};

static const struct cli_option options[] = {
	{ OPT_DRY_RUN, "dry-run", 0, true, "ipv4|ipv6",
	  "print the scripts for a node without our rules; change nothing" },
	{ OPT_CHECK, "check", 0, false, NULL, "only compare: exit 0 if in line, 1 if not (drift)" },
	{ OPT_REMOVE, "remove", 0, false, NULL,
	  "remove our chains and the jumps to them: in all backends,\n"
	  "or in that of --backend" },
	{ OPT_WATCH, "watch", 0, false, NULL,
	  "keep running: apply each change of the configuration, and\n"
	  "repair the rules every resyncInterval" },
	{ OPT_FALLBACK, "fallback", 0, false, "none|defaults",
	  "with --watch: what applies until there is a valid\nconfiguration (default: none)" },
	{ OPT_LOG_FORMAT, "log-format", 0, false, "text|json",
	  "with --watch: the format of the log on stderr" },
	{ OPT_LISTEN, "listen", 0, false, "[ADDR:]PORT",
	  "with --watch: serve /metrics, /healthz and /readyz there\n(without ADDR: at "
	  "127.0.0.1)" HTTP_NOTE },
	{ OPT_METRICS_FILE, "metrics-file", 0, false, "PATH",
	  "with --watch: write metrics to this file, for node-exporter" },
	{ OPT_BACKEND, "backend", 0, false, "auto|nft|legacy|nftables|iptables-nft|iptables-legacy",
	  "the iptables variant, or tables of our own in nftables,\nwithout any program "
	  "(default: auto, what the node uses)" },
	{ OPT_WAIT, "wait", 0, false, "SECONDS",
	  "how long to wait for the xtables lock, 0 to 3600\n(default: 5)" },
	{ OPT_NETNS, "netns", 0, false, "PATH|NAME", "the network namespace to work in" },
	{ OPT_RANDOM_FULLY, "random-fully", 0, false, "auto|on|off",
	  "random source ports (default: the profile's)" },
	{ OPT_TO_PORTS, "to-ports", 0, false, "A-B[,C-D...]",
	  "the source ports of masqueraded flows" },
	{ OPT_LAYOUT, "layout", 0, false, "auto|linear|tree|maps",
	  "one rule per entry, a tree of chains, or with\n--backend=nftables verdict maps "
	  "(default: "
	  "auto: a tree\nfor more than 12 entries, maps for more than 8)" },
	{ OPT_FLUSH_CONNTRACK, "flush-conntrack", 0, false, "changed",
	  "end the flows that the old rules translated differently" },
	{ 0 },
};

static const struct cli_tool tool = {
	.name = "ipmasq-apply",
	.usage = "[OPTION]...\n"
		 "[OPTION]... --dry-run[=ipv4|ipv6] | --check | --remove | --watch",
	.summary = "Brings the masquerade rules of this node in line with the configuration: "
		   "once, or\nfor as long as it runs.",
	.options = options,
	.exits = "0 in line, 1 drift (--check), 2 usage, 3 configuration rejected,\n"
		 "4 system failure.",
};

static void set_mode(struct apply *apply, enum apply_mode mode)
{
	if (apply->mode != APPLY_ONCE && apply->mode != mode)
		cli_usage("options '--dry-run', '--check', '--remove' and '--watch' are mutually "
			  "exclusive");
	apply->mode = mode;
}

static unsigned int read_wait(const char *value)
{
	char *end;
	unsigned long seconds = strtoul(value, &end, 10);

	if (strspn(value, "0123456789") != strlen(value) || end == value || seconds > 3600)
		cli_usage("option '--wait' takes SECONDS, 0 to 3600, not '%s'", value);
	return (unsigned int)seconds;
}

static void check_listen(const char *value)
{
	struct http_place place;

	if (!HTTP_BUILT)
		cli_usage("option '--listen' is not available: this ipmasq-apply was built without "
			  "HTTP (configure --without-http); '--metrics-file' is");
	if (http_place_read(&place, value) < 0)
		cli_usage("option '--listen' takes an address with a port, as 127.0.0.1:9796, "
			  "[::1]:9796 or 9796, not '%s'",
			  value);
}

/* Takes an option that goes with --watch only. Returns false for other options. */
static bool take_watch_option(struct apply *apply, int id, const char *value)
{
	switch (id) {
	case OPT_FALLBACK:
		apply->fallback_defaults = cli_choice(&apply->cli, value) == 1;
		apply->has_fallback = true;
		return true;
	case OPT_LOG_FORMAT:
		apply->log_json = cli_choice(&apply->cli, value) == 1;
		apply->has_log_format = true;
		return true;
	case OPT_LISTEN:
		check_listen(value);
		apply->listen = value;
		return true;
	case OPT_METRICS_FILE:
		if (!value[0])
			cli_usage("option '--metrics-file' takes the PATH of a file");
		apply->metrics_file = value;
		return true;
	default:
		return false;
	}
}

/* In the order of the words for --backend. */
static const enum ipmasq_backend backends[] = {
	IPMASQ_BACKEND_AUTO,	 IPMASQ_BACKEND_NFT, IPMASQ_BACKEND_LEGACY,
	IPMASQ_BACKEND_NFTABLES, IPMASQ_BACKEND_NFT, IPMASQ_BACKEND_LEGACY,
};

static void take_option(struct apply *apply, int id, const char *value)
{
	struct cli *cli = &apply->cli;

	if (take_watch_option(apply, id, value))
		return;
	switch (id) {
	case OPT_DRY_RUN:
		if (value)
			apply->dry_family = cli_choice(cli, value) ? IPMASQ_IPV6 : IPMASQ_IPV4;
		set_mode(apply, APPLY_DRY_RUN);
		break;
	case OPT_CHECK:
		set_mode(apply, APPLY_CHECK);
		break;
	case OPT_REMOVE:
		set_mode(apply, APPLY_REMOVE);
		break;
	case OPT_WATCH:
		set_mode(apply, APPLY_WATCH);
		break;
	case OPT_BACKEND:
		apply->backend = backends[cli_choice(cli, value)];
		break;
	case OPT_WAIT:
		apply->wait = read_wait(value);
		apply->has_wait = true;
		break;
	case OPT_NETNS:
		apply->netns = value;
		break;
	case OPT_RANDOM_FULLY:
		ipmasq_options_set_mode(cli->options, IPMASQ_FEATURE_RANDOM_FULLY,
					(enum ipmasq_mode)cli_choice(cli, value));
		break;
	case OPT_LAYOUT:
		apply->layout = (enum ipmasq_layout)cli_choice(cli, value);
		ipmasq_options_set_layout(cli->options, apply->layout);
		break;
	case OPT_FLUSH_CONNTRACK:
		cli_choice(cli, value);
		apply->flush_conntrack = true;
		break;
	case OPT_TO_PORTS:
		cli_set(cli, value, ipmasq_options_set_to_ports);
		break;
	}
}

/* An option without effect is a mistake, so it is refused. */
static void check_watch_options(const struct apply *apply)
{
	bool watch = apply->mode == APPLY_WATCH;
	const char *needs_it = apply->has_fallback     ? "fallback"
			       : apply->has_log_format ? "log-format"
			       : apply->listen	       ? "listen"
			       : apply->metrics_file   ? "metrics-file"
						       : NULL;

	if (!watch && needs_it)
		cli_usage("option '--%s' needs '--watch'", needs_it);
	if (watch && apply->cli.format == CLI_JSON)
		cli_usage("with '--watch' there is no output but the log: see '--log-format'");
}

static void check_backend(const struct apply *apply)
{
	if (apply->backend == IPMASQ_BACKEND_NFTABLES && apply->layout == IPMASQ_LAYOUT_TREE)
		cli_usage("option '--layout=tree' is for iptables: with '--backend=nftables' it "
			  "is one of auto|linear|maps");
	if (apply->backend != IPMASQ_BACKEND_NFTABLES && apply->layout == IPMASQ_LAYOUT_MAPS)
		cli_usage("option '--layout=maps' needs '--backend=nftables'");
}

/* Not every agent that reads these files uses iptables. */
static void check_profile(const struct apply *apply)
{
	struct ipmasq_policy *policy = NULL;
	struct ipmasq_policy_details info;

	if (ipmasq_policy_new(NULL, apply->cli.options, NULL, &policy) < 0 ||
	    ipmasq_policy_info(policy, &info, sizeof(info)) < 0)
		cli_die(ENOMEM, "cannot start");
	if (!info.chain[0])
		cli_usage("the agent of the profile %s has no chain of iptables, so there is "
			  "nothing to apply or to check; for a configuration to apply, write: "
			  "ipmasq-explain --profile=%s -c FILE --convert=default",
			  info.profile, info.profile);
	ipmasq_policy_free(policy);
}

void apply_read_options(struct apply *apply, int argc, char **argv)
{
	const char *value;
	char **arguments;
	size_t count;
	int id;

	cli_init(&apply->cli, &tool, argc, argv);
	while ((id = cli_next(&apply->cli, &value)) != 0)
		take_option(apply, id, value);
	arguments = cli_arguments(&apply->cli, &count);
	if (count > 0)
		cli_usage("no argument is expected, but there is '%s'", arguments[0]);
	check_watch_options(apply);
	check_backend(apply);
	check_profile(apply);
	if (apply->flush_conntrack && apply->mode != APPLY_ONCE && apply->mode != APPLY_WATCH)
		cli_usage("option '--flush-conntrack' is for applying: not with '--dry-run', "
			  "'--check' or '--remove'");
}
