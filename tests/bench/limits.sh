#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Time and memory of reading, compiling and proving (ipmasq-apply --dry-run) against their bounds,
# with configurations of 10,000, 100,000 and 1,000,000 entries. Prints what it measured.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
builddir=${top_builddir:-.}
command -v /usr/bin/time >/dev/null || {
	echo "limits.sh needs /usr/bin/time (Debian: time)" >&2
	exit 1
}

# The program itself, not the script that libtool puts before it.
tool=$builddir/tools/.libs/ipmasq-apply
if [ -x "$tool" ]; then
	export LD_LIBRARY_PATH=$builddir/lib/.libs
else
	tool=$builddir/tools/ipmasq-apply
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# Leaves the best time of the runs, in ms, in $ms and the largest memory, in KiB, in $kib. The best
# time says what the program needs, the others what else the machine had to do.
measure() # ENTRIES RUNS
{
	local entries=$1 runs=$2 elapsed memory this

	awk -v n="$entries" -v seed=1 -f "$here/generate.awk" >"$work/config"
	ms=
	kib=0
	while [ "$runs" -gt 0 ]; do
		/usr/bin/time -f '%e %M' -o "$work/time" \
			"$tool" --dry-run -c "$work/config" >"$work/scripts"
		read -r elapsed memory <"$work/time"
		this=$(awk -v s="$elapsed" 'BEGIN { printf "%d", s * 1000 }')
		if [ -z "$ms" ] || [ "$this" -lt "$ms" ]; then
			ms=$this
		fi
		if [ "$memory" -gt "$kib" ]; then
			kib=$memory
		fi
		runs=$((runs - 1))
	done
	# What is fast because it does nothing must not pass.
	if [ "$(grep -c '^COMMIT$' "$work/scripts")" -ne 2 ] ||
	   [ "$(grep -c '^-A' "$work/scripts")" -lt 1000 ]; then
		echo "FAILED $entries entries: these are not two scripts with all their rules"
		failed=1
	fi
}

bound() # WHAT VALUE LIMIT UNIT
{
	if [ "$2" -lt "$3" ]; then
		echo "ok $1: $2 $4, allowed $3 $4"
	else
		echo "FAILED $1: $2 $4, allowed $3 $4"
		failed=1
	fi
}

measure 10000 5
bound '10,000 entries, time' "$ms" 100 ms
bound '10,000 entries, memory' "$kib" $((32 * 1024)) KiB

measure 100000 3
hundred_thousand=$ms
echo "100,000 entries: $ms ms, $kib KiB"

measure 1000000 1
bound '1,000,000 entries, time' "$ms" 8000 ms
bound '1,000,000 entries, memory' "$kib" $((1024 * 1024)) KiB
bound "1,000,000 entries against 25 times those of 100,000, time" \
	"$ms" $((25 * hundred_thousand)) ms
exit $failed
