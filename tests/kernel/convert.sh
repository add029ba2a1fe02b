#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Converted configurations under the profile that they are for: packets get the verdicts that the
# original has under its own profile. The four situations for each agent, and random policies.
set -euo pipefail
# shellcheck source=tests/support/pods.sh
. "$(dirname "$0")/../support/pods.sh"

# around FILE 4|6: addresses around the ends of all its entries, and a few others.
around()
{
	printf '%s\n' 10.10.10.10 10.10.10.11 10.20.0.5 198.51.100.7 203.0.113.77 8.8.8.8 \
		fd00:10:10::10 fd00:10:10::11 fd00:20::5 2001:db8:7::7 |
		"$policygen" 0 filter "$2"
	"$policygen" 1 around "$2" 100 <"$1" | "$policygen" 0 filter "$2"
}

# families_of on|off
families_of()
{
	echo 4
	[ "$1" = off ] || echo 6
}

# converted NAME FILE PROFILE IPV6: applies the file, converted for the profile, and judges it by the
# original. The node is as it was afterwards.
converted()
{
	local text="$1 for $3" file=$2 profile=$3 family
	# Cilium has no chain to apply to. Its keys are among those of TKE's agent, which reads them in
	# the same way; the profile that matters to a packet is that of the rules.
	local applied=${profile/cilium/tke}
	local ipv6=(--ipv6="$4")

	status 0 "$text: convert" "$explain" "${ipv6[@]}" --convert="$profile" -c "$file"
	cp "$work/out" "$work/converted.yaml"
	status 0 "$text: apply" \
		apply node --profile "$applied" "${ipv6[@]}" -c "$work/converted.yaml"
	# What both have: the entries of the one are not where the other changes its mind.
	"$explain" "${ipv6[@]}" --convert=default -c "$file" >"$work/plain.yaml" 2>/dev/null
	for family in $(families_of "$4"); do
		{
			around "$work/plain.yaml" "$family"
			around "$work/converted.yaml" "$family"
		} | sort -u >"$work/probes"
		judge "$text" "$(pod_of "$family")" '' "${ipv6[@]}" -c "$file"
	done
	status 0 "$text: remove" apply node --remove --profile "$applied"
}

all()
{
	local example profile ipv6 seed

	topology "convert-$variant"
	source_port=20000
	build_pods
	for example in nat-gateway node-address same-vpc vpc-peering; do
		for profile in default cce kubernetes gke tke aks cilium; do
			ipv6=on
			# 146 entries are more than this agent takes.
			[ "$example-$profile" != same-vpc-aks ] || ipv6=off
			converted "$example" "$examples/$example.yaml" $profile $ipv6
		done
	done
	for seed in 1 2 3; do
		"$policygen" $seed config >"$work/random.yaml"
		converted "policy $seed" "$work/random.yaml" default on
		converted "policy $seed" "$work/random.yaml" tke on
		# CCE's agent knows no sources.
		sed '/nonMasqueradeSrcCIDRs/,/^masq/ { /CIDRs\|^- /d; }' "$work/random.yaml" \
			>"$work/destinations.yaml"
		converted "policy $seed" "$work/destinations.yaml" cce on
	done
}

each_variant all
check "there were many decisions" test "$decisions" -gt 2000
finish
