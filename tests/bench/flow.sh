#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The cost of a new flow in the kernel, by the number of entries and the form of the rules. UDP
# packets, each of a new flow to an address that matches no entry, go from a pod through a node to
# the outside, each in a network namespace. All forms are there at once and take turns.
# shellcheck disable=SC2317 # functions are called by names that are put together
set -euo pipefail
# shellcheck source=tests/support/bench.sh
. "$(dirname "$0")/../support/bench.sh"
inside "$@"
flow=$(program tests/bench/flow) || exit

sizes=(4 64 1000 10000 50000)
# Many short turns, since the speed of a machine changes from one moment to the next.
rounds=41
packets=2048
limit_ms=20
if [ -n "$quick" ]; then
	sizes=(64 1000)
	rounds=11
	packets=1024
fi

node_address=192.0.2.10
pod_address=172.20.1.2

# wire NS INTERFACE MAC CIDR  NS INTERFACE MAC CIDR: a cable whose ends have each other as
# neighbours.
wire()
{
	ip -n "$1" link add "$2" address "$3" type veth peer name "$6" address "$7" netns "$5"
	ip -n "$1" addr add "$4" dev "$2"
	ip -n "$5" addr add "$8" dev "$6"
	ip -n "$1" link set "$2" up
	ip -n "$5" link set "$6" up
	ip -n "$1" neigh replace "${8%/*}" lladdr "$7" dev "$2" nud permanent
	ip -n "$5" neigh replace "${4%/*}" lladdr "$3" dev "$6" nud permanent
}

# network FORM: namespaces FORM-pod, FORM-node and FORM-outside. The last one counts packets by
# their source and drops them.
network()
{
	local name

	for name in "$1-pod" "$1-node" "$1-outside"; do
		ip netns add "$name"
		on "$name" sh -c 'cd /proc/sys/net
			echo 0 >ipv4/conf/all/rp_filter
			echo 0 >ipv4/conf/default/rp_filter
			[ ! -d ipv6 ] || echo 1 >ipv6/conf/all/disable_ipv6
			[ ! -d ipv6 ] || echo 1 >ipv6/conf/default/disable_ipv6'
	done
	wire "$1-pod" eth0 02:00:00:00:01:02 $pod_address/24 \
		"$1-node" pods 02:00:00:00:01:01 172.20.1.1/24
	wire "$1-node" eth0 02:00:00:00:02:10 $node_address/24 \
		"$1-outside" eth0 02:00:00:00:02:01 192.0.2.1/24
	ip -n "$1-pod" route add default via 172.20.1.1
	ip -n "$1-node" route add default via 192.0.2.1
	on "$1-node" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
	on "$1-outside" "iptables-$counter-restore" <<-END
		*raw
		-A PREROUTING -p udp -s $node_address -j DROP
		-A PREROUTING -p udp -s $pod_address -j DROP
		COMMIT
	END
}

# arrived FORM node|pod: how many packets the outside saw from that address.
arrived()
{
	local address=$node_address

	[ "$2" = node ] || address=$pod_address
	on "$1-outside" "iptables-$counter-save" -c -t raw |
		awk -v want="$address/32" '$4 == "-s" && $5 == want {
			sub(/\[/, "", $1); sub(/:.*/, "", $1); print $1 }'
}

# The forms: each gets the same prefixes, and the floor none.

restore()
{
	on "$1-$2-node" "iptables-$1-restore" --noflush
}

# chain < RULES: the whole script with these rules.
chain()
{
	printf '%s\n' '*nat' ':IP-MASQ-AGENT - [0:0]' "$jump"
	cat
	printf '%s\n' '-A IP-MASQ-AGENT -j MASQUERADE --random-fully' COMMIT
}

make_floor()
{
	chain </dev/null | restore "$1" floor
}

make_linear()
{
	commented_script <"$work/cidrs.$2" | restore "$1" linear
}

make_ours()
{
	on "$1-ours-node" "$apply" "--backend=$1" --ipv6=off --layout=auto \
		-c "$work/config.$2" >/dev/null
}

# Tables of our own.
make_maps()
{
	on "$1-maps-node" "$apply" --backend=nftables --ipv6=off -c "$work/config.$2" >/dev/null
}

make_ipset()
{
	{
		echo "create local hash:net maxelem $(($2 + 1))"
		sed 's/^/add local /' "$work/cidrs.$2"
	} | on "$1-ipset-node" ipset restore &&
		echo '-A IP-MASQ-AGENT -m set --match-set local dst -j RETURN' |
		chain | restore "$1" ipset
}

make_set()
{
	{
		echo 'table ip masq {'
		echo '  set local { type ipv4_addr; flags interval; elements = {'
		sed 's/$/,/' "$work/cidrs.$2"
		echo '  } }'
		echo '  chain agent { ip daddr @local return; masquerade fully-random; }'
		echo '  chain post { type nat hook postrouting priority srcnat;'
		echo '    fib daddr type != local jump agent; }'
		echo '}'
	} | on "$1-set-node" nft -f -
}

label()
{
	case $1 in
	*-floor) echo "${1%-*}: floor, no entries" ;;
	*-linear) echo "${1%-*}: a commented rule per entry" ;;
	*-ours) echo "${1%-*}: ipmasq-apply" ;;
	*-ipset) echo "${1%-*}: ipset hash:net" ;;
	*-set) echo "nft: native interval set" ;;
	*-maps) echo "nftables: ipmasq-apply" ;;
	esac
}

