#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ipmasq-apply --watch repairs rules of iptables-nft, and tables of our own, when the kernel reports
# that somebody changed them, long before the next look: the interval is an hour here. What others do
# elsewhere causes one look in an interval, and those who change our rules all the time do not keep it
# busy. Legacy rules have no
# reports.
set -euo pipefail
# shellcheck source=tests/support/pods.sh
. "$(dirname "$0")/../support/pods.sh"
# shellcheck source=tests/support/agent.sh
. "$(dirname "$0")/../support/agent.sh"

started='ipv6: changed \(.*; start\): (jump|base chain)'
destination=203.0.113.7

fresh()
{
	topology "$variant-$1"
	build_pods
	dir=$work/$top
	mkdir "$dir"
	echo '{"nonMasqueradeCIDRs": ["10.0.0.0/8", "fd00::/8"], "resyncInterval": "1h"}' \
		>"$dir/config"
}

# begin: starts the agent; it has done its work, and nothing is left that would wake it.
begin()
{
	start -c "$dir/config" --metrics-file="$dir/m.prom"
	logs "it applies" "$started"
	wait_metric '^ipmasq_looks_total\{family="ipv6"\} [1-9]'
}

# wait_metric PATTERN: within half a minute, a line of the metrics matches.
wait_metric()
{
	local end=$((SECONDS + 30))

	until grep -Eqs -e "$1" "$dir/m.prom"; do
		[ "$SECONDS" -lt "$end" ] || return 0
		pause 0.02
	done
}

# value METRIC: its value, a whole number.
value()
{
	awk -v name="$1" '$1 == name { print $2 }' "$dir/m.prom"
}

# ticks: the processor time of the agent and of what it started, in hundredths of a second.
ticks()
{
	awk '{ print $14 + $15 + $16 + $17 }' "/proc/$agent/stat"
}

# healed TEXT COMMAND...: what the command damages is repaired, in less than a second, and packets
# of the pod have the node's address again.
healed()
{
	local text=$1 began

	shift
	mark
	began=$(now_ms)
	"$@"
	logs "$text: it is repaired" 'ipv4: changed \(.*; drift\)'
	best "$text: without waiting for the interval," 1000 200 $(($(now_ms) - began))
	ask udp pod "$pod4" "$destination"
	equal "$text: packets are masqueraded" "$seen" "$node4"
	in_line "$text: the node is in line" -c "$dir/config"
	# Longer than the gap after which it repairs at once again.
	pause 2.2
}

all_gone()
{
	tables node 4 -F
	[ "$variant" = nftables ] || tables node 4 -X
}

another_rule()
{
	if [ "$variant" = nftables ]; then
		on node nft insert rule ip ipmasq "$(first_chain node ip)" return
	else
		on node nft insert rule ip nat "$chain" return
	fi
}

heals_at_once()
{
	fresh heals
	begin
	healed "a chain flushed" tables node 4 -F "$chain"
	healed "the jump gone" tables node 4 -F POSTROUTING
	healed "all rules and chains gone" all_gone
	healed "the whole ruleset gone" on node nft flush ruleset
	healed "another rule before ours, by nft" another_rule
	check "each was a look because of a report" test "$(value ipmasq_event_looks_total)" -ge 5
	stop "it ends"
}

# Rules of others, as kube-proxy writes them, by the thousand. Nothing of it concerns us.
churn()
{
	local end=$((SECONDS + 4)) before round=0 used

	fresh churn
	{
		echo '*nat'
		for i in {1..20}; do
			echo ":KUBE-SVC-$i - [0:0]"
		done
		for i in {1..400}; do
			echo "-A KUBE-SVC-$((i % 20 + 1)) -d 10.96.$((i / 200)).$((i % 200)) -j RETURN"
		done
		echo COMMIT
	} >"$work/services"
	# The table and its POSTROUTING, which may lead to ours.
	on node iptables-nft-restore --noflush <"$work/services"
	begin
	before=$(ticks)
	while [ "$SECONDS" -lt "$end" ]; do
		on node iptables-nft-restore --noflush <"$work/services"
		round=$((round + 1))
	done
	used=$(($(ticks) - before))
	equal "$round rounds of 400 rules of others cause no look" \
		"$(value ipmasq_event_looks_total)" 0
	check "and take less than 5 % of a processor: $used of 400 hundredths of a second" \
		test "$used" -lt 20
	healed "then a chain flushed" tables node 4 -F "$chain"
	stop "it ends"
}

