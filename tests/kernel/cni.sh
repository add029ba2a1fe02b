#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The CNI plugin after Debian's bridge and host-local, as a runtime calls them: packets of pods that
# these plugins made, in the versions that they speak, both families, and all backends.
set -euo pipefail
# shellcheck source=tests/support/cni.sh
. "$(dirname "$0")/../support/cni.sh"

for name in bridge host-local; do
	PATH=$cni_path command -v "$name" >/dev/null ||
		skip "the CNI plugin $name (Debian: containernetworking-plugins)"
done

# bridge NUMBER: the plugin that makes interfaces, with subnets of that number.
bridge()
{
	echo '{"type": "bridge", "bridge": "cni'"$1"'", "isGateway": true, "ipam": {
		"type": "host-local", "dataDir": "'"$work/ipam-$top"'",
		"ranges": [[{"subnet": "172.20.'"$1"'.0/24"}], [{"subnet": "fd00:172:20:'"$1"'::/64"}]],
		"routes": [{"dst": "0.0.0.0/0"}, {"dst": "::/0"}]}}'
}

build()
{
	topology "$1"
	make_ns node outside
	connect_outside
	answer_all outside eth0
	serve outside
}

declare -A at4 at6

# add NETWORK POD: the pod's namespace, and ADD. Its addresses are in $at4 and $at6.
add()
{
	[ -e "/run/netns/$top-$2" ] || make_ns "$2"
	status 0 "ADD $2" cni "$1" ADD "id-$2" "/run/netns/$top-$2" eth0
	at4[$2]=$(grep -o '"172\.20\.[0-9]*\.[0-9]*/24"' "$work/out" | tr -d '"' | cut -d / -f 1)
	at6[$2]=$(grep -o '"fd00:172:20:[0-9a-f:]*/64"' "$work/out" | tr -d '"' | cut -d / -f 1)
}

# delete NETWORK POD
delete()
{
	status 0 "DEL $2" cni "$1" DEL "id-$2" "/run/netns/$top-$2" eth0
}

first='{"nonMasqueradeCIDRs": ["10.0.0.0/8", "fd00::/8"], "masqueradeCIDRs": ["10.9.0.0/16"]}'
other='{"nonMasqueradeCIDRs": ["203.0.113.0/24", "2001:db8:7::/48"]}'

# first_policy POD, other_policy POD: these decide for it.
first_policy()
{
	sees "the first policy" "$1" "${at4[$1]}" 10.1.2.3 "${at4[$1]}"
	sees "the first policy" "$1" "${at4[$1]}" 10.9.2.3 "$node4"
	sees "the first policy" "$1" "${at4[$1]}" 203.0.113.7 "$node4"
	sees "the first policy" "$1" "${at6[$1]}" fd00:9::7 "${at6[$1]}"
	sees "the first policy" "$1" "${at6[$1]}" 2001:db8:7::7 "$node6"
}

other_policy()
{
	sees "the other policy" "$1" "${at4[$1]}" 10.1.2.3 "$node4"
	sees "the other policy" "$1" "${at4[$1]}" 203.0.113.7 "${at4[$1]}"
	sees "the other policy" "$1" "${at6[$1]}" fd00:9::7 "$node6"
	sees "the other policy" "$1" "${at6[$1]}" 2001:db8:7::7 "${at6[$1]}"
}

no_policy()
{
	sees "no policy" "$1" "${at4[$1]}" 203.0.113.7 "${at4[$1]}"
	sees "no policy" "$1" "${at6[$1]}" 2001:db8:7::7 "${at6[$1]}"
}

# One pod, in a version.
each_version()
{
	local version

	build "$variant-versions"
	for version in 0.3.1 0.4.0 1.0.0; do
		what="$variant, $version"
		write_network net "$version" "$(bridge 1)" "$first"
		add net "pod-$version"
		has "the result says its version" "\"cniVersion\":\"$version\"" "$work/out"
		first_policy "pod-$version"
		if [ "$version" != 0.3.1 ]; then
			status 0 "CHECK" cni net CHECK "id-pod-$version" \
				"/run/netns/$top-pod-$version" eth0
		fi
		delete net "pod-$version"
		nothing_left "after DEL"
	done
}

