#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs the benchmarks, side by side with other programs where these are installed; prints tables:
#
#     tests/bench/run.sh [--quick] [--results FILE] NAME...
#
# NAME: flow, restore, batch, minimise, compile, lookup, walk or pods; all without one.
#
# --quick: small and short. --results: also writes what is printed to FILE. Needs a build tree with
# the benchmark programs (make bench makes them). Nothing is installed, and nothing outside
# namespaces of its own is touched. Large transactions of nft need root.
set -euo pipefail
# shellcheck source=tests/support/lib.sh
. "$(dirname "$0")/../support/lib.sh"
finished=yes
all=(flow restore batch minimise compile lookup walk pods)
names=()
results=
words=

usage()
{
	sed -n 's/^#     //p' "$0" >&2
	exit 2
}

while [ $# != 0 ]; do
	case $1 in
	--quick)
		export BENCH_QUICK=1
		words="$words --quick"
		;;
	--results)
		[ $# -gt 1 ] || usage
		results=$2
		shift
		;;
	-*) usage ;;
	*)
		printf '%s\n' "${all[@]}" | grep -qx -e "$1" || usage
		names+=("$1")
		words="$words $1"
		;;
	esac
	shift
done
[ ${#names[@]} != 0 ] || names=("${all[@]}")

# version NAME PACKAGE COMMAND...: prints the first number with dots in the command's output.
version()
{
	local name=$1 package=$2 text

	shift 2
	if ! command -v "$1" >/dev/null; then
		printf '%-18s%s\n' "$name" "not installed (Debian: $package)"
		return
	fi
	# Of programs that print no version it is the package's.
	text=$({
		"$@" 2>&1 </dev/null || true
		dpkg-query -W -f '${Version}\n' "$package" 2>/dev/null
	} | grep -Eo '[0-9]+(\.[0-9]+)+[^ ,:)]*' | head -n 1) || true
	printf '%-18s%s\n' "$name" "${text:-of unknown version}"
}

describe()
{
	local cpu

	cpu=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)
	printf '%-18s%s\n' CPU "$(nproc) x ${cpu:-unknown}" \
		memory "$(awk '/^MemTotal/ { printf "%.1f GiB", $2 / 1048576 }' /proc/meminfo)" \
		kernel "$(uname -sr)" \
		user "$([ "$(id -u)" = 0 ] && echo root || echo 'not root')"
	[ ! -r /etc/os-release ] ||
		printf '%-18s%s\n' system "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release)"
	"$(program tests/bench/measure)" --machine
	version iptables iptables iptables --version
	version ipset ipset ipset --version
	version nft nftables nft --version
	version grepcidr grepcidr grepcidr -V
	version iprange iprange iprange --version
	version aggregate aggregate aggregate -v
	version bridge containernetworking-plugins "${CNI_BIN:-/usr/lib/cni}/bridge"
}

run_all()
{
	local name status

	echo "Benchmarks of libipmasq. To repeat:"
	echo
	echo "    tests/bench/run.sh$words"
	echo
	describe
	for name in "${names[@]}"; do
		status=0
		"$root/tests/bench/$name.sh" 2>&1 || status=$?
		# 77: skipped
		[ $status = 0 ] || [ $status = 77 ] || failed=1
	done
	return "$failed"
}

if [ -n "$results" ]; then
	run_all | tee "$results"
else
	run_all
fi
