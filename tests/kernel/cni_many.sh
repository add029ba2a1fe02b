#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The CNI plugin with many pods and many calls at once, in CNI 1.1.0 after a recorded result: 500
# pods, 200 that come and go meanwhile, GC, calls that are killed at any instant, a lock that others
# hold. Nothing is left, and packets get what the policy says.
#
# Environment: IPMASQ_PODS (500), IPMASQ_SEED.
set -euo pipefail
# shellcheck source=tests/support/cni.sh
. "$(dirname "$0")/../support/cni.sh"

pods=${IPMASQ_PODS:-500}
RANDOM=${IPMASQ_SEED:-1}

policy='{"nonMasqueradeCIDRs": ["10.0.0.0/8", "fd00::/8"]}'
other='{"nonMasqueradeCIDRs": ["203.0.113.0/24", "2001:db8:7::/48"]}'

# addresses NUMBER: $ip4 and $ip6 of that pod.
addresses()
{
	ip4=172.20.$(($1 / 200 + 10)).$(($1 % 200 + 2))
	printf -v ip6 'fd00:172:20:1::%x' $(($1 + 16))
}

build()
{
	topology "$variant-$1"
	build_pods
	ip -n "$top-node" route add 172.20.0.0/16 dev pods
	ip -n "$top-pod" route add 172.20.0.0/16 dev eth0
	rm -f "$work/cache"/*
	write_network net 1.1.0 "$recorded" "$policy"
	write_network two 1.1.0 "$recorded" "$other"
}

# lines COMMAND NAME FIRST LAST: the calls for those pods, one a line.
lines()
{
	local i

	for ((i = $3; i <= $4; i++)); do
		addresses "$i"
		echo "$1 $2-$i /run/netns/$2-$i eth0 IP4=$ip4;IP6=$ip6"
	done
}

# each TEXT JOBS < calls: all of them succeed.
each()
{
	if cni net each "$2" >"$work/calls"; then
		pass "$1: $(wc -l <"$work/calls") calls, $2 at once: $(slowest)"
	else
		grep '^1' "$work/calls" >"$work/details" || true
		fail "$1" "$work/details"
	fi
}

slowest()
{
	sort -k 2 -n "$work/calls" | awk '{ took[NR] = $2 }
		END { printf "median %d ms, slowest %d ms", took[int((NR + 1) / 2)], took[NR] }'
}

# owned NUMBER: the pod's namespace has the addresses of that pod.
owned()
{
	addresses "$1"
	address pod eth0 "$ip4/32" "$ip6/128"
}

# under_policy NUMBER, under_other NUMBER, under_none NUMBER: what decides for that pod.
under_policy()
{
	addresses "$1"
	sees "pod $1" pod "$ip4" 10.1.2.3 "$ip4"
	sees "pod $1" pod "$ip4" 203.0.113.7 "$node4"
	sees "pod $1" pod "$ip6" fd00:9::7 "$ip6"
	sees "pod $1" pod "$ip6" 2001:db8:7::7 "$node6"
}

under_other()
{
	addresses "$1"
	sees "pod $1, network two" pod "$ip4" 10.1.2.3 "$node4"
	sees "pod $1, network two" pod "$ip4" 203.0.113.7 "$ip4"
	sees "pod $1, network two" pod "$ip6" fd00:9::7 "$node6"
}

under_none()
{
	addresses "$1"
	sees "pod $1, no policy" pod "$ip4" 203.0.113.7 "$ip4"
	sees "pod $1, no policy" pod "$ip6" 2001:db8:7::7 "$ip6"
}

# call COMMAND NAME NUMBER [IFNAME]: the plugin alone, which is faster than the chain.
call()
{
	local ifname=${4:-eth0} result

	addresses "$3"
	result=$(RESULT=bridge-1.1.0.json CNI_COMMAND=ADD CNI_ARGS="IP4=$ip4;IP6=$ip6" CNI_IFNAME=$ifname \
		CNI_NETNS=/run/netns/$2-$3 "$plugins/recorded")
	printf '{"cniVersion":"1.1.0","name":"net","type":"ipmasq","backend":"%s","policy":%s,
		"prevResult":%s}' "$variant" "$policy" "$result" >"$work/input.$2-$3"
	on node env CNI_COMMAND="$1" CNI_CONTAINERID="$2-$3" CNI_NETNS="/run/netns/$2-$3" \
		CNI_IFNAME="$ifname" "$plugin" <"$work/input.$2-$3"
}

many()
{
	what="$variant, $pods pods"
	build many
	for i in 1 $((pods / 2)) "$pods" 900 1001; do
		owned "$i"
	done
	# The other network stays as it is all the time.
	addresses 1001
	status 0 "ADD" cni two ADD stays /run/netns/stays eth0 "IP4=$ip4;IP6=$ip6"
	lines ADD pod 1 "$pods" >"$work/adds"
	each "ADD" 4 <"$work/adds"
	for i in 1 $((pods / 2)) "$pods"; do
		under_policy "$i"
	done
	under_other 1001
	status 0 "CHECK" cni net CHECK "pod-$pods" "/run/netns/pod-$pods" eth0
	status 0 "STATUS" cni net STATUS

	what="$variant, 200 pods that come and go among $pods"
	{
		lines ADD pair 801 1000
		lines DEL pair 801 1000
	} >"$work/pairs"
	each "ADD and DEL" 20 <"$work/pairs"
	known
	lacks "none of them is left" 'pair-' "$work/known"
	has "those that stay are there" "pod-$pods " "$work/known"
	under_none 900
	under_policy "$pods"
	under_other 1001

	what="$variant, GC"
	# shellcheck disable=SC2046 # words
	status 0 "all are valid" cni net GC $(seq -f 'pod-%g/eth0' 1 "$pods")
	under_policy "$pods"
	status 0 "two are" cni net GC pod-1/eth0 "pod-$pods/eth1" "pod-$((pods / 2))/eth0"
	under_policy 1
	under_policy $((pods / 2))
	under_none "$pods"
	status 0 "none is" cni net GC
	under_none 1
	known
	lacks "no pod is left" 'pod-' "$work/known"
	has "but that of the other network" 'stays ' "$work/known"
	status 0 "DEL" cni two DEL stays /run/netns/stays eth0
	nothing_left "after the last one"
}

# The address that a pod had goes to another pod; a pod has two interfaces.
names()
{
	what="$variant, one address, two pods"
	build names
	owned 1
	owned 2
	status 0 "ADD one" call ADD one 1
	status 0 "ADD two" call ADD two 1
	status 0 "DEL one" call DEL one 1
	under_policy 1
	status 0 "CHECK two" call CHECK two 1
	what="$variant, two interfaces"
	status 0 "ADD" call ADD two 2 eth1
	status 0 "ADD" call ADD two 2 eth0
	status 0 "DEL eth1" call DEL two 2 eth1
	under_policy 2
	status 0 "DEL eth0" call DEL two 2 eth0
	under_none 2
	status 0 "DEL two" call DEL two 1
	nothing_left "after DEL"
}

# killed COMMAND NAME NUMBER: a call that is killed after up to 30 ms.
killed()
{
	local id

	call "$@" >/dev/null 2>&1 &
	id=$!
	read -r -t "0.$(printf %03d $((RANDOM % 30)))" -u "$never" _ || true
	# The plugin and what it started; the shell in between has a group of its own.
	kill -KILL -- "-$id" 2>/dev/null || true
	wait "$id" 2>/dev/null || true
}

kills()
{
	local i

	what="$variant, calls that are killed"
	build kills
	owned 1
	owned 2
	status 0 "ADD" call ADD pod 1
	for i in {1..25}; do
		killed ADD pod 2
		under_first "$i"
		killed DEL pod 2
		under_first "$i"
	done
	status 0 "ADD after it" call ADD pod 2
	under_policy 2
	status 0 "CHECK after it" call CHECK pod 2
	for i in {1..10}; do
		killed DEL pod 2
	done
	status 0 "DEL after it" call DEL pod 2
	under_none 2
	under_policy 1
	status 0 "CHECK of the other" call CHECK pod 1
	status 0 "DEL of the other" call DEL pod 1
	nothing_left "after the last DEL"
}

# under_first ROUND: the pod that stays has its policy all the time.
under_first()
{
	addresses 1
	sees "round $1" pod "$ip4" 203.0.113.7 "$node4"
}

# held LOCK: another process has it for a while, and ADD waits.
held()
{
	local id

	what="$variant, a lock that another process holds"
	build held
	owned 1
	exec {lock}>>/run/xtables.lock
	flock "$lock"
	call ADD pod 1 >"$work/said" {lock}>&- &
	id=$!
	read -r -t 1 -u "$never" _ || true
	if [ "$variant" = legacy ]; then
		check "ADD waits" kill -0 "$id"
	fi
	exec {lock}>&-
	status 0 "ADD succeeds once it is free" wait "$id"
	under_policy 1
	status 0 "DEL" call DEL pod 1
	nothing_left "after DEL"
}

# STATUS, and who may not change rules.
allowed()
{
	what="$variant, without the capability"
	build allowed
	status 1 "STATUS" on node setpriv --bounding-set=-net_admin --inh-caps=-net_admin \
		python3 "$driver" --path "$plugins" "$work/net.conflist" STATUS
	out_has '"code":50,'
	status 1 "ADD" on node setpriv --bounding-set=-net_admin --inh-caps=-net_admin \
		python3 "$driver" --path "$plugins" --cache "$work/cache" "$work/net.conflist" \
		ADD pod-1 /run/netns/pod-1 eth0 'IP4=172.20.10.3;IP6=fd00:172:20:1::11'
	out_has '"code":100,'
	nothing_left "after it"
}

# Somebody put the table to sleep: what iptables writes is not in force, and ADD cannot help it. Tables
# of our own are woken.
asleep()
{
	local wanted=0

	[ "$variant" != legacy ] || return 0
	what="$variant, a dormant table"
	build asleep
	owned 1
	status 0 "ADD" call ADD pod 1
	status 0 "STATUS while all is well" cni net STATUS
	if [ "$variant" = nft ]; then
		on node nft add table ip nat '{ flags dormant; }'
		wanted=1
	else
		on node nft add table ip ipmasq '{ flags dormant; }'
	fi
	status 1 "CHECK" call CHECK pod 1
	out_has '"code":101,'
	out_has 'is dormant'
	status "$wanted" "STATUS" cni net STATUS
	[ "$wanted" = 0 ] || out_has '"code":51,'
	status "$wanted" "ADD" call ADD pod 1
	[ "$wanted" = 0 ] || out_has '"code":100,'
	[ "$variant" = nftables ] || on node nft add table ip nat
	under_policy 1
	status 0 "STATUS after it" cni net STATUS
	status 0 "DEL" call DEL pod 1
	nothing_left "after DEL"
}

# Two files say different things of one network, and a runtime that reads anew adds by both at once:
# the last one to write decides, for all containers.
disagree()
{
	local first second

	what="$variant, a policy that changes under ADDs"
	build disagree
	owned 1
	owned 20
	owned 21
	owned 40
	cp "$work/net.conflist" "$work/old.conflist"
	write_network net 1.1.0 "$recorded" "$other"
	cp "$work/net.conflist" "$work/new.conflist"
	lines ADD pod 1 20 | cni old each 4 >"$work/calls.old" &
	first=$!
	lines ADD pod 21 40 | cni new each 4 >"$work/calls.new" &
	second=$!
	status 0 "the ADDs of one policy" wait "$first"
	status 0 "the ADDs of the other" wait "$second"
	addresses 1
	ask udp pod "$ip4" 10.1.2.3
	if [ "$seen" = "$ip4" ]; then
		for i in 1 20 21 40; do under_policy "$i"; done
		status 0 "CHECK" cni old CHECK pod-40 /run/netns/pod-40 eth0
	else
		for i in 1 20 21 40; do under_other "$i"; done
		status 0 "CHECK" cni new CHECK pod-1 /run/netns/pod-1 eth0
	fi
	lines DEL pod 1 40 >"$work/dels"
	each "DEL" 4 <"$work/dels"
	nothing_left "after DEL"
}

exec {never}<> <(:)
set -m
all()
{
	names
	kills
	held
	allowed
	asleep
	disagree
	many
}

each_backend all
finish
