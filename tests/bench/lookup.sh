#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The rate at which the library looks addresses up, by the number of ranges, on one core.
set -euo pipefail
# shellcheck source=tests/support/bench.sh
. "$(dirname "$0")/../support/bench.sh"
lookup=$(program tests/bench/lookup) || exit

# Disjoint prefixes make twice as many ranges.
sizes=(500 5000 50000)
rounds=15
if [ -n "$quick" ]; then
	rounds=2
fi

title "Looking addresses up in a partition"
printf '%10s%20s\n' ranges 'million per second'
for n in "${sizes[@]}"; do
	cidrs "$n"
	"$lookup" $rounds <"$work/cidrs.$n" >"$work/looked"
	read -r ranges rate <"$work/looked"
	printf '%10s%20s\n' "$ranges" "$rate"
done
echo
echo "ipmasq_partition_lookup() with random addresses; medians of $rounds rounds of 1,048,576."