# kept SOURCE TEXT: what a packet of the pod to an address that the policy leaves alone arrives with.
kept()
{
	ask udp pod "$pod4" 10.9.9.9
	equal "$2" "$seen" "$1"
}

# Others make a table that overrides ours: it is said at once, but a second time only after the
# interval, however often they write.
others()
{
	local began

	fresh others
	begin
	on node nft add table ip mine
	on node nft 'add chain ip mine post { type nat hook postrouting priority 50; }'
	mark
	began=$(now_ms)
	on node nft add rule ip mine post ip daddr 10.9.0.0/16 masquerade
	kept "$node4" "$variant: a table of others masquerades"
	logs "$variant: which is said" \
		'ipv4: overridden: rule 1 of chain post .nftables, table ip mine. masquerades'
	best "$variant: without waiting for the interval," 3000 1000 $(($(now_ms) - began))
	wait_metric '^ipmasq_overridden\{family="ipv4"\} 1'
	equal "$variant: metrics have it" "$(value 'ipmasq_overridden{family="ipv4"}')" 1
	equal "$variant: after one look for others" "$(value ipmasq_others_looks_total)" 1
	equal "$variant: none was for ours" "$(value ipmasq_event_looks_total)" 0
	mark
	for _ in {1..20}; do
		on node nft add rule ip mine post ip daddr 10.8.0.0/16 masquerade
		pause 0.1
	done
	equal "$variant: more of it causes no look before the interval is over" \
		"$(value ipmasq_others_looks_total)" 1
	mark
	kill -HUP "$agent"
	logs "$variant: a look for another reason sees it" 'overridden: .* 10.8.0.0/16'
	stop "$variant: it ends"
}

# The same with an interval that passes: that look comes again.
others_again()
{
	fresh again
	sed -i 's/"1h"/"4s"/' "$dir/config"
	begin
	on node nft add table ip mine
	on node nft 'add chain ip mine post { type nat hook postrouting priority 50; }'
	wait_metric '^ipmasq_others_looks_total 1'
	pause 4
	on node nft add rule ip mine post ip daddr 10.9.0.0/16 masquerade
	wait_metric '^ipmasq_others_looks_total 2'
	equal "$variant: after the interval there is another look" \
		"$(value ipmasq_others_looks_total)" 2
	stop "$variant: it ends"
}

# What the agent writes itself is no news.
own_writes()
{
	local i

	fresh own
	begin
	for i in 1 2 3; do
		mark
		echo "{\"nonMasqueradeCIDRs\": [\"10.$i.0.0/16\"], \"resyncInterval\": \"1h\"}" |
			put "$dir/config"
		logs "a change of the configuration is applied" 'ipv4: changed \(.*configuration changed\)'
		pause 0.3
	done
	equal "its own writes cause no look" "$(value ipmasq_event_looks_total)" 0
	equal "nor for others" "$(value ipmasq_others_looks_total)" 0
	equal "nor does what it looked at itself" "$(value 'ipmasq_looks_total{family="ipv4"}')" 4
	stop "it ends"
}

# Somebody flushes the chain many times a second. The gaps between repairs grow.
storm()
{
	local end=$((SECONDS + 8)) before looks

	fresh storm
	begin
	mark
	before=$(value ipmasq_event_looks_total)
	while [ "$SECONDS" -lt "$end" ]; do
		# A repair may take a chain of our own table away before it is flushed.
		tables node 4 -F "$chain" 2>/dev/null || true
		pause 0.05
	done
	looks=$(($(value ipmasq_event_looks_total) - before))
	check "8 seconds of flushes cause a few looks: $looks" test "$looks" -ge 2 -a "$looks" -le 6
	logs "and are repaired" 'changed \(.*; drift\)'
	# The last may have been repaired already, or still wait for its time.
	end=$((SECONDS + 30))
	until apply node --check -c "$dir/config" >"$work/out" 2>&1 || [ "$SECONDS" -ge "$end" ]; do
		pause 0.1
	done
	in_line "in the end the node is in line" -c "$dir/config"
	stop "it ends"
}

