# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the kernel tests share: a place to run in that vanishes with them, networks of namespaces,
# checks, and the count of them at the end.
#
# Environment: IPMASQ_APPLY, IPMASQ_EXPLAIN (the tools; else those of the build tree),
# IPMASQ_VARIANTS ("nft legacy"), IPMASQ_NO_SKIP=1 (what cannot run is a failure).

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
self=$(basename "$0")
export PATH="$PATH:/usr/sbin:/sbin"

passed=0
failed=0
finished=

# skip WHAT: this machine cannot; WHAT is the piece that is missing.
skip()
{
	finished=yes
	if [ "${IPMASQ_NO_SKIP:-}" = 1 ]; then
		echo "$self: FAILED: cannot run: $1"
		exit 1
	fi
	echo "$self: skipped: $1"
	exit 77
}

fatal()
{
	finished=yes
	echo "$self: FAILED: $1" >&2
	exit 1
}

# The built program behind libtool's wrapper script: the wrapper needs a PATH and time of its own.
unwrap()
{
	local file=$1 dir
	dir=$(dirname "$file")
	if [ -x "$dir/.libs/$(basename "$file")" ]; then
		file=$dir/.libs/$(basename "$file")
	fi
	[ -x "$file" ] || fatal "$1 is not there; build it first (make check)"
	realpath "$file"
}

find_programs()
{
	local build=${top_builddir:-.} dir

	[ -d "$build/tools" ] && [ -e "$build/config.status" ] || build=$root
	for dir in "$build/lib/.libs" "$build/.libs"; do
		[ ! -d "$dir" ] ||
			LD_LIBRARY_PATH=$(realpath "$dir")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
	done
	export LD_LIBRARY_PATH
	APPLY=$(unwrap "${IPMASQ_APPLY:-$build/tools/ipmasq-apply}")
	EXPLAIN=$(unwrap "${IPMASQ_EXPLAIN:-$build/tools/ipmasq-explain}")
	PROBE=$(unwrap "${IPMASQ_PROBE:-$build/tests/support/probe}")
	POLICYGEN=$(unwrap "${IPMASQ_POLICYGEN:-$build/tests/support/policygen}")
	SIM=$(unwrap "${IPMASQ_SIM:-$build/tests/sim/sim_main}")
	export APPLY EXPLAIN PROBE POLICYGEN SIM
}

# Starts the test again in namespaces of its own: network, mounts (so that /run is its own),
# processes (so that what it left running ends with it) and, for those who are not root here, user.
# In one of those nft takes no more than wmem_default in one transaction (SO_SNDBUFFORCE).
enter()
{
	local name program

	for name in unshare nsenter ip flock; do
		command -v $name >/dev/null || skip "the program $name"
	done
	program=(unshare -nmp --kill-child --fork)
	if [ "$(id -u)" != 0 ] || ! "${program[@]}" true 2>/dev/null; then
		program=(unshare -rnmp --kill-child --fork)
	fi
	"${program[@]}" true 2>/dev/null || skip "user namespaces: '${program[*]} true' fails here"
	# The leak sanitizer looks for itself under /proc, by the process id it has here. Where a
	# container hides parts of /proc, the kernel allows no second one.
	if "${program[@]}" --mount-proc true 2>/dev/null; then
		program+=(--mount-proc)
	else
		export ASAN_OPTIONS="detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
	fi
	find_programs
	# A configuration of the caller's is none of the test's.
	unset IPMASQ_CONFIG
	export IPMASQ_INSIDE=1
	exec "${program[@]}" bash "$0" "$@"
}

on_exit()
{
	local status=$?

	[ -n "$finished" ] || echo "$self: FAILED: ended early, with status $status"
}

[ "${IPMASQ_INSIDE:-}" = 1 ] || enter "$@"
trap on_exit EXIT
mount -t tmpfs -o mode=755 tmpfs /run || skip "a tmpfs of its own over /run"
mkdir -p /run/netns /run/work
work=/run/work

# What is put before a program that is traced: the leak sanitizer wants to trace it itself.
# shellcheck disable=SC2034 # for the callers
traceable=(env "ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0")

# Checks: each says in one line what it proves.

