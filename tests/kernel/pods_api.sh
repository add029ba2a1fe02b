#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Pods of several networks, each with a policy: packets of a pod get what its network's policy says,
# and those of everybody else are left alone. In each backend, for both families.
set -euo pipefail
# shellcheck source=tests/support/pods.sh
. "$(dirname "$0")/../support/pods.sh"

call=$(program tests/support/pods_call) || exit
other4=172.20.1.3
other6=fd00:172:20:1::3

# Two policies that contradict each other, and one that is too large for a list.
cat >"$work/blue.yaml" <<'END'
nonMasqueradeCIDRs: [10.0.0.0/8, "fd00::/8"]
END
cat >"$work/red.yaml" <<'END'
nonMasqueradeCIDRs: [203.0.113.0/24, 192.168.0.0/16, "2001:db8:7::/48"]
END
{
	echo nonMasqueradeCIDRs:
	for i in $(seq 0 2 60); do
		printf '%s\n' "- 10.$i.0.0/16" "- fd00:$i::/32"
	done
} >"$work/large.yaml"
printf '%s\n' 203.0.113.7 10.1.2.3 10.2.2.3 192.168.3.4 198.51.100.1 169.254.1.1 >"$work/probes.4"
printf '%s\n' 2001:db8:7::7 fd00:2::1 fd00:3::1 2001:db8:9::9 >"$work/probes.6"

# pods ARGUMENT...: the functions about pods, on the node.
pods()
{
	on node "$call" -b "$variant" -w 60 "$@"
}

# decides TEXT POLICY 4|6 SOURCE
decides()
{
	cp "$work/probes.$3" "$work/probes"
	judge "$1" "$4" "" -c "$work/$2.yaml"
}

# left_alone TEXT SOURCE...: nothing of theirs is masqueraded.
left_alone()
{
	local text=$1 source

	shift
	for source; do
		case $source in
		*:*) ask udp pod "$source" 2001:db8:9::9 ;;
		*) ask udp pod "$source" 198.51.100.1 ;;
		esac
		equal "$text: packets from $source are left alone" "$seen" "$source"
	done
}

# rules: everything of ours on the node, in both families and all backends.
rules()
{
	local variant

	for variant in nft legacy nftables; do
		case $variant in
		legacy) on node grep -qs '^nat$' /proc/net/ip_tables_names || continue ;;
		esac
		save node 4 | grep IPMASQ
		save node 6 | grep IPMASQ
	done
	on node nft list tables | grep ipmasq
}

nothing_left()
{
	rules >"$work/left" || true
	check "$1: nothing is left" test ! -s "$work/left"
}

add_and_del()
{
	status 0 "a pod comes" pods add blue a eth0 "$work/blue.yaml" "$pod4" "$pod6"
	decides "the first pod" blue 4 "$pod4"
	decides "the first pod" blue 6 "$pod6"
	left_alone "no pod yet" "$other4" "$other6"
	status 0 "again" pods add blue a eth0 "$work/blue.yaml" "$pod4" "$pod6"
	equal "it was in line" "$(grep -c 'in line' "$work/out")" 2
	status 0 "a pod of another network" pods add red b eth0 "$work/red.yaml" "$other4" "$other6"
	decides "the first pod, beside another" blue 4 "$pod4"
	decides "the other pod" red 4 "$other4"
	decides "the other pod" red 6 "$other6"
	status 0 "the first one is as it should be" \
		pods check blue a eth0 "$work/blue.yaml" "$pod4" "$pod6"
	status 0 "so is the other" pods check red b eth0 "$work/red.yaml" "$other4" "$other6"
	status 1 "not with another policy" pods check red b eth0 "$work/blue.yaml" "$other4" "$other6"
	status 1 "not with another address" pods check blue a eth0 "$work/blue.yaml" 172.20.1.9
	status 1 "not another interface" pods check blue a eth1 "$work/blue.yaml" "$pod4" "$pod6"
	status 0 "they are listed" pods list
	equal "both, with what is known of them" "$(cat "$work/out")" \
		"$variant blue a eth0 $pod4 $pod6
$variant red b eth0 $other4 $other6"
	status 0 "another interface of the first goes: it is not there" pods del blue a eth1
	status 0 "a pod of that name in the other network goes: it is not there" pods del red a eth0
	equal "nothing changed" "$(grep -c 'in line' "$work/out")" 2
	decides "the first pod, after that" blue 4 "$pod4"
	status 0 "the first pod goes" pods del blue a eth0
	left_alone "the first pod is gone" "$pod4" "$pod6"
	decides "the other pod, alone" red 4 "$other4"
	rules >"$work/left" || true
	lacks "its network has no chain any more" "$(key_of blue)" "$work/left"
	status 0 "again" pods del blue a eth0
	status 0 "the last one goes" pods del red b eth0
	nothing_left "the last pod is gone"
	status 0 "again" pods del red b eth0
}

# key_of NETWORK: a pattern for what the rule of a pod of that network says.
key_of()
{
	echo "ipmasq-pod $1 "
}

