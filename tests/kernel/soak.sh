#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two minutes of everything at once: configurations good, bad, gone and swapped, rules tampered
# with, the same rules in the other backend, hints of the kubelet, the agent and its programs killed,
# the lock taken, while a pod opens flows. Not in make check: make soak.
#
# The time is divided into windows of three seconds. In each, some of those things happen at random.
# At its end a good configuration is in place and nobody interferes, and the node must come in line
# with it. The packets of a window are judged by what was done in it:
#
#   - Where no rules were taken away, every packet has the source that some policy gives which was
#     in force or in the file during the window.
#   - Where rules were flushed, the kernel had no policy for a while, which nobody can prevent.
#     Every packet still arrives, from the pod's address or the node's.
#
# IPMASQ_SEED, IPMASQ_SECONDS (per variant): another run.
set -euo pipefail
seed=${IPMASQ_SEED:-$(($(date +%s) % 30000))}
export IPMASQ_SEED=$seed
# shellcheck source=tests/support/pods.sh
. "$(dirname "$0")/../support/pods.sh"
# shellcheck source=tests/support/agent.sh
. "$(dirname "$0")/../support/agent.sh"

seconds=${IPMASQ_SECONDS:-50}
window_ms=3000
rate=500
policies=(a b small)
first_port=10000
swaps=0

# make_policies: the policies, and what each says of the destinations, as "ADDRESS VERDICT" lines.
make_policies()
{
	local name f

	"$policygen" "$seed" nested 60 >"$work/a.yaml"
	flipped "$seed" <"$work/a.yaml" >"$work/b.yaml"
	printf 'nonMasqueradeCIDRs: [10.0.0.0/8, "fd00::/8"]\n' >"$work/small.yaml"
	: >"$work/none.yaml"
	printf 'nonMasqueradeCIDRs: [10.0.0.1/8]\n' >"$work/bad.yaml"
	for f in 4 6; do
		"$policygen" "$seed" around "$f" 60 <"$work/a.yaml" | sort -u | head -n 150
	done >"$work/probes"
	for name in a b small none; do
		verdicts -c "$work/$name.yaml" <"$work/probes" >"$work/says-$name"
		[ $name = none ] || echo 'resyncInterval: 500ms' >>"$work/$name.yaml"
	done
}

# destinations POLICY...: each destination with its verdict under all of them, or "either", for
# flows.
destinations()
{
	paste "${@/#/$work/says-}" | awk -F '\t' '
		{ kind = $2; for (i = 4; i <= NF; i += 2) if ($i != kind) kind = "either" }
		kind ~ /^(MASQUERADE|RETURN|either)$/ { print $1, kind }'
}

# swap FILE: changes the volume as the kubelet changes a ConfigMap volume; "" removes the file.
swap()
{
	local volume=$work/$variant-volume old

	old=$(readlink "$volume/..data" || true)
	swaps=$((swaps + 1))
	mkdir -p "$volume/..$swaps"
	[ -z "$1" ] || cp "$1" "$volume/..$swaps/config"
	ln -s "..$swaps" "$volume/..data_tmp"
	mv -T "$volume/..data_tmp" "$volume/..data"
	[ -e "$volume/config" ] || ln -sf ..data/config "$volume/config"
	[ -z "$old" ] || rm -r "${volume:?}/$old"
}

