#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Row 45: ipmasq-apply --remove with --backend removes only what is in that backend; without it, what
# is in any. Each line names the backend that it concerns.
set -euo pipefail
# shellcheck source=tests/support/kernel.sh
. "$(dirname "$0")/../support/kernel.sh"

# ours VARIANT: how many lines of its two tables are ours.
ours()
{
	local variant=$1 family

	for family in 4 6; do
		save node "$family"
	done | grep -c IP-MASQ-AG || true
}

# all_ours: the same of all backends, in their order.
all_ours()
{
	echo "$(ours nft) $(ours legacy) $(ours nftables)"
}

# fill NAME: a node with our rules in all backends. $full has the number of lines in each.
fill()
{
	local variant

	topology "$1"
	make_ns node
	# Apply takes ours away from the others, so there somebody puts them back.
	variant=nft
	status 0 "45 apply with nft" apply node -c "$examples/same-vpc.yaml"
	save node 4 >"$work/nft4"
	save node 6 >"$work/nft6"
	variant=legacy
	status 0 "45 apply with legacy" apply node -c "$examples/same-vpc.yaml"
	on node iptables-nft-restore <"$work/nft4"
	on node ip6tables-nft-restore <"$work/nft6"
	"$apply" --dry-run --backend=nftables -c "$examples/same-vpc.yaml" | on node nft -f -
	declare -gA full=([nft]=$(ours nft) [legacy]=$(ours legacy) [nftables]=$(ours nftables))
	check "45 each backend has our rules" test "${full[nft]}" -ge 12 -a "${full[nftables]}" -ge 12
	equal "45 the same ones" "${full[legacy]}" "${full[nft]}"
}

# How many lines say what is removed: one per jump and one per chain, and one per table of our own.
declare -A lines=([nft]=4 [legacy]=4 [nftables]=2)

# lines_name VARIANT: each line of the output names this backend, in both families.
lines_name()
{
	equal "45 $1: lines that name it" \
		"$(grep -Ec "^ipv[46]: changed \\($1\\): .* removed (from .*)?\\($1\\)" "$work/out")" "${lines[$1]}"
}

# only VARIANT OTHER...
only()
{
	local one=$1 other

	shift
	fill "only-$one"
	status 0 "45 $one: remove there" on node "$apply" --remove "--backend=$one"
	lines_name "$one"
	equal "45 $one: there is no other line" "$(wc -l <"$work/out")" "${lines[$one]}"
	equal "45 $one: nothing is left there" "$(ours "$one")" 0
	for other; do
		equal "45 $one: all of it is left in $other" "$(ours "$other")" "${full[$other]}"
	done
	status 0 "45 $one: remove again" on node "$apply" --remove "--backend=$one"
	printf 'ipv4: in line (%s)\nipv6: in line (%s)\n' "$one" "$one" >"$work/wanted"
	same_file "45 $one: finds nothing there" "$work/out" "$work/wanted"
	for other; do
		equal "45 $one: all of it is still left in $other" "$(ours "$other")" "${full[$other]}"
	done
	status 0 "45 $one: JSON" on node "$apply" --remove "--backend=$1" -o json
	has "45 $one: names the backend" "\"backend\": *\"$1\"" "$work/out"
	lacks "45 $one: and not the other" "\\b$one\\b" "$work/out"
}

everything()
{
	local one

	fill everything
	status 0 "45 remove from all" on node "$apply" --remove
	for one in nft legacy nftables; do
		lines_name $one
	done
	equal "45 all: nothing is left" "$(all_ours)" "0 0 0"
	equal "45 all: there is no other line" "$(wc -l <"$work/out")" 10
	status 0 "45 all: again" on node "$apply" --remove
	printf 'ipv4: in line\nipv6: in line\n' >"$work/wanted"
	same_file "45 all: finds nothing" "$work/out" "$work/wanted"
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
	equal "45 and removes nothing" "$(all_ours)" "${full[nft]} ${full[legacy]} ${full[nftables]}"
}

need_variants nft legacy nftables
only nft legacy nftables
only legacy nft nftables
only nftables nft legacy
everything
no_programs
finish