changes()
{
	status 0 "two pods of a network" pods add blue a eth0 "$work/blue.yaml" "$pod4" "$pod6"
	status 0 "the second" pods add blue b eth0 "$work/blue.yaml" "$other4" "$other6"
	status 0 "and one of another" pods add red c eth0 "$work/red.yaml" 172.20.1.7
	status 0 "the next has another policy" pods add blue d eth0 "$work/large.yaml" 172.20.1.8
	decides "it holds for the first pod" large 4 "$pod4"
	decides "it holds for the first pod" large 6 "$pod6"
	decides "and for the second" large 4 "$other4"
	status 0 "the other network is as it was" pods check red c eth0 "$work/red.yaml" 172.20.1.7
	status 0 "a pod has another address" pods add blue b eth0 "$work/large.yaml" 172.20.1.9
	left_alone "its old one" "$other4" "$other6"
	status 0 "another pod gets that" pods add red e eth0 "$work/red.yaml" "$other4"
	decides "it is that one's" red 4 "$other4"
	status 0 "and a third takes it over" pods add blue f eth0 "$work/large.yaml" "$other4"
	decides "it is that one's" large 4 "$other4"
	status 0 "the one that lost it goes" pods del red e eth0
	decides "the address stays" large 4 "$other4"
	status 0 "IPv6 off" pods -6 off add blue a eth0 "$work/large.yaml" "$pod4" "$pod6"
	decides "IPv4 is as before" large 4 "$pod4"
	left_alone "without IPv6" "$pod6"
	status 0 "a check with IPv6 off" pods -6 off check blue a eth0 "$work/large.yaml" "$pod4"
	status 0 "pods that are not valid are collected" pods gc blue f/eth0 x/eth0
	left_alone "collected" "$pod4" "$pod6"
	decides "the valid one stays" large 4 "$other4"
	status 0 "nothing of the other network is" pods check red c eth0 "$work/red.yaml" 172.20.1.7
	status 0 "the rest" pods gc blue
	status 0 "of both" pods gc red
	nothing_left "all were collected"
}

# An agent's chain beside, one of the same name, and removal as a whole.
beside_an_agent()
{
	echo '{"nonMasqueradeCIDRs": ["10.0.0.0/8"]}' >"$work/agent.json"
	status 0 "an agent's policy" apply node -c "$work/agent.json"
	status 0 "a pod" pods add blue a eth0 "$work/blue.yaml" 172.20.1.9
	status 0 "the agent's is in line" apply node --check -c "$work/agent.json"
	lacks "the pods' chain is no matter of its" IPMASQ "$work/out"
	status 0 "the agent's goes" apply node --remove
	status 0 "the pod stays" pods check blue a eth0 "$work/blue.yaml" 172.20.1.9
	status 0 "what the node does with the pod's packets" on node "$explain" --live \
		--source 172.20.1.9 -c "$work/agent.json" 203.0.113.7
	has "the plugin's rules have its name" 'CNI plugin ipmasq' "$work/out"
	status 0 "all pods at once go" apply node --remove --chain IPMASQ
	nothing_left "removed by name"
	status 0 "an agent of that chain" apply node --chain IPMASQ -c "$work/agent.json"
	status 4 "is left alone" pods add blue a eth0 "$work/blue.yaml" "$pod4"
	has "that is said" 'error: EEXIST' "$work/out"
	status 0 "it is in line" apply node --check --chain IPMASQ -c "$work/agent.json"
	status 0 "a chain of another name" pods -c PODS add blue a eth0 "$work/blue.yaml" "$pod4"
	status 0 "is checked" pods -c PODS check blue a eth0 "$work/blue.yaml" "$pod4"
	status 0 "and emptied" pods -c PODS del blue a eth0
	status 0 "the agent is in line" apply node --check --chain IPMASQ -c "$work/agent.json"
	status 0 "and goes" apply node --remove --chain IPMASQ
	nothing_left "the agent is gone"
}

# A pod of which another backend knows, as the configuration was changed.
moves()
{
	local first=$variant second=nftables

	[ "$first" != nftables ] || second=nft
	status 0 "a pod" pods add blue a eth0 "$work/blue.yaml" "$pod4" "$pod6"
	status 0 "another" pods add blue b eth0 "$work/blue.yaml" "$other4"
	variant=$second
	status 0 "the first again, in the other backend" \
		pods add blue a eth0 "$work/blue.yaml" "$pod4" "$pod6"
	status 0 "both are listed" pods list
	equal "once each" "$(sort "$work/out")" "$(printf '%s\n' \
		"$first blue b eth0 $other4" "$second blue a eth0 $pod4 $pod6" | sort)"
	status 0 "the one in the old backend goes" pods del blue b eth0
	left_alone "gone" "$other4"
	status 0 "the other goes" pods del blue a eth0
	variant=$first
	nothing_left "after a move"
}

automatic()
{
	status 0 "a pod" pods add blue a eth0 "$work/blue.yaml" "$pod4"
	status 0 "auto stays there" on node "$call" add blue b eth0 "$work/blue.yaml" "$other4"
	status 0 "in list" pods list
	equal "both are in $variant" "$(cut -d ' ' -f 1 "$work/out" | sort -u)" "$variant"
	status 0 "auto collects" on node "$call" gc blue
	nothing_left "collected by auto"
}