# slow_programs: the agent's iptables programs wait before they begin, so that kill_program meets
# them.
slow_programs()
{
	local program

	rm -rf "$work/slow"
	mkdir -p "$work/slow" "$work/real"
	real=$(dirname "$(command -v "iptables-$variant-restore")")
	for program in "$real"/ip*tables*; do
		printf '#!/bin/sh\nsleep 0.1\nexec %s "$@"\n' "$work/real/${program##*/}" \
			>"$work/slow/${program##*/}"
	done
	chmod +x "$work/slow"/*
	# shellcheck disable=SC2016 # the inner shell's, which becomes the agent
	prefix=(unshare -m sh -c 'mount --bind "$1" "$2/real" && mount --bind "$2/slow" "$1" &&
		shift 2 && exec "$@"' sh "$real" "$work")
}

begin_agent()
{
	start --wait 1 -c "$work/$variant-volume/config"
	begun=$((begun + 1))
}

# kill_program: kills a program that the agent runs. First the agent gets something to repair.
kill_program()
{
	local pid tries

	double_jump
	for ((tries = 0; tries < 50; tries++)); do
		read -r pid _ <"/proc/$agent/task/$agent/children" || true
		if [ -n "$pid" ] && kill -9 "$pid" 2>/dev/null; then
			killed=$((killed + 1))
			return
		fi
		pause 0.02
	done
}

kill_agent()
{
	kill -9 "$agent"
	wait "$agent" 2>/dev/null || true
	begin_agent
}

# double_jump: drift that harms no packets, since what is added decides as what is there.
double_jump()
{
	tables node 4 -A POSTROUTING -m addrtype ! --dst-type LOCAL -j "$chain"
	tables node 6 -I POSTROUTING -m comment --comment old -m addrtype ! --dst-type LOCAL \
		-j "$chain"
}

# second_backend: the rules in force come up in the other backend as well. Packets meet both.
second_backend()
{
	local other=nft

	[ "$variant" = legacy ] || other=legacy
	save node 4 | on node "iptables-$other-restore" --noflush
	save node 6 | on node "ip6tables-$other-restore" --noflush
	doubled=$((doubled + 1))
}

# hint: the kubelet's hint chain comes or goes in either backend.
hint()
{
	local one=nft

	[ $((RANDOM % 2)) = 0 ] || one=legacy
	on node "iptables-$one" -w 5 -t mangle -X KUBE-IPTABLES-HINT ||
		on node "iptables-$one" -w 5 -t mangle -N KUBE-IPTABLES-HINT
}

take_rules_away()
{
	local f=4

	[ $((RANDOM % 2)) = 0 ] || f=6
	case $((RANDOM % 4)) in
	0) tables node "$f" -F "$chain" ;;
	1) tables node "$f" -F POSTROUTING ;;
	2) tables node "$f" -F && tables node "$f" -X ;;
	3) tables node "$f" -D "$chain" 1 ;;
	esac
	tampered=$((tampered + 1))
}

# draw KIND...: fills $plan with eight things to do, and $may with the policies that they may bring
# into force.
draw()
{
	local kinds=("$@") i name

	plan=()
	may=("$now")
	for ((i = 0; i < 8; i++)); do
		name=${policies[$((RANDOM % ${#policies[@]}))]}
		case ${kinds[$((RANDOM % ${#kinds[@]}))]} in
		edit)
			plan+=("swap $work/$name.yaml")
			may+=("$name")
			;;
		bad) plan+=("swap $work/bad.yaml") ;;
		# If it lasts longer than an interval, the defaults apply.
		gone)
			plan+=("swap ''")
			may+=(none)
			;;
		program) plan+=(kill_program) ;;
		agent) plan+=(kill_agent) ;;
		lock) plan+=("flock -o /run/xtables.lock sleep 1 &") ;;
		jump) plan+=(double_jump) ;;
		second) plan+=(second_backend) ;;
		hint) plan+=(hint) ;;
		tamper) plan+=(take_rules_away) ;;
		esac
	done
	now=${policies[$((RANDOM % ${#policies[@]}))]}
	may+=("$now")
}

# weigh: the agent's memory in KiB, in $rss, and its open files, in $fds.
weigh()
{
	local count

	rss=$(awk '/^VmRSS:/ { print $2 }' "/proc/$agent/status")
	# The node may be in line while the agent still looks at it, with files open for that: what
	# stays open is the fewest of several counts.
	fds=
	for _ in {1..20}; do
		count=$(find "/proc/$agent/fd" -mindepth 1 | wc -l)
		[ -n "$fds" ] && [ "$count" -ge "$fds" ] || fds=$count
		sleep 0.05
	done
}

# The waits are long, so that the checks themselves do not keep the machine busy.
wait_in_line()
{
	local tries=0

	until apply node --check -c "$work/$now.yaml" >"$work/quiet" 2>&1; do
		tries=$((tries + 1))
		[ "$tries" -lt 100 ] || return 1
		sleep 0.3
	done
}

# window KIND...: one window, in which such things happen.
window()
{
	local strict=yes status=0 sender step

	windows=$((windows + 1))
	draw "$@"
	destinations "${may[@]}" >"$work/destinations"
	case " ${plan[*]} " in
	*' take_rules_away '*)
		strict=no
		sed -i 's/ .*/ either/' "$work/destinations"
		;;
	esac
	"$flows" "/run/netns/$top-pod" "/run/netns/$top-outside" "$rate" "$window_ms" "$first_port" \
		"$pod4" "$node4" "$pod6" "$node6" <"$work/destinations" >"$work/flows" 2>&1 &
	sender=$!
	first_port=$((first_port < 50000 ? first_port + 200 : 10000))
	for step in "${plan[@]}"; do
		eval "$step" >"$work/step" 2>&1 || true
		sleep 0.2
	done
	swap "$work/$now.yaml"
	wait "$sender" || status=$?
	judged[$strict]=$((${judged[$strict]:-0} + $(sed -n 's/^judged //p' "$work/flows")))
	if [ "$status" != 0 ]; then
		printf '%s\n' "may be in force: ${may[*]}" "${plan[@]}" >"$work/plan"
		fail "window $windows: every packet arrives as it may" "$work/flows" "$work/plan"
	fi
	wait_in_line || fail "window $windows: the node comes in line with the policy" \
		"$work/quiet" "$work/log"
}

