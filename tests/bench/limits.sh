#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Bounds on time and memory: of reading, compiling and proving configurations of 10,000, 100,000 and
# 1,000,000 entries (ipmasq-apply --dry-run), of converting 100,000, and of linting one file and a
# tree of 10,000 manifests. Prints what it measured.
set -eu

# shellcheck source=tests/support/lib.sh
. "$(dirname "$0")/../support/lib.sh"
[ -x /usr/bin/time ] || skip "the program /usr/bin/time (Debian: time)"
apply=$(program tools/ipmasq-apply) || exit
explain=$(program tools/ipmasq-explain) || exit
lint=$(program tools/ipmasq-lint) || exit
make_work

# measure ENTRIES RUNS: leaves the best time of the runs in $ms, and the largest memory in $kib. The
# best time is what the program needs; longer ones are due to a busy machine.
measure()
{
	local entries=$1 runs=$2 elapsed memory this

	awk -v n="$entries" -v seed=1 -f "$root/tests/bench/generate.awk" >"$work/config"
	ms=
	kib=0
	while [ "$runs" -gt 0 ]; do
		/usr/bin/time -f '%e %M' -o "$work/time" \
			"$apply" --dry-run -c "$work/config" >"$work/scripts"
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
	equal "$entries entries: there are two scripts" "$(grep -c '^COMMIT$' "$work/scripts")" 2
	check "$entries entries: they have rules" test "$(grep -c '^-A' "$work/scripts")" -ge 1000
}

# bound TEXT VALUE LIMIT UNIT
bound()
{
	check "$1: $2 $4, allowed $3 $4" test "$2" -lt "$3"
}

# write_manifests DIRECTORY: a tree of 10,000 manifests, half of them of other kinds; one has a
# wrong entry.
write_manifests()
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

# best_of RUNS COMMAND...: leaves the best time of the runs, in microseconds, in $us. What it
# printed is in $work/findings.
best_of()
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
equal '10,000 manifests have one error' "$(grep -c 'error:' "$work/findings")" 1
has 'which is found' '/7654.yaml:9:7: error:.*10.0.0.0/33' "$work/findings"
# Where the start of any program takes long, 1.5 times the time of a shell is allowed.
best_of 50 bash -c :
allowed=$((us * 3 / 2 > 10000 ? us * 3 / 2 : 10000))
best_of 50 "$lint" "$work/manifests/cluster-76/7654.yaml"
bound 'one manifest linted, time' "$us" "$allowed" us

measure 10000 5
bound '10,000 entries, time' "$ms" 100 ms
bound '10,000 entries, memory' "$kib" $((32 * 1024)) KiB

measure 100000 3
hundred_thousand=$ms
note "100,000 entries: $ms ms, $kib KiB"

# With exceptions, written out as ranges, and for an agent that takes few entries of the latter.
for profile in default tke cce; do
	best_of 3 "$explain" --ipv6=on --convert=$profile -c "$work/config"
	bound "100,000 entries converted for $profile, time" $((us / 1000)) 1000 ms
	check "... to $(grep -c '^- ' "$work/findings") entries" \
		test "$(grep -c '^- ' "$work/findings")" -ge 4000
done

# Most of either is the rules on the way to each range, of which JSON quotes more.
best_of 3 "$explain" --table -o json -c "$work/config"
allowed=$us
best_of 3 "$explain" --table -c "$work/config"
bound '100,000 entries as a table beside the same in JSON, time' $((us / 1000)) \
	$((allowed / 1000)) ms

measure 1000000 1
bound '1,000,000 entries, time' "$ms" 8000 ms
bound '1,000,000 entries, memory' "$kib" $((1024 * 1024)) KiB
bound "1,000,000 entries against 25 times those of 100,000, time" \
	"$ms" $((25 * hundred_thousand)) ms
finish
