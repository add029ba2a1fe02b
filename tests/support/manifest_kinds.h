/* SPDX-License-Identifier: Apache-2.0 */
/* Streams with every kind of document that the search for configurations knows. */
#ifndef IPMASQ_MANIFEST_KINDS_H
#define IPMASQ_MANIFEST_KINDS_H

/* Read with findings, but without an error. */
static const char manifest_kinds[] =
	"kind: DaemonSet\napiVersion: apps/v1\nmetadata: {name: a, namespace: kube-system}\n"
	"spec:\n  template:\n    spec:\n      containers:\n"
	"      - {name: ip-masq-agent, args: [--masq-chain=X, --enable-ipv6=false]}\n"
	"      volumes: [{configMap: {name: ip-masq-a, items: [{key: ranges.yml}]}}]\n"
	"---\n"
	"kind: ConfigMap\nbase: &base {config: 'masqLinkLocal: true'}\n"
	"metadata: {name: ip-masq-b, namespace: default}\ndata: {<<: *base, other: x}\n"
	"---\n"
	"kind: ConfigMap\nmetadata: {name: ip-masq-c}\ndata: {ranges.yml: 'masqLinkLocal: true'}\n"
	"---\n"
	"kind: ConfigMap\nmetadata: {name: ip-masq-a}\ndata:\n"
	"  ranges.yml: \"enable-ipv6: true\\nforceMasqueradeCIDRs: []\\nconfig: {masqLinkLocal: "
	"true}\\n\"\n"
	"---\n"
	"kind: ConfigMap\nmetadata: {name: ip-masq-d}\ndata: {config: '{\"kind\": 1, "
	"\"apiVersion\": "
	"1}'}\n"
	"---\n"
	"kind: HelmChartConfig\napiVersion: v1\nspec:\n  valuesContent: |\n    ipMasqAgent:\n"
	"      config: {masqLinkLocal: true}\n"
	"---\n"
	"kind: Application\napiVersion: v1\nspec:\n  sources:\n  - helm: {values: \"ipMasqAgent: "
	"{config: 'masqLinkLocal: true'}\"}\n"
	"---\n"
	"ipMasqAgent: {config: {masqLinkLocal: true}}\n"
	"---\n"
	"configMapGenerator:\n- name: ip-masq-e\n  files: [config]\n"
	"  literals: ['ip-masq=\"masqLinkLocal: true\"']\n- {name: ip-masq-f, literals: [x=y]}\n"
	"---\n"
	"kind: Broken\nname: {{ template }}-x\n";

/* Errors of kinds that only manifests have. */
static const char manifest_errors[] =
	"kind: ConfigMap\nmetadata:\nname: ip-masq-a\ndata:\nconfig: |\n"
	"  nonMasqueradeCIDRs:\n  - 10.0.0.0/8, 10.1.0.0/16\n"
	"---\n"
	"kind: ConfigMap\nmetadata: {name: ip-masq-b}\ndata:\n"
	"  config: \"{\\\"nonMasqueradeCIDRs\\\": [\\\"10.0.0.1/8\\\"]}\"\n";

#endif
