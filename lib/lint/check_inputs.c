/* SPDX-License-Identifier: Apache-2.0 */
/* The checks about files, and text that is not well-formed YAML or JSON. */
#include "lint/check_inputs.h"

/* All the bad manifests are fixed to the same one. */
#define MANIFEST_HEAD           \
	"    apiVersion: v1\n"  \
	"    kind: ConfigMap\n" \
	"    metadata:\n"       \
	"      name: ip-masq-agent\n"
#define FIXED_MANIFEST                           \
	"Fixed:\n\n" MANIFEST_HEAD "    data:\n" \
	"      config: |\n"                      \
	"        masqLinkLocal: true\n"

const struct ipmasq_check check_inputs[] = {
	{
		.code = "not-found",
		.severity = IPMASQ_ERROR,
		.summary = "a named file does not exist",
		.help = "A file that is named must exist. Only the default file may be missing:\n"
			"then the built-in defaults apply.\n\n"
			"Bad:\n\n"
			"    ipmasq-lint confg.yaml\n\n"
			"Fixed:\n\n"
			"    ipmasq-lint config.yaml\n",
	},
	{
		.code = "unreadable",
		.severity = IPMASQ_ERROR,
		.summary = "a file cannot be read",
		.help = "The file exists, but it is not a regular file, permission is denied, or\n"
			"reading it failed. The message says which.\n\n"
			"Bad:\n\n"
			"    chmod 0200 config.yaml\n\n"
			"Fixed:\n\n"
			"    chmod 0644 config.yaml\n",
	},
	{
		.code = "too-large",
		.severity = IPMASQ_ERROR,
		.summary = "a file has too many bytes or values",
		.help = "A file may have 64 MiB and eight million values. A larger one is\n"
			"probably not the intended file.\n\n"
			"Bad:\n\n"
			"    ipmasq-lint /dev/zero\n\n"
			"Fixed:\n\n"
			"    ipmasq-lint config.yaml\n",
	},
	{
		.code = "encoding",
		.severity = IPMASQ_ERROR,
		.summary = "the text is not UTF-8, or has characters that YAML forbids",
		.help = "A configuration is UTF-8 text, with or without a byte-order mark. UTF-16\n"
			"(which some editors on Windows write), Latin-1 and NUL bytes are\n"
			"refused. Save the file as UTF-8.\n\n"
			"Bad:\n\n"
			"    iconv -t UTF-16 config.yaml\n\n"
			"Fixed:\n\n"
			"    iconv -f UTF-16 -t UTF-8 config.yaml\n",
	},
	{
		.code = "syntax",
		.severity = IPMASQ_ERROR,
		.summary = "the text is not well-formed YAML or JSON",
		.help = "A text that is not well-formed is not used at all. The position is where\n"
			"reading stopped, or the start of a construct that has no end. The\n"
			"mistake is there or shortly before. A file whose first character is { is\n"
			"read as JSON, which has no trailing commas and no comments.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8\n"
			"    masqLinkLocal: true\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n"
			"    masqLinkLocal: true\n",
	},
	{
		.code = "documents",
		.severity = IPMASQ_ERROR,
		.summary = "a plain configuration has more than one YAML document",
		.help = "A configuration is one document. The agents of the profiles cce,\n"
			"kubernetes, gke, aks and cilium read the first one and ignore what is\n"
			"after the ---. A plain configuration must not be among the documents of\n"
			"a manifest either.\n\n"
			"Bad:\n\n"
			"    masqLinkLocal: true\n"
			"    ---\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n\n"
			"Fixed:\n\n"
			"    masqLinkLocal: true\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n",
	},
	{
		.code = "nesting",
		.severity = IPMASQ_ERROR,
		.summary = "lists and mappings are nested too deeply",
		.help = "A configuration has two levels, and a manifest a few more. A text with\n"
			"more than 64 levels is neither.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: "
			"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[10.0.0."
			"0/8]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n",
	},
	{
		.code = "tag",
		.severity = IPMASQ_ERROR,
		.summary = "a YAML tag is not known",
		.help = "Tags such as !!str give the type of a value. The tags of YAML's core\n"
			"schema are known. Others, such as those of templates, are for other\n"
			"programs.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: [!Ref PodRange]\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [10.244.0.0/16]\n",
	},
	{
		.code = "alias",
		.severity = IPMASQ_ERROR,
		.summary = "a YAML alias has no anchor, or lies inside its anchor",
		.help = "An alias (*name) stands for the value that has the anchor (&name). The\n"
			"anchor must come before the alias, and its value must not contain the\n"
			"alias.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: *private\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: &private [10.0.0.0/8]\n"
			"    nonMasqueradeSrcCIDRs: *private\n",
	},
	{
		.code = "merge-key",
		.severity = IPMASQ_ERROR,
		.summary = "the YAML merge key << is used",
		.help = "Some YAML readers merge a mapping at <<, others read it as an ordinary\n"
			"key. So the file would not mean the same everywhere.\n\n"
			"Bad:\n\n"
			"    <<: {masqLinkLocal: true}\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n\n"
			"Fixed:\n\n"
			"    masqLinkLocal: true\n"
			"    nonMasqueradeCIDRs: [10.0.0.0/8]\n",
	},
	{
		.code = "not-a-mapping",
		.severity = IPMASQ_ERROR,
		.summary = "the configuration is not a mapping of keys to values",
		.help = "A configuration is a mapping, lines of `key: value`, or empty.\n\n"
			"Bad:\n\n"
			"    - 10.0.0.0/8\n"
			"    - 172.16.0.0/12\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs:\n"
			"      - 10.0.0.0/8\n"
			"      - 172.16.0.0/12\n",
	},
	{
		.code = "hosts-file",
		.severity = IPMASQ_ERROR,
		.summary = "a line of the --hosts file does not follow hosts(5)",
		.help = "A line is an address and the names that have it. A file with an error is\n"
			"not used at all.\n\n"
			"Bad:\n\n"
			"    db.example.com 198.18.0.7\n\n"
			"Fixed:\n\n"
			"    198.18.0.7 db.example.com\n",
	},
	{
		.code = "manifest",
		.severity = IPMASQ_ERROR,
		.summary = "a named manifest holds no configuration",
		.help = "In Kubernetes manifests, the configurations are values in the data of\n"
			"ConfigMaps whose name contains ip-masq, under the key config or one that\n"
			"starts with ip-masq. --configmap and --key choose others. A manifest\n"
			"that is named must have at least one; in a directory, a manifest without\n"
			"one is skipped.\n\n"
			"Bad:\n\n"
			"    apiVersion: v1\n"
			"    kind: ConfigMap\n"
			"    metadata:\n"
			"      name: masquerade\n"
			"    data:\n"
			"      config: |\n"
			"        masqLinkLocal: true\n\n" FIXED_MANIFEST,
	},
	{
		.code = "no-file",
		.severity = IPMASQ_WARNING,
		.summary = "the profile's agent does not read the files of a directory",
		.help = "The agent of the profile aks reads only the files ip-masq* of its\n"
			"directory. Where there is none, its defaults apply; others have no\n"
			"effect.\n\n"
			"Bad:\n\n"
			"    mv ip-masq-agent config; ipmasq-lint --profile=aks -c .\n\n"
			"Fixed:\n\n"
			"    mv config ip-masq-agent; ipmasq-lint --profile=aks -c .\n",
	},
	{
		.code = "united",
		.severity = IPMASQ_WARNING,
		.summary = "ConfigMaps that no agent reads together are one configuration here",
		.help = "ipmasq-explain, ipmasq-apply and -c of ipmasq-lint unite what they read.\n"
			"With two ConfigMaps in a stream, of two clusters or of two different\n"
			"agents, the result is the configuration of none. --configmap chooses\n"
			"one. Under the profile aks, whose agent reads several, those are not a\n"
			"finding.\n\n"
			"Bad:\n\n"
			"    ipmasq-lint -c all-clusters.yaml\n\n"
			"Fixed:\n\n"
			"    ipmasq-lint -c all-clusters.yaml --configmap=ip-masq-agent-config\n",
	},
	{
		.code = "data-type",
		.severity = IPMASQ_ERROR,
		.summary = "the value of a ConfigMap's data key is not a string",
		.help = "Kubernetes accepts only strings in the data of a ConfigMap, and\n"
			"otherwise refuses the whole object. A | after the colon makes the lines\n"
			"below it one string.\n\n"
			"Bad:\n\n" MANIFEST_HEAD "    data:\n"
			"      config:\n"
			"        masqLinkLocal: true\n\n" FIXED_MANIFEST,
	},
	{
		.code = "binary-data",
		.severity = IPMASQ_ERROR,
		.summary = "a configuration is in binaryData, which is not read",
		.help = "binaryData holds bytes in base64, which reviewers of the manifest cannot\n"
			"read. Write the text under data instead.\n\n"
			"Bad:\n\n" MANIFEST_HEAD "    binaryData:\n"
			"      config: bWFzcUxpbmtMb2NhbDogdHJ1ZQo=\n\n" FIXED_MANIFEST,
	},
	{
		.code = "template",
		.severity = IPMASQ_ERROR,
		.summary = "the file is a template that has not been rendered",
		.help = "The value of a placeholder {{ ... }} is not known before the template is\n"
			"rendered, and the file is often not YAML until then. Check the rendered\n"
			"text instead: helm template CHART | ipmasq-lint -\n\n"
			"Bad:\n\n"
			"    masqLinkLocal: {{ .Values.linkLocal }}\n\n"
			"Fixed:\n\n"
			"    masqLinkLocal: true\n",
	},
	{ 0 },
};
