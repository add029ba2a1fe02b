#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Row 47: another program changes our chain again and again, or a second instance of ours does. The
# log tells once who it is and what to do, the metrics count, and the lines of each repair are left
# out. What happens once, or by hand, is no fight.
set -euo pipefail
# shellcheck source=tests/support/pods.sh
. "$(dirname "$0")/../support/pods.sh"
# shellcheck source=tests/support/agent.sh
. "$(dirname "$0")/../support/agent.sh"

started='ipv6: changed \(.*; start\): (jump|base chain)'
fight='^warning: ipv4: somebody keeps changing the rules of chain IP-MASQ-AGENT, which were repaired [0-9]+ times in .* s; '

# config INTERVAL CIDR > file
config()
{
	echo "{\"nonMasqueradeCIDRs\": [\"$2\", \"fd00::/8\"], \"resyncInterval\": \"$1\"}"
}

fresh()
{
	topology "$variant-$1"
	build_pods
	dir=$work/$top
	mkdir "$dir"
	config "${2:-400ms}" 10.0.0.0/8 >"$dir/config"
	start -c "$dir/config" --metrics-file="$dir/m.prom"
	logs "$1: it applies" "$started"
}

# metric TEXT PATTERN: within half a minute, a line of the metrics matches.
metric()
{
	local end=$((SECONDS + 30))

	until grep -Eqs -e "$2" "$dir/m.prom" || [ "$SECONDS" -ge "$end" ]; do
		pause 0.05
	done
	cp "$dir/m.prom" "$work/m.prom"
	has "$1" "$2" "$work/m.prom"
}

# value METRIC: its value, a whole number.
value()
{
	awk -v name="$1" '$1 == name { print $2 }' "$dir/m.prom"
}

# grows TEXT METRIC NUMBER: within half a minute it is no less. On a busy machine it may go past any
# number between two looks at it.
grows()
{
	local end=$((SECONDS + 30))

	until [ "$(value "$2")" -ge "$3" ] || [ "$SECONDS" -ge "$end" ]; do
		pause 0.05
	done
	check "$1: $(value "$2") of $3" test "$(value "$2")" -ge "$3"
}

# repairs: how many repairs of IPv4 there were.
repairs()
{
	awk '/^ipmasq_writes_total\{family="ipv4"\}/ { print $2 - 1 }' "$dir/m.prom"
}

# against TEXT COMMAND...: runs the command again and again until the file $work/peace exists.
against()
{
	rm -f "$work/peace"
	(
		while [ ! -e "$work/peace" ]; do
			"$@" >/dev/null 2>&1 || true
			pause 0.3
		done
	) &
	opponent=$!
}

peace()
{
	: >"$work/peace"
	wait "$opponent" || true
}

# masq_agent: what the agent of Kubernetes does in each of its rounds.
masq_agent()
{
	local all='ip-masq-agent: ensure nat POSTROUTING directs all non-LOCAL destination traffic'

	all+=' to our custom IP-MASQ-AGENT chain'
	tables node 4 -N "$chain" 2>/dev/null || true
	tables node 4 -C POSTROUTING -m comment --comment "$all" \
		-m addrtype ! --dst-type LOCAL -j "$chain" 2>/dev/null ||
		tables node 4 -A POSTROUTING -m comment --comment "$all" \
			-m addrtype ! --dst-type LOCAL -j "$chain"
	on node "iptables-$(iptables_of "$variant")-restore" --noflush <<-END
		*nat
		:$chain - [0:0]
		-A $chain -d 169.254.0.0/16 -m comment --comment "ip-masq-agent: local traffic is not subject to MASQUERADE" -j RETURN
		-A $chain -d 172.16.0.0/12 -m comment --comment "ip-masq-agent: local traffic is not subject to MASQUERADE" -j RETURN
		-A $chain -m comment --comment "ip-masq-agent: outbound traffic is subject to MASQUERADE (must be last in chain)" -j MASQUERADE
		COMMIT
	END
}

# told TEXT PATTERN: the fight is told once, by whom, and what repeats itself is not logged.
told()
{
	local before

	logs "$1: it is told" "$fight$2"
	logs_once "$1: once" "$fight"
	metric "$1: the metrics have it" '^ipmasq_fight\{family="ipv4"\} 1$'
	mark
	before=$(value 'ipmasq_fight_repairs_total{family="ipv4"}')
	grows "$1: repairs go on and are counted" 'ipmasq_fight_repairs_total{family="ipv4"}' \
		$((before + 3))
	if log_has 'ipv4: (drift|changed)'; then
		fail "$1: they are not logged one by one" "$work/log"
	else
		pass "$1: they are not logged one by one"
	fi
	logs_once "$1: still once" "$fight"
}

