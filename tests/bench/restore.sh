#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Time and memory to put rules into the kernel: first into a table without them, then again with
# nothing changed, then with one entry changed. ipmasq-apply does all of it, from reading the
# configuration to reading the kernel's rules back and proving them. It is compared with
# iptables-restore alone and the ready script of other agents, with one commented rule per entry;
# with tables of our own, it is compared with nft alone and an interval set, which others have
# instead. Both run in an empty nat table and beside 20,000 rules of others.
# shellcheck disable=SC2317 # functions are called by names that are put together
set -euo pipefail
# shellcheck source=tests/support/bench.sh
. "$(dirname "$0")/../support/bench.sh"
inside "$@"

sizes=(64 1000 10000 100000)
foreign_counts=(0 20000)
rounds=3
if [ -n "$quick" ]; then
	sizes=(64 1000)
	rounds=2
fi

# foreign_script COUNT: rules like those of a service proxy, in chains of a few rules with comments.
foreign_script()
{
	awk -v n="$1" 'BEGIN {
		print "*nat"
		for (i = 0; i < n / 10; i++)
			printf ":KUBE-SVC-%016d - [0:0]\n", i
		for (i = 0; i < n; i++)
			printf "-A KUBE-SVC-%016d -s 10.%d.%d.%d/32 -m comment --comment " \
				"\"namespace/service:%d\" -j RETURN\n", int(i / 10),
				i / 65536, i / 256 % 256, i % 256, i
		print "COMMIT"
	}'
}

# changed_files N: the files of a policy of the same size with one other entry.
changed_files()
{
	sed '1s/.*/192.0.2.0\/24/' "$work/cidrs.$1" >"$work/cidrs.changed"
	config "$work/cidrs.changed" >"$work/config.changed"
	commented_script <"$work/cidrs.changed" | grep -v ^-A\ POSTROUTING >"$work/script.changed"
	commented_script <"$work/cidrs.$1" >"$work/script.first"
	grep -v ^-A\ POSTROUTING "$work/script.first" >"$work/script.again"
	set_script <"$work/cidrs.$1" >"$work/set.first"
	cp "$work/set.first" "$work/set.again"
	set_script <"$work/cidrs.changed" >"$work/set.changed"
}

# The transaction that replaces a table with an interval set of the prefixes.
set_script()
{
	echo 'add table ip masq'
	echo 'delete table ip masq'
	echo 'table ip masq {'
	echo '  set local { type ipv4_addr; flags interval; elements = {'
	sed 's/$/,/'
	echo '  } }'
	echo '  chain agent { ip daddr @local return; masquerade fully-random; }'
	echo '  chain post { type nat hook postrouting priority srcnat;'
	echo '    fib daddr type != local jump agent; }'
	echo '}'
}

# apply_rules VARIANT WHEN N: with ipmasq-apply, under $meter.
apply_rules()
{
	local file=$work/config.$3

	[ "$2" != changed ] || file=$work/config.changed
	"${meter[@]}" "$apply" "--backend=$1" --ipv6=off --layout=auto -c "$file" >/dev/null
}

# restore_rules VARIANT WHEN N: with iptables-restore, under $meter.
restore_rules()
{
	if [ "$1" = nftables ]; then
		"${meter[@]}" nft -f "$work/set.$2"
	else
		"${meter[@]}" "iptables-$1-restore" --noflush <"$work/script.$2"
	fi
}

# entries VARIANT: about how many prefixes are in the kernel.
entries()
{
	if [ "$1" = nftables ]; then
		on round nft list ruleset ip 2>/dev/null | grep -oE '[0-9]+(\.[0-9]+){3}' | wc -l
	else
		on round "iptables-$1-save" -t nat | grep -c '^-A IP-MASQ'
	fi
}

# one_round HOW VARIANT N FOREIGN ROUND
one_round()
{
	local how=$1 variant=$2 n=$3 round=$5 when

	for when in first again changed; do
		rm -f "$work/measured"
		meter=(nsenter --net=/run/netns/round "$measure")
		[ "$round" != memory ] || meter+=(--each)
		meter+=("$work/measured")
		"${how}_rules" "$variant" $when "$n" || return 1
		sed "s/^/$how $variant $n $4 $round $when /" "$work/measured" >>"$work/restores"
	done
	# Most entries take a rule of their own.
	if [ "$(entries "$variant")" -lt $((n / 2)) ]; then
		fatal "$variant, $n entries: there are fewer rules than that afterwards"
	fi
}

