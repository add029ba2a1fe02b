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
	{
		.code = "lost-indent",
		.severity = IPMASQ_ERROR,
		.summary = "lines of a ConfigMap stand beside the key that they belong below",
		.help = "A name that stands in the column of metadata is not the name of the\n"
			"object, and Kubernetes refuses the object or leaves the line out.\n\n"
			"Bad:\n\n"
			"    apiVersion: v1\n"
			"    kind: ConfigMap\n"
			"    metadata:\n"
			"    name: ip-masq-agent\n"
			"    data:\n"
			"      config: |\n"
			"        masqLinkLocal: true\n\n" FIXED_MANIFEST,
	},
	{
		.code = "namespace",
		.severity = IPMASQ_WARNING,
		.summary = "a ConfigMap is in a namespace in which no agent sees it",
		.help = "An agent mounts a ConfigMap of its own namespace, which is usually\n"
			"kube-system. The namespace of the DaemonSet counts if it is in the same\n"
			"file. Else the namespace default is a warning, and others are a note.\n\n"
			"Bad:\n\n" MANIFEST_HEAD "      namespace: default\n"
			"    data:\n"
			"      config: |\n"
			"        masqLinkLocal: true\n\n"
			"Fixed:\n\n" MANIFEST_HEAD "      namespace: kube-system\n"
			"    data:\n"
			"      config: |\n"
			"        masqLinkLocal: true\n",
	},
	{
		.code = "agent-flags",
		.severity = IPMASQ_NOTE,
		.summary = "a DaemonSet starts its agent otherwise than was assumed here",
		.help = "Flags of an agent, such as --enable-ipv6 and --masq-chain, say how its\n"
			"configuration is read and applied. The options of these programs say the\n"
			"same. The items of its volume say which data keys are read; they count\n"
			"only for ConfigMaps in the same file, --key everywhere.\n\n"
			"Bad:\n\n"
			"    # ipmasq-lint --profile kubernetes\n"
			"    apiVersion: apps/v1\n"
			"    kind: DaemonSet\n"
			"    metadata: {name: ip-masq-agent}\n"
			"    spec:\n"
			"      template:\n"
			"        spec:\n"
			"          containers:\n"
			"          - name: ip-masq-agent\n"
			"            args: [--enable-ipv6]\n\n"
			"Fixed:\n\n"
			"    # ipmasq-lint --profile kubernetes --ipv6=on\n"
			"    apiVersion: apps/v1\n"
			"    kind: DaemonSet\n"
			"    metadata: {name: ip-masq-agent}\n"
			"    spec:\n"
			"      template:\n"
			"        spec:\n"
			"          containers:\n"
			"          - name: ip-masq-agent\n"
			"            args: [--enable-ipv6]\n",
	},
	{ 0 },
};
