#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Which flows does a change of the policy end? Those that the old rules translated otherwise, and no
# others: how many were ended is compared, and what the next packet of each flow looks like outside.
# shellcheck disable=SC2317 # each_variant calls the functions
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=pods.sh
. "$(dirname "$0")/pods.sh"

# Destinations, IPv4 and IPv6: what A and B say of each.
#         A           B
# turned  MASQUERADE  RETURN
# outer   MASQUERADE  MASQUERADE
# inner   RETURN      MASQUERADE
# kept    RETURN      RETURN
declare -A to=(
	[turned4]=198.51.100.7 [outer4]=203.0.113.7 [inner4]=10.1.0.7 [kept4]=10.2.0.7
	[turned6]=2001:db8:100::7 [outer6]=2001:db8:113::7 [inner6]=fd10:1::7 [kept6]=fd10:2::7
)

policies()
{
	printf '%s\n' 'nonMasqueradeCIDRs: [10.0.0.0/8, "fd10::/16"]' >"$work/A.yaml"
	printf '%s\n' 'nonMasqueradeCIDRs: [10.0.0.0/8, "fd10::/16", 198.51.100.0/24, "2001:db8:100::/48"]' \
		'masqueradeCIDRs: [10.1.0.0/16, "fd10:1::/32"]' >"$work/B.yaml"
	printf '%s\n' 'nonMasqueradeSrcCIDRs: [172.20.1.0/24, "fd00:172:20:1::/64"]' |
		cat - "$work/B.yaml" >"$work/C.yaml"
}

# flow DESTINATION-NAME FAMILY: a packet of the flow to it; $seen is pod, node, or the address.
flow()
{
	local port_of=$((30000 + $2 * 100 + ${#1}))

	seen=$(echo "${to[$1$2]}" |
		on pod "$PROBE" udp "$(pod_of "$2")" "$port_of" "$port" 2000 | cut -f 2)
	case $seen in
	"$pod4" | "$pod6") seen=pod ;;
	"$node4" | "$node6") seen=node ;;
	esac
}

# flows TEXT TURNED OUTER INNER KEPT: how each is seen outside, in both families.
flows()
{
	local f got

	for f in 4 6; do
		got=
		for name in turned outer inner kept; do
			flow "$name" "$f"
			got+="$seen "
		done
		equal "$1, IPv$f" "$got" "$2 $3 $4 $5 "
	done
}

# ended TEXT COUNT: what the last apply said, of each family; 0: it said nothing.
ended()
{
	local f

	for f in 4 6; do
		equal "$1, IPv$f" "$(sed -n "s/^ipv$f: .*: \([0-9]*\) flows\{0,1\} ended.*/\1/p" "$work/out")" \
			"${2#0}"
	done
}

change()
{
	topology "$variant-change"
	build_pods
	status 0 "the first policy" apply node -c "$work/A.yaml"
	flows "flows begin" node node pod pod
	# The node's own flows are nobody's to end.
	on node "$PROBE" udp "$node4" 31000 "$port" 2000 <<<"${to[turned4]}" >/dev/null
	status 0 "another policy" apply node -c "$work/B.yaml"
	has "says how many flows keep the old translation" '^ipv4: .*: 2 flows keep the translation' "$work/out"
	has "in each family" '^ipv6: .*: 2 flows keep the translation' "$work/out"
	flows "which they do" node node pod pod
	status 0 "back to the first" apply node -c "$work/A.yaml" --flush-conntrack=changed
	ended "a flow that has what the new rules give is left alone" 0
	flows "and goes on" node node pod pod
	status 0 "the other policy again" apply node -c "$work/B.yaml" --flush-conntrack=changed
	ended "flows whose verdict changed are ended, and no others" 2
	flows "their next packet is decided anew" pod node node pod
	status 0 "nothing to do" apply node -c "$work/B.yaml" --flush-conntrack=changed
	ended "ends nothing" 0
	flows "so all go on" pod node node pod
	# By way of a namespace that the tool is not in itself.
	status 0 "the pods' own addresses are always kept now" "$APPLY" "--backend=$variant" \
		"--netns=/run/netns/$top-node" -c "$work/C.yaml" --flush-conntrack=changed
	ended "flows that the source decides" 2
	flows "are decided anew" pod pod pod pod
	status 2 "it is for applying only" apply node --check --flush-conntrack=changed
}

others()
{
	topology "$variant-others"
	build_pods
	status 0 "a policy" apply node -c "$work/A.yaml"
	for f in 4 6; do
		tables node "$f" -I POSTROUTING -d "${to[kept$f]}" -j MASQUERADE
		tables node "$f" -I POSTROUTING -d "${to[outer$f]}" -j ACCEPT
	done
	flows "rules of others come first" node pod pod node
	status 0 "a change" apply node -c "$work/B.yaml" --flush-conntrack=changed
	ended "does not end what others decided" 2
	flows "that goes on" pod pod node node
	# What the old chain says is not certain, where it has a match that nobody here knows.
	for f in 4 6; do
		tables node "$f" -I IP-MASQ-AGENT -m mark --mark 0x77 -j RETURN
	done
	status 0 "rules of another kind" apply node -c "$work/A.yaml" --flush-conntrack=changed
	ended "nor what cannot be told" 0
	status 0 "no rules" apply node --remove
	status 0 "and rules again" apply node -c "$work/A.yaml" --flush-conntrack=changed
	# One of the two is what a rule of others wants, which only the next packet shows.
	ended "flows from before there were rules are judged too" 2
	flows "and have what all rules together say" node pod node node
}

all()
{
	change
	others
}

policies
each_variant all
finish
