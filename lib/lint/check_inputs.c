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
		.summary = "a file that was named is not there",
		.help = "A file that somebody named is expected to exist. Only the default file\n"
			"may be missing: then the built-in defaults apply.\n\n"
			"Bad:\n\n"
			"    ipmasq-lint confg.yaml\n\n"
			"Fixed:\n\n"
			"    ipmasq-lint config.yaml\n",
	},
	{
		.code = "unreadable",
		.severity = IPMASQ_ERROR,
		.summary = "a file cannot be read",
		.help = "The file is there, but may not be read, is no regular file, or reading\n"
			"it failed; the message says which.\n\n"
			"Bad:\n\n"
			"    chmod 0200 config.yaml\n\n"
			"Fixed:\n\n"
			"    chmod 0644 config.yaml\n",
	},
	{
		.code = "too-large",
		.severity = IPMASQ_ERROR,
		.summary = "a file has more bytes or values than can be meant",
		.help = "A file may have 64 MiB and eight million values. What is larger is\n"
			"most likely not the file that was meant.\n\n"
			"Bad:\n\n"
			"    ipmasq-lint /dev/zero\n\n"
			"Fixed:\n\n"
			"    ipmasq-lint config.yaml\n",
	},
	{
		.code = "encoding",
		.severity = IPMASQ_ERROR,
		.summary = "the text is not UTF-8, or has characters that YAML forbids",
		.help = "A configuration is UTF-8 text, with or without a byte-order mark.\n"
			"UTF-16, as some editors on Windows save it, Latin-1 and NUL bytes are\n"
			"refused: save the file as UTF-8.\n\n"
			"Bad:\n\n"
			"    iconv -t UTF-16 config.yaml\n\n"
			"Fixed:\n\n"
			"    iconv -f UTF-16 -t UTF-8 config.yaml\n",
	},
	{
		.code = "syntax",
		.severity = IPMASQ_ERROR,
		.summary = "the text is not well-formed YAML or JSON",
		.help = "Nothing of a text that cannot be read as YAML or JSON is used. The\n"
			"place is where reading stopped, or where the construct began that was\n"
			"never ended; the mistake is there or shortly before. A file whose\n"
			"first character is { is read as JSON, which has no trailing commas and\n"
			"no comments.\n\n"
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
		.help = "Agents read the first document of a file and ignore what follows the\n"
			"---, so whatever stands there has no effect. Nor does a configuration\n"
			"belong between the documents of a manifest.\n\n"
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
		.summary = "lists and mappings are nested too deep",
		.help = "A configuration has two levels, and a manifest a few more. What has\n"
			"over 64 is not one.\n\n"
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
		.summary = "a YAML tag that means nothing here",
		.help = "Tags such as !!str say of what type a value is. Those of YAML's core\n"
			"are understood; others, such as those of templates, are for other\n"
			"programs.\n\n"
			"Bad:\n\n"
			"    nonMasqueradeCIDRs: [!Ref PodRange]\n\n"
			"Fixed:\n\n"
			"    nonMasqueradeCIDRs: [10.244.0.0/16]\n",
	},
	{
		.code = "alias",
		.severity = IPMASQ_ERROR,
		.summary = "a YAML alias that stands for nothing, or for itself",
		.help = "An alias (*name) stands for the value that has the anchor (&name). The\n"
			"anchor must come before it, and must not be around it.\n\n"
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
		.help = "Whether << merges a mapping or is an ordinary key differs between the\n"
			"programs that read YAML, so the file would not mean the same\n"
			"everywhere.\n\n"
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
		.summary = "the configuration is not made of keys and values",
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
		.summary = "a line of the file of --hosts is not as in hosts(5)",
		.help = "A line is an address and the names that have it. What the file says is\n"
			"used whole or not at all.\n\n"
			"Bad:\n\n"
			"    db.example.com 198.18.0.7\n\n"
			"Fixed:\n\n"
			"    198.18.0.7 db.example.com\n",
	},
	{
		.code = "manifest",
		.severity = IPMASQ_ERROR,
		.summary = "a manifest was named that holds no configuration",
		.help = "In Kubernetes manifests the configurations are values in the data of\n"
			"ConfigMaps: those whose name contains ip-masq, below the key config or\n"
			"one that starts with ip-masq. --configmap and --key name others. A\n"
			"manifest that was named and has none of them is not what was meant; in a\n"
			"directory it is passed over.\n\n"
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
		.code = "data-type",
		.severity = IPMASQ_ERROR,
		.summary = "the value of a ConfigMap's data key is not a text",
		.help = "Kubernetes takes nothing but texts in the data of a ConfigMap, and\n"
			"refuses the whole object otherwise. A | after the colon makes the lines\n"
			"below it one text.\n\n"
			"Bad:\n\n" MANIFEST_HEAD "    data:\n"
			"      config:\n"
			"        masqLinkLocal: true\n\n" FIXED_MANIFEST,
	},
	{
		.code = "binary-data",
		.severity = IPMASQ_ERROR,
		.summary = "a configuration stands in binaryData, which is not read",
		.help = "binaryData is for what is no text and is written in base64, where\n"
			"nobody who reads the manifest sees what it says. Write the text itself\n"
			"below data.\n\n"
			"Bad:\n\n" MANIFEST_HEAD "    binaryData:\n"
			"      config: bWFzcUxpbmtMb2NhbDogdHJ1ZQo=\n\n" FIXED_MANIFEST,
	},
	{
		.code = "template",
		.severity = IPMASQ_ERROR,
		.summary = "the file is a template that is yet to be filled in",
		.help = "What a placeholder {{ ... }} will stand for is not known before the\n"
			"template is rendered, and until then the file is often no YAML. Look at\n"
			"what comes out instead: helm template CHART | ipmasq-lint -\n\n"
			"Bad:\n\n"
			"    masqLinkLocal: {{ .Values.linkLocal }}\n\n"
			"Fixed:\n\n"
			"    masqLinkLocal: true\n",
	},
	{ 0 },
};
