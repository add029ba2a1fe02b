# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the tests of row 24 share, on top of pods.sh, agent.sh and wrappers.sh. $variant is where our
# rules are at first, $other the other backend.
#
# A backend that cannot be read: a preloaded library lets the kernel refuse its tables for want of
# memory, and wrappers kill its programs.
# shellcheck source=tests/support/pods.sh
declare -F build_pods >/dev/null || . "$(dirname "${BASH_SOURCE[0]}")/pods.sh"
# shellcheck source=tests/support/agent.sh
declare -F start >/dev/null || . "$(dirname "${BASH_SOURCE[0]}")/agent.sh"
# shellcheck source=tests/support/wrappers.sh
declare -F write_wrappers >/dev/null || . "$(dirname "${BASH_SOURCE[0]}")/wrappers.sh"

refuse_tables=$(program tests/support/.libs/refuse_tables.so) || exit
# shellcheck disable=SC2034 # for the scripts
too="has rules of ours too"

# fresh NAME: a pod, its node and everything outside; nothing is in the way.
fresh()
{
	topology "$variant-$1"
	build_pods
	rm -f "$work"/trouble.* "$work"/refuse.*
	dir=$work/$top
	mkdir "$dir"
	echo '{"nonMasqueradeCIDRs": ["10.0.0.0/8", "fd00::/8"], "resyncInterval": "300ms"}' \
		>"$dir/config"
	# Each text of a check begins with it.
	what="24, $variant, $1"
}

# in_other 4|6 ARGUMENT...: as tables node, in the other backend.
in_other()
{
	local variant=$other

	tables node "$@"
}

# both_families COMMAND...: with 4 and 6 after its first word.
both_families()
{
	"$1" 4 "${@:2}"
	"$1" 6 "${@:2}"
}

# jumps VARIANT: how many jumps of POSTROUTING lead to our chain there, and how many chains are
# ours, of each family; of tables of our own, the rules of the base chain and that chain. A table that the kernel does not list is not loaded.
jumps()
{
	local family names=ip_tables_names program=iptables table

	for family in ip ip6; do
		if [ "$1" = nftables ]; then
			table=$(on node nft list table $family ipmasq 2>/dev/null || true)
			table=$(sed -n "s/.*fib daddr type != local goto IP-MASQ-AG.*/jump/p
				s/^.chain $chain {/chain/p" <<<"$table")
		elif [ "$1" = nft ] && command -v nft >/dev/null; then
			# What iptables-nft-save cannot show is shown as well.
			table=$(on node nft list table $family nat 2>/dev/null || true)
			table=$(sed -n "/chain POSTROUTING/,/}/s/.*jump $chain\$/jump/p
				s/^.chain IP-MASQ-A.*/chain/p" <<<"$table")
		elif [ "$1" = nft ] || on node grep -q '^nat$' "/proc/net/$names"; then
			table=$(on node "$program-$1-save" -t nat |
				sed -n "s/^-A POSTROUTING .*-j $chain\$/jump/p; s/^:IP-MASQ-A.*/chain/p")
		else
			table=
		fi
		printf '%s,%s ' "$(grep -c jump <<<"$table")" "$(grep -c chain <<<"$table")"
		names=ip6_tables_names program=ip6tables
	done
}

# only_in VARIANT TEXT: our rules are there, once, and packets get what they say.
only_in()
{
	local not

	equal "$2: our rules are in $1" "$(jumps "$1")" "1,1 1,1 "
	for not in nft legacy nftables; do
		[ "$not" = "$1" ] || equal "$2: and not in $not" "$(jumps "$not")" "0,0 0,0 "
	done
	packets "$2"
}

# packets TEXT
packets()
{
	sees "$1" "$pod4" 203.0.113.7 "$node4"
	sees "$1" "$pod4" 10.1.2.3 "$pod4"
	sees "$1" "$pod6" 2001:db8:7::7 "$node6"
	sees "$1" "$pod6" fd00:9::7 "$pod6"
}

# sees TEXT SOURCE DESTINATION SEEN
sees()
{
	ask udp pod "$2" "$3"
	equal "$1: $3 sees the right source" "$seen" "$4"
}

# automatic ARGUMENT...
automatic()
{
	on node "$apply" --backend=auto -c "$dir/config" "$@"
}

# unreadable VARIANT TABLE: the kernel refuses it, and its programs are killed. TABLE is nat or
# mangle. readable: all of it is over.
unreadable()
{
	local program

	: >"$work/refuse.$1.$2"
	for program in iptables ip6tables; do
		# shellcheck disable=SC2016 # the wrapper's
		trouble "$program-$1-save" 'case "$*" in *'"$2"'*) kill -KILL $$ ;; esac'
	done
}

readable()
{
	rm -f "$work"/trouble.* "$work"/refuse.*
}

in_trouble=(env "LD_PRELOAD=$refuse_tables" "REFUSE_TABLES=$work/refuse"
	"ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0")

# troubled ARGUMENT...: with the library and the wrappers.
troubled()
{
	on node "${behind[@]}" "${in_trouble[@]}" "$apply" -c "$dir/config" "$@"
}

# hint VARIANT: what tells that others use it: the kubelet's chain, or a table of kube-proxy.
hint()
{
	if [ "$1" = nftables ]; then
		on node nft 'add table ip kube-proxy; add table ip6 kube-proxy'
		return
	fi
	on node "iptables-$1" -w 5 -t mangle -N KUBE-IPTABLES-HINT
	on node "ip6tables-$1" -w 5 -t mangle -N KUBE-IPTABLES-HINT
}

# in_both_backends FUNCTION: calls it once per variant, with $variant and $other set.
in_both_backends()
{
	for variant in nft legacy; do
		topology "needs-$variant"
		make_ns variant
		has_variant "$variant" || skip "$missing"
	done
	write_wrappers
	to_call=$1
	each_variant with_other
}

with_other()
{
	other=nft
	[ "$variant" = legacy ] || other=legacy
	"$to_call"
	# shellcheck disable=SC2034 # of lib.sh
	what=
}
