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
	{
		.code = "generator-file",
		.severity = IPMASQ_WARNING,
		.summary = "a file that a kustomization names is not looked at",
		.help = "A configMapGenerator makes ConfigMaps of files. They are looked at by "
			"way\n"
			"of the kustomization if they exist, and, as kustomize does it by "
			"default,\n"
			"only below its directory. A kustomization on stdin has no directory.\n\n"
			"Bad:\n\n"
			"    configMapGenerator:\n"
			"    - name: ip-masq-agent\n"
			"      files: [../config]\n\n"
			"Fixed:\n\n"
			"    configMapGenerator:\n"
			"    - name: ip-masq-agent\n"
			"      literals: [\"config=masqLinkLocal: true\"]\n",
	},
	{
		.code = "nested-manifest",
		.severity = IPMASQ_WARNING,
		.summary = "a whole manifest is the value of a data key",
		.help = "The value of a data key is the configuration itself. Agents ignore the\n"
			"keys of a manifest, so they start with their defaults.\n\n"
			"Bad:\n\n" MANIFEST_HEAD "    data:\n"
			"      config: |\n"
			"        apiVersion: v1\n"
			"        kind: ConfigMap\n"
			"        data:\n"
			"          config: |\n"
			"            masqLinkLocal: true\n\n" FIXED_MANIFEST,
	},
	{
		.code = "nested-config",
		.severity = IPMASQ_WARNING,
		.summary = "the keys of a configuration are below another key",
		.help = "The keys of a configuration start in the first column of its text. Below\n"
			"another key they are not read, and the defaults apply.\n\n"
			"Bad:\n\n" MANIFEST_HEAD "    data:\n"
			"      config: |\n"
			"        config:\n"
			"          masqLinkLocal: true\n\n" FIXED_MANIFEST,
	},
	{
		.code = "flag-as-key",
		.severity = IPMASQ_WARNING,
		.summary = "a flag of an agent's command line is written as a key",
		.help = "Agents take some settings from their command line only, such as\n"
			"--enable-ipv6 and --masq-chain. As keys they have no effect. They belong\n"
			"in the args of the agent's container. For these programs they are\n"
			"options, too.\n\n"
			"Bad:\n\n"
			"    enable-ipv6: true\n"
			"    masqLinkLocal: true\n\n"
			"Fixed:\n\n"
			"    masqLinkLocal: true\n",
	},
	{ 0 },
};
