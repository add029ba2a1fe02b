#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two minutes of everything at once: configurations good, bad, gone and swapped, rules tampered
# with, the agent and its programs killed, the lock taken, the kubelet's hints and rules of others in
# both backends, native rules and such as cannot be printed, a second program and a second agent with
# other configurations, a log that nobody reads, metrics beside the configuration, and a network
# namespace that is made anew, while a pod opens flows. Not in make check: make soak.
#
# The time is divided into windows of three seconds. In each, some of those things happen at random.
# At its end a good configuration is in place and nobody interferes, and the node must come in line
# with it. The packets of a window are judged by what was done in it:
#
#   - Where no rules were taken away, every packet has the source that some policy gives which was
#     in force or in the file during the window.
#   - Where rules were flushed, the kernel had no policy for a while, which nobody can prevent. Every
#     packet still arrives, from the pod's address or the node's.
#
# IPMASQ_SEED, IPMASQ_SECONDS (per variant): another run.
set -euo pipefail
seed=${IPMASQ_SEED:-$(($(date +%s) % 30000))}
export IPMASQ_SEED=$seed
# shellcheck source=tests/support/pods.sh
. "$(dirname "$0")/../support/pods.sh"
# shellcheck source=tests/support/agent.sh
. "$(dirname "$0")/../support/agent.sh"
# shellcheck source=tests/support/chaos.sh
. "$(dirname "$0")/../support/chaos.sh"

seconds=${IPMASQ_SECONDS:-50}
window_ms=3000
# What happens in each window, beside what concerns our own rules.
others=(hint hint other_rules unprintable native log copy copy second rival)
rate=500
policies=(a b small)
first_port=10000

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

# draw KIND...: fills $plan with eight things to do, and $may with the policies that they may bring
# into force.
draw()
{
	local kinds=("$@") i name kind

	plan=()
	may=("$now")
	loose=no copied=no two=no
	for ((i = 0; i < 8; i++)); do
		name=${policies[$((RANDOM % ${#policies[@]}))]}
		kind=${kinds[$((RANDOM % ${#kinds[@]}))]}
		# Two programs and rules in both backends would leave few windows to be strict about.
		case $kind-$two-$copied in
		copy-yes-* | second-*-yes | rival-*-yes) kind=jump ;;
		esac
		[ "$kind" != tamper ] || loose=yes
		case $kind in
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
		tamper) plan+=(take_rules_away) ;;
		hint | other_rules | unprintable | native) plan+=("$kind") ;;
		log) plan+=(stall_log) ;;
		copy)
			plan+=(copy_rules)
			copied=yes
			;;
		second | rival)
			two=yes
			plan+=("$kind $(our_backend) $work/$name.yaml")
			may+=("$name")
			;;
		elsewhere)
			plan+=("rival $(any_backend) $work/$name.yaml")
			may+=("$name")
			;;
		*) fail "the test itself: no such thing as $kind" ;;
		esac
	done
	now=${policies[$((RANDOM % ${#policies[@]}))]}
	may+=("$now")
}

# The waits are long, so that the checks themselves do not keep the machine busy.
wait_in_line()
{
	local tries=0

	until check_now -c "$work/$now.yaml" >"$work/quiet" 2>&1; do
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
	if [ $((windows % 5)) = 0 ]; then
		new_node
		wait_in_line || fail "window $windows: a new namespace comes in line" "$work/quiet" \
			"$work/log"
	fi
	draw "$@"
	destinations "${may[@]}" >"$work/destinations"
	if [ "$loose" = yes ]; then
		strict=no
		sed -i 's/ .*/ either/' "$work/destinations"
	fi
	"$flows" "/run/netns/$top-pod" "/run/netns/$top-outside" "$rate" "$window_ms" "$first_port" \
		"$pod4" "$node4" "$pod6" "$node6" <"$work/destinations" >"$work/flows" 2>&1 &
	sender=$!
	first_port=$((first_port < 50000 ? first_port + 200 : 10000))
	for step in "${plan[@]}"; do
		eval "$step" >"$work/step" 2>&1 || true
		sleep 0.2
	done
	peace
	swap "$work/$now.yaml"
	wait "$sender" || status=$?
	judged[$strict]=$((${judged[$strict]:-0} + $(sed -n 's/^judged //p' "$work/flows")))
	if [ "$status" != 0 ]; then
		printf '%s\n' "may be in force: ${may[*]}" "${plan[@]}" >"$work/plan"
		fail "window $windows: every packet arrives as it may" "$work/flows" "$work/plan"
	fi
	if ! wait_in_line; then
		read_log
		fail "window $windows: the node comes in line with the policy" "$work/quiet" \
			"$work/log"
	fi
	# A reader that is stopped stays so for several windows.
	[ $((windows % 4)) != 0 ] || read_log
}

soak()
{
	local end plan=() may=() now=small loose=no copied=no two=no windows=0 first_rss='' first_fds first_threads
	declare -A judged=()

	begun=0 killed=0 tampered=0 copies=0
	topology "$variant"
	volume=$work/$variant-volume
	asked=auto
	[ "$variant" != nftables ] || asked=nftables
	build_pods
	on node "iptables-$(iptables_of "$variant")" -t mangle -N KUBE-KUBELET-CANARY
	slow_programs 0.1
	swap "$work/small.yaml"
	begin_agent
	wait_in_line || fail "the node comes in line at the start" "$work/log"
	double_jump 2>"$work/step"
	end=$((SECONDS + seconds / 2))
	while [ "$SECONDS" -lt "$end" ]; do
		window edit edit edit bad gone program agent lock jump "${others[@]}"
		window edit edit bad program agent lock jump tamper tamper tamper elsewhere \
			"${others[@]}"
	done
	# The agent is not killed any more, and weighed after the first windows and at the end.
	end=$((SECONDS + seconds / 2))
	while [ "$SECONDS" -lt "$end" ]; do
		window edit edit edit bad gone program program lock jump "${others[@]}"
		if [ -z "$first_rss" ]; then
			weigh
			first_rss=$rss first_fds=$fds first_threads=$threads
		fi
		window edit edit bad program program lock jump tamper tamper tamper elsewhere \
			"${others[@]}"
	done
	weigh
	# It listens to the kernel while the rules are in nft.
	check "the agent has $fds files open, and had $first_fds $((seconds / 2)) s before" \
		test "$fds" -le $((first_fds + 1))
	equal "and as many threads" "$threads" "$first_threads"
	check "its memory is flat: $first_rss KiB, then $rss KiB" \
		test "$rss" -le $((first_rss + 1024 < 10239 ? first_rss + 1024 : 10239))
	note "$windows windows, $begun agents, $killed programs killed, rules taken away $tampered times"
	note "they came up in the other backend $copies times"
	check "rules came up in the other backend" test "$copies" -gt 0
	# With tables of our own it runs none but to remove what came up in the legacy tables.
	[ "$variant" = nftables ] ||
		check "programs were killed while the agent ran them" test "$killed" -gt 0
	check "packets were judged by what may be in force" test "${judged[yes]:-0}" -gt 1000
	check "and while rules were taken away" test "${judged[no]:-0}" -gt 1000
	note "judged: ${judged[yes]:-0} by the policies, ${judged[no]:-0} while there were none"
	read_log
	stop "SIGTERM ends it"
	status 0 "and the rules stay, in one backend" check_now -c "$work/$now.yaml"
}

# kill_program finds the agent's programs there.
read -r pid _ </proc/self/stat
[ "$pid" = "$BASHPID" ] || skip "a /proc of its own"
note "IPMASQ_SEED=$seed"
RANDOM=$seed
make_policies
each_backend soak
finish
