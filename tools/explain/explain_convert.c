/* SPDX-License-Identifier: Apache-2.0 */
/* ipmasq-explain --convert: the policy as a configuration for the agent of another profile. */
#include "explain/explain_convert.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

void explain_convert_to(struct explain *explain, const char *profile)
{
	struct ipmasq_diags *diags = NULL;
	int r = ipmasq_diags_new(&diags);

	/* The last --convert counts. */
	if (r == 0 && !explain->target_agent)
		r = ipmasq_options_new(&explain->target_agent);
	if (r == 0)
		r = ipmasq_options_set_profile(explain->target_agent, profile, diags);
	cli_must_be_set(&explain->cli, r, diags);
}

static void say_reasons(const struct ipmasq_diags *diags)
{
	struct ipmasq_finding finding;

	for (size_t i = 0; ipmasq_diags_get(diags, i, &finding, sizeof(finding)) == 0; i++)
		cli_say("%s", finding.message);
}

enum cli_exit explain_convert(struct explain *explain)
{
	const struct cli *cli = &explain->cli;
	struct ipmasq_diags *diags = NULL;
	char *text = NULL;
	int r = ipmasq_diags_new(&diags);

	if (r == 0 && cli->has_ipv6)
		r = ipmasq_options_set_mode(explain->target_agent, IPMASQ_FEATURE_IPV6, cli->ipv6);
	if (r == 0)
		r = ipmasq_policy_convert(explain->policy, explain->target_agent, diags, &text);
	if (r == 0)
		fputs(text, stdout);
	say_reasons(diags);
	free(text);
	ipmasq_diags_free(diags);
	if (r == -ENOTSUP)
		return CLI_NO;
	explain_check(r);
	return CLI_FINE;
}
