# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What happens to a node under ipmasq-apply --watch, on top of pods.sh and agent.sh: each function
# does one thing, at random where there is a choice, and leaves nothing behind that would keep the
# node from being brought in line. The agent is that of begin_agent.
# shellcheck source=tests/support/pods.sh
declare -F build_pods >/dev/null || . "$(dirname "${BASH_SOURCE[0]}")/pods.sh"
# shellcheck source=tests/support/agent.sh
declare -F log_has >/dev/null || . "$(dirname "${BASH_SOURCE[0]}")/agent.sh"

# The directory of the configuration, and the backend that the agent is given, which the caller sets.
volume=
asked=auto
swaps=0
begun=0
killed=0
tampered=0
copies=0
rivals=()

# swap FILE: changes the volume as the kubelet changes a ConfigMap volume; "" removes the file.
swap()
{
	local old

	old=$(readlink "$volume/..data" || true)
	swaps=$((swaps + 1))
	mkdir -p "$volume/..$swaps"
	[ -z "$1" ] || cp "$1" "$volume/..$swaps/config"
	ln -s "..$swaps" "$volume/..data_tmp"
	mv -T "$volume/..data_tmp" "$volume/..data"
	[ -e "$volume/config" ] || ln -sf ..data/config "$volume/config"
	[ -z "$old" ] || rm -r "${volume:?}/$old"
}

