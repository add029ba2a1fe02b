#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The time to make a list of CIDRs as small as possible. The programs read and print plain text;
# ours is a few lines around the library's partition and minimise().
set -euo pipefail
# shellcheck source=tests/support/bench.sh
. "$(dirname "$0")/../support/bench.sh"
minimise=$(program tests/bench/minimise) || exit

sizes=(10000 100000 1000000)
rounds=7
# aggregate is quadratic.
aggregate_max=10000
if [ -n "$quick" ]; then
	sizes=(1000 100000)
	rounds=2
fi

run_ours()
{
	"$measure" "$work/measured" "$minimise" --plain <"$1" >"$work/out.ours" 2>>"$work/phases"
}

run_iprange()
{
	"$measure" "$work/measured" iprange --optimize "$1" >"$work/out.iprange"
}

run_aggregate()
{
	"$measure" "$work/measured" aggregate -q <"$1" >"$work/out.aggregate"
}

# same_output PROGRAM CIDRS: its result is ours. iprange omits the length of single addresses.
same_output()
{
	sed 's,/32$,,' "$work/out.$1" | sort >"$work/sorted.$1"
	cmp -s "$work/sorted.$1" "$work/sorted.ours" || fatal "$2 CIDRs: $1 has another result"
}

run_size()
{
	local n=$1 name

	"$sample" overlapping "$n" "$n" >"$work/list"
	rm -f "$work/phases"
	for _ in $(seq "$rounds"); do
		for name in $programs; do
			if [ "$name" = aggregate ] && [ "$n" -gt $aggregate_max ]; then
				continue
			fi
			rm -f "$work/measured"
			"run_$name" "$work/list" || fatal "$name failed"
			cat "$work/measured" >>"$work/minimise.$name.$n"
		done
	done
	mv "$work/phases" "$work/phases.$n"
	sed 's,/32$,,' "$work/out.ours" | sort >"$work/sorted.ours"
	for name in $programs; do
		[ ! -e "$work/minimise.$name.$n" ] || same_output "$name" "$n"
	done
}

print_line()
{
	local n=$1 name ms ours

	ours=$(cut -d ' ' -f 1 "$work/minimise.ours.$n" | median)
	for name in $programs; do
		[ -e "$work/minimise.$name.$n" ] || continue
		ms=$(cut -d ' ' -f 1 "$work/minimise.$name.$n" | median)
		printf '%-12s%8s%12.1f%10.1f%14.2f\n' "$name" "$(short "$n")" \
			"$(calc "$ms * 1000")" \
			"$(calc "$(cut -d ' ' -f 2 "$work/minimise.$name.$n" | largest) / 1024")" \
			"$(calc "$ms / $ours")"
	done
}

print_phases()
{
	local n=$1 column

	printf '%8s' "$(short "$n")"
	for column in 1 2 3 4 5; do
		printf '%12.1f' "$(cut -d ' ' -f $column "$work/phases.$n" | median)"
	done
	printf '%10s%10s\n' "$(wc -l <"$work/out.plain.$n")" "$(head -n 1 "$work/phases.$n" |
		cut -d ' ' -f 7)"
}

title "Minimising a list of CIDRs"
programs=ours
if peer iprange iprange; then programs="$programs iprange"; fi
if peer aggregate aggregate; then programs="$programs aggregate"; fi
for n in "${sizes[@]}"; do
	run_size "$n"
	mv "$work/out.ours" "$work/out.plain.$n"
done
printf '%-12s%8s%12s%10s%14s\n' '' CIDRs ms MiB 'times ours'
for n in "${sizes[@]}"; do
	print_line "$n"
done
printf '\n%-8s%12s%12s%12s%12s%12s%10s%10s\n' 'ours, ms' 'read, parse' partition minimise print \
	'in all' prefixes smallest
for n in "${sizes[@]}"; do
	print_phases "$n"
done
cat <<END

Random prefixes of /18 to /32 that may overlap; medians of $rounds rounds; aggregate only up to
$aggregate_max, since it is quadratic. "smallest" is the number of rules, including the one for all
the rest, where longer prefixes may take back a part of shorter ones.
END
[ "$programs" = ours ] || echo "All programs gave the same prefixes."
