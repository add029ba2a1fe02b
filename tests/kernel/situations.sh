#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The four situations that the system exists for work with the sample configurations as they are.
# The namespaces are pod - node - router - machine; the router is that of the VPC, of the peering,
# of the internet, or the NAT gateway.
set -euo pipefail
# shellcheck source=tests/support/kernel.sh
. "$(dirname "$0")/../support/kernel.sh"

pod4=172.20.1.2
pod6=fd00:172:20:1::2

# build NODE ROUTER-INSIDE ROUTER-OUTSIDE MACHINE, each as IPv4,IPv6
build()
{
	make_ns pod node router machine
	node4=${1%,*} node6=${1#*,}
	router4=${3%,*} router6=${3#*,}
	machine4=${4%,*} machine6=${4#*,}
	wire pod eth0 node pods
	wire node eth0 router eth0
	wire router eth1 machine eth0
	address pod eth0 "$pod4"/24 "$pod6"/64
	address node pods 172.20.1.1/24 fd00:172:20:1::1/64
	address node eth0 "$node4/24" "$node6/64"
	address router eth0 "${2%,*}/24" "${2#*,}/64"
	address router eth1 "$router4/24" "$router6/64"
	address machine eth0 "$machine4/24" "$machine6/64"
	forward node
	forward router
	route pod default 172.20.1.1
	route pod default fd00:172:20:1::1
	route node default "${2%,*}"
	route node default "${2#*,}"
	serve machine
}

# The router has a route to the pods.
route_pods()
{
	route router 172.20.0.0/16 "$node4"
	route router fd00:172:20::/48 "$node6"
}

machine_default()
{
	route machine default "$router4"
	route machine default "$router6"
}

# each_flow FUNCTION: calls it for TCP and UDP, IPv4 and IPv6, with $proto, $pod, $node, $to,
# $router and $family set.
each_flow()
{
	for proto in tcp udp; do
		pod=$pod4 node=$node4 to=$machine4 router=$router4 family=4
		"$1"
		pod=$pod6 node=$node6 to=$machine6 router=$router6 family=6
		"$1"
	done
}

lost()
{
	ask "$proto" pod "$pod" "$to" 150
	equal "$situation: $proto to $to without the rules gets no answer" "$seen" -
}

# arrivals: the requests that arrived since the log was emptied, as "PROTO ADDRESS" lines.
arrivals()
{
	cut -f 1,2 "$work/$top-machine.log" | sort -u | tr '\t' ' '
}

lost_on_the_way_back()
{
	: >"$work/$top-machine.log"
	lost
	if [ "$proto" = udp ]; then
		equal "$situation: the $proto request itself came to $to, from the pod's address" \
			"$(arrivals)" "$proto $pod"
	fi
}

as_node()
{
	ask "$proto" pod "$pod" "$to"
	equal "$situation: $proto to $to arrives with the node's address and is answered" \
		"$seen" "$node"
}

as_pod()
{
	ask "$proto" pod "$pod" "$to"
	equal "$situation: $proto to $to arrives with the pod's address" "$seen" "$pod"
}

use()
{
	status 0 "$situation: apply examples/$1" apply node -c "$examples/$1"
	status 0 "$situation: the node is in line" apply node --check -c "$examples/$1"
}

only_node_addresses()
{
	local program

	for proto in tcp udp; do
		for program in iptables ip6tables; do
			on machine "$program-$others" -A INPUT -p "$proto" \
				-d "$([ "$program" = iptables ] && echo 10.10.10.10 ||
					echo fd00:10:10::10)" \
				! -s "$([ "$program" = iptables ] && echo 10.0.0.0/24 ||
					echo fd00:10::/64)" -j DROP
		done
	done
}

same_vpc()
{
	situation='same VPC'
	topology "a-$variant"
	build 10.0.0.10,fd00:10::10 10.0.0.1,fd00:10::1 \
		10.10.10.1,fd00:10:10::1 10.10.10.10,fd00:10:10::10
	address machine eth0 10.10.10.11/24 fd00:10:10::11/64
	route_pods
	machine_default
	only_node_addresses
	each_flow lost
	use same-vpc.yaml
	each_flow as_node
	machine4=10.10.10.11 machine6=fd00:10:10::11
	each_flow as_pod
}

peering()
{
	situation='VPC peering'
	topology "b-$variant"
	build 10.0.0.10,fd00:10::10 10.0.0.1,fd00:10::1 10.20.0.1,fd00:20::1 10.20.0.5,fd00:20::5
	machine_default
	each_flow lost_on_the_way_back
	use vpc-peering.yaml
	each_flow as_node
}

# A private destination sees the pod's address. There is no way back to the pod here, so the
# machine's log tells.
private_as_pod()
{
	local private=10.9.9.9

	[ "$family" = 4 ] || private=fd00:9::9
	: >"$work/$top-machine.log"
	ask udp pod "$pod" "$private" 60
	equal "$situation: $private, a private destination, sees the pod's address" \
		"$(arrivals)" "udp $pod"
}

node_address()
{
	situation='node address'
	topology "c-$variant"
	build 203.0.113.10,2001:db8:1::10 203.0.113.1,2001:db8:1::1 \
		198.51.100.1,2001:db8:7::1 198.51.100.7,2001:db8:7::7
	machine_default
	address machine lo 10.9.9.9/32 fd00:9::9/128
	route router 10.9.9.9/32 198.51.100.7
	route router fd00:9::9/128 2001:db8:7::7
	each_flow lost_on_the_way_back
	use node-address.yaml
	each_flow as_node
	proto=udp pod=$pod4 family=4
	private_as_pod
	pod=$pod6 family=6
	private_as_pod
}

# The gateway translates the pods' range. Its counters tell what came to it from the node.
translate()
{
	local program range source

	for program in iptables ip6tables; do
		range=172.20.0.0/16 source="$router4"
		[ "$program" = iptables ] || range=fd00:172:20::/48 source="$router6"
		on router "$program-$others" -t nat -A POSTROUTING -o eth1 -s "$range" \
			-j SNAT --to-source "$source"
		for proto in tcp udp; do
			for source in $pod4 $pod6 "$node4" "$node6"; do
				case $program$source in
				ip6tables*:* | iptables*.*)
					on router "$program-$others" -A FORWARD -i eth0 \
						-p "$proto" -s "$source"
					;;
				esac
			done
		done
	done
}

# came_from ADDRESS: how many packets of $proto the gateway got from there since the last call.
came_from()
{
	local program=iptables-$others

	[ "$family" = 4 ] || program=ip6tables-$others
	on router "$program-save" -t filter -c 2>/dev/null |
		sed -n "s,^\[\([0-9]*\):.* -s $1/.* -p $proto\$,\1,p"
	on router "$program" -t filter -Z
}

as_gateway()
{
	came_from "$pod" >/dev/null
	ask "$proto" pod "$pod" "$to"
	equal "$situation: $proto to $to arrives with the gateway's public address" \
		"$seen" "$router"
	check "$situation: ... and left the node with the pod's" test "$(came_from "$pod")" -gt 0
}

nat_gateway()
{
	situation='NAT gateway'
	topology "d-$variant"
	build 10.0.0.10,fd00:10::10 10.0.0.1,fd00:10::1 \
		198.51.100.1,2001:db8:7::1 198.51.100.7,2001:db8:7::7
	route_pods
	translate
	status 0 "$situation: at first the rules of the node-address situation" \
		apply node -c "$examples/node-address.yaml"
	each_flow lost_with_node_address
	use nat-gateway.yaml
	each_flow as_gateway
}

lost_with_node_address()
{
	came_from "$node" >/dev/null
	ask "$proto" pod "$pod" "$to" 150
	equal "$situation: $proto to $to with the node's address gets no answer" "$seen" -
	check "$situation: ... though it came to the gateway, which translates pods only" \
		test "$(came_from "$node")" -gt 0
}

all()
{
	others=$(iptables_of "$variant")
	same_vpc
	peering
	node_address
	nat_gateway
}

# The JSON sample means the same as the YAML one.
status 0 "the script of examples/nat-gateway.yaml" \
	"$apply" --dry-run -c "$examples/nat-gateway.yaml"
cp "$work/out" "$work/yaml"
status 0 "the script of examples/nat-gateway.json" \
	"$apply" --dry-run -c "$examples/nat-gateway.json"
same_file "both are the same" "$work/out" "$work/yaml"

each_backend all
finish
