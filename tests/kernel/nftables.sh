#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The backend nftables on a node: tables of our own, written without any program. The text for nft
# and what is written come to the same; it takes over from both variants of iptables and hands back,
# and packets are judged throughout; auto takes it where kube-proxy or the lack of iptables asks for
# it; a run that is killed, and programs that change other tables meanwhile, leave nothing wrong.
set -euo pipefail
# shellcheck source=tests/support/pods.sh
. "$(dirname "$0")/../support/pods.sh"
# shellcheck source=tests/support/agent.sh
. "$(dirname "$0")/../support/agent.sh"

variant=nftables
need_variants nftables

# fresh NAME: a pod, its node and everything outside, and a policy.
fresh()
{
	topology "$1"
	build_pods
	dir=$work/$1
	mkdir "$dir"
	printf '{"nonMasqueradeCIDRs": ["10.0.0.0/8", "fd00::/8"]}' >"$dir/config"
	what=$1
}

# native ARGUMENT...
# shellcheck disable=SC2120 # by way of status
native()
{
	on node "$apply" --backend=nftables -c "$dir/config" "$@"
}

automatic()
{
	on node "$apply" --backend=auto -c "$dir/config" "$@"
}

# packets TEXT
packets()
{
	ask udp pod "$pod4" 203.0.113.7
	equal "$1: 203.0.113.7 sees the node" "$seen" "$node4"
	ask udp pod "$pod4" 10.1.2.3
	equal "$1: 10.1.2.3 sees the pod" "$seen" "$pod4"
	ask udp pod "$pod6" 2001:db8:7::7
	equal "$1: 2001:db8:7::7 sees the node" "$seen" "$node6"
	ask udp pod "$pod6" fd00:9::7
	equal "$1: fd00:9::7 sees the pod" "$seen" "$pod6"
}

# What `nft -f' makes of the text is what is written.
text()
{
	local seed kind

	fresh text
	for seed in 1 2 3; do
		for kind in "nested 300" config; do
			# shellcheck disable=SC2086 # words
			"$policygen" "$seed" $kind >"$dir/config.yaml"
			rm -f "$dir/config"
			ln -s config.yaml "$dir/config"
			status 0 "$kind $seed: the text" native --dry-run
			on node nft flush ruleset
			on node nft -f "$work/out"
			status 0 "$kind $seed: loaded by nft, it is in line" native --check
			out_has 'ipv4: in line (nftables)'
			status 0 "$kind $seed: there is nothing to do" native
			out_lacks 'changed'
		done
	done
}

# No program is started, but the tool itself; there are no programs to start either.
alone()
{
	local mode

	fresh alone
	for mode in '' --check '' --remove; do
		status 0 "ipmasq-apply $mode" on node "${traceable[@]}" "$trace" "$work/traced" "$apply" \
			--backend=nftables -c "$dir/config" $mode
		grep '^exec' "$work/traced" | grep -v ipmasq-apply >"$work/programs" || true
		# What libtool's wrapper of a program that is not installed yet starts.
		grep -v '/sed \|/ls ' "$work/programs" >"$work/started" || true
		equal "ipmasq-apply $mode starts no program" "$(cat "$work/started")" ""
	done
}

# Each of both variants, to tables of our own and back, with flows that are judged throughout.
takeover()
{
	local from=$1 sender got=0 changes=0

	fresh "takeover-$from"
	printf '%s\n' "203.0.113.7 MASQUERADE" "10.1.2.3 RETURN" "2001:db8:7::7 MASQUERADE" \
		"fd00:9::7 RETURN" >"$work/destinations"
	status 0 "apply" on node "$apply" "--backend=$from" -c "$dir/config"
	"$flows" "/run/netns/$top-pod" "/run/netns/$top-outside" 2000 4000 11000 "$pod4" "$node4" \
		"$pod6" "$node6" <"$work/destinations" >"$work/flows" 2>&1 &
	sender=$!
	while kill -0 "$sender" 2>/dev/null; do
		# shellcheck disable=SC2119
		native >"$work/out" 2>"$work/err" || fail "take over" "$work/out" "$work/err"
		on node "$apply" "--backend=$from" -c "$dir/config" >"$work/out" 2>"$work/err" ||
			fail "hand back" "$work/out" "$work/err"
		changes=$((changes + 2))
	done
	wait "$sender" || got=$?
	if [ "$got" = 0 ] && [ "$changes" -ge 4 ]; then
		pass "$changes changes of the backend: $(sed -n 's/^judged //p' "$work/flows") flows"
	else
		fail "$changes changes of the backend, status $got" "$work/flows"
	fi
	status 1 "rules in the other backend are drift" native --check
	out_has "has rules of ours too"
	status 0 "take over" native
	status 0 "check" native --check
	lacks_ours "$from"
	packets "after all that"
	status 0 "auto stays" automatic --check
	out_has 'ipv4: in line (nftables)'
	status 0 "remove" automatic --remove
	on node nft list ruleset >"$work/left"
	lacks "nothing of ours is left" "IP-MASQ|table ip6? ipmasq" "$work/left"
}

