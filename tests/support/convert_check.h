/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of conversions share. */
#ifndef TESTS_CONVERT_CHECK_H
#define TESTS_CONVERT_CHECK_H

#include "support/sources.h"
#include "support/unit.h"

static inline struct ipmasq_options *options_of(const char *profile, enum ipmasq_mode ipv6)
{
	struct ipmasq_options *options = NULL;

	CHECK(ipmasq_options_new(&options) == 0 &&
		      ipmasq_options_set_profile(options, profile, NULL) == 0 &&
		      (ipv6 == IPMASQ_AUTO ||
		       ipmasq_options_set_mode(options, IPMASQ_FEATURE_IPV6, ipv6) == 0),
	      profile);
	return options;
}

/* NULL where the text is refused. */
static inline struct ipmasq_policy *read_policy(const char *text,
						const struct ipmasq_options *options)
{
	struct ipmasq_config *config = NULL;
	struct ipmasq_policy *policy = NULL;

	if (CHECK(ipmasq_config_new(options, &config) == 0, text) &&
	    CHECK(ipmasq_config_load(config, DATA_SOURCE("text", text, strlen(text)), NULL) == 0,
		  text))
		CHECK(ipmasq_policy_new(config, options, NULL, &policy) == 0, text);
	ipmasq_config_free(config);
	return policy;
}

#endif
