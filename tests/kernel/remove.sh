#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Row 45: ipmasq-apply --remove with --backend removes only what is in that backend; without it, what
# is in both. Each line names the backend that it concerns.
set -euo pipefail
# shellcheck source=tests/support/kernel.sh
. "$(dirname "$0")/../support/kernel.sh"

# ours VARIANT: how many lines of its two nat tables are ours.
ours()
{
	local variant=$1 family

	for family in 4 6; do
		save node "$family"
	done | grep -c IP-MASQ-AGENT || true
}

# fill NAME: a node with our rules in both backends. $full is the number of lines in each.
fill()
{
	local variant

	topology "$1"
	make_ns node
	# Apply takes ours away from the other backend, so there somebody puts it back.
	variant=nft
	status 0 "45 apply with nft" apply node -c "$examples/same-vpc.yaml"
	save node 4 >"$work/nft4"
	save node 6 >"$work/nft6"
	variant=legacy
	status 0 "45 apply with legacy" apply node -c "$examples/same-vpc.yaml"
	on node iptables-nft-restore <"$work/nft4"
	on node ip6tables-nft-restore <"$work/nft6"
	full=$(ours nft)
	check "45 both backends have our rules" test "$full" -ge 12
	equal "45 the same ones" "$(ours legacy)" "$full"
}

# lines_name VARIANT: each line of the output names this backend and no other, and there is one per
# jump and one per chain, in both families.
lines_name()
{
	equal "45 $1: each line names it" "$(grep -Ec "^ipv[46]: changed \\($1\\): .* removed \\($1\\)" "$work/out")" 4
	equal "45 $1: there is no other line" "$(wc -l <"$work/out")" 4
}

# only VARIANT OTHER
only()
{
	fill "only-$1"
	status 0 "45 $1: remove there" on node "$apply" --remove "--backend=$1"
	lines_name "$1"
	equal "45 $1: nothing is left there" "$(ours "$1")" 0
	equal "45 $1: all of it is left in $2" "$(ours "$2")" "$full"
	status 0 "45 $1: remove again" on node "$apply" --remove "--backend=$1"
	printf 'ipv4: in line (%s)\nipv6: in line (%s)\n' "$1" "$1" >"$work/wanted"
	same_file "45 $1: finds nothing there" "$work/out" "$work/wanted"
	equal "45 $1: all of it is still left in $2" "$(ours "$2")" "$full"
	status 0 "45 $1: JSON" on node "$apply" --remove "--backend=$2" -o json
	has "45 $1: names the backend" "\"backend\": *\"$2\"" "$work/out"
	lacks "45 $1: and not the other" "\\b$1\\b" "$work/out"
}

both()
{
	local one

	fill both
	status 0 "45 remove from both" on node "$apply" --remove
	for one in nft legacy; do
		equal "45 both: lines that name $one" \
			"$(grep -Ec "^ipv[46]: changed \\($one\\): .* removed \\($one\\)" "$work/out")" 4
		equal "45 both: nothing is left in $one" "$(ours $one)" 0
	done
	equal "45 both: there is no other line" "$(wc -l <"$work/out")" 8
	status 0 "45 both: again" on node "$apply" --remove
	printf 'ipv4: in line\nipv6: in line\n' >"$work/wanted"
	same_file "45 both: finds nothing" "$work/out" "$work/wanted"
}

# Without the programs of the backend that is asked for, what it holds is not known.
no_programs()
{
	local program

	fill none
	mkdir "$work/bin"
	for program in iptables-nft ip6tables-nft; do
		cp -L "$(command -v $program-save)" "$(command -v $program-restore)" "$work/bin"
	done
	# shellcheck disable=SC2016 # the inner shell's
	status 4 "45 its programs are missing" on node unshare -m sh -c \
		'mount --bind "$1" "$2" && shift 2 && exec "$@"' sh "$work/bin" \
		"$(dirname "$(command -v iptables-nft-restore)")" "$apply" --remove --backend=legacy
	has "45 it says so" 'the legacy backend was asked for .*no-iptables' "$work/err"
	equal "45 and removes nothing" "$(ours nft) $(ours legacy)" "$full $full"
}

for variant in nft legacy; do
	topology "probe-$variant"
	make_ns variant
	has_variant "$variant" || skip "$missing"
done
only nft legacy
only legacy nft
both
no_programs
finish
