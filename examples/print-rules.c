/* SPDX-License-Identifier: Apache-2.0 */
/* Which iptables rules does a configuration come to? Prints the IPv4 script. */
#include <stdio.h>
#include <stdlib.h>
#include <ipmasq.h>

int main(int argc, char **argv)
{
	struct ipmasq_source source = { .name = argv[1] };
	struct ipmasq_diags *diags = NULL;
	struct ipmasq_config *config = NULL;
	struct ipmasq_policy *policy = NULL;
	struct ipmasq_ruleset *rules = NULL;
	char *text;
	bool ok = argc == 2 && !ipmasq_diags_new(&diags) && !ipmasq_config_new(NULL, &config) &&
		  !ipmasq_config_load(config, &source, diags) &&
		  !ipmasq_policy_new(config, NULL, diags, &policy) &&
		  !ipmasq_ruleset_new(policy, IPMASQ_IPV4, 0, &rules) &&
		  !ipmasq_ruleset_prove(rules, policy, NULL);

	if (ok && (ok = !ipmasq_ruleset_script(rules, &text, NULL))) {
		fputs(text, stdout);
		free(text);
	}
	for (size_t i = 0; diags && i < ipmasq_diags_count(diags); i++) {
		if (!ipmasq_diags_format(diags, i, false, &text)) {
			fputs(text, stderr);
			free(text);
		}
	}
	ipmasq_ruleset_free(rules);
	ipmasq_policy_free(policy);
	ipmasq_config_free(config);
	ipmasq_diags_free(diags);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