# slow_programs SECONDS: the agent's iptables programs wait before they begin, so that kill_program
# meets them, and have no extension `length', so that they cannot print the rules that need it.
slow_programs()
{
	local program extensions

	rm -rf "$work/slow" "$work/extensions"
	mkdir -p "$work/slow" "$work/real"
	real=$(dirname "$(command -v iptables-nft-restore)")
	for program in "$real"/ip*tables*; do
		printf '#!/bin/sh\nsleep %s\nexec %s "$@"\n' "$1" "$work/real/${program##*/}" \
			>"$work/slow/${program##*/}"
	done
	chmod +x "$work/slow"/*
	extensions=$(find /usr/lib* -name libxt_standard.so -printf '%h\n' 2>/dev/null | head -n 1)
	cp -R "$extensions" "$work/extensions"
	rm -f "$work/extensions/libxt_length.so"
	# Namespaces of the network that are made anew are mounted for the agent too. The inner shell
	# becomes the agent.
	# shellcheck disable=SC2016
	prefix=(unshare -m --propagation slave sh -c 'mount --bind "$1" "$2/real" &&
		mount --bind "$2/slow" "$1" && mount --bind "$2/extensions" "$3" &&
		shift 3 && exec "$@"' sh "$real" "$work" "$extensions")
}

# begin_agent: its log goes through a pipe to $work/log, its metrics are a file beside
# the configuration, and the node has a name.
begin_agent()
{
	if [ ! -p "$work/pipe" ]; then
		mkfifo "$work/pipe"
		exec {log_pipe}<>"$work/pipe"
		cat <"$work/pipe" >"$work/log" {log_pipe}>&- &
		log_reader=$!
	fi
	${prefix[@]+"${prefix[@]}"} "$apply" "--backend=$asked" --watch "--netns=$top-node" --wait=1 \
		"--metrics-file=$volume/m.prom" -c "$volume/config" \
		2>"$work/pipe" >"$work/stdout" {log_pipe}>&- &
	agent=$!
	begun=$((begun + 1))
}

kill_agent()
{
	kill -9 "$agent"
	wait "$agent" 2>/dev/null || true
	begin_agent
}

# kill_program: kills a program that the agent runs. First the agent gets something to repair.
kill_program()
{
	local pid tries

	double_jump
	[ "$asked" != nftables ] || return 0
	for ((tries = 0; tries < 50; tries++)); do
		read -r pid _ <"/proc/$agent/task/$agent/children" || true
		if [ -n "$pid" ] && kill -9 "$pid" 2>/dev/null; then
			killed=$((killed + 1))
			return
		fi
		pause 0.02
	done
}

# in_backend BACKEND 4|6 ARGUMENT...: as tables node.
in_backend()
{
	local variant=$1

	shift
	tables node "$@"
}

# any_backend: prints one of both variants of iptables.
any_backend()
{
	if [ $((RANDOM % 2)) = 0 ]; then
		echo nft
	else
		echo legacy
	fi
}

# our_backend: prints the one that has our chain, or nft.
our_backend()
{
	if [ "$asked" = nftables ]; then
		echo nftables
	elif on node iptables-legacy-save -t nat 2>/dev/null | grep "^:$chain " >"$work/ours"; then
		echo legacy
	else
		echo nft
	fi
}

# double_jump: drift that harms no packets, since what is added decides as what is there. Where our
# chain is not in that backend, the jump is refused.
double_jump()
{
	local one ip

	if [ "$asked" = nftables ]; then
		for ip in ip ip6; do
			on node nft add rule $ip ipmasq "$chain" fib daddr type != local \
				goto "$(first_chain node $ip)" || true
		done
	fi
	for one in nft legacy; do
		in_backend "$one" 4 -A POSTROUTING -m addrtype ! --dst-type LOCAL -j "$chain" ||
			continue
		in_backend "$one" 6 -I POSTROUTING -m comment --comment old -m addrtype \
			! --dst-type LOCAL -j "$chain" || true
	done
}

take_rules_away()
{
	local f=4 one

	one=$(any_backend)
	[ $((RANDOM % 2)) = 0 ] || f=6
	tampered=$((tampered + 1))
	if [ "$asked" = nftables ]; then
		take_native_rules_away $f
		return
	fi
	case $((RANDOM % 5)) in
	0) in_backend "$one" "$f" -F "$chain" ;;
	1) in_backend "$one" "$f" -F POSTROUTING ;;
	2) in_backend "$one" "$f" -F && in_backend "$one" "$f" -X ;;
	3) in_backend "$one" "$f" -D "$chain" 1 ;;
	4) on node nft flush ruleset ;;
	esac
}

# take_native_rules_away 4|6: the same of tables of our own.
take_native_rules_away()
{
	local ip=ip first map

	[ "$1" = 4 ] || ip=ip6
	first=$(first_chain node $ip)
	case $((RANDOM % 6)) in
	0) on node nft flush chain $ip ipmasq "$first" ;;
	1) on node nft flush chain $ip ipmasq "$chain" ;;
	2) on node nft delete table $ip ipmasq ;;
	3) on node nft insert rule $ip ipmasq "$first" return ;;
	4) on node nft flush ruleset ;;
	5)
		map=$(on node nft list table $ip ipmasq | sed -n 's/^.map \(.*\) {/\1/p' | sed -n 1p)
		on node nft flush map $ip ipmasq "$map"
		;;
	esac
}

# hint: the kubelet's chain appears in one of the backends, or goes.
hint()
{
	local program

	program=iptables-$(any_backend)
	on node "$program" -w 5 -t mangle -N KUBE-KUBELET-CANARY ||
		on node "$program" -w 5 -t mangle -X KUBE-KUBELET-CANARY
}

# copy_rules: the rules in force come up in the other backend as well. Packets meet both.
copy_rules()
{
	local variant other=legacy

	variant=$(our_backend)
	[ "$variant" = nft ] || other=nft
	[ "$variant" != nftables ] || other=$(any_backend)
	save node 4 | on node "iptables-$other-restore" --noflush
	save node 6 | on node "ip6tables-$other-restore" --noflush
	copies=$((copies + 1))
}

# other_rules: rules of others in one of the backends, or none. They name an interface that the node
# lacks: before our jump, any other rule would override the policy, which is not in line.
other_rules()
{
	local one rule=(POSTROUTING -s 198.51.100.0/24 -o gone0 -j RETURN)

	one=$(any_backend)
	in_backend "$one" 4 -D "${rule[@]}" || in_backend "$one" 4 -A "${rule[@]}"
}

# unprintable: a rule of others that the agent's programs cannot print, for half a second.
unprintable()
{
	local one rule=(POSTROUTING -s 198.51.100.0/24 -m length --length 9 -j RETURN)

	one=$(any_backend)
	in_backend "$one" 4 -A "${rule[@]}"
	pause 0.5
	in_backend "$one" 4 -D "${rule[@]}"
}

# native: rules that only nft can make, in the tables of iptables-nft, for half a second.
native()
{
	on node nft -f - <<-END
		add chain ip nat OTHERS
		add rule ip nat OTHERS ip daddr { 198.51.100.1, 198.51.100.2 } return
		insert rule ip nat POSTROUTING ip daddr 240.0.0.1 limit rate 5/second return
	END
	pause 0.5
	on node nft -a list chain ip nat POSTROUTING |
		sed -n 's/.*240\.0\.0\.1.*handle //p' >"$work/handles"
	while read -r handle; do
		on node nft delete rule ip nat POSTROUTING handle "$handle"
	done <"$work/handles"
	on node nft 'flush chain ip nat OTHERS; delete chain ip nat OTHERS'
}

# second BACKEND FILE: another program applies another configuration once, in a backend.
second()
{
	on node "$apply" "--backend=$1" --wait=1 -c "$2"
}

# rival BACKEND FILE: another agent with another configuration, until the next call of peace.
rival()
{
	nsenter "--net=/run/netns/$top-node" -- "$apply" --watch "--backend=$1" --wait=1 -c "$2" \
		2>/dev/null >/dev/null {log_pipe}>&- &
	rivals+=($!)
}

peace()
{
	local pid

	for pid in ${rivals[@]+"${rivals[@]}"}; do
		kill "$pid"
		wait "$pid" || true
	done
	rivals=()
}

# stall_log: nobody reads the agent's log until read_log.
stall_log()
{
	kill -STOP "$log_reader"
}

read_log()
{
	kill -CONT "$log_reader"
}

# new_node: another network namespace of the same name. The agent may hold the old one open for a
# while, and the interfaces with it.
new_node()
{
	ip -n "$top-pod" link del eth0
	ip -n "$top-outside" link del eth0
	ip netns del "$top-node"
	make_ns node
	connect_pods
}

# weigh: the agent's memory in KiB, in $rss, its open files, in $fds, and its threads, in $threads.
weigh()
{
	local count

	# shellcheck disable=SC2034 # for the caller
	rss=$(awk '/^VmRSS:/ { print $2 }' "/proc/$agent/status")
	# shellcheck disable=SC2034 # for the caller
	threads=$(awk '/^Threads:/ { print $2 }' "/proc/$agent/status")
	# The node may be in line while the agent still looks at it, with files open for that: what
	# stays open is the fewest of several counts.
	fds=
	for _ in {1..20}; do
		count=$(find "/proc/$agent/fd" -mindepth 1 | wc -l)
		[ -n "$fds" ] && [ "$count" -ge "$fds" ] || fds=$count
		sleep 0.05
	done
}

# check_now ARGUMENT...: whether the node is in line, with the backend that holds the rules.
check_now()
{
	on node "$apply" "--backend=$asked" --check "$@"
}
