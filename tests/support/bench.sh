# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the benchmarks share: where the programs are, a place for files, namespaces, medians, tables.
#
# Environment: top_builddir (the build tree), BENCH_QUICK=1 (small and short).

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
self=$(basename "$0" .sh)
export PATH="$PATH:/usr/sbin:/sbin" LC_ALL=C
# shellcheck disable=SC2034 # for the scripts
quick=${BENCH_QUICK:-}

skip()
{
	echo "$self: skipped: $1"
	exit 0
}

fatal()
{
	echo "$self: FAILED: $1" >&2
	exit 1
}

# The built program: the one behind libtool's wrapper script, which needs time of its own.
program()
{
	local dir name
	dir=$build/$(dirname "$1")
	name=$(basename "$1")
	if [ -x "$dir/.libs/$name" ]; then
		echo "$dir/.libs/$name"
	elif [ -x "$dir/$name" ]; then
		echo "$dir/$name"
	else
		fatal "$dir/$name is not there; build it first (make bench)"
	fi
}

find_programs()
{
	build=${top_builddir:-.}
	[ -e "$build/config.status" ] || build=$here/../..
	[ -e "$build/config.status" ] || fatal "set top_builddir to the build tree"
	build=$(cd "$build" && pwd)
	export LD_LIBRARY_PATH="$build/lib/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
	APPLY=$(program tools/ipmasq-apply)
	EXPLAIN=$(program tools/ipmasq-explain)
	SAMPLE=$(program tests/bench/sample)
	MEASURE=$(program tests/bench/measure)
	export APPLY EXPLAIN SAMPLE MEASURE
}

if [ -z "${BENCH_WORK:-}" ]; then
	BENCH_WORK=$(mktemp -d)
	export BENCH_WORK
	trap 'rm -rf "$BENCH_WORK"' EXIT
fi
work=$BENCH_WORK
find_programs

has()
{
	command -v "$1" >/dev/null
}

# peer PROGRAM PACKAGE: whether it is there; else says which package would bring it.
peer()
{
	has "$1" && return
	echo "$self: without $1, which is not installed (Debian: $2)"
	return 1
}

# inside ARGUMENT...: the rest of the script runs in namespaces of its own, so that anybody may run
# it and nothing outside sees it.
inside()
{
	local name

	if [ -n "${BENCH_INSIDE:-}" ]; then
		mount -t tmpfs -o mode=755 tmpfs /run || skip "a tmpfs of its own over /run"
		mkdir -p /run/netns
		return
	fi
	for name in unshare nsenter ip; do
		has $name || skip "the program $name (Debian: util-linux, iproute2)"
	done
	# Without a user namespace where that is possible: in one, nobody may ask for a socket buffer
	# that takes a large transaction of nft, "Message too long".
	if unshare -nm true 2>/dev/null; then
		BENCH_INSIDE=1 unshare -nm bash "$0" "$@" || exit
	elif unshare -rnm true 2>/dev/null; then
		echo "$self: not root: nft cannot take large transactions, some forms will be missing"
		BENCH_INSIDE=rootless unshare -rnm bash "$0" "$@" || exit
	else
		skip "namespaces: 'unshare -rnm true' fails here"
	fi
	exit 0
}

# lacking WHAT: it could not be made. Only for those who are not root is that how it should be.
failed=0
lacking()
{
	echo "$self: without $1: it could not be made here"
	# shellcheck disable=SC2034 # the scripts exit with it
	[ "$BENCH_INSIDE" = rootless ] || failed=1
}

on()
{
	local name=$1

	shift
	nsenter "--net=/run/netns/$name" -- "$@"
}

# has_variant VARIANT: of iptables, in a namespace for trials.
has_variant()
{
	ip netns add "trial-$1" && has "iptables-$1-restore" &&
		on "trial-$1" "iptables-$1" -t nat -S >/dev/null 2>&1 && return
	echo "$self: without $1: no iptables-$1, or no such nat table in the kernel (Debian: iptables)"
	return 1
}

variants()
{
	local one

	for one in legacy nft; do
		if has_variant "$one" >"$work/variant"; then
			echo "$one"
		else
			cat "$work/variant" >&2
		fi
	done
}

# What is built now may not have the option yet.
layout_option()
{
	if "$APPLY" --help | grep -q -e '--layout'; then
		echo --layout=auto
	fi
}

# cidrs N: leaves N random disjoint prefixes in $work/cidrs.N; and in $work/config.N a configuration
# by which they, and nothing but them, are not masqueraded.
cidrs()
{
	[ ! -e "$work/config.$1" ] || return 0
	"$SAMPLE" disjoint "$1" "$1" >"$work/cidrs.$1"
	config "$work/cidrs.$1" >"$work/config.$1"
}

config()
{
	echo nonMasqueradeCIDRs:
	sed 's/^/- /' "$1"
	echo masqOutBound: true
	echo masqLinkLocal: true
}

# commented_script < CIDRS: the chain as the agents in use write it, one rule an entry. The jump and
# the last rule are the same in every form that is compared.
local_comment='ip-masq-agent: local traffic is not subject to MASQUERADE'
jump='-A POSTROUTING -m addrtype ! --dst-type LOCAL -j IP-MASQ-AGENT'

commented_script()
{
	echo '*nat'
	echo ':IP-MASQ-AGENT - [0:0]'
	echo "$jump"
	sed "s#.*#-A IP-MASQ-AGENT -m comment --comment \"$local_comment\" -d & -j RETURN#"
	echo '-A IP-MASQ-AGENT -j MASQUERADE --random-fully'
	echo COMMIT
}

# The middle one of numbers, one a line, or between the two in the middle.
median()
{
	sort -g | awk '{ v[NR] = $1 } END {
		if (NR) print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
	}'
}

# The largest of numbers, one a line.
largest()
{
	sort -g | tail -n 1
}

# calc EXPRESSION [FORMAT]
calc()
{
	awk "BEGIN { printf \"${2:-%g}\", $1 }" </dev/null
}

# short N: 10000 is 10k
short()
{
	case $1 in
	*000000) echo "${1%000000}M" ;;
	*000) echo "${1%000}k" ;;
	*) echo "$1" ;;
	esac
}

title()
{
	printf '\n== %s\n\n' "$1"
}
