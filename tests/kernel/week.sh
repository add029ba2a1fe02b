#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A week of ipmasq-apply --watch in short, with faults at random: memory, open files, threads and
# processes stay as they are, and what a wake-up, a change and a repair cost is told. Not in make
# check: make week.
#
# IPMASQ_SEED: another run. IPMASQ_SHARE: so many percent of it; 100, which takes about half an hour, if
# it is not set. tests/support/week.py has the rest.
set -euo pipefail
seed=${IPMASQ_SEED:-$(($(date +%s) % 30000))}
share=${IPMASQ_SHARE:-100}
export IPMASQ_SEED=$seed
# shellcheck source=tests/support/kernel.sh
. "$(dirname "$0")/../support/kernel.sh"
command -v python3 >/dev/null || skip "the program python3"
command -v nft >/dev/null || skip "the program nft"

# part NUMBER: the share of it, at least 1.
part()
{
	echo $((($1 * share + 99) / 100))
}

week()
{
	local dir=$work/$variant

	topology "$variant"
	make_ns node
	mkdir "$dir"
	status 0 "a week: nothing grows" on node python3 "$root/tests/support/week.py" "$seed" \
		"$(part 100000)" "$(part 10000)" "$(part 10000)" "$dir" "$variant" \
		"$apply" "--backend=$variant" --wait=1
	grep '^#' "$work/out" || true
	status 0 "the node is in line" apply node --check -c "$dir/config"
}

note "IPMASQ_SEED=$seed"
# One variant lives for a week; the other has no events.
IPMASQ_VARIANTS=${IPMASQ_VARIANTS:-nft}
each_variant week
finish
