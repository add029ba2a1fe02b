/* SPDX-License-Identifier: Apache-2.0 */
/* Which configuration is compared with? */
#include <stdlib.h>

#include "lint/lint.h"

void lint_load_baseline(struct lint *lint)
{
	enum cli_exit status;

	if (!lint->baseline)
		return;
	/* What is odd in the old one is no concern of the one who looks at the new one. */
	lint->cli->quiet = true;
	status = cli_policy_of(lint->cli, &lint->baseline, 1, &lint->old);
	lint->cli->quiet = false;
	if (status == CLI_FINE)
		return;
	lint_close(lint);
	exit(status);
}