# Two networks and their pods.
networks()
{
	what="$variant, two networks"
	build "$variant-networks"
	write_network one 1.0.0 "$(bridge 1)" "$first"
	write_network two 1.0.0 "$(bridge 2)" "$other"
	add one a
	add one b
	add two c
	first_policy a
	first_policy b
	other_policy c
	for pod in one/a one/b two/c; do
		status 0 "CHECK ${pod#*/}" cni "${pod%/*}" CHECK "id-${pod#*/}" \
			"/run/netns/$top-${pod#*/}" eth0
	done

	what="$variant, a pod that goes"
	delete one a
	delete one a
	first_policy b
	other_policy c

	what="$variant, its namespace and its result are gone"
	ip netns del "$top-b"
	cni_options=(--without-cache)
	status 0 "DEL b" cni one DEL id-b "" eth0
	cni_options=()
	other_policy c
	known
	lacks "it is gone" 'id-b' "$work/known"
	has "the other network's pod is not" 'id-c' "$work/known"
	what="$variant, the last pod goes"
	delete two c
	nothing_left "after the last DEL"
}

# A policy that changes while there are pods, and switches per family.
changes()
{
	what="$variant, changes"
	build "$variant-changes"
	write_network net 1.0.0 "$(bridge 1)" "$first"
	add net a
	first_policy a
	write_network net 1.0.0 "$(bridge 1)" "$other"
	status 1 "CHECK finds that the policy is another" cni net CHECK id-a "/run/netns/$top-a" eth0
	has "with a code of its own" '"code":101' "$work/out"
	add net b
	other_policy a
	other_policy b
	status 0 "CHECK a" cni net CHECK id-a "/run/netns/$top-a" eth0

	what="$variant, one family"
	write_network net 1.0.0 "$(bridge 1)" "$other" '"ipv6": false'
	add net c
	sees "IPv4 is masqueraded" c "${at4[c]}" 10.1.2.3 "$node4"
	sees "IPv6 is not" c "${at6[c]}" fd00:9::7 "${at6[c]}"
	write_network net 1.0.0 "$(bridge 1)" "$other" '"ipv4": false'
	add net d
	sees "IPv4 is not masqueraded" d "${at4[d]}" 10.1.2.3 "${at4[d]}"
	sees "IPv6 is" d "${at6[d]}" fd00:9::7 "$node6"
	for pod in a b c d; do
		delete net "$pod"
	done
	nothing_left "after DEL"

	what="$variant, a policy that is wrong"
	write_network net 1.0.0 "$(bridge 1)" '{"nonMasqueradeCIDRs": ["10.0.0.1/8"]}'
	make_ns wrong
	status 1 "ADD fails" cni net ADD id-wrong "/run/netns/$top-wrong" eth0
	out_has 'policy.nonMasqueradeCIDRs[0]: \"10.0.0.1/8\" has bits set after its prefix length'
	nothing_left "after a failed ADD"
	status 0 "DEL works all the same" cni net DEL id-wrong "/run/netns/$top-wrong" eth0
}

# Somebody takes our rules away: CHECK says so, and the next ADD repairs them.
repair()
{
	what="$variant, rules taken away"
	build "$variant-repair"
	write_network net 1.0.0 "$(bridge 1)" "$first"
	add net a
	flush_all
	status 1 "CHECK fails" cni net CHECK id-a "/run/netns/$top-a" eth0
	has "with a code of its own" '"code":101' "$work/out"
	no_policy a
	add net b
	first_policy b
	status 0 "ADD again is no error" cni net DEL id-a "/run/netns/$top-a" eth0
	add net a
	first_policy a
	status 0 "CHECK a" cni net CHECK id-a "/run/netns/$top-a" eth0
	delete net a
	delete net b
	nothing_left "after DEL"
}

flush_all()
{
	case $variant in
	nftables) on node nft flush ruleset ;;
	*)
		on node "iptables-$variant" -t nat -F
		on node "ip6tables-$variant" -t nat -F
		;;
	esac
}

all()
{
	each_version
	networks
	changes
	repair
}

each_backend all
finish
