/* SPDX-License-Identifier: Apache-2.0 */
/* The short way: from a source to a proved script in one call. */
#include <stdlib.h>
#include <string.h>

#include "config/source.h"
#include "policy/policy.h"
#include "util/diag.h"

static int prove(const struct ipmasq_ruleset *ruleset, const struct ipmasq_policy *policy,
		 struct ipmasq_diags *diags)
{
	char *why = NULL;
	int r = ipmasq_ruleset_prove(ruleset, policy, &why);

	if (r == -EDOM && diag_add(diags, IPMASQ_ERROR, "not-proved", NULL, NULL,
				   "the rules are not the policy: %s", why) < 0)
		r = -ENOMEM;
	free(why);
	return r;
}

static int write_script(const struct ipmasq_policy *policy, enum ipmasq_family family,
			struct ipmasq_diags *diags, char **script)
{
	struct ipmasq_ruleset *ruleset = NULL;
	int r;

	if (family == IPMASQ_IPV6 && policy->ipv6 == IPMASQ_OFF) {
		*script = strdup("");
		return *script ? 0 : -ENOMEM;
	}
	r = ipmasq_ruleset_new(policy, family, 0, &ruleset);
	if (r == 0)
		r = prove(ruleset, policy, diags);
	if (r == 0)
		r = ipmasq_ruleset_script(ruleset, script, NULL);
	ipmasq_ruleset_free(ruleset);
	return r;
}

/* A configuration that is refused is looked at as well, for what else there is to say about it. */
static int read_policy(const struct ipmasq_source *source, const struct ipmasq_options *options,
		       struct ipmasq_diags *diags, struct ipmasq_policy **policy)
{
	struct ipmasq_config *config = NULL;
	int made = 0;
	int r = ipmasq_config_new(options, &config);

	if (r == 0)
		r = ipmasq_config_load(config, source, diags);
	if (r == 0 || r == -EINVAL)
		made = ipmasq_policy_new(config, options, diags, policy);
	ipmasq_config_free(config);
	return r == 0 || made == -ENOMEM ? made : r;
}

IPMASQ_EXPORT int ipmasq_compile(const struct ipmasq_source *source, enum ipmasq_family family,
				 const struct ipmasq_options *options, struct ipmasq_diags *diags,
				 char **script)
{
	struct ipmasq_policy *policy = NULL;
	int r;

	if (!source_is_valid(source) || !family_is_known(family) || !script)
		return -EINVAL;
	r = read_policy(source, options, diags, &policy);
	if (r == 0 && !policy->chain[0])
		r = policy_reject_chain(policy, diags);
	if (r == 0)
		r = write_script(policy, family, diags, script);
	ipmasq_policy_free(policy);
	return r;
}
