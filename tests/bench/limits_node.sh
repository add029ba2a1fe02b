#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Bounds on the time of an act on a node, as ratios: a first apply of 64 entries beside the
# iptables-restore of the same rules, and looks and first applies on a node where others have 20,000
# rules beside those on a node of our own. The best of several rounds count, taken in turns, since
# longer ones are due to a busy machine. Prints what it measured.
set -euo pipefail
# shellcheck source=tests/support/kernel.sh
. "$(dirname "$0")/../support/kernel.sh"

rounds=15

policy()
{
	# No two of them can be merged.
	awk 'BEGIN { print "nonMasqueradeCIDRs:"
		for (i = 0; i < 64; i++)
			printf "- 10.%d.0.0/16\n", 2 * i }' >"$work/config"
}

# write_others chain|services|postrouting COUNT: rules of others for iptables-restore: in one chain,
# in chains of ten, or in POSTROUTING.
write_others()
{
	awk -v kind="$1" -v n="$2" '
		function chain(i) {
			return kind == "postrouting" ? "POSTROUTING" : \
				kind == "chain" ? "OTHERS" : sprintf("KUBE-SVC-%016d", i / 10)
		}
		BEGIN {
			# So that they override nothing for certain.
			mark = kind == "postrouting" ? "-m mark --mark 7 " : ""
			print "*nat"
			for (i = 0; i < n && kind != "postrouting"; i += kind == "chain" ? n : 10)
				printf ":%s - [0:0]\n", chain(i)
			for (i = 0; i < n; i++)
				printf "-A %s -s 10.%d.%d.%d/32 %s-m comment --comment " \
					"\"namespace/service:%d\" -j RETURN\n", chain(i),
					i / 65536, i / 256 % 256, i % 256, mark, i
			print "COMMIT"
		}' >"$work/others"
}

# timed NAME NS COMMAND...: adds the microseconds of the command to $work/NAME.us.
timed()
{
	local name=$1 ns=$2

	shift 2
	# shellcheck disable=SC2016 # the inner shell's
	on "$ns" bash -c 'from=${EPOCHREALTIME/[.,]/}; "$@" >"$0" 2>&1 || exit
		echo $((${EPOCHREALTIME/[.,]/} - from))' "$work/out" "$@" >>"$work/$name.us" ||
		fatal "$name: $(cat "$work/out")"
}

best()
{
	sort -n "$work/$1.us" | head -n 1
}

# bound TEXT NAME OTHER TIMES: the best time of NAME is at most so many times that of OTHER, and a
# tenth more for each process that wants to run.
bound()
{
	local got other load

	got=$(best "$2")
	other=$(best "$3")
	load=$(busy)
	check "$variant, $1: $got us, $((got * 10 / other)) tenths of $other us, allowed $4 times$(
		[ "$load" = 0 ] || echo " and $((load * 10)) % with a load of $load")" \
		test $((got * 10)) -le $((other * $4 * (10 + load)))
}

# act NS: a first apply, a look, a change back to nothing.
act()
{
	local tool=("$apply" "--backend=$variant" --ipv6=off -c "$work/config")

	timed "first-$1" "$1" "${tool[@]}"
	timed "look-$1" "$1" "${tool[@]}" --check
	on "$1" "$apply" "--backend=$variant" --remove >"$work/out"
}

# restore NS: the same rules by iptables-restore alone.
restore()
{
	timed "restore-$1" "$1" sh -c "iptables-$variant-restore --noflush <$work/rules"
	on "$1" "$apply" "--backend=$variant" --remove >"$work/out"
}

# beside KIND COUNT: in a namespace of our own, and in one with so many rules of others.
beside()
{
	local round

	topology "$variant-$1"
	make_ns own others
	write_others "$1" "$2"
	on others "iptables-$variant-restore" --noflush <"$work/others"
	rm -f "$work"/*.us
	for ((round = 0; round < rounds; round++)); do
		act own
		act others
		restore own
		restore others
	done
	bound 'first apply beside iptables-restore' first-own restore-own 4
}

all()
{
	local kind count

	on variant "$apply" --dry-run --ipv6=off -c "$work/config" >"$work/rules"
	if [ "$variant" = legacy ]; then
		# Whatever asks the kernel copies the table: a look once, an apply twice.
		beside services 20000
		bound '20,000 rules of others, first apply beside iptables-restore' \
			first-others restore-others 4
		bound '20,000 rules of others, look beside iptables-restore' \
			look-others restore-others 1
		return
	fi
	# The kernel walks over POSTROUTING from its start for each part of it that it tells, so there
	# it is to be a number that a node may have.
	for kind in chain services postrouting; do
		count=20000
		[ $kind != postrouting ] || count=500
		beside $kind $count
		bound "$count rules of others ($kind), first apply beside one without" \
			first-others first-own 3
		bound "$count rules of others ($kind), look beside one without" \
			look-others look-own 2
	done
}

policy
each_variant all
finish
