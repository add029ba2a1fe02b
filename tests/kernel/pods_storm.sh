#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Many processes add and remove pods at once, and are killed at any instant, while packets of pods
# that nobody touches are judged: never a wrong one, and at the end nothing is left.
#
# Environment: IPMASQ_STORM (200): how many pairs of add and del run at once.
set -euo pipefail
# shellcheck source=tests/support/pods.sh
. "$(dirname "$0")/../support/pods.sh"

call=$(program tests/support/pods_call) || exit
other4=172.20.1.3
pairs=${IPMASQ_STORM:-200}

echo 'nonMasqueradeCIDRs: [10.0.0.0/8, "fd00::/8"]' >"$work/blue.yaml"
echo 'nonMasqueradeCIDRs: [203.0.113.0/24]' >"$work/red.yaml"

pods()
{
	on node "$call" -b "$variant" -w 600 "$@"
}

# stays TEXT: the pods that nobody touches are masqueraded as their networks say.
stays()
{
	ask udp pod "$pod4" 203.0.113.7
	equal "$1: masqueraded" "$seen" "$node4"
	ask udp pod "$pod4" 10.1.2.3
	equal "$1: left alone" "$seen" "$pod4"
	ask udp pod "$other4" 203.0.113.7
	equal "$1: the other network's" "$seen" "$other4"
	ask udp pod "$pod6" 2001:db8:9::9
	equal "$1: IPv6" "$seen" "$node6"
}

# judge_on: asks for flows of both pods until $work/stop is there; each wrong one is a line in
# $work/wrong.
judge_on()
{
	local count=0 got port=30000

	while [ ! -e "$work/stop" ]; do
		port=$((port + 1))
		got=$(printf '203.0.113.%d\n' $((count % 250 + 1)) |
			on pod "$probe" udp "$pod4" $port 7777 3000 | cut -f 2)
		[ "$got" = "$node4" ] || echo "$pod4 as $got" >>"$work/wrong"
		got=$(echo 203.0.113.9 | on pod "$probe" udp "$other4" $port 7777 3000 | cut -f 2)
		[ "$got" = "$other4" ] || echo "$other4 as $got" >>"$work/wrong"
		count=$((count + 1))
	done
	echo $count >"$work/judged"
}

begin()
{
	rm -f "$work"/stop "$work"/wrong "$work"/judged
	: >"$work/wrong"
	pods add blue stays eth0 "$work/blue.yaml" "$pod4" "$pod6" >/dev/null
	pods add red stays eth0 "$work/red.yaml" "$other4" >/dev/null
	judge_on &
	judges=$!
}

end()
{
	: >"$work/stop"
	wait "$judges"
	check "$1: flows were judged meanwhile" test "$(cat "$work/judged")" -gt 3
	check "$1: none was wrong" test ! -s "$work/wrong"
}

# pair NUMBER: a pod comes and goes.
pair()
{
	local network=blue

	[ $(($1 % 2)) = 0 ] || network=red
	pods add $network "p$1" eth0 "$work/$network.yaml" "10.9.$(($1 / 250)).$(($1 % 250 + 1))" \
		"fd09::$1" >"$work/pair.$1" 2>&1 || echo "add $1" >>"$work/failed"
	pods del $network "p$1" eth0 >>"$work/pair.$1" 2>&1 || echo "del $1" >>"$work/failed"
}

storm()
{
	local i running=()

	begin
	: >"$work/failed"
	for i in $(seq "$pairs"); do
		pair "$i" &
		running+=($!)
	done
	wait "${running[@]}"
	check "$pairs pairs at once: each succeeded" test ! -s "$work/failed"
	end "$pairs pairs at once"
	stays "after $pairs pairs"
	pods list >"$work/out"
	equal "only those that nobody touched are left" "$(wc -l <"$work/out")" 2
}

