#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Time and memory of reading, compiling and proving (ipmasq-apply --dry-run) against their bounds,
# with configurations of 10,000, 100,000 and 1,000,000 entries; and of linting one file, and a tree of
# 10,000 manifests. Prints what it measured.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
builddir=${top_builddir:-.}
command -v /usr/bin/time >/dev/null || {
	echo "limits.sh needs /usr/bin/time (Debian: time)" >&2
	exit 1
}

# The programs themselves, not the scripts that libtool puts before them.
tools=$builddir/tools
if [ -x "$tools/.libs/ipmasq-apply" ]; then
	tools=$tools/.libs
	export LD_LIBRARY_PATH=$builddir/lib/.libs
fi
tool=$tools/ipmasq-apply
lint=$tools/ipmasq-lint

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

# 10,000 manifests, half of them of other kinds, in a tree; one of them has a wrong entry.
write_manifests() # DIRECTORY
{
	mkdir "$1"
	awk -v top="$1" 'BEGIN {
		for (i = 0; i < 10000; i++) {
			if (i % 100 == 0) {
				dir = sprintf("%s/cluster-%d", top, i / 100)
				system("mkdir " dir)
			}
			file = sprintf("%s/%d.yaml", dir, i)
			name = "metadata:\n  name: ip-masq-" i "\n  namespace: kube-system\n"
			if (i % 2) {
				print "apiVersion: apps/v1\nkind: Deployment\n" name \
					"spec:\n  replicas: 2\n  template:\n    spec:\n" \
					"      containers:\n      - name: c\n        image: i:1" >file
			} else {
				entry = i == 7654 ? "10.0.0.0/33" : "10.0.0.0/8"
				print "apiVersion: v1\nkind: ConfigMap\n" name \
					"data:\n  config: |\n    nonMasqueradeCIDRs:\n    - " \
					entry "\n    - 172." i % 16 + 16 ".0.0/16\n" \
					"    resyncInterval: 60s" >file
			}
			close(file)
		}
	}'
}

# The best of the runs, in us, in $us. What it printed is in $work/findings.
best_of() # RUNS COMMAND...
{
	local runs=$1 started this
	shift

	us=
	while [ "$runs" -gt 0 ]; do
		started=${EPOCHREALTIME/./}
		"$@" >"$work/findings" 2>&1 || true
		this=$((${EPOCHREALTIME/./} - started))
		if [ -z "$us" ] || [ "$this" -lt "$us" ]; then
			us=$this
		fi
		runs=$((runs - 1))
	done
}

write_manifests "$work/manifests"
best_of 3 "$lint" "$work/manifests"
bound '10,000 manifests linted, time' $((us / 1000)) 2000 ms
if [ "$(grep -c 'error:' "$work/findings")" -ne 1 ] ||
   ! grep -q '/7654.yaml:9:7: error:.*10.0.0.0/33' "$work/findings"; then
	echo "FAILED 10,000 manifests: not the one finding that is there"
	head -n 10 "$work/findings"
	failed=1
fi
# On a machine where starting any program takes long: half as long again as a shell.
best_of 50 bash -c :
allowed=$((us * 3 / 2 > 10000 ? us * 3 / 2 : 10000))
best_of 50 "$lint" "$work/manifests/cluster-76/7654.yaml"
bound 'one manifest linted, time' "$us" "$allowed" us

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