# lacks_ours VARIANT
lacks_ours()
{
	on node "iptables-$1-save" -t nat >"$work/left"
	lacks "nothing of ours is left in $1" IP-MASQ "$work/left"
}

choices()
{
	fresh choices
	status 0 "nothing speaks for nftables" automatic
	out_has 'ipv4: changed (nft)'
	on node nft add table ip kube-proxy
	on node nft add table ip6 kube-proxy
	status 0 "kube-proxy uses nftables, but our rules are in force elsewhere" automatic
	out_has 'ipv4: in line (nft)'
	status 0 "remove them" automatic --remove
	status 0 "now auto takes nftables" automatic
	out_has 'ipv4: changed (nftables)'
	out_has 'ipv6: changed (nftables)'
	packets "with kube-proxy"
	on node nft delete table ip kube-proxy
	on node nft delete table ip6 kube-proxy
	status 0 "and stays, as our rules are in force" automatic
	out_has 'ipv4: in line (nftables)'
}

# The command under which there are no iptables programs, nor nft.
# shellcheck disable=SC2016 # the inner shell's
without=(unshare -m bash -c '
	for program in /usr/sbin/*tables* /sbin/*tables* /usr/sbin/nft /usr/sbin/xtables*; do
		[ ! -e "$program" ] || mount --bind /dev/null "$(realpath "$program")"
	done
	exec "$@"' bash)

# bare ARGUMENT...: ipmasq-apply on the node, without them.
# shellcheck disable=SC2120 # by way of status
bare()
{
	on node "${without[@]}" "$apply" -c "$dir/config" "$@"
}

no_programs()
{
	fresh no-programs
	status 0 "there are none" "${without[@]}" sh -c \
		'! { iptables-nft -S || iptables-legacy -S || nft list ruleset || ip6tables-save; }'
	status 0 "rules of iptables-nft" on node "$apply" --backend=nft -c "$dir/config"
	status 0 "dry run" bare --dry-run --backend=nftables
	out_has 'table ip6 ipmasq {'
	status 1 "check, where rules of iptables-nft are left" bare --check
	status 0 "auto, where rules of iptables-nft are left" bare
	out_has 'ipv4: changed (nftables)'
	lacks_ours nft
	packets "without programs"
	status 0 "check" bare --check
	status 0 "check with --netns" "${without[@]}" "$apply" --check --netns="$top-node" -c "$dir/config"
	status 0 "ipmasq-explain --live" on node "${without[@]}" "$explain" --live --source "$pod4" \
		-c "$dir/config" 203.0.113.7
	out_has 'IP-MASQ-AG'
	status 0 "remove" bare --remove
	status 0 "apply with --netns" "${without[@]}" "$apply" --netns="$top-node" -c "$dir/config"
	out_has 'ipv6: changed (nftables)'
	packets "with --netns"
	status 4 "a variant of iptables that was asked for" bare --backend=nft
	err_has 'no-iptables'
	agent_without
	leftovers
}

# asked PATH: what the agent answers.
asked()
{
	# shellcheck disable=SC2016 # the inner shell's
	on node bash -c 'exec 3<>/dev/tcp/127.0.0.1/9090
		printf "GET %s HTTP/1.0\r\n\r\n" "$1" >&3
		cat <&3' bash "$1" >"$work/answer"
}

# An agent: it repairs, follows its configuration, ends flows and tells what it does.
agent_without()
{
	prefix=("${without[@]}")
	backend=auto start -c "$dir/config" --listen 127.0.0.1:9090 --flush-conntrack=changed \
		--metrics-file="$dir/m.prom"
	prefix=()
	logs "an agent" 'ipv6: in line \(nftables\)'
	mark
	tables node 4 -F POSTROUTING
	logs "repairs" 'ipv4: changed \(nftables; drift\)'
	packets "the agent"
	on pod "$probe" udp "$pod4" 31000 "$port" 2000 <<<198.51.100.7 >"$work/flow"
	mark
	printf '{"nonMasqueradeCIDRs": ["10.0.0.0/8", "fd00::/8", "198.51.100.0/24"]}' |
		put "$dir/config"
	logs "ends flows" 'ipv4: changed \(nftables; the configuration changed\): 1 flow ended'
	asked /metrics
	has "/metrics" '^ipmasq_flows_ended_total\{family="ipv4"\} 1' "$work/answer"
	asked /readyz
	has "/readyz" ' 200 ' "$work/answer"
	has "the file of metrics" '^ipmasq_repairs_total.*[1-9]$' "$dir/m.prom"
	stop "the agent ends"
	status 0 "what it left is in line" bare --check
	status 0 "is removed" bare --remove
	equal "and is gone" "$(on node nft list ruleset | grep -c IP-MASQ)" 0
}

# Rules of ours in iptables-legacy cannot be removed without its programs. What is there is told, and
# what removes it.
leftovers()
{
	status 0 "rules of iptables-legacy" on node "$apply" --backend=legacy -c "$dir/config"
	status 4 "apply beside rules of iptables-legacy" bare --backend=nftables
	err_has 'the legacy nat table has rules of ours (chains 1, jumps from POSTROUTING 1)'
	err_has 'ipmasq-apply --remove --backend=legacy'
	packets "both"
	status 1 "check" bare --check --backend=nftables
	out_has 'the legacy one has rules of ours too: chains 1, jumps from POSTROUTING 1'
	out_has 'ipmasq-apply --remove --backend=legacy'
	status 4 "remove all" bare --remove
	err_has 'the legacy nat table has rules of ours (chains 1, jumps from POSTROUTING 1)'
	err_has 'ipmasq-apply --remove --backend=legacy'
	status 0 "what was told, with the programs" on node "$apply" --remove --backend=legacy
	lacks_ours legacy
	status 0 "apply again" bare --backend=nftables
	status 0 "and check" bare --check
	packets "after it"
}

# What others do to the tables is healed at once: the interval is an hour.
events()
{
	local command first

	fresh events
	printf '{"nonMasqueradeCIDRs": ["10.0.0.0/8"], "resyncInterval": "1h"}' >"$dir/config"
	start -c "$dir/config" --listen 127.0.0.1:9090
	logs "it starts" 'ipv4: changed \(nftables; start\)'
	first=$(on node nft list table ip ipmasq | sed -n 's/.*goto \(.*root\).*/\1/p' | head -1)
	for command in "flush ruleset" "flush chain ip ipmasq IP-MASQ-AGENT" \
		"delete table ip ipmasq" "add table ip ipmasq { flags dormant; }" \
		"insert rule ip ipmasq $first return"; do
		mark
		on node nft "$command" || on node nft "${command/aroot/broot}"
		logs "$command: healed" 'ipv4: changed \(nftables.*\)'
		ask udp pod "$pod4" 203.0.113.7
		equal "$command: packets are masqueraded" "$seen" "$node4"
		# Longer than the gap after which it repairs at once again.
		pause 2.2
	done
	stop "it ends"
}