# over TEXT: after the fight, that is told, and packets follow our policy.
over()
{
	local end=$((SECONDS + 60))

	until log_has 'nobody has changed the rules of chain' || [ "$SECONDS" -ge "$end" ]; do
		pause 0.1
	done
	logs "$1: that it is over is told" \
		"^info: ipv4: nobody has changed the rules of chain $chain for .* s, after [0-9]+ repairs"
	metric "$1: the metrics have it" '^ipmasq_fight\{family="ipv4"\} 0$'
	in_line "$1: the node is in line" -c "$dir/config"
	ask udp pod "$pod4" 203.0.113.7
	equal "$1: packets are masqueraded" "$seen" "$node4"
	ask udp pod "$pod4" 10.9.8.7
	equal "$1: those to the list are not" "$seen" "$pod4"
	mark
	tables node 4 -F "$chain"
	logs "$1: a repair is logged again" 'ipv4: drift'
}

another_agent()
{
	fresh "an ip-masq-agent"
	against masq_agent
	told "47, an ip-masq-agent" 'it is the ip-masq-agent of Kubernetes.* comment "ip-masq-agent: local traffic'
	if [ "$variant" = nft ]; then
		has "47: with nft the process is named" "$fight.*by the process \`iptables" "$work/log"
	fi
	logs_never "47: the other family is not concerned" 'ipv6: somebody keeps'
	peace
	over "47, an ip-masq-agent"
	stop "it ends"
}

a_firewall()
{
	fresh "a firewall"
	against tables node 4 -F
	told "47, a firewall" 'they are removed.*as a firewall does'
	peace
	stop "it ends"
}

# second INTERVAL BACKEND: a second instance of ours, with another configuration.
second()
{
	config "$1" 192.168.0.0/16 >"$dir/other"
	nsenter "--net=/run/netns/$top-node" -- "$apply" --watch "--backend=$2" -c "$dir/other" \
		2>"$work/log2" >"$work/stdout2" &
	opponent=$!
}

end_second()
{
	local got=0

	kill "$opponent"
	wait "$opponent" || got=$?
	equal "$1: SIGTERM ends the second instance" "$got" 0
}

our_own()
{
	local end

	fresh "a second instance"
	second 400ms "$variant"
	told "47, a second instance" 'the rules found are written as this agent writes them.*: stop the other'
	end=$((SECONDS + 30))
	until grep -Eq -e "$fight" "$work/log2" || [ "$SECONDS" -ge "$end" ]; do
		pause 0.05
	done
	has "47: the other one tells it too" "$fight" "$work/log2"
	end_second "47, a second instance"
	over "47, a second instance"
	stop "it ends"
}

# The second instance has its rules in the other backend, and removes ours there as it takes over.
other_backend()
{
	local other=legacy

	[ "$variant" = nft ] || other=nft
	[[ ${IPMASQ_VARIANTS:-nft legacy} == *$other* ]] || return 0
	fresh "another backend"
	second 400ms "$other"
	told "47, a second instance with $other" ''
	end_second "47, a second instance with $other"
	stop "it ends"
}

# With reports of the kernel each repair causes the next one. They grow rare, as long as the interval
# allows.
without_a_core()
{
	local before used

	[ "$variant" = nft ] || return 0
	fresh "not busy" 1h
	before=$(awk '{ print $14 + $15 + $16 + $17 }' "/proc/$agent/stat")
	second 1h "$variant"
	logs "47: a second instance is fought at once" 'ipv4: changed \(.*; drift\)'
	pause 10
	used=$(($(awk '{ print $14 + $15 + $16 + $17 }' "/proc/$agent/stat") - before))
	check "47: ten seconds of a fight cause a few repairs: $(repairs)" \
		test "$(repairs)" -ge 2 -a "$(repairs)" -le 7
	check "47: and take $used hundredths of a second" test "$used" -lt 150
	end_second "47, not busy"
	stop "it ends"
}

# another_rule NUMBER: before the rules of our first chain.
another_rule()
{
	if [ "$variant" = nftables ]; then
		on node nft insert rule ip ipmasq "$(first_chain node ip)" ip daddr "192.0.2.$1" return
	else
		tables node 4 -I "$chain" -d "192.0.2.$1" -m comment --comment "test $1" -j RETURN
	fi
}

# What an operator does.
by_hand()
{
	local i

	fresh "by hand"
	for i in 1 2 3; do
		mark
		tables node 4 -F "$chain"
		logs "by hand: a flush is repaired" 'ipv4: changed \(.*; drift\)'
	done
	for i in 1 2 3; do
		mark
		another_rule "$i"
		logs "by hand: a rule is removed" 'ipv4: changed \(.*; drift\)'
		mark
		tables node 4 -F POSTROUTING
		logs "by hand: the jump is added" 'ipv4: changed \(.*; drift\)'
	done
	logs_never "47: it is no fight" 'somebody keeps'
	metric "47: nor in the metrics" '^ipmasq_fight\{family="ipv4"\} 0$'
	stop "it ends"
}

all()
{
	another_agent
	a_firewall
	our_own
	other_backend
	without_a_core
	by_hand
}

each_backend all
finish
