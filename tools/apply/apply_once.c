/* SPDX-License-Identifier: Apache-2.0 */
/* The modes of ipmasq-apply that do their work once: apply, --dry-run, --check and --remove. */
#include "apply/apply_once.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/names.h"
#include "apply/report_output.h"
#include "cli/json.h"
#include "cli/output_text.h"

static struct json_object *script_object(enum ipmasq_family family, const char *command,
					 const char *script)
{
	struct json_object *object = json_new_object();

	json_add(object, "family", json_new_text(family_name(family)));
	json_add(object, "command", json_new_text(command));
	json_add(object, "script", json_new_text(script));
	return object;
}

/* Prints no script before it is proved to be the policy. */
static enum cli_exit print_script(struct apply *apply, enum ipmasq_family family,
				  struct json_list *list)
{
	bool is_native = apply->backend == IPMASQ_BACKEND_NFTABLES;
	const char *command = is_native		      ? "nft -f -"
			      : family == IPMASQ_IPV4 ? "iptables-restore --noflush"
						      : "ip6tables-restore --noflush";
	struct ipmasq_ruleset *ruleset = NULL;
	char *script = NULL;
	char *why = NULL;
	int r = ipmasq_ruleset_new(apply->policy, family, is_native ? IPMASQ_NFTABLES : 0,
				   &ruleset);

	if (r == 0)
		r = ipmasq_ruleset_prove(ruleset, apply->policy, &why);
	if (r == 0)
		r = ipmasq_ruleset_script(ruleset, &script, NULL);
	if (r == -EDOM)
		cli_say("%s: the script is not the policy: %s", family_name(family),
			why ? why : "(no reason given)");
	else if (r < 0)
		cli_die(r, "cannot write the script");
	else if (apply->cli.format == CLI_JSON)
		json_list_put(list, script_object(family, command, script));
	else
		printf("# %s\n%s", command, script);
	free(script);
	free(why);
	ipmasq_ruleset_free(ruleset);
	return r < 0 ? CLI_SYSTEM : CLI_FINE;
}

enum cli_exit apply_dry_run(struct apply *apply)
{
	static const enum ipmasq_family families[] = { IPMASQ_IPV4, IPMASQ_IPV6 };
	enum cli_exit status = CLI_FINE;
	struct ipmasq_policy_details info;
	struct json_list list;
	bool off;

	ipmasq_policy_info(apply->policy, &info, sizeof(info));
	off = info.ipv6 == IPMASQ_OFF;
	if (off && apply->dry_family == IPMASQ_IPV6)
		cli_usage("option '--dry-run=ipv6' needs IPv6, which is off under profile %s "
			  "or by --ipv6=off",
			  info.profile);
	if (apply->cli.format == CLI_JSON)
		json_list_open(&list);
	for (int i = 0; i < 2 && status == CLI_FINE; i++) {
		if (families[i] == IPMASQ_IPV6 && off)
			continue;
		if (apply->dry_family == 0 || apply->dry_family == (int)families[i])
			status = print_script(apply, families[i], &list);
	}
	if (apply->cli.format == CLI_JSON)
		json_list_close(&list);
	return status;
}

static int run_mode(struct apply *apply)
{
	struct ipmasq_policy_details info;

	ipmasq_policy_info(apply->policy, &info, sizeof(info));
	if (apply->mode == APPLY_CHECK)
		return ipmasq_node_check(apply->node, apply->policy, apply->report, apply->diags);
	if (apply->mode == APPLY_REMOVE)
		return ipmasq_node_remove(apply->node, info.chain, apply->report, apply->diags);
	return ipmasq_node_apply(apply->node, apply->policy, apply->report, apply->diags);
}

static bool any_state(const struct ipmasq_report *report, enum ipmasq_state state)
{
	struct ipmasq_result ipv4 = { .error = 0 };
	struct ipmasq_result ipv6 = { .error = 0 };

	ipmasq_report_result(report, IPMASQ_IPV4, &ipv4, sizeof(ipv4));
	ipmasq_report_result(report, IPMASQ_IPV6, &ipv6, sizeof(ipv6));
	return ipv4.state == state || ipv6.state == state;
}

enum cli_exit apply_node(struct apply *apply)
{
	enum cli_exit status = CLI_FINE;
	int r = ipmasq_diags_new(&apply->diags);
	bool opened;

	if (r == 0)
		r = apply_open_node(apply);
	opened = r == 0;
	if (opened)
		r = run_mode(apply);
	if (apply->diags)
		text_findings(stderr, apply->diags, IPMASQ_NOTE);
	if (opened) {
		report_print(apply->report, apply->cli.format);
		if (any_state(apply->report, IPMASQ_STATE_DRIFT) ||
		    (apply->mode == APPLY_CHECK &&
		     any_state(apply->report, IPMASQ_STATE_OVERRIDDEN)))
			status = CLI_NO;
		if (any_state(apply->report, IPMASQ_STATE_FAILED))
			status = CLI_SYSTEM;
	}
	if (r < 0 && (!apply->diags || ipmasq_diags_worst(apply->diags) < IPMASQ_ERROR))
		cli_say("%s", strerror(-r));
	return r < 0 ? CLI_SYSTEM : status;
}
