#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How long the CNI plugin takes to add one more pod, beside what the reference plugin "bridge" takes
# for its own masquerading of a pod (ipMasq).
# shellcheck disable=SC2317 # functions are called by names that are given
set -euo pipefail
# shellcheck source=tests/support/bench.sh
. "$(dirname "$0")/../support/bench.sh"

counts=(0 100 500)
rounds=40
if [ -n "$quick" ]; then
	counts=(0 20)
	rounds=5
fi
backends=(nftables iptables-nft iptables-legacy)
cni=${CNI_BIN:-/usr/lib/cni}

plugin=$(program examples/cni/ipmasq) || exit

# network BACKEND NUMBER: the network configuration with the result of a plugin before ours.
network()
{
	cat <<-END
		{"cniVersion": "1.0.0", "name": "net", "type": "ipmasq", "backend": "$1",
		 "policy": {"nonMasqueradeCIDRs": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]},
		 "prevResult": {"cniVersion": "1.0.0",
		  "interfaces": [{"name": "eth0", "sandbox": "/proc/self/ns/net"}],
		  "ips": [{"interface": 0, "address": "10.1.$(($2 / 250)).$(($2 % 250 + 2))/16"}]}}
	END
}

# add NODE FILE NUMBER NETNS PLUGIN < NETWORK: appends to FILE
add()
{
	on "$1" env CNI_COMMAND=ADD CNI_CONTAINERID="pod-$3" CNI_NETNS="$4" CNI_IFNAME=eth0 \
		CNI_PATH="$cni" "$measure" "$2" "$5" >"$work/answer" 2>&1
}

# add_ours NODE FILE NUMBER BACKEND
add_ours()
{
	network "$4" "$3" | add "$1" "$2" "$3" /proc/self/ns/net "$plugin"
}

# add_bridge NODE FILE NUMBER MASQUERADES
add_bridge()
{
	local in=$1-$3

	ip netns add "$in"
	add "$1" "$2" "$3" "/run/netns/$in" "$cni/bridge" <<-END
		{"cniVersion": "1.0.0", "name": "$1", "type": "bridge", "bridge": "cni0",
		 "ipMasq": $4, "ipam": {"type": "host-local", "dataDir": "$work/$1",
		 "ranges": [[{"subnet": "10.1.0.0/16"}]]}}
	END
}

# one_more NODE HOW WORD: how long one more takes, at each number of pods; each in $work/NODE.COUNT.
one_more()
{
	local node=$1 at=0 count

	ip netns add "$node"
	on "$node" ip link set lo up
	for count in "${counts[@]}"; do
		for (( ; at < count; at++)); do
			"$2" "$node" "$work/ignored" "$at" "$3" || return
		done
		for (( ; at < count + rounds; at++)); do
			"$2" "$node" "$work/$node.$count" "$at" "$3" || return
		done
	done
}

# of FILE: the median in ms, and the time that 19 of 20 do not reach.
of()
{
	cut -d ' ' -f 1 "$1" | sort -g | awk '{ v[NR] = $1 * 1000 }
		END { printf "%.1f %.1f\n", v[int((NR + 1) / 2)], v[int(NR * 0.95 + 0.5)] }'
}

inside "$@"
title "One more pod"
made=()
for backend in "${backends[@]}"; do
	if one_more "$backend" add_ours "$backend"; then
		made+=("$backend")
	else
		cat "$work/answer"
		lacking "$backend"
	fi
done
reference=
if [ ! -x "$cni/bridge" ]; then
	echo "$self: without bridge, which is not installed (Debian: containernetworking-plugins)"
elif one_more plain add_bridge false && one_more masquerading add_bridge true; then
	reference=yes
else
	cat "$work/answer"
	lacking "the plugin bridge"
fi

printf '%8s' pods
for backend in "${made[@]}"; do
	printf '%24s' "$backend"
done
printf '%12s\n' "${reference:+bridge}"
for count in "${counts[@]}"; do
	printf '%8s' "$count"
	times=
	if [ -n "$reference" ]; then
		read -r with _ <<<"$(of "$work/masquerading.$count")"
		read -r without _ <<<"$(of "$work/plain.$count")"
		times=$(calc "$with - $without" %.1f)
	fi
	for backend in "${made[@]}"; do
		read -r middle most <<<"$(of "$work/$backend.$count")"
		printf '%8s%8s%8s' "$middle" "$most" \
			"${times:+($(calc "$middle / $times" %.2f))}"
	done
	printf '%12s\n' "$times"
done
cat <<END

In ms: the median of $rounds ADDs in a row beside so many pods, the time that 19 of 20 do not exceed,
and how many times the time of bridge. Ours: the program examples/cni/ipmasq from its start to its
end. bridge: how much longer its ADD takes with ipMasq than without, with one rule in POSTROUTING and
a chain a pod.
END
exit "$failed"
