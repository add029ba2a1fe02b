# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the kernel tests share, on top of lib.sh: namespaces of the script's own, networks in them,
# and both variants of iptables.
#
# Environment: IPMASQ_VARIANTS ("nft legacy").

# shellcheck source=tests/support/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Starts the script again in namespaces of its own: network, mounts (for a /run of its own),
# processes (which all end with the script) and, for ordinary users, user. In a user namespace nft
# takes no more than wmem_default in one transaction, since SO_SNDBUFFORCE is not permitted.
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
	# The leak sanitizer looks for its process under /proc, by its id in this namespace. Where a
	# container hides parts of /proc, the kernel allows no second /proc.
	if "${program[@]}" --mount-proc true 2>/dev/null; then
		program+=(--mount-proc)
	else
		export ASAN_OPTIONS="detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
	fi
	export IPMASQ_INSIDE=1
	exec "${program[@]}" bash "$0" "$@"
}

[ "${IPMASQ_INSIDE:-}" = 1 ] || enter "$@"
mount -t tmpfs -o mode=755 tmpfs /run || skip "a tmpfs of its own over /run"
mkdir -p /run/netns /run/work
work=/run/work
# shellcheck disable=SC2034 # for the scripts
{
	apply=$(program tools/ipmasq-apply) || exit
	explain=$(program tools/ipmasq-explain) || exit
	probe=$(program tests/support/probe) || exit
	policygen=$(program tests/support/policygen) || exit
	sim=$(program tests/sim/sim_main) || exit
}

# The command under which a program is traced: without the leak sanitizer, which traces it too.
# shellcheck disable=SC2034 # for the callers
traceable=(env "ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0")

# sanitized: whether the tools have a sanitizer, whose memory would be counted as theirs.
sanitized()
{
	grep -q '__[at]san_' "$apply"
}

# busy: how many processes want to run, by which limits of time are extended. A sanitizer is as slow
# as four of them.
busy()
{
	local load

	read -r load _ </proc/loadavg
	load=${load%%.*}
	! sanitized || load=$((load + 4))
	echo "$load"
}

# now_ms: milliseconds since some time
now_ms()
{
	echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

# Networks

top=t

# topology NAME: begins a new, empty set of namespaces.
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

# make_ns NAME...: namespaces that do not wait for the detection of duplicate addresses.
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

# wire NS INTERFACE NS INTERFACE: a veth pair between two namespaces.
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

# answer_all NS INTERFACE: all packets that arrive there are local, whatever their destination.
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
	on "$1" "$probe" server $port "$work/$top-$1.log"
}

# ask PROTO FROM-NS SOURCE DESTINATION [WAIT-MS]: leaves the source address that the destination saw
# in $seen, or "-" if there was no answer. Each call is a new flow, since conntrack keeps verdicts.
ask()
{
	source_port=$((source_port + 1))
	# shellcheck disable=SC2034 # for the caller
	seen=$(echo "$4" | on "$2" "$probe" "$1" "$3" $source_port $port "${5:-1000}" | cut -f 2)
}

# Variants of iptables

# need_variants VARIANT...: skips the test unless each is there.
need_variants()
{
	local one

	for one; do
		topology "probe-$one"
		make_ns variant
		has_variant "$one" || skip "the $one variant: $missing"
	done
}