good()
{
	passed=$((passed + 1))
	echo "ok - $1"
}

# bad TEXT [FILE]: FILE holds the details.
bad()
{
	failed=$((failed + 1))
	echo "NOT OK - $1"
	if [ -n "${2:-}" ]; then
		head -n 40 "$2" | sed 's/^/    /'
	fi
}

# status WANTED TEXT COMMAND...: the command ends with that status. Its output is in $work/out.
status()
{
	local wanted=$1 text=$2 got=0

	shift 2
	"$@" >"$work/out" 2>&1 </dev/null || got=$?
	if [ "$got" = "$wanted" ]; then
		good "$text"
	else
		echo "exit status $got, not $wanted: $*" >>"$work/out"
		bad "$text" "$work/out"
	fi
}

# equal TEXT GOT WANTED
equal()
{
	if [ "$2" = "$3" ]; then
		good "$1"
	else
		printf 'got    %s\nwanted %s\n' "$2" "$3" >"$work/equal"
		bad "$1" "$work/equal"
	fi
}

# Of what is called thousands of times, the shell itself does what it can: to start a program costs
# more than most of the programs do.

# contents VARIABLE FILE
contents()
{
	mapfile -d '' -t "$1" <"$2"
}

# alike FILE FILE: both are there, and are the same.
alike()
{
	local one two

	[ -e "$1" ] && [ -e "$2" ] && contents one "$1" && contents two "$2" &&
		[ "${one[*]}" = "${two[*]}" ]
}

# same_file TEXT GOT WANTED
same_file()
{
	if alike "$2" "$3"; then
		good "$1"
	else
		diff -u "$3" "$2" >"$work/diff" 2>&1 || true
		bad "$1" "$work/diff"
	fi
}

# has TEXT PATTERN FILE
has()
{
	if grep -Eq -e "$2" "$3"; then
		good "$1"
	else
		printf 'no line matches: %s\n' "$2" | cat - "$3" >"$work/has"
		bad "$1" "$work/has"
	fi
}

finish()
{
	finished=yes
	echo "$self: $passed passed, $failed failed"
	[ "$failed" = 0 ] && [ "$passed" != 0 ]
	exit
}

# Whether a sanitizer is in the tools: its shadow and quarantine are not our memory.
sanitized()
{
	grep -q __asan_ "$APPLY"
}

# How many processes want to run: what a limit of time has to be stretched by. A sanitizer is as slow
# as a few of them.
busy()
{
	local load

	read -r load _ </proc/loadavg
	load=${load%%.*}
	! sanitized || load=$((load + 4))
	echo "$load"
}

# Networks

top=t

# topology NAME: a fresh, empty set of namespaces; those before it are not used any more.
topology()
{
	top=$1
}

# on NAMESPACE COMMAND...
on()
{
	local name=$1

	shift
	nsenter "--net=/run/netns/$top-$name" -- "$@"
}

# A namespace with settings that make it quick: no waiting for duplicate addresses.
make_ns()
{
	local name

	for name; do
		ip netns add "$top-$name"
		on "$name" sh -c '
			set -e
			ip link set lo up
			cd /proc/sys/net
			echo 0 >ipv4/conf/all/rp_filter
			echo 0 >ipv4/conf/default/rp_filter
			if [ -d ipv6 ]; then
				echo 0 >ipv6/conf/all/accept_dad
				echo 0 >ipv6/conf/default/accept_dad
				echo 0 >ipv6/conf/default/router_solicitations
			fi' 2>/dev/null || skip "write access to /proc/sys/net in a namespace of its own"
	done
}

forward()
{
	on "$1" sh -c 'cd /proc/sys/net; echo 1 >ipv4/ip_forward
		[ ! -d ipv6 ] || echo 1 >ipv6/conf/all/forwarding'
}

# wire NS INTERFACE NS INTERFACE: a cable between two namespaces.
wire()
{
	ip -n "$top-$1" link add "$2" type veth peer name "$4" netns "$top-$3"
	ip -n "$top-$1" link set "$2" up
	ip -n "$top-$3" link set "$4" up
}

