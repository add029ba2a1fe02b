#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The alerts and the dashboard of examples/kubernetes/monitoring speak of metrics that the agent has.
# IPMASQ_PROMTOOL: a promtool that checks the alerts, and when they fire.
set -euo pipefail
# shellcheck source=tests/support/agent.sh
. "$(dirname "$0")/../support/agent.sh"

monitoring=$examples/kubernetes/monitoring
judge=$root/tests/support/monitoring.py

served()
{
	topology "$variant"
	make_ns node
	echo '{"nonMasqueradeCIDRs": ["10.0.0.0/8", "fd00::/8"]}' >"$work/config"
	start -c "$work/config" --metrics-file="$work/m.prom"
	logs "the rules are written" 'ipv6: changed \(.*; start\): jump'
	until grep -qsx 'ipmasq_in_line{family="ipv6"} 1' "$work/m.prom"; do
		pause 0.1
	done
	stop "it ends"
	check "metrics, labels and values are those of the agent" \
		python3 "$judge" metrics "$work/m.prom" "$monitoring/rules.yaml" "$monitoring/dashboard.json"
}

alerts()
{
	local tool

	check "each alert has a test where it fires, and one where it does not" \
		python3 "$judge" tests "$monitoring/rules.yaml" "$root/tests/support/alerts.yaml"
	mkdir "$work/help"
	for tool in apply explain lint; do
		"$(program "tools/ipmasq-$tool")" --help >"$work/help/ipmasq-$tool"
	done
	check "the runbooks have commands of ours, with options that there are" \
		python3 "$judge" runbooks "$monitoring/rules.yaml" "$work"/help/*
	[ -n "${IPMASQ_PROMTOOL-}" ] || return 0
	mkdir "$work/rules"
	sed '1,/^spec:/d; s/^  //' "$monitoring/rules.yaml" >"$work/rules/rules.yml"
	cp "$root/tests/support/alerts.yaml" "$work/rules/"
	check "promtool takes the alerts" "$IPMASQ_PROMTOOL" check rules "$work/rules/rules.yml"
	check "they fire when they should, and only then" \
		"$IPMASQ_PROMTOOL" test rules "$work/rules/alerts.yaml"
	python3 "$judge" expressions "$monitoring/dashboard.json" >"$work/rules/dashboard.yml"
	check "promtool takes the expressions of the dashboard" \
		"$IPMASQ_PROMTOOL" check rules "$work/rules/dashboard.yml"
}

IPMASQ_VARIANTS=${IPMASQ_VARIANTS:-nft}
each_variant served
what=
alerts
finish