remove_networks()
{
	local form

	for form; do
		ip netns del "$form-pod"
		ip netns del "$form-node"
		ip netns del "$form-outside"
	done
}

# check_arrivals DATA node|pod: the outside saw as many packets of each form as were sent by the
# data, all from the address of the node or the pod.
check_arrivals()
{
	local form sent seen other=pod

	[ "$2" = node ] || other=node
	awk '{ sent[$1] += $4 } END { for (f in sent) print f, sent[f] }' "$1" >"$work/sent"
	while read -r form sent; do
		seen=$(arrived "$form" "$2")
		if [ "$2" = pod ] && [ "${form#*-}" = floor ]; then
			seen=$(arrived "$form" node)
		elif [ "$(arrived "$form" $other)" != 0 ]; then
			fatal "$form: packets arrived from the $other's address"
		fi
		[ "$seen" = "$sent" ] || fatal "$form: $sent packets sent, $seen arrived"
	done <"$work/sent"
	while read -r form sent; do
		on "$form-outside" "iptables-$counter" -t raw -Z
	done <"$work/sent"
}

run_size()
{
	local n=$1 forms=() variant form

	cidrs "$n"
	"$sample" misses 65536 "$n" <"$work/cidrs.$n" >"$work/misses"
	"$sample" hits 256 "$n" <"$work/cidrs.$n" >"$work/hits"
	for variant in $variants; do
		for form in floor linear ours ipset set maps; do
			case $variant-$form in
			*-ipset) [ -n "$have_ipset" ] || continue ;;
			nft-set | nft-maps) [ -n "$have_nft" ] || continue ;;
			legacy-set | legacy-maps) continue ;;
			esac
			network "$variant-$form"
			if "make_$form" "$variant" "$n"; then
				forms+=("$variant-$form")
			else
				lacking "$variant-$form with $n entries"
				remove_networks "$variant-$form"
			fi
		done
	done
	# First destinations that match, so that a form without effect is not measured.
	"$flow" 1 256 100000 "$work/hits" "${forms[@]}" >"$work/data" || fatal "see above"
	check_arrivals "$work/data" pod
	"$flow" $((rounds + 1)) "$packets" $limit_ms "$work/misses" "${forms[@]}" >"$work/data" ||
		fatal "see above"
	check_arrivals "$work/data" node
	# The first round warms up.
	awk -v n="$n" '$2 > 0 { print n, $1, $2, $3 }' "$work/data" >>"$work/flows"
	remove_networks "${forms[@]}"
}

# print_table TITLE FUNCTION: a line per form, with a column per size.
print_table()
{
	local form n variant

	printf '%-34s' "$1"
	for n in "${sizes[@]}"; do
		printf '%16s' "$(short "$n")"
	done
	echo
	for variant in $variants; do
		for form in floor linear ours ipset set maps; do
			grep -q " $variant-$form " "$work/flows" || continue
			printf '%-34s' "$(label "$variant-$form")"
			for n in "${sizes[@]}"; do
				printf '%16s' "$("$2" "$n" "$variant" "$form")"
			done
			echo
		done
	done
	echo
}

# pairs N FORM BASE: lines of two numbers, both of one round. So times are compared that were
# measured within a fraction of a second, and the median is that of the comparisons.
pairs()
{
	awk -v n="$1" -v f="$2" -v b="$3" '
		$1 == n && $2 == f { form[$3] = $4 }
		$1 == n && $2 == b { base[$3] = $4 }
		END { for (r in form) if (r in base) print form[r], base[r] }' "$work/flows"
}

# total N VARIANT FORM: the time, and how often it is that of the floor.
total()
{
	local ns ratio

	ns=$(pairs "$1" "$2-$3" "$2-$3" | median)
	ratio=$(pairs "$1" "$2-$3" "$2-floor" | awk '{ print $1 / $2 }' | median)
	[ -n "$ratio" ] || { echo - && return; }
	echo "$(calc "$ns" %.0f) ($(calc "$ratio" %.2f))"
}

# above N VARIANT FORM: the time above that of the floor.
above()
{
	local ns

	ns=$(pairs "$1" "$2-$3" "$2-floor" | awk '{ print $1 - $2 }' | median)
	[ -n "$ns" ] || { echo - && return; }
	calc "$ns" '%.0f\n'
}

# against_ours N VARIANT FORM: how often the time is that of ipmasq-apply.
against_ours()
{
	local ratio

	ratio=$(pairs "$1" "$2-$3" "$2-ours" | awk '{ print $1 / $2 }' | median)
	[ -n "$ratio" ] || { echo - && return; }
	calc "$ratio" '%.2f\n'
}

variants=$(variants)
[ -n "$variants" ] || skip "no variant of iptables works here"
counter=${variants%%[!a-z]*}
have_ipset=
have_nft=
if peer ipset ipset; then have_ipset=yes; fi
if peer nft nftables; then have_nft=yes; fi
: >"$work/flows"
title "A new flow in the kernel"
for n in "${sizes[@]}"; do
	run_size "$n"
done
print_table 'ns per flow (times the floor)' total
print_table 'ns above the floor' above
print_table 'times what ipmasq-apply makes' against_ours
echo "Medians of $rounds rounds, each with a turn of $packets flows or $limit_ms ms for every form."
echo "Every packet made a connection and arrived with the right source address."
exit "$failed"
