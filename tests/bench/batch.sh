#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The rate at which ipmasq-explain --batch answers addresses, from text to text, compared with
# grepcidr, which only prints the addresses that are in one of the CIDRs. Half of the addresses are.
set -euo pipefail
# shellcheck source=tests/support/bench.sh
. "$(dirname "$0")/../support/bench.sh"

sizes=(10000 100000)
lines=1000000
rounds=7
if [ -n "$quick" ]; then
	sizes=(1000 10000)
	lines=100000
	rounds=2
fi

# run_explain CIDRS ADDRESSES; run_grepcidr is the same for grepcidr.
run_explain()
{
	"$measure" "$work/measured" "$explain" --batch -c "$work/config.$1" <"$2" >"$work/explained"
}

run_grepcidr()
{
	# It fails when it finds nothing, as without addresses.
	"$measure" "$work/measured" grepcidr -f "$work/cidrs.$1" <"$2" >"$work/grepped" ||
		[ ! -s "$2" ]
}

# timed PROGRAM CIDRS ADDRESSES: appends the seconds to a file for these three.
timed()
{
	rm -f "$work/measured"
	"run_$1" "$2" "$3" || fatal "$1 failed"
	cut -d ' ' -f 1 "$work/measured" >>"$work/batch.$1.$2.$(basename "$3")"
}

# check_answers CIDRS: both programs found the same addresses.
check_answers()
{
	local n=$1

	awk -F '\t' '$2 == "RETURN" { print $1 }' "$work/explained" | cmp -s - "$work/grepped" ||
		fatal "$n CIDRs: ipmasq-explain and grepcidr give different answers"
}

run_size()
{
	local n=$1 name

	cidrs "$n"
	"$sample" both $lines "$n" <"$work/cidrs.$n" >"$work/lines"
	: >"$work/nothing"
	for _ in $(seq "$rounds"); do
		for name in $programs; do
			timed "$name" "$n" "$work/nothing"
			timed "$name" "$n" "$work/lines"
		done
	done
	[ "$(wc -l <"$work/explained")" = $lines ] || fatal "$n CIDRs: not every line was answered"
	case $programs in
	*grepcidr*) check_answers "$n" ;;
	esac
}

# rate SECONDS: millions of addresses per second
rate()
{
	calc "$lines / 1e6 / $1" %.2f
}

print_line()
{
	local n=$1 name start all net peer_all peer_net

	for name in $programs; do
		start=$(median <"$work/batch.$name.$n.nothing")
		all=$(median <"$work/batch.$name.$n.lines")
		net=$(calc "$all - $start" %.4f)
		printf '%-26s%8s%12.1f%12.1f%14s%14s\n' "$name" "$(short "$n")" \
			"$(calc "$start * 1000")" "$(calc "$all * 1000")" \
			"$(rate "$all")" "$(rate "$net")"
		if [ "$name" = grepcidr ]; then
			peer_all=$all
			peer_net=$net
		fi
	done
	[ -n "${peer_all:-}" ] || return 0
	printf '%-26s%8s%12s%12s%14s%14s\n' 'times the rate of grepcidr' "$(short "$n")" '' '' \
		"$(calc "$peer_all / $all" %.2f)" "$(calc "$peer_net / $net" %.2f)"
}

title "Answering a list of addresses"
programs=explain
if peer grepcidr grepcidr; then programs="grepcidr explain"; fi
for n in "${sizes[@]}"; do
	run_size "$n"
done
printf '%-26s%8s%12s%12s%14s%14s\n' '' CIDRs 'start, ms' 'in all, ms' 'M lines/s' 'without start'
for n in "${sizes[@]}"; do
	print_line "$n"
done
echo
echo "$lines addresses, medians of $rounds rounds. start: the time without any address, to read the"
echo "CIDRs (from YAML for ipmasq-explain)."
case $programs in
*grepcidr*) echo "Both programs gave the same answers." ;;
esac
