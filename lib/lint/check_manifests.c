/* SPDX-License-Identifier: Apache-2.0 */
/* The checks about the manifests around configurations. */
#include "lint/check_manifests.h"

/* Most of the bad manifests are fixed to the same one. */
#define MANIFEST_HEAD           \
	"    apiVersion: v1\n"  \
	"    kind: ConfigMap\n" \
	"    metadata:\n"       \
	"      name: ip-masq-agent\n"
#define FIXED_MANIFEST                           \
	"Fixed:\n\n" MANIFEST_HEAD "    data:\n" \
	"      config: |\n"                      \
	"        masqLinkLocal: true\n"

const struct ipmasq_check check_manifests[] = {
	{
		.code = "data-key",
		.severity = IPMASQ_WARNING,
		.summary = "a ConfigMap has no data key that the agent reads",
		.help = "Agents read the data key config, or those that start with ip-masq; under\n"
			"the profile aks only the latter. A ConfigMap whose name contains "
			"ip-masq,\n"
			"but which has none of these keys, has no effect: the agent starts with\n"
			"its defaults. It is a note if nothing in it looks like a configuration,\n"
			"and an error if the file is named and there is no configuration in it.\n\n"
			"Bad:\n\n" MANIFEST_HEAD "    data:\n"
			"      ranges.yml: |\n"
			"        masqLinkLocal: true\n\n" FIXED_MANIFEST,
	},
	{ 0 },
};