# has_variant VARIANT: the programs are installed and the kernel has such a nat table; else $missing
# says what is missing.
has_variant()
{
	local program

	if [ "$1" = nftables ]; then
		for program in nft python3; do
			command -v $program >/dev/null && continue
			missing="the program $program"
			return 1
		done
		on variant nft list ruleset >/dev/null 2>&1 && return
		missing="a kernel with nf_tables"
		return 1
	fi
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

# each_backend FUNCTION: calls it once per backend, with $variant set: a variant of iptables, or
# nftables, which are tables of our own.
each_backend()
{
	each_of "${IPMASQ_VARIANTS:-nft legacy nftables}" "$1"
}

# each_variant FUNCTION: the same, with the variants of iptables alone.
each_variant()
{
	each_of "${IPMASQ_VARIANTS:-nft legacy}" "$1"
}

# each_of VARIANTS FUNCTION
each_of()
{
	local ran='' one

	for one in $1; do
		topology "probe-$one"
		make_ns variant
		if ! has_variant "$one"; then
			skip_part "the $one variant: $missing"
			continue
		fi
		ran=yes
		variant=$one
		note "$one"
		"$2"
	done
	[ -n "$ran" ] || skip "${missing:-a variant of iptables}"
}

# apply NS ARGUMENT...
apply()
{
	local name=$1

	shift
	on "$name" "$apply" "--backend=$variant" "$@"
}

# save NS 4|6 ARGUMENT...: prints the nat table without times and counters; tables of our own in the
# words of iptables.
save()
{
	local name=$1 program=iptables ip=ip

	[ "$2" = 4 ] || program=ip6tables ip=ip6
	shift 2
	if [ "$variant" = nftables ]; then
		{ on "$name" nft -j list table $ip ipmasq 2>/dev/null || true; } |
			python3 "$root/tests/support/native_save.py"
		return
	fi
	on "$name" "$program-$variant-save" -t nat "$@" 2>/dev/null |
		sed -e '/^#/d' -e 's/ \[[0-9]*:[0-9]*\]$//'
}

# tables NS 4|6 ARGUMENT...: runs the iptables program of the variant and family on the nat table.
# Where tables of our own are tested, what takes rules of ours away does so there, and rules of
# others are those of iptables-nft.
tables()
{
	local name=$1 program=iptables variant=$variant

	[ "$2" = 4 ] || program=ip6tables
	if [ "$variant" = nftables ]; then
		variant=nft
		! take_away "$@" || return 0
	fi
	shift 2
	on "$name" "$program-$variant" -w 5 -t nat "$@"
}

# take_away NS 4|6 -F [CHAIN]|-X CHAIN: what these would do to the rules of the root, to tables of our
# own. False: it is something else.
take_away()
{
	local name=$1 ip=ip

	[ "$2" = 4 ] || ip=ip6
	shift 2
	case "$*" in
	"-F IP-MASQ-AGENT") flush_first "$name" $ip ;;
	"-F POSTROUTING") on "$name" nft flush chain $ip ipmasq IP-MASQ-AGENT ;;
	-F) on "$name" nft delete table $ip ipmasq ;;
	"-X IP-MASQ-AGENT") ;;
	*) return 1 ;;
	esac
}

# flush_first NS ip|ip6: an agent may replace the chain by one of another name meanwhile.
flush_first()
{
	local tries=0

	until on "$1" nft flush chain "$2" ipmasq "$(first_chain "$1" "$2")" 2>"$work/flush"; do
		tries=$((tries + 1))
		if [ $tries = 20 ]; then
			cat "$work/flush" >&2
			return 1
		fi
		sleep 0.05
	done
}

# first_chain NS ip|ip6: prints the chain of our own table that the base chain leads to.
first_chain()
{
	on "$1" nft list chain "$2" ipmasq IP-MASQ-AGENT | sed -n 's/.* goto \([^ ]*\).*/\1/p'
}

# iptables_of VARIANT: prints the variant of iptables that others use where the rules are there.
iptables_of()
{
	[ "$1" = nftables ] && echo nft || echo "$1"
}

# edit 4|6 AWK-PROGRAM: changes the node's table by the program, as somebody else might.
edit()
{
	local program=iptables

	[ "$1" = 4 ] || program=ip6tables
	save node "$1" >"$work/unedited"
	awk "$2" "$work/unedited" >"$work/edited"
	if alike "$work/unedited" "$work/edited"; then
		fail "the test itself: the edit '$2' changes nothing" "$work/unedited"
	fi
	on node "$program-$variant-restore" <"$work/edited"
}

# counters: prints the nat tables of the node, both families of $variant, with counters and without
# times. Tables of our own have none: with their handles, which are new for what is written anew.
counters()
{
	local program

	if [ "$variant" = nftables ]; then
		on node nft -a list ruleset
		return
	fi
	for program in iptables ip6tables; do
		on node "$program-$variant-save" -c -t nat 2>/dev/null | sed '/^#/d'
	done
}