# The process that is killed is the caller itself, not a shell that waits for it.
# Each is killed a little later than the one before, from its start to its end.
killed()
{
	local i pid

	begin
	for i in $(seq 60); do
		# An id of its own, so that no process but this one is meant.
		nsenter "--net=/run/netns/$top-node" -- "$call" -b "$variant" -w 600 add blue "k$i" eth0 "$work/blue.yaml" \
			"10.8.0.$i" "fd08::$i" >/dev/null 2>&1 &
		pid=$!
		sleep "0.$(printf %03d $((i * 2)))"
		kill -KILL $pid 2>/dev/null || true
		wait $pid 2>/dev/null || true
	done
	for i in $(seq 60); do
		nsenter "--net=/run/netns/$top-node" -- "$call" -b "$variant" -w 600 del blue "k$i" eth0 >/dev/null 2>&1 &
		pid=$!
		sleep "0.$(printf %03d $((i * 2)))"
		kill -KILL $pid 2>/dev/null || true
		wait $pid 2>/dev/null || true
	done
	end "killed"
	stays "after they were killed"
	status 0 "the rest is collected" pods gc blue stays/eth0
	status 0 "what stays is in line" \
		pods check blue stays eth0 "$work/blue.yaml" "$pod4" "$pod6"
	pods list >"$work/out"
	equal "nothing else is there" "$(wc -l <"$work/out")" 2
}

# slow_restore: programs in $work/slow of which the one that writes waits before it begins; it makes
# the files restoring and restored.
slow_restore()
{
	local program real

	rm -rf "$work/slow" "$work/restoring" "$work/restored"
	mkdir "$work/slow"
	for program in iptables ip6tables; do
		real=$(command -v "$program-$variant-restore")
		ln -s "$(command -v "$program-$variant")" "$(command -v "$program-$variant-save")" \
			"$work/slow/"
		cat >"$work/slow/$program-$variant-restore" <<-END
			#!/bin/sh
			case \$* in *--test*|*--version*) exec $real "\$@" ;; esac
			: >$work/restoring
			$(command -v sleep) 0.5
			$real "\$@"
			: >$work/restored
		END
		chmod +x "$work/slow/$program-$variant-restore"
	done
}

# A program goes on when the process that started it is killed, and so does the lock: what comes next
# does not read the rules before that program has written.
outlived()
{
	local pid

	[ "$variant" != nftables ] || return 0
	slow_restore
	nsenter "--net=/run/netns/$top-node" -- "$call" -b "$variant" -p "$work/slow" -w 600 add blue orphan eth0 \
		"$work/blue.yaml" 10.6.0.1 >"$work/out" 2>&1 &
	pid=$!
	until [ -e "$work/restoring" ] || ! kill -0 $pid 2>/dev/null; do
		sleep 0.02
	done
	kill -KILL $pid
	wait $pid 2>/dev/null || true
	check "it was killed while a program wrote" test -e "$work/restoring"
	status 0 "that program writes first" pods del blue orphan eth0
	check "and has written" test -e "$work/restored"
	pods list >"$work/out"
	equal "its pod is not there again" "$(wc -l <"$work/out")" 2
}

# The lock of the namespace is held, by whom does not matter.
locked()
{
	local holder

	rm -f "$work/held" "$work/enough"
	on node flock -o /proc/self/ns/net sh -c \
		"touch $work/held; until [ -e $work/enough ]; do sleep 0.05; done" &
	holder=$!
	until [ -e "$work/held" ]; do
		sleep 0.02
	done
	status 4 "a lock that is held: the wait ends" \
		on node "$call" -b "$variant" -w 1 add blue late eth0 "$work/blue.yaml" 10.7.0.1
	has "a lock that is held: that is said" 'error: EBUSY' "$work/out"
	status 0 "a lock that is held: the list needs none" pods list
	: >"$work/enough"
	wait $holder
	status 0 "a lock that is free again" pods add blue late eth0 "$work/blue.yaml" 10.7.0.1
	status 0 "and away" pods del blue late eth0
}

all_gone()
{
	status 0 "the last ones" pods del blue stays eth0
	status 0 "of all" pods del red stays eth0
	equal "no chain is left" "$(save node 4 | grep -c IPMASQ || true)" 0
	equal "none of IPv6" "$(save node 6 | grep -c IPMASQ || true)" 0
	equal "no table is left" "$(on node nft list tables | grep -c ipmasq || true)" 0
}

one_backend()
{
	topology "storm-$variant"
	build_pods
	what=$variant
	storm
	killed
	outlived
	locked
	all_gone
	what=
}

each_backend one_backend
finish
