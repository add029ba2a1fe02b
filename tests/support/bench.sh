# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the benchmarks share, on top of lib.sh: namespaces, prefixes, medians and tables. Benchmarks
# make no checks; they end with fatal where answers differ.
#
# Environment: BENCH_QUICK=1 (small and short).

# shellcheck source=tests/support/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
finished=yes
self=${self%.sh}
# shellcheck disable=SC2034 # for the scripts
quick=${BENCH_QUICK:-}

if [ -z "${BENCH_WORK:-}" ]; then
	make_work
	export BENCH_WORK=$work
fi
work=$BENCH_WORK
# shellcheck disable=SC2034 # for the scripts
{
	apply=$(program tools/ipmasq-apply) || exit
	explain=$(program tools/ipmasq-explain) || exit
	sample=$(program tests/bench/sample) || exit
	measure=$(program tests/bench/measure) || exit
}

installed()
{
	command -v "$1" >/dev/null
}

# peer PROGRAM PACKAGE: whether a program to compare with is there; else says which package has it.
peer()
{
	installed "$1" && return
	echo "$self: without $1, which is not installed (Debian: $2)"
	return 1
}

# inside ARGUMENT...: runs the rest of the script in namespaces of its own, so that ordinary users
# may run it and the machine's network is not touched.
inside()
{
	local name

	if [ -n "${BENCH_INSIDE:-}" ]; then
		mount -t tmpfs -o mode=755 tmpfs /run || skip "a tmpfs of its own over /run"
		mkdir -p /run/netns
		return
	fi
	for name in unshare nsenter ip; do
		installed $name || skip "the program $name (Debian: util-linux, iproute2)"
	done
	# Without a user namespace where that is possible: in one, SO_SNDBUFFORCE is not permitted,
	# and a large transaction of nft fails with "Message too long".
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

# lacking WHAT: it could not be made. That is a failure, but not for ordinary users. The scripts
# exit with $failed.
lacking()
{
	echo "$self: without $1: it could not be made here"
	[ "$BENCH_INSIDE" = rootless ] || failed=1
}

on()
{
	local name=$1

	shift
	nsenter "--net=/run/netns/$name" -- "$@"
}

# has_variant VARIANT: whether this variant of iptables works, in a namespace for trials.
has_variant()
{
	ip netns add "trial-$1" && installed "iptables-$1-restore" &&
		on "trial-$1" "iptables-$1" -t nat -S >/dev/null 2>&1 && return
	echo "$self: without $1: no iptables-$1, or no such nat table in the kernel (Debian: iptables)"
	return 1
}

# variants: those that work.
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

# cidrs N: writes N random disjoint prefixes to $work/cidrs.N, and to $work/config.N a configuration
# that masquerades everything but them.
cidrs()
{
	[ ! -e "$work/config.$1" ] || return 0
	"$sample" disjoint "$1" "$1" >"$work/cidrs.$1"
	config "$work/cidrs.$1" >"$work/config.$1"
}

# config FILE: the configuration for the prefixes in the file.
config()
{
	echo nonMasqueradeCIDRs:
	sed 's/^/- /' "$1"
	echo masqOutBound: true
	echo masqLinkLocal: true
}

# commented_script < CIDRS: the chain as other agents write it, one rule per entry. The jump and the
# last rule are the same in every form that is compared.
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

# median < NUMBERS, one per line
median()
{
	sort -g | awk '{ v[NR] = $1 } END {
		if (NR) print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
	}'
}

# largest < NUMBERS, one per line
largest()
{
	sort -g | tail -n 1
}

# calc EXPRESSION [FORMAT]: an expression of awk
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
