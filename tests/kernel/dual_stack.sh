#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Row 49: lists that have only IPv4, on a node that has IPv6 too. ipmasq-apply warns that IPv6 traffic
# between pods is masqueraded, as packets show, and does not warn where it is not, or where somebody
# has decided so.
set -euo pipefail
# shellcheck source=tests/support/agent.sh
. "$(dirname "$0")/../support/agent.sh"

warning='nonMasqueradeCIDRs has no IPv6 entry, and this node has IPv6: .* \[ipv6-unlisted\]'

# One pod is on the node, the other behind its uplink. Both have both families.
build()
{
	topology "$variant"
	make_ns pod node other
	wire pod eth0 node pods
	wire node eth0 other eth0
	address pod eth0 10.1.1.2/24 fd00:1:1::2/64
	address node pods 10.1.1.1/24
	address node eth0 10.9.9.10/24
	address other eth0 10.9.9.1/24 10.1.2.2/24 fd00:9::1/64 fd00:1:2::2/64
	forward node
	route pod default 10.1.1.1
	route node 10.1.2.0/24 10.9.9.1
	route other 10.1.1.0/24 10.9.9.10
	serve other
}

# dual_stack: the node gets IPv6 addresses.
dual_stack()
{
	address node pods fd00:1:1::1/64
	address node eth0 fd00:9::10/64
	route pod default fd00:1:1::1
	route node fd00:1:2::/64 fd00:9::1
	route other fd00:1:1::/64 fd00:9::10
}

# quiet TEXT OPTION...: applies, without that warning.
quiet()
{
	status 0 "49 $variant: $1" apply node "${@:2}"
	lacks "49 $variant: $1: no warning" 'ipv6-unlisted' "$work/err"
}

all()
{
	build
	quiet "the node has only link-local IPv6" -c "$work/ipv4.yaml"
	dual_stack
	status 0 "49 $variant: a node with IPv6" apply node -c "$work/ipv4.yaml"
	has "49 $variant: the warning has the place of the list" "/ipv4.yaml:1:22: warning: $warning" "$work/err"
	ask udp pod 10.1.1.2 10.1.2.2
	equal "49 $variant: IPv4 between pods is not masqueraded" "$seen" 10.1.1.2
	ask udp pod fd00:1:1::2 fd00:1:2::2
	equal "49 $variant: IPv6 between pods is" "$seen" fd00:9::10
	status 0 "49 $variant: in a namespace that is named" \
		"$apply" "--backend=$variant" "--netns=$top-node" -c "$work/ipv4.yaml"
	has "49 $variant: and there" "$warning" "$work/err"
	status 0 "49 $variant: the built-in list" apply node -c /dev/null
	has "49 $variant: of which the same is true" "warning: $warning" "$work/err"
	status 0 "49 $variant: podCIDRs with both families" apply node -c "$work/pods.yaml"
	has "49 $variant: of which it is true, too" "warning: $warning" "$work/err"
	ask udp pod fd00:1:1::2 fd00:1:2::2
	equal "49 $variant: IPv6 between these pods is masqueraded" "$seen" fd00:9::10
	quiet "IPv6 is listed" -c "$work/both.yaml"
	ask udp pod fd00:1:1::2 fd00:1:2::2
	equal "49 $variant: then IPv6 between pods is not masqueraded" "$seen" fd00:1:1::2
	quiet "the switch is off" -c "$work/switch.yaml"
	quiet "IPv6 is off" --ipv6=off -c "$work/ipv4.yaml"
	quiet "IPv6 is off by the profile" --profile=kubernetes -c "$work/ipv4.yaml"
	quiet "IPv6 is on by decision" --ipv6=on -c "$work/ipv4.yaml"

	start -c "$work/ipv4.yaml"
	logs "49 $variant: the log of the agent has it" "$warning"
	mark
	tables node 4 -F "$chain"
	logs "49 $variant: a repair" 'ipv4: changed .*; drift'
	kill -HUP "$agent"
	logs "49 $variant: a reading" 'means the same'
	mark
	tables node 6 -F "$chain"
	# The look that SIGHUP asked for may be the one that repairs it.
	logs "49 $variant: another repair" 'ipv6: changed .*; (drift|SIGHUP)'
	stop "49 $variant: the agent ends"
	equal "49 $variant: the warning was logged once" "$(grep -c 'ipv6-unlisted' "$work/log")" 1
}

printf '%s\n' 'nonMasqueradeCIDRs: [10.0.0.0/8]' 'resyncInterval: 300ms' >"$work/ipv4.yaml"
printf '%s\n' 'nonMasqueradeCIDRs: [10.0.0.0/8, "fd00::/8"]' >"$work/both.yaml"
printf '%s\n' 'nonMasqueradeCIDRs: [10.0.0.0/8]' 'masqOutBoundIPv6: false' >"$work/switch.yaml"
printf '%s\n' 'nonMasqueradeCIDRs: [10.0.0.0/8]' 'podCIDRs: [10.1.0.0/16, "fd00:1::/32"]' \
	>"$work/pods.yaml"
each_backend all
finish