# address NS INTERFACE ADDRESS/LEN...
address()
{
	local name=$1 interface=$2 cidr

	shift 2
	for cidr; do
		case $cidr in
		*:*) ip -n "$top-$name" addr add "$cidr" dev "$interface" nodad ;;
		*) ip -n "$top-$name" addr add "$cidr" dev "$interface" ;;
		esac
	done
}

# route NS DESTINATION GATEWAY
route()
{
	case $3 in
	*:*) ip -n "$top-$1" -6 route add "$2" via "$3" ;;
	*) ip -n "$top-$1" route add "$2" via "$3" ;;
	esac
}

# answer_all NS INTERFACE: whatever comes in there is for this machine, whichever address it names.
answer_all()
{
	local f

	for f in -4 -6; do
		ip -n "$top-$1" $f rule add pref 10 iif "$2" lookup 100
		ip -n "$top-$1" $f route add local default dev lo table 100
	done
}

port=7777
source_port=20000

serve()
{
	on "$1" "$PROBE" server $port "$work/$top-$1.log"
}

# ask PROTO FROM-NS SOURCE DESTINATION [WAIT-MS]: $seen is the source address that the destination
# saw, or "-" when no answer came. Each call is a new flow: conntrack keeps old verdicts.
ask()
{
	source_port=$((source_port + 1))
	# shellcheck disable=SC2034 # for the caller
	seen=$(echo "$4" | on "$2" "$PROBE" "$1" "$3" $source_port $port "${5:-1000}" | cut -f 2)
}

# Variants of iptables

# has_variant VARIANT: the programs are there and the kernel has such a nat table.
has_variant()
{
	local program

	for program in "iptables-$1" "ip6tables-$1"; do
		if ! command -v "$program" >/dev/null; then
			missing="the program $program"
			return 1
		fi
		if ! on "variant" "$program" -t nat -S >/dev/null 2>&1; then
			missing="a kernel with the nat table of $program"
			return 1
		fi
	done
}

# each_variant FUNCTION: once a variant, with $variant set.
each_variant()
{
	local ran='' one

	for one in ${IPMASQ_VARIANTS:-nft legacy}; do
		topology "probe-$one"
		make_ns variant
		if ! has_variant "$one"; then
			if [ "${IPMASQ_NO_SKIP:-}" = 1 ]; then
				bad "the $one variant must run: missing is $missing"
			else
				echo "skipped: the $one variant: missing is $missing"
			fi
			continue
		fi
		ran=yes
		variant=$one
		echo "# $one"
		"$1"
	done
	[ -n "$ran" ] || skip "${missing:-a variant of iptables}"
}

# apply NS ARGUMENT...
apply()
{
	local name=$1

	shift
	on "$name" "$APPLY" "--backend=$variant" "$@"
}

# save NS 4|6 ARGUMENT...: the nat table, without times and counters.
save()
{
	local name=$1 program=iptables

	[ "$2" = 4 ] || program=ip6tables
	shift 2
	on "$name" "$program-$variant-save" -t nat "$@" 2>/dev/null |
		sed -e '/^#/d' -e 's/ \[[0-9]*:[0-9]*\]$//'
}

# tables NS 4|6 ARGUMENT...: the iptables program of the variant and family, on the nat table.
tables()
{
	local name=$1 program=iptables

	[ "$2" = 4 ] || program=ip6tables
	shift 2
	on "$name" "$program-$variant" -w 5 -t nat "$@"
}

# edit 4|6 AWK-PROGRAM: the node's whole table, changed as somebody else would change it.
edit()
{
	local program=iptables

	[ "$1" = 4 ] || program=ip6tables
	save node "$1" >"$work/unedited"
	awk "$2" "$work/unedited" >"$work/edited"
	if alike "$work/unedited" "$work/edited"; then
		bad "the test itself: the edit '$2' changes nothing" "$work/unedited"
	fi
	on node "$program-$variant-restore" <"$work/edited"
}

# The nat tables of the node, both families of $variant, with counters and nothing cut off but the times.
counters()
{
	local program

	for program in iptables ip6tables; do
		on node "$program-$variant-save" -c -t nat 2>/dev/null | sed '/^#/d'
	done
}
