#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The time that the walk through everybody's rules takes: for one address, and over all packets at
# once. The rules are those of the chains of pods, of kube-proxy, and of services: in chains of
# their own, or all in POSTROUTING.
set -euo pipefail
# shellcheck source=tests/support/bench.sh
. "$(dirname "$0")/../support/bench.sh"
walk=$(program tests/bench/walk) || exit

cases=('500 0 apart' '500 20000 apart' '500 20000 reached')
rounds=15
if [ -n "$quick" ]; then
	rounds=2
fi

title "Following everybody's rules"
printf '%10s%10s%14s%12s%12s%12s%14s\n' chains rules 'these are' 'read, ms' 'one, ms' 'all, ms' \
	'differ, rules'
for case in "${cases[@]}"; do
	read -r chains rules where <<<"$case"
	"$walk" $rounds "$chains" "$rules" "$where" >"$work/walked" 2>"$work/said"
	read -r read one all differ <"$work/walked"
	printf '%10s%10s%14s%12s%12s%12s%14s\n' "$chains" "$rules" "$where" "$read" "$one" "$all" \
		"$differ"
done
echo
echo "read: from the text of iptables-save; one: the answer for a packet of a pod; all: which packets"
echo "of any source are decided otherwise than the policy. apart: in chains that no packet meets on"
echo "its way out; reached: in POSTROUTING. Medians of $rounds rounds."