# A packet that is forwarded to an address of the node, as policy routing can do, is left alone, as
# with iptables: that it came in by an interface does not tell that it is for somebody else.
forwarded_to_local()
{
	local one

	fresh forwarded
	address node lo 198.51.100.5/32
	on node ip rule add pref 100 lookup local
	on node ip rule add pref 10 iif pods to 198.51.100.5 lookup 200
	on node ip route add default via 192.0.2.1 table 200
	on node ip rule del pref 0
	for one in nft legacy nftables; do
		on node "$apply" "--backend=$one" -c "$dir/config" >/dev/null
		ask udp pod "$pod4" 198.51.100.5
		equal "$one: forwarded to an address of the node" "$seen" "$pod4"
		ask udp pod "$pod4" 203.0.113.7
		equal "$one: forwarded elsewhere" "$seen" "$node4"
	done
}

# Killed at any time, with a large policy: what is in force is right, and the next run is clean.
killed()
{
	local i

	fresh killed
	"$policygen" 5 nested 8000 >"$dir/large.yaml"
	status 0 "apply" native
	for i in {1..20}; do
		on node timeout -s KILL "0.0$((i * 5))" "$apply" --backend=nftables \
			-c "$([ $((i % 2)) = 0 ] && echo "$dir/config" || echo "$dir/large.yaml")" \
			>/dev/null 2>&1 || true
		# Under both policies.
		ask udp pod "$pod6" 2001:db8:7::7
		[ "$seen" != - ] || fail "round $i: packets arrive"
	done
	status 0 "the next run" native
	status 0 "is in line" native --check
	on node nft list ruleset >"$work/left"
	equal "and left nothing of the others" "$(grep -c 'chain IP-MASQ' "$work/left")" 4
	packets "after it"
}

