#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Pods that containerd makes through bridge, host-local and the plugin ipmasq in one list: their
# packets take the node's address as the policy of the network says. 30 pods at once, a policy that
# changes between pods, a runtime that is restarted or killed while pods run, and pods that end in
# every way: nothing is left of them.
set -euo pipefail
# shellcheck source=tests/support/runtime.sh
. "$(dirname "$0")/../support/runtime.sh"

plugin=$(program examples/cni/ipmasq)
declare -A id netns address4 address6 process

# pods_network DESTINATION: the network of the pods, whose policy masquerades that destination besides
# all that is not private.
pods_network()
{
	local backend=$variant

	[ "$variant" = nftables ] || backend=iptables-$variant
	network "{ \"type\": \"ipmasq\", \"backend\": \"$backend\", \"policy\": {
		\"masqueradeCIDRs\": [\"$1\"],
		\"nonMasqueradeCIDRs\": [\"10.0.0.0/8\", \"172.16.0.0/12\", \"fd00::/8\"] } }"
}

# pods COMMAND NAME...: starts pods of these names all at once, or stops them.
start_pods()
{
	local name one_id one_process path one_four one_six

	sandboxes run "$@" >"$work/started" 2>"$work/err" || return
	while read -r name one_id one_process path one_four one_six; do
		id[$name]=$one_id process[$name]=$one_process netns[$name]=$path
		address4[$name]=$one_four address6[$name]=$one_six
		name_ns "$name" "$path"
	done <"$work/started"
}

# end_pods stop|remove NAME...
end_pods()
{
	local command=$1 name ids=()

	shift
	for name; do
		ids+=("${id[$name]}")
		rm -f "/run/netns/$top-$name"
	done
	sandboxes "$command" "${ids[@]}"
}

# judged_pod NAME MASQUERADED...: these destinations see the node's address, and all others the pod's.
judged_pod()
{
	local name=$1 destination source node wanted

	shift
	source_port=$((source_port + 1))
	for destination in 10.1.2.3 10.10.10.10 10.20.20.20 203.0.113.7 fd00:9::9 2001:db8:7::7; do
		source=${address4[$name]} node=$node4
		[[ $destination != *:* ]] || source=${address6[$name]} node=$node6
		wanted=$source
		[[ " $* " != *" $destination "* ]] || wanted=$node
		printf '%s\t%s\n' "$destination" "$wanted" >>"$work/wanted"
		echo "$destination" | on "$name" "$probe" udp "$source" $source_port "$port" 2000 |
			cut -f 1,2 >>"$work/arrived"
	done
}

# judge_pods TEXT MASQUERADED -- NAME...
judge_pods()
{
	local text=$1 masqueraded=() name

	shift
	while [ "$1" != -- ]; do
		masqueraded+=("$1")
		shift
	done
	shift
	: >"$work/wanted"
	: >"$work/arrived"
	for name; do
		judged_pod "$name" "${masqueraded[@]}"
	done
	same_file "$text: what the destinations see of $# pods" "$work/arrived" "$work/wanted"
}

first=(10.10.10.10 203.0.113.7 2001:db8:7::7)
second=(10.20.20.20 203.0.113.7 2001:db8:7::7)

# forgotten TEXT NAME: packets with the addresses of a pod that ended keep them. They are the node's
# own, which then has these addresses. The rules themselves do not tell: what is out of force may stay
# in a table for a while.
forgotten()
{
	local address destination

	for address in "${address4[$2]}" "${address6[$2]}"; do
		destination=203.0.113.7
		[[ $address != *:* ]] || destination=2001:db8:7::7
		case $address in
		*:*) ip -n "$top-node" addr add "$address/128" dev lo nodad ;;
		*) ip -n "$top-node" addr add "$address/32" dev lo ;;
		esac
		ask udp node "$address" $destination 2000
		ip -n "$top-node" addr flush dev lo to "$address"
		equal "$1: no rule is for the address of $2" "$seen" "$address"
	done
}

# no_rules TEXT: neither chains nor rules of the plugin are left, nor tables.
no_rules()
{
	if [ "$variant" = nftables ]; then
		on node nft list ruleset
	else
		save node 4
		save node 6
	fi >"$work/rules"
	lacks "$1: no rules" '[Ii][Pp][Mm][Aa][Ss][Qq]' "$work/rules"
}

one_pod()
{
	status 0 "a pod starts" start_pods a
	judge_pods "it started" "${first[@]}" -- a
	end_pods stop a
	forgotten "it was stopped" a
	equal "its namespace is gone" "$(find "${netns[a]}" 2>/dev/null)" ""
	status 0 "it is removed" end_pods remove a
	no_traces "nothing is left of it"
	no_rules "nothing is left of it"
}

# The next pod brings the policy of the network as it is now, also for those that are there.
policy_changes()
{
	status 0 "a pod starts" start_pods a
	pods_network 10.20.20.20/32
	status 0 "the runtime reads the new policy" sandboxes network 10.20.20.20/32
	judge_pods "it is not in force yet" "${first[@]}" -- a
	status 0 "another pod starts" start_pods b
	judge_pods "it is in force for both" "${second[@]}" -- a b
	pods_network 10.10.10.10/32
	status 0 "the runtime reads the old policy" sandboxes network 10.10.10.10/32
	status 0 "the second pod ends" end_pods remove b
	forgotten "it ended" b
	status 0 "a third one starts" start_pods b
	judge_pods "the old policy is in force" "${first[@]}" -- a b
	status 0 "both end" end_pods remove a b
	no_rules "both ended"
}

many=()
for number in {1..30}; do many+=("p$number"); done

many_pods()
{
	status 0 "30 pods start at once" start_pods "${many[@]}"
	equal "each has an address of its own" \
		"$(printf '%s\n' "${address4[@]}" "${address6[@]}" | sort -u | grep -c .)" \
		$((${#address4[@]} * 2))
	judge_pods "30 pods" "${first[@]}" -- "${many[@]}"
	restarted TERM "restarted"
	restarted KILL "killed"
	kill -KILL "${process[p30]}"
	status 0 "one whose process was killed ends" end_pods remove p30
	forgotten "one whose process was killed" p30
	umount -l "${netns[p29]}"
	rm "${netns[p29]}"
	status 0 "one whose namespace is gone ends" end_pods remove p29
	forgotten "one whose namespace is gone" p29
	judge_pods "the others" "${first[@]}" -- "${many[@]:0:28}"
	status 0 "28 pods end at once" end_pods remove "${many[@]:0:28}"
	no_traces "nothing is left of them"
	no_rules "nothing is left of them"
}

# restarted SIGNAL TEXT
restarted()
{
	status 0 "$2: the runtime ends" stop_containerd "$1"
	judge_pods "$2: without a runtime" "${first[@]}" -- p1 p30
	start_containerd
	sandboxes list >"$work/list"
	equal "$2: it still has its pods" "$(grep -c ' ready$' "$work/list")" 30
	status 0 "$2: one ends" end_pods remove p1
	forgotten "$2: one ended" p1
	status 0 "$2: one starts" start_pods p1
	judge_pods "$2: the pods" "${first[@]}" -- p1 p2 p30
}

all()
{
	id=() netns=() address4=() address6=() process=()
	what=$variant
	topology "$variant"
	build_node
	rm -f "$work/leases"/*/*
	pods_network 10.10.10.10/32
	start_containerd
	import_images pause
	one_pod
	policy_changes
	many_pods
	stop_containerd TERM
	ip netns del "$top-node"
	what=
}

cp "$plugin" "$work/plugins/ipmasq"
each_backend all
finish
