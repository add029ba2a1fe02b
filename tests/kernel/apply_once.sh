#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# examples/apply-once brings a node in line and prints what was done in each family, as
# ipmasq-apply does.
set -euo pipefail
# shellcheck source=tests/support/kernel.sh
. "$(dirname "$0")/../support/kernel.sh"

once=$(program examples/apply-once) || exit
config=$examples/same-vpc.yaml

# The rule of somebody else tells which variant the node uses: the example asks for none.
somebody()
{
	local family

	for family in 4 6; do
		tables node "$family" -N SOMEBODY
		tables node "$family" -A POSTROUTING -j SOMEBODY
	done
}

in_line()
{
	status 0 "$variant: the node is in line" on node "$once" "$config"
	printf 'IPv4: in line (%s)\nIPv6: in line (%s)\n' "$variant" "$variant" >"$work/wanted"
	same_file "$variant: and nothing else is printed" "$work/out" "$work/wanted"
}

all()
{
	topology "$variant"
	make_ns node
	somebody
	status 0 "$variant: a new node is changed" on node "$once" "$config"
	has "$variant: IPv4 was" "^IPv4: changed \($variant\)$" "$work/out"
	has "$variant: IPv6 was" "^IPv6: changed \($variant\)$" "$work/out"
	equal "$variant: what was done is said for both" \
		"$(grep -c '^  chain IP-MASQ-AGENT created: ' "$work/out")" 2
	status 0 "$variant: ipmasq-apply finds it in line" apply node --check -c "$config"
	in_line
	tables node 4 -D IP-MASQ-AGENT 1
	status 0 "$variant: a rule that was lost comes back" \
		"$once" "$config" "/run/netns/$top-node"
	has "$variant: IPv4 was changed" "^IPv4: changed \($variant\)$" "$work/out"
	has "$variant: IPv6 was not" "^IPv6: in line \($variant\)$" "$work/out"
	in_line
	status 1 "$variant: without privilege it fails" on node unshare -U "$once" "$config"
	equal "$variant: each family says why" \
		"$(grep -c '^  .* \[not-permitted\]$' "$work/out")" 2
}

status 1 "a configuration is needed" "$once"
echo 'nonMasqueradeCIDRs: [10.0.0.1/8]' >"$work/bad.yaml"
status 1 "a bad configuration is refused" "$once" "$work/bad.yaml"
has "with the place of the error" "bad.yaml:1:22: error: .* \[host-bits\]" "$work/err"
status 1 "so is a network namespace that is none" "$once" "$config" no-such-name
has "which is named" "/run/netns/no-such-name.* \[netns\]" "$work/err"
each_variant all
finish
