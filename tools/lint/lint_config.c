/* SPDX-License-Identifier: Apache-2.0 */
/* Checks configurations, without any output. */
#include "lint/lint_config.h"

#include <errno.h>
#include <stdlib.h>

/* Keeps the policy of one configuration, which belongs to @results from then on. */
static void keep_result(struct lint_results *results, struct ipmasq_policy *policy,
			size_t diags_end)
{
	if (results->count == results->capacity) {
		results->capacity = results->capacity ? 2 * results->capacity : 16;
		results->all = reallocarray(results->all, results->capacity, sizeof(*results->all));
		if (!results->all)
			cli_die(-ENOMEM, "cannot check a configuration");
	}
	results->all[results->count++] = (struct lint_result){ policy, diags_end };
}

int lint_config(struct lint *lint, const struct ipmasq_config *config, struct ipmasq_diags *diags)
{
	struct ipmasq_policy *policy = NULL;
	int r = ipmasq_policy_new(config, lint->cli->options, diags, &policy);

	if (r == 0)
		r = ipmasq_policy_lint(policy, config, lint->cli->options, diags);
	if (r == 0 && lint->old)
		r = ipmasq_policy_compare(lint->old, policy, diags);
	if (lint->results)
		keep_result(lint->results, policy, ipmasq_diags_count(diags));
	else
		ipmasq_policy_free(policy);
	return r == -ENOMEM ? r : 0;
}

static int lint_configuration_at(struct lint *lint, const struct ipmasq_input *input, size_t index,
				 struct ipmasq_diags *diags)
{
	struct ipmasq_config *config;
	int r = ipmasq_config_new(lint->cli->options, &config);

	if (r < 0)
		return r;
	r = ipmasq_config_load_input(config, input, index, diags);
	if (r != -ENOMEM)
		r = lint_config(lint, config, diags);
	ipmasq_config_free(config);
	return r;
}

int lint_input(struct lint *lint, const struct ipmasq_input *input, struct ipmasq_diags *diags)
{
	int r = 0;

	for (size_t i = 0; i < ipmasq_input_count(input) && r == 0; i++)
		r = lint_configuration_at(lint, input, i, diags);
	return r;
}

unsigned int lint_input_flags(const struct lint *lint)
{
	return (lint->found ? IPMASQ_INPUT_FOUND : 0) | (lint->value ? IPMASQ_INPUT_VALUE : 0);
}

int lint_text(struct lint *lint, const char *name, const char *data, size_t size,
	      struct ipmasq_diags *diags)
{
	const struct ipmasq_source source = {
		.kind = IPMASQ_SOURCE_DATA, .name = name, .data = data, .size = size
	};
	struct ipmasq_input *input = NULL;
	int checked = 0;
	int r = ipmasq_input_new(lint->cli->options, &input);

	if (r == 0)
		r = ipmasq_input_load(input, &source, lint_input_flags(lint), diags);
	if (r == 0)
		checked = lint_input(lint, input, diags);
	ipmasq_input_free(input);
	return checked < 0 ? checked : r;
}
