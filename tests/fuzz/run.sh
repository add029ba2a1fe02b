#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs each target of the fuzzer for some seconds on each of two cores. New inputs stay in
# tests/fuzz/found/TARGET, one that fails in the current directory.
#
#	make fuzz [FUZZ_SECONDS=10]
set -u

seconds=${1:-10}
source=${srcdir:-.}/tests/fuzz/corpus
status=0

# Without a large quarantine the small targets are twice as fast.
export ASAN_OPTIONS="quarantine_size_mb=4:thread_local_quarantine_size_kb=64${ASAN_OPTIONS:+:$ASAN_OPTIONS}"

# Each with the length of its longest inputs. The configurations are the largest target by far.
while read -r target longest share; do
	found=tests/fuzz/found/$target
	mkdir -p "$found"
	printf '%s: ' "$target"
	if "tests/fuzz/fuzz_$target" -jobs=2 -workers=2 -max_total_time=$((seconds * share)) -timeout=10 \
		-rss_limit_mb=2048 -max_len="$longest" -print_final_stats=1 "$found" \
		"$source/$target" >/dev/null 2>&1; then
		awk '/number_of_executed_units/ { runs += $2 } /average_exec_per_sec/ { rate += $2 }
			END { printf "%d runs, %d per second on two cores\n", runs, rate }' fuzz-?.log
	else
		echo failed
		tail -n 40 fuzz-?.log
		status=1
	fi
	rm -f fuzz-?.log
done <<'END'
config 65536 3
flows 1024 1
legacy 4096 1
nft 4096 1
reports 16384 1
save 2048 1
script 512 1
END
exit $status