# first_chain: prints the name of the chain that leads each pod to its network.
first_chain()
{
	on node nft list chain ip ipmasq IPMASQ | sed -n 's/.*goto //p' | head -n 1
}

# network_chain: prints the name of the chain of the first pod's network.
network_chain()
{
	local from='IPMASQ[^ ]*'
	[ "$variant" != nftables ] || from=$(first_chain)
	save node 4 | sed -n "s/^-A $from -s $pod4.* -g \(.*\)/\1/p"
}

# disturb WHAT: somebody else changes rules of ours.
disturb()
{
	local at

	at=$(network_chain)
	case $variant:$1 in
	nftables:jump) on node nft flush chain ip ipmasq IPMASQ ;;
	nftables:empty) on node nft flush chain ip ipmasq "$at" ;;
	nftables:first) on node nft insert rule ip ipmasq "$at" ip daddr 203.0.113.7 return ;;
	nftables:ways) on node nft insert rule ip ipmasq "$(first_chain)" ip saddr "$pod4" return ;;
	*:jump) tables node 4 -F POSTROUTING ;;
	*:empty) tables node 4 -F "$at" ;;
	*:first) tables node 4 -I "$at" -d 203.0.113.7 -j RETURN ;;
	*:ways) tables node 4 -I IPMASQ -s "$pod4" -j RETURN ;;
	esac
}

tampered()
{
	local how

	status 0 "two pods" pods add blue a eth0 "$work/blue.yaml" "$pod4" "$pod6"
	status 0 "of a network" pods add blue b eth0 "$work/blue.yaml" "$other4"
	for how in jump empty first ways; do
		disturb $how
		status 1 "tampered, $how: it is seen" \
			pods check blue a eth0 "$work/blue.yaml" "$pod4" "$pod6"
		has "tampered, $how: it is said" '^IPv4: .*(chain|jump)' "$work/out"
		status 0 "tampered, $how: the next pod puts it right" \
			pods add blue a eth0 "$work/blue.yaml" "$pod4" "$pod6"
		decides "tampered, $how" blue 4 "$pod4"
		decides "tampered, $how: the other pod" blue 4 "$other4"
		status 0 "tampered, $how: that is seen" \
			pods check blue b eth0 "$work/blue.yaml" "$other4"
	done
	status 0 "all go" pods gc blue
	nothing_left "tampered with"
}

# counted ADDRESS: how many packets the rule of a pod has counted.
counted()
{
	save node 4 -c | sed -n "s/^\[\([0-9]*\):.* -s ${1//./\\.}\/32 .*/\1/p"
}

# A pod that comes or goes leaves the rules of the others as they are, with what they have counted.
inserted()
{
	local address name=0 before

	[ "$variant" != nftables ] || return 0
	status 0 "a pod" pods add blue a eth0 "$work/blue.yaml" "$pod4"
	ask udp pod "$pod4" 198.51.100.1
	before=$(counted "$pod4")
	check "its rule counts packets: $before" test "${before:-0}" -gt 0
	# Before it, after it, and between the others.
	for address in 172.20.1.1 172.20.1.200 "$other4" 172.20.1.100; do
		name=$((name + 1))
		status 0 "a pod beside it: $address" \
			pods add blue "b$name" eth0 "$work/blue.yaml" "$address"
		equal "$address came: the first pod's rule is the same" \
			"$(counted "$pod4")" "$before"
	done
	decides "the first pod among others" blue 4 "$pod4"
	decides "a pod in the middle" blue 4 "$other4"
	status 0 "all of them go" pods gc blue
	nothing_left "inserted"
}

# Policies with sources and with ports.
other_policies()
{
	printf '%s\n' 'podCIDRs: [172.20.0.0/16]' 'nonMasqueradeSrcCIDRs: [172.20.1.3/32]' \
		'nonMasqueradeCIDRs: [10.0.0.0/8]' >"$work/sources.yaml"
	status 0 "a policy with sources" pods add blue a eth0 "$work/sources.yaml" "$pod4"
	status 0 "for a second pod" pods add blue b eth0 "$work/sources.yaml" "$other4"
	decides "sources" sources 4 "$pod4"
	left_alone "a source that is not masqueraded" "$other4"
	status 0 "is as it should be" pods check blue a eth0 "$work/sources.yaml" "$pod4"
	status 0 "without random ports" pods -r off add blue a eth0 "$work/sources.yaml" "$pod4"
	equal "that was a change" "$(grep -c changed "$work/out")" 1
	status 1 "with them it differs" pods -r on check blue a eth0 "$work/sources.yaml" "$pod4"
	status 0 "without them it does not" \
		pods -r off check blue a eth0 "$work/sources.yaml" "$pod4"
	status 0 "they go" pods gc blue
	nothing_left "sources"
}

one_backend()
{
	topology "$variant"
	build_pods
	what=$variant
	add_and_del
	changes
	beside_an_agent
	moves
	automatic
	tampered
	inserted
	other_policies
	what=
}

each_backend one_backend
note "$decisions decisions"
finish
