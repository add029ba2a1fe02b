#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs each target of the fuzzer for some seconds on each of two cores. New inputs stay in
# tests/fuzz/found/TARGET, one that fails in the current directory.
#
#	make fuzz [FUZZ_SECONDS=10]
#
# With 0 seconds each target makes a fixed number of runs, which are the same ones each time for one
# tree: so a change is judged by itself, and not by what somebody else may find one day. That takes
# the same seeds in the same order, which folders do not have, and the same addresses: no random ones,
# and the same arguments and environment, whose sizes move them.
set -u

seconds=${1:-10}
source=${srcdir:-.}/tests/fuzz/corpus
status=0

# Without a large quarantine the small targets are twice as fast.
export ASAN_OPTIONS="quarantine_size_mb=4:thread_local_quarantine_size_kb=64${ASAN_OPTIONS:+:$ASAN_OPTIONS}"

as_ever=()
if [ "$seconds" = 0 ]; then
	as_ever=(env -i PATH=/usr/bin:/bin ASAN_OPTIONS="$ASAN_OPTIONS" setarch -R)
	"${as_ever[@]}" true || exit 1
fi

# Each with the length of its longest inputs, its share of the time, and a number of runs. The
# configurations are the largest target by far.
while read -r target longest share runs; do
	found=tests/fuzz/found/$target
	seeds=tests/fuzz/seeds/$target
	if [ "$seconds" = 0 ]; then
		rm -rf "$found" "$seeds"
		mkdir -p tests/fuzz/seeds
		cp -r "$source/$target" "$seeds"
		find "$seeds" -type f | LC_ALL=C sort | paste -sd, >"$seeds.list"
		# Nobody else adds inputs, and looking for them can crash the fuzzer of LLVM 14 itself.
		amount=(-seed=1 -runs="$runs" -reload=0 "-seed_inputs=@$seeds.list" "$found")
	else
		amount=(-jobs=2 -workers=2 -max_total_time=$((seconds * share)) "$found" "$source/$target")
	fi
	mkdir -p "$found"
	printf '%s: ' "$target"
	if "${as_ever[@]}" "tests/fuzz/fuzz_$target" -timeout=10 -rss_limit_mb=2048 \
		-max_len="$longest" -print_final_stats=1 "${amount[@]}" >fuzz-a.log 2>&1; then
		awk '/number_of_executed_units/ { runs += $2 } /average_exec_per_sec/ { rate += $2 }
			END { printf "%d runs, %d per second\n", runs, rate }' fuzz-?.log
	else
		echo failed
		tail -n 40 fuzz-?.log
		status=1
	fi
	rm -f fuzz-?.log
done <<'END'
cni 8192 1 100000
config 65536 3 60000
dump_ipset_list 1024 1 200000
dump_ipset_save 1024 1 200000
dump_list 2048 1 50000
dump_rules 2048 1 50000
dump_save 2048 1 50000
flows 1024 1 2000000
legacy 4096 1 300000
nat_kernel 4096 1 200000
native 4096 1 200000
nft 4096 1 250000
nft_json 8192 1 100000
nft_text 4096 1 80000
reports 16384 1 1000000
save 2048 1 100000
script 512 1 300000
END
exit $status