soak()
{
	local real end plan=() may=() now=small windows=0 begun=0 killed=0 tampered=0 doubled=0 first_rss='' first_fds
	declare -A judged=()

	topology "$variant"
	build_pods
	slow_programs
	swap "$work/small.yaml"
	begin_agent
	wait_in_line || fail "the node comes in line at the start" "$work/log"
	double_jump
	end=$((SECONDS + seconds / 2))
	while [ "$SECONDS" -lt "$end" ]; do
		window edit edit edit bad gone program program agent lock jump second hint
		window edit edit bad program program agent lock jump second hint tamper tamper tamper
	done
	# The agent is not killed any more, and weighed after the first windows and at the end.
	end=$((SECONDS + seconds / 2))
	while [ "$SECONDS" -lt "$end" ]; do
		window edit edit edit bad gone program program lock jump second hint
		[ -n "$first_rss" ] || { weigh; first_rss=$rss; first_fds=$fds; }
		window edit edit bad program program lock jump second hint tamper tamper tamper
	done
	weigh
	equal "the agent has as many files open as $((seconds / 2)) s before" "$fds" "$first_fds"
	check "its memory is flat: $first_rss KiB, then $rss KiB" \
		test "$rss" -le $((first_rss + 1024 < 10239 ? first_rss + 1024 : 10239))
	note "$windows windows, $begun agents, $killed programs killed, rules taken away $tampered times"
	note "they came up in the other backend $doubled times"
	check "rules came up in the other backend" test "$doubled" -gt 0
	check "programs were killed while the agent ran them" test "$killed" -gt 0
	check "packets were judged by what may be in force" test "${judged[yes]:-0}" -gt 1000
	check "and while rules were taken away" test "${judged[no]:-0}" -gt 1000
	note "judged: ${judged[yes]:-0} by the policies, ${judged[no]:-0} while there were none"
	stop "SIGTERM ends it"
	in_line "and the rules stay, in one backend" -c "$work/$now.yaml"
}

# kill_program finds the agent's programs there.
read -r pid _ </proc/self/stat
[ "$pid" = "$BASHPID" ] || skip "a /proc of its own"
note "IPMASQ_SEED=$seed"
RANDOM=$seed
make_policies
each_variant soak
finish