# More reports than the kernel keeps for a process that is stopped for a while.
overrun()
{
	fresh overrun
	if ! big_transactions; then
		note "large transactions are not allowed here: there are never too many reports"
		return 0
	fi
	topology "$variant-overrun"
	begin
	kill -STOP "$agent"
	{
		echo '*nat'
		echo ':OTHER - [0:0]'
		awk 'BEGIN { for (i = 0; i < 30000; i++) print "-A OTHER -d 10.96.0.1 -j RETURN" }'
		echo COMMIT
	} >"$work/many"
	on node iptables-nft-restore --noflush <"$work/many"
	tables node 4 -F "$chain"
	mark
	kill -CONT "$agent"
	logs "a flush whose report was lost is repaired" 'ipv4: changed \(.*; drift\)'
	in_line "the node is in line" -c "$dir/config"
	stop "it ends"
}

# The reports are those of the namespace of --netns, and of the new one of that name.
namespaces()
{
	local began

	fresh netns
	: >"$work/log"
	"$apply" "--backend=$variant" --watch --netns="$top-node" -c "$dir/config" \
		--metrics-file="$dir/m.prom" 2>"$work/log" &
	agent=$!
	from=1
	logs "in a namespace that is named it applies" "$started"
	healed "in it, a chain flushed" tables node 4 -F "$chain"
	ip netns del "$top-node"
	make_ns node
	mark
	kill -HUP "$agent"
	logs "in a new namespace of that name it applies" 'ipv6: changed \(.*\): (jump|base chain)'
	mark
	began=$(now_ms)
	tables node 4 -F "$chain"
	logs "and repairs there" 'ipv4: changed \(.*; drift\)'
	best "without waiting for the interval," 1000 200 $(($(now_ms) - began))
	stop "it ends"
}

# The kernel refuses reports: the interval counts, which is said once.
refused()
{
	local asan=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0

	fresh refused
	sed -i 's/"1h"/"400ms"/' "$dir/config"
	: >"$work/refuse.events"
	prefix=(env "LD_PRELOAD=$refuse_flows" "REFUSE_FLOWS=$work/refuse" "ASAN_OPTIONS=$asan")
	begin
	prefix=()
	logs "it is said" 'the kernel does not report changes of rules \(Operation not permitted\)'
	mark
	tables node 4 -F "$chain"
	logs "the interval counts" 'ipv4: changed \(.*; drift\)'
	equal "no look was caused by a report" "$(value ipmasq_event_looks_total)" 0
	wait_metric '^ipmasq_looks_total\{family="ipv4"\} ([5-9]|[1-9][0-9])$'
	logs_once "it is said once" 'does not report changes of rules'
	rm "$work/refuse.events"
	stop "it ends"
}

# Legacy rules have no reports; those of nft concern nobody then.
legacy()
{
	fresh legacy
	sed -i 's/"1h"/"400ms"/' "$dir/config"
	begin
	mark
	tables node 4 -F "$chain"
	logs "legacy: the interval counts" 'ipv4: changed \(.*; drift\)'
	equal "legacy: no look was caused by a report" "$(value ipmasq_event_looks_total)" 0
	logs_never "legacy: which nobody misses" 'does not report changes'
	stop "it ends"
}

all()
{
	others
	others_again
	if [ "$variant" = legacy ]; then
		legacy
		return
	fi
	heals_at_once
	churn
	own_writes
	storm
	overrun
	namespaces
	refused
}

refuse_flows=$(program tests/support/.libs/refuse_flows.so) || exit
each_backend all
finish