# Others change their own tables without a pause, far more often than a look at a policy takes.
restless()
{
	local writer i count began

	fresh restless
	"$policygen" 6 nested 3000 >"$dir/large.yaml"
	on node nft add table ip theirs
	# What is killed is nft itself.
	yes $'add chain ip theirs c\ndelete chain ip theirs c' |
		nsenter "--net=/run/netns/$top-node" -- nft -i >/dev/null 2>&1 &
	writer=$!
	for i in 1 2 3 4 5; do
		status 0 "apply $i, while others write" on node "$apply" --backend=nftables \
			-c "$dir/large.yaml"
		status 0 "and back" native
	done
	began=$(now_ms)
	status 0 "check, while others write" native --check
	began=$(($(now_ms) - began))
	check "that is bounded: $began ms" test "$began" -lt $((10000 + $(busy) * 1000))
	lacks "and says it in words" 'Resource temporarily unavailable' "$work/out"
	kill "$writer"
	wait "$writer" 2>/dev/null || true
	status 0 "it is in line" native --check
	# The kernel counts what was ever made in a table.
	on node nft add chain ip theirs last
	count=$(on node nft -a list table ip theirs | sed -n 's/.*chain last { # handle //p')
	status 0 "others made $count chains" test "$count" -gt 100
}

# Where others change their tables by fits and starts, a look waits for a quiet moment.
bursts()
{
	local writer feeder i

	fresh bursts
	status 0 "apply" native
	on node nft add table ip theirs
	mkfifo "$work/changes"
	while :; do
		for i in {1..400}; do
			echo $'add chain ip theirs c\ndelete chain ip theirs c'
		done
		pause 0.2
	done >"$work/changes" 2>/dev/null &
	feeder=$!
	nsenter "--net=/run/netns/$top-node" -- nft -i <"$work/changes" >/dev/null 2>&1 &
	writer=$!
	for i in 1 2 3 4 5 6; do
		status 0 "check $i, with bursts of changes" native --check
		lacks "it tells all of them" 'cannot be told' "$work/out"
	done
	kill "$writer" "$feeder"
	wait "$writer" "$feeder" 2>/dev/null || true
}

# Rules of others in our table stay, and what they lead to is told.
others()
{
	local first

	fresh others
	status 0 "apply" native
	on node nft add chain ip ipmasq THEIRS '{ type nat hook postrouting priority 120; }'
	first=$(on node nft list table ip ipmasq | sed -n 's/.*goto \(.*root\).*/\1/p')
	on node nft add rule ip ipmasq THEIRS jump "$first"
	status 0 "a base chain of others is no drift" native --check
	printf '{"nonMasqueradeCIDRs": ["10.0.0.0/9", "fd00::/8"]}' >"$dir/config"
	status 4 "a change, where others lead to the old rules" native
	err_has 'a rule of somebody else leads to chains of ours in table ip ipmasq'
	ask udp pod "$pod4" 10.200.0.1
	equal "the new rules are in force all the same" "$seen" "$node4"
	on node nft flush chain ip ipmasq THEIRS
	status 0 "without that rule" native
	status 0 "remove" native --remove
	on node nft list ruleset >"$work/left"
	has "the chain of others stays" THEIRS "$work/left"
	lacks "ours do not" IP-MASQ "$work/left"
}

text
alone
for other in nft legacy; do
	topology "has-$other"
	make_ns variant
	if has_variant "$other"; then
		takeover "$other"
	else
		skip_part "the $other variant: $missing"
	fi
done
choices
no_programs
events
forwarded_to_local
killed
restless
bursts
others
what=
finish
