/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs that the agent of the profile reads together, checked as one configuration. */
#include "lint/lint_group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lint/lint_config.h"
#include "lint/lint_generated.h"
#include "lint/lint_report.h"

static void must_work(int r, const char *path)
{
	if (r < 0)
		cli_die(r, path);
}

bool lint_group_wanted(const struct lint *lint)
{
	struct ipmasq_profile_details profile = { .merges = false };
	struct ipmasq_policy_details info;
	struct ipmasq_policy *policy;

	must_work(ipmasq_policy_new(NULL, lint->cli->options, NULL, &policy), "profile");
	must_work(ipmasq_policy_info(policy, &info, sizeof(info)), "profile");
	for (size_t i = 0; ipmasq_profile_info(i, &profile, sizeof(profile)) == 0; i++)
		if (strcmp(profile.name, info.profile) == 0)
			break;
	ipmasq_policy_free(policy);
	return profile.merges;
}

static void group_open(struct lint *lint, struct lint_group *group, const char *path)
{
	*group = (struct lint_group){ .name = strdup(path) };
	must_work(group->name ? 0 : -ENOMEM, path);
	must_work(ipmasq_diags_new(&group->diags), path);
	must_work(ipmasq_config_new(lint->cli->options, &group->config), path);
}

void lint_group_add(struct lint *lint, struct lint_group *group, const char *path,
		    const struct ipmasq_source *source)
{
	struct ipmasq_input *input = NULL;
	int r;

	if (!group->config)
		group_open(lint, group, source->name);
	must_work(ipmasq_input_new(lint->cli->options, &input), path);
	r = lint_load_input(lint, input, source, group->diags);
	group->incomplete |= r < 0;
	group->found |= ipmasq_input_count(input) > 0;
	for (size_t i = 0; i < ipmasq_input_count(input) && r != -ENOMEM; i++)
		r = ipmasq_config_load_input(group->config, input, i, group->diags);
	if (r == -ENOMEM)
		cli_die(r, path);
	ipmasq_input_free(input);
}

void lint_group_close(struct lint *lint, struct lint_group *group)
{
	if (!group->config)
		return;
	if (group->found && !group->incomplete)
		must_work(lint_config(lint, group->config, group->diags), group->name);
	lint->configurations += group->found;
	lint_report(lint, group->found ? group->name : NULL, group->diags);
	ipmasq_config_free(group->config);
	ipmasq_diags_free(group->diags);
	free(group->name);
	*group = (struct lint_group){ 0 };
}
