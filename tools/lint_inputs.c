/* SPDX-License-Identifier: Apache-2.0 */
/* Which configurations are there to look at? */
#include <errno.h>

#include "fix.h"

/* Looks at inputs that are one configuration together. */
static void look_at(struct lint *lint, const char *path, const char *const *paths, size_t count)
{
	struct ipmasq_config *config = NULL;
	struct ipmasq_diags *diags = NULL;
	bool read = true;
	int r = ipmasq_diags_new(&diags);

	if (r == 0)
		r = ipmasq_config_new(lint->cli->options, &config);
	for (size_t i = 0; i < count && r != -ENOMEM; i++) {
		r = cli_load(config, paths[i], diags);
		if (r != 0 && r != -EINVAL)
			read = false;
	}
	/* What was refused is looked at too, for what there is to say on the rest. */
	if (r != -ENOMEM && read)
		r = lint_unit(lint, config, diags);
	if (r == -ENOMEM)
		cli_die(r, paths[0]);
	lint_report(lint, path, diags);
	ipmasq_config_free(config);
	ipmasq_diags_free(diags);
}

int lint_text(struct lint *lint, const char *name, const char *data, size_t size,
	      struct ipmasq_diags *diags)
{
	struct ipmasq_config *config = NULL;
	int r = ipmasq_config_new(lint->cli->options, &config);

	if (r == 0)
		r = ipmasq_config_load_data(config, name, data, size, diags);
	if (r == 0 || r == -EINVAL)
		r = lint_unit(lint, config, diags);
	ipmasq_config_free(config);
	return r;
}

void lint_inputs(struct lint *lint, char *const *paths, size_t count)
{
	if (lint->cli->config_count > 0)
		look_at(lint, NULL, lint->cli->configs, lint->cli->config_count);
	for (size_t i = 0; i < count; i++) {
		const char *path = paths[i];

		if (lint->fix)
			fix_file(lint, path);
		look_at(lint, path, &path, 1);
	}
}