# in_round HOW VARIANT N FOREIGN ROUND: one_round in a new namespace.
in_round()
{
	local ok=0

	ip netns add round
	{
		on round "iptables-${2/nftables/nft}-restore" --noflush <"$work/foreign.$4" &&
			one_round "$@"
	} || ok=1
	ip netns del round
	return $ok
}

# measure_pair VARIANT N FOREIGN: both, in turns
measure_pair()
{
	local how round turns=$rounds

	[ "$2" -lt 100000 ] || turns=3
	for how in restore apply; do
		for round in $(seq "$turns") memory; do
			echo "$round $how"
		done
	done | sort -g >"$work/turns"
	while read -r round how; do
		in_round "$how" "$1" "$2" "$3" "$round" <&3 || return 1
	done <"$work/turns" 3</dev/null
}

# seconds HOW VARIANT N FOREIGN WHEN
seconds()
{
	awk -v key="$1 $2 $3 $4" -v when="$5" '
		$1 " " $2 " " $3 " " $4 == key && $5 != "memory" && $6 == when { print $7 }' \
		"$work/restores" | median
}

# mebibytes HOW VARIANT N FOREIGN PATTERN: the most memory that a program so named had at any time
mebibytes()
{
	local kib
	kib=$(awk -v key="$1 $2 $3 $4" -v name="$5" '
		$1 " " $2 " " $3 " " $4 == key && $5 == "memory" && $7 ~ name { print $8 }' \
		"$work/restores" | largest)
	if [ -n "$kib" ]; then
		calc "$kib / 1024" %.1f
	else
		echo -
	fi
}

# print_line VARIANT N FOREIGN
print_line()
{
	local when ours theirs

	printf '%-9s%8s%8s' "$1" "$(short "$2")" "$3"
	for when in first again changed; do
		ours=$(seconds apply "$1" "$2" "$3" $when)
		theirs=$(seconds restore "$1" "$2" "$3" $when)
		if [ -z "$ours" ] || [ -z "$theirs" ]; then
			printf '%9s%9s %-7s' "${theirs:--}" "${ours:--}" ''
			continue
		fi
		printf '%9.3f%9.3f %-7s' "$theirs" "$ours" "($(calc "$ours / $theirs" %.2f))"
	done
	printf '%10s%10s%9s\n' "$(mebibytes restore "$1" "$2" "$3" '^iptables|^nft')" \
		"$(mebibytes apply "$1" "$2" "$3" ^iptables)" \
		"$(mebibytes apply "$1" "$2" "$3" ^ipmasq)"
}

print_table()
{
	local foreign n variant

	printf '%-9s%8s%8s%18s%8s%18s%8s%18s%8s%10s\n' '' '' '' 'first apply, s' '' \
		'again, s' '' 'changed, s' '' MiB
	printf '%-9s%8s%8s' '' entries foreign
	for n in 1 2 3; do
		printf '%9s%9s %-7s' restore ours times
	done
	printf '%10s%10s%9s\n' restore "iptables" ipmasq
	for variant in $variants; do
		for foreign in "${foreign_counts[@]}"; do
			for n in "${sizes[@]}"; do
				print_line "$variant" "$n" "$foreign"
			done
		done
	done
}

# run_size N
run_size()
{
	local variant foreign

	cidrs "$1"
	changed_files "$1"
	for foreign in "${foreign_counts[@]}"; do
		for variant in $variants; do
			measure_pair "$variant" "$1" "$foreign" ||
				lacking "$variant, $1 entries, $foreign rules of others"
		done
	done
}

variants=$(variants)
[ -n "$variants" ] || skip "no variant of iptables works here"
case $variants in
*nft*) ! peer nft nftables || variants+=' nftables' ;;
esac
for count in "${foreign_counts[@]}"; do
	foreign_script "$count" >"$work/foreign.$count"
done
: >"$work/restores"
title "Putting rules into the kernel"
for n in "${sizes[@]}"; do
	run_size "$n"
done
print_table
cat <<END

restore: iptables-restore --noflush alone, with one commented rule per entry; of nftables, nft -f
alone, with an interval set that replaces the last. ours: all of ipmasq-apply; in brackets, how many
times the time of restore. "again" changes nothing, "changed" one entry. MiB: the largest resident
set of iptables-restore or nft alone; of the iptables programs that ipmasq-apply runs; of
ipmasq-apply itself. Medians of $rounds rounds (3 for 100k), each in a new network namespace.
END
exit "$failed"
