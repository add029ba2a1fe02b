#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What becomes of packets of a pod by everybody's rules, as the kernel has them, and how many flows
# began under other rules: compared with the sources that arrive outside.
set -euo pipefail
# shellcheck source=tests/support/pods.sh
. "$(dirname "$0")/../support/pods.sh"

nat_print=$(program tests/support/nat_print) || exit

# arrives TEXT FAMILY DESTINATION SOURCE: the source that the next packet of its flow has outside.
arrives()
{
	local from=$pod4

	[ "$2" = 4 ] || from=$pod6
	# The port stays, so that it is one flow.
	seen=$(echo "$3" | on pod "$probe" udp "$from" 4444 "$port" 2000 | cut -f 2)
	equal "$1: the source of a packet to $3" "$seen" "$4"
}

# answered TEXT FAMILY DESTINATION WANTED: what becomes of new flows, and the count of others.
answered()
{
	local from=$pod4

	[ "$2" = 4 ] || from=$pod6
	equal "$1: the answer for $3" "$(on node "$nat_print" --flows "$from" "$3")" "$3 $4"
}

family()
{
	local f=$1 program=$2 outer=$3 inner=$4 pod=$5 node=$6 other=$7

	topology "flows-$variant-$f"
	build_pods
	what="$program"
	on node "$program" -t nat -A POSTROUTING -s "$pod" -j MASQUERADE
	answered "masquerade" "$f" "$outer" "MASQUERADE 0"
	arrives "masquerade" "$f" "$outer" "$node"
	answered "with a flow" "$f" "$outer" "MASQUERADE 0"
	on node "$program" -t nat -I POSTROUTING -d "$outer" -j ACCEPT
	answered "a rule in front" "$f" "$outer" "RETURN 1"
	answered "a rule in front" "$f" "$inner" "MASQUERADE 0"
	arrives "the old flow stays" "$f" "$outer" "$node"
	arrives "another one" "$f" "$inner" "$node"
	on node "$program" -t nat -R POSTROUTING 1 -d "$outer" -j SNAT --to-source "$other"
	answered "another address" "$f" "$outer" "SNAT 1"
	answered "not for the other" "$f" "$inner" "MASQUERADE 0"
	# An interface that leads elsewhere, and one that there is not.
	on node "$program" -t nat -R POSTROUTING 1 -o pods -j RETURN
	answered "another interface" "$f" "$outer" "MASQUERADE 0"
	on node "$program" -t nat -R POSTROUTING 1 -o none -j RETURN
	answered "no interface" "$f" "$outer" "MASQUERADE 0"
	on node "$program" -t nat -R POSTROUTING 1 -o eth0 -j RETURN
	answered "the interface" "$f" "$outer" "RETURN 1"
	on node "$program" -t nat -R POSTROUTING 1 -o eth+ -j RETURN
	answered "interfaces that begin so" "$f" "$outer" "RETURN 1"
	on node "$program" -t nat -R POSTROUTING 1 -m mark --mark 1 -j RETURN
	answered "it depends" "$f" "$outer" "RETURN MASQUERADE 0"
	# The kernel tracks flows while a rule needs it.
	on node "$program" -t nat -R POSTROUTING 1 -m conntrack --ctstate INVALID -j RETURN
	on node "$program" -t nat -D POSTROUTING 2
	answered "no rule" "$f" "$outer" "RETURN 1"
	answered "no rule" "$f" "$inner" "RETURN 1"
	arrives "no rule" "$f" "$inner" "$node"
}

in_variant()
{
	family 4 "iptables-$variant" 203.0.113.7 198.51.100.7 "$pod4" "$node4" 192.0.2.77
	family 6 "ip6tables-$variant" 2001:db8:113::7 2001:db8:100::7 "$pod6" "$node6" 2001:db8:1::77
}
each_variant in_variant

finish
