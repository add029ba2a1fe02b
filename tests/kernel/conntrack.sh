#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --flush-conntrack=changed: a change of the policy ends the flows that the old rules translated
# otherwise, and no others. Compared are the number of ended flows and the source address of each
# flow's next packet, for one apply and for an agent whose configuration is edited.
set -euo pipefail
# shellcheck source=tests/support/pods.sh
. "$(dirname "$0")/../support/pods.sh"
# shellcheck source=tests/support/agent.sh
. "$(dirname "$0")/../support/agent.sh"

# The destinations, with their verdicts under the policies A and B.
#         A           B
# turned  MASQUERADE  RETURN
# outer   MASQUERADE  MASQUERADE
# inner   RETURN      MASQUERADE
# kept    RETURN      RETURN
# Services: the node translates an address of one kind to one of another, and the latter decides.
#         translated from  to
# moving  turned           kept
# still   outer            turned
declare -A to=(
	[moving4]=198.51.100.80 [still4]=203.0.113.80
	[moving6]=2001:db8:100::80 [still6]=2001:db8:113::80
	[turned4]=198.51.100.7 [outer4]=203.0.113.7 [inner4]=10.1.0.7 [kept4]=10.2.0.7
	[turned6]=2001:db8:100::7 [outer6]=2001:db8:113::7 [inner6]=fd10:1::7 [kept6]=fd10:2::7
)

policies()
{
	printf '%s\n' 'nonMasqueradeCIDRs: [10.0.0.0/8, "fd10::/16"]' >"$work/A.yaml"
	printf '%s\n' 'nonMasqueradeCIDRs: [10.0.0.0/8, "fd10::/16", 198.51.100.0/24, "2001:db8:100::/48"]' \
		'masqueradeCIDRs: [10.1.0.0/16, "fd10:1::/32"]' >"$work/B.yaml"
	printf '%s\n' 'nonMasqueradeSrcCIDRs: [172.20.1.0/24, "fd00:172:20:1::/64"]' |
		cat - "$work/B.yaml" >"$work/C.yaml"
}

# flow DESTINATION-NAME FAMILY: sends a packet of the flow to it. $seen says which source arrives:
# pod, node, or the address.
flow()
{
	local port_of=$((30000 + $2 * 100 + ${#1}))

	seen=$(echo "${to[$1$2]}" |
		on pod "$probe" udp "$(pod_of "$2")" "$port_of" "$port" 2000 | cut -f 2)
	case $seen in
	"$pod4" | "$pod6") seen=pod ;;
	"$node4" | "$node6") seen=node ;;
	esac
}

# flows TEXT TURNED OUTER INNER KEPT: the source that each flow has outside, in both families.
flows()
{
	local f got

	for f in 4 6; do
		got=
		for name in turned outer inner kept; do
			flow "$name" "$f"
			got+="$seen "
		done
		equal "$1, IPv$f" "$got" "$2 $3 $4 $5 "
	done
}

# ended TEXT COUNT: how many flows the last apply said it ended, in each family; 0: it said nothing.
ended()
{
	local f

	for f in 4 6; do
		equal "$1, IPv$f" "$(sed -n "s/^ipv$f: .*: \([0-9]*\) flows\{0,1\} ended.*/\1/p" "$work/out")" \
			"${2#0}"
	done
}

change()
{
	topology "$variant-change"
	build_pods
	status 0 "the first policy" apply node -c "$work/A.yaml"
	flows "flows begin" node node pod pod
	# A flow of the node itself is never ended.
	on node "$probe" udp "$node4" 31000 "$port" 2000 <<<"${to[turned4]}" >/dev/null
	status 0 "another policy" apply node -c "$work/B.yaml"
	has "says how many flows keep the old translation" '^ipv4: .*: 2 flows keep the translation' "$work/out"
	has "in each family" '^ipv6: .*: 2 flows keep the translation' "$work/out"
	flows "which they do" node node pod pod
	status 0 "back to the first" apply node -c "$work/A.yaml" --flush-conntrack=changed
	ended "a flow that has what the new rules give is left alone" 0
	flows "and goes on" node node pod pod
	status 0 "the other policy again" apply node -c "$work/B.yaml" --flush-conntrack=changed
	ended "flows whose verdict changed are ended, and no others" 2
	flows "their next packet is decided anew" pod node node pod
	status 0 "nothing to do" apply node -c "$work/B.yaml" --flush-conntrack=changed
	ended "ends nothing" 0
	flows "so all go on" pod node node pod
	# With --netns, the tool is in another namespace than the flows.
	status 0 "the pods' own addresses are always kept now" "$apply" "--backend=$variant" \
		"--netns=/run/netns/$top-node" -c "$work/C.yaml" --flush-conntrack=changed
	ended "flows that the source decides" 2
	flows "are decided anew" pod pod pod pod
	status 2 "it is for applying only" apply node --check --flush-conntrack=changed
}

# unknown_match FAMILY: a match of another kind in the chain of ours, before all others.
unknown_match()
{
	local ip=ip

	[ "$1" = 4 ] || ip=ip6
	if [ "$variant" = nftables ]; then
		on node nft insert rule $ip ipmasq "$(first_chain node $ip)" meta mark 0x77 return
	else
		tables node "$1" -I IP-MASQ-AGENT -m mark --mark 0x77 -j RETURN
	fi
}

# An ACCEPT of others keeps a packet from rules that come later in POSTROUTING, not from tables of
# our own.
others()
{
	local accepted=pod

	[ "$variant" != nftables ] || accepted=node
	topology "$variant-others"
	build_pods
	status 0 "a policy" apply node -c "$work/A.yaml"
	for f in 4 6; do
		tables node "$f" -I POSTROUTING -d "${to[kept$f]}" -j MASQUERADE
		tables node "$f" -I POSTROUTING -d "${to[outer$f]}" -j ACCEPT
	done
	flows "rules of others come first" node $accepted pod node
	status 0 "a change" apply node -c "$work/B.yaml" --flush-conntrack=changed
	ended "does not end what others decided" 2
	flows "that goes on" pod $accepted node node
	# A match of another kind in the old chain: its verdict is not certain.
	for f in 4 6; do
		unknown_match "$f"
	done
	status 0 "rules of another kind" apply node -c "$work/A.yaml" --flush-conntrack=changed
	ended "nor what is not certain" 0
	status 0 "no rules" apply node --remove
	status 0 "and rules again" apply node -c "$work/A.yaml" --flush-conntrack=changed
	# Of one of the two a rule of others decides, which only the next packet shows.
	ended "flows from before there were rules are judged too" "$([ $accepted = pod ] && echo 2 || echo 1)"
	flows "and have what all rules together say" node $accepted node node
}

# The old rules are in another backend, and are removed after the new ones are in force.
backend_changes()
{
	case $variant in
	nft) backend_change nft legacy ;;
	legacy) backend_change legacy nft ;;
	nftables)
		backend_change nft nftables
		backend_change nftables legacy
		;;
	esac
}

# backend_change FIRST SECOND
backend_change()
{
	local first=$1 second=$2 variant f outer=node

	topology "$first-$second"
	make_ns variant
	for variant in "$first" "$second"; do
		has_variant "$variant" && continue
		skip_part "a change of the backend: $missing"
		return
	done
	build_pods
	variant=$first
	status 0 "a policy in $variant" apply node -c "$work/A.yaml"
	# Tables of our own come after it all the same.
	if [ "$first-$second" = nft-legacy ] || [ "$first" = legacy ]; then
		outer=pod
		for f in 4 6; do
			tables node "$f" -I POSTROUTING -d "${to[outer$f]}" -j ACCEPT
		done
	fi
	flows "flows begin" node $outer pod pod
	variant=$second
	status 0 "another policy in $variant" apply node -c "$work/B.yaml" --flush-conntrack=changed
	ended "what the rules in $first decided otherwise is ended, and nothing else" 2
	flows "by the rules in $variant" pod $outer node pod
	status 0 "again" apply node -c "$work/B.yaml" --flush-conntrack=changed
	ended "nothing is left to end" 0
}

# services: rules like those of a kube-proxy.
services()
{
	local f

	for f in 4 6; do
		tables node "$f" -A PREROUTING -d "${to[moving$f]}" -j DNAT --to-destination "${to[kept$f]}"
		tables node "$f" -A PREROUTING -d "${to[still$f]}" -j DNAT --to-destination "${to[turned$f]}"
	done
}

# talk ADDRESS...: TCP connections from the pod to these, which stay open for exchange().
talk()
{
	on outside python3 -c 'import socket, threading
listener = socket.socket(socket.AF_INET6)
for option in socket.SO_REUSEADDR, socket.SO_KEEPALIVE:
    listener.setsockopt(socket.SOL_SOCKET, option, 1)
# IPV6_TRANSPARENT and IP_TRANSPARENT, to answer from addresses that only a policy route makes
# local.
listener.setsockopt(socket.IPPROTO_IPV6, 75, 1)
listener.setsockopt(socket.IPPROTO_IP, 19, 1)
listener.bind(("::", 7778))
listener.listen()
def serve(connection, peer):
    while connection.recv(1):
        connection.sendall(peer.replace("::ffff:", "").encode())
while True:
    connection, peer = listener.accept()
    threading.Thread(target=serve, args=(connection, peer[0]), daemon=True).start()' &
	talkers=$!
	until on outside bash -c ': </dev/tcp/127.0.0.1/7778' 2>/dev/null; do
		pause 0.05
	done
	# Nothing is written before both ends of the pipes are open.
	mkfifo "$work/$top.ask" "$work/$top.answer"
	on pod python3 -c 'import socket, sys
connections = [socket.create_connection((to, 7778), 5, (sys.argv[1 + (":" in to)], 0))
    for to in sys.argv[3:]]
def ask(connection):
    try:
        connection.sendall(b"?")
        return connection.recv(80).decode()
    except ConnectionError:
        return "ended"
for line in sys.stdin:
    print(*map(ask, connections), flush=True)' "$pod4" "$pod6" "$@" <"$work/$top.ask" >"$work/$top.answer" &
	talkers+=" $!"
	exec {asking}>"$work/$top.ask" {answering}<"$work/$top.answer"
}

# exchange TEXT SEEN...: one more packet each way, on each connection, and the source it arrives
# with.
exchange()
{
	local text=$1 answer=

	shift
	echo >&"$asking"
	read -r -t 10 answer <&"$answering" || true
	equal "$text" "$answer" "$*"
}

# services_see TEXT MOVING STILL: the source that flows to the two services have outside.
services_see()
{
	local f got

	for f in 4 6; do
		flow moving "$f"
		got=$seen
		flow still "$f"
		equal "$1, IPv$f" "$got $seen" "$2 $3"
	done
}

# An agent under traffic. The policies are large enough for a tree, of which the agent writes a
# part.
watched()
{
	local more one

	more=$(printf '11.%s.0.0/24, "fd11:%s::/48", ' {1..20}{,})
	for one in A B; do
		sed "s|^nonMasqueradeCIDRs: \[|&$more|; \$a resyncInterval: 1h" "$work/$one.yaml" \
			>"$work/$variant-$one.yaml"
	done
	topology "$variant-watched"
	build_pods
	services
	cp "$work/$variant-A.yaml" "$work/config"
	start -c "$work/config" --flush-conntrack=changed --metrics-file="$work/m.prom"
	logs "an agent applies the first policy" 'ipv6: changed \(.*; start\): (jump|base chain)'
	flows "flows begin" node node pod pod
	services_see "flows to services begin" pod node
	talk "${to[turned4]}" "${to[kept4]}" "${to[still4]}" "${to[turned6]}" "${to[kept6]}" "${to[still6]}"
	exchange "TCP connections too" "$node4" "$pod4" "$node4" "$node6" "$pod6" "$node6"
	mark
	put "$work/config" <"$work/$variant-B.yaml"
	# Five: UDP to turned, inner and still, TCP to turned and still.
	logs "the agent ends flows when its configuration changes, and says how many" \
		'ipv4: changed \(.*; the configuration changed\): 5 flows ended'
	logs "in each family" 'ipv6: changed \(.*; the configuration changed\): 5 flows ended'
	flows "their next packet is decided anew, the others go on" pod node node pod
	services_see "the destination behind a service decides" pod pod
	exchange "so it is with TCP: a flow in its middle cannot have another address" \
		ended "$pod4" ended ended "$pod6" ended
	mark
	sed 's/11\.9\.0/11.99.0/g' "$work/config" | put "$work/config"
	logs "a change that concerns none of them" 'ipv4: changed \(.*; the configuration changed\): '
	kill -HUP "$agent"
	logs "to its end" 'and means the same'
	equal "ends none" "$(tail -n "+$from" "$work/log" | grep -c 'flow')" 0
	has "the metrics count what ended" '^ipmasq_flows_ended_total\{family="ipv6"\} 5$' "$work/m.prom"
	stop "the agent ends"
	exec {asking}>&- {answering}<&-
	# shellcheck disable=SC2086 # two process ids
	kill $talkers 2>/dev/null || true
}

# turned_sees TEXT FAMILY SEEN: the source that the flow to turned has outside.
turned_sees()
{
	flow turned "$2"
	equal "$1" "$seen" "$3"
}

# metric TEXT LINE: within a while, the metrics have a line like this.
metric()
{
	local end=$((SECONDS + 31))

	until grep -Eq -e "$2" "$work/m.prom" || [ "$SECONDS" -ge "$end" ]; do
		pause 0.02
	done
	has "$1" "$2" "$work/m.prom"
}

# An agent whose kernel refuses to list the flows of IPv4 for a while.
pending()
{
	local asan=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0

	topology "$variant-pending"
	build_pods
	sed '$a resyncInterval: 1s' "$work/A.yaml" >"$work/config"
	prefix=(env "LD_PRELOAD=$refuse_flows" "REFUSE_FLOWS=$work/refuse" "ASAN_OPTIONS=$asan")
	rm -f "$work/m.prom"
	start -c "$work/config" --flush-conntrack=changed --metrics-file="$work/m.prom"
	prefix=()
	logs "row 34: an agent applies the first policy" 'ipv6: changed \(.*; start\): (jump|base chain)'
	flows "row 34: flows begin" node node pod pod
	: >"$work/refuse.4"
	mark
	sed '$a resyncInterval: 1s' "$work/B.yaml" | put "$work/config"
	logs "row 34: flows that cannot be ended are said, of their family" \
		'ipv4: failed, will try again: the IPv4 rules are in line, but the flows of the old ones cannot be ended: not permitted'
	logs "row 34: those of the other family are ended" 'ipv6: changed .*: 2 flows ended'
	turned_sees "row 34: the others keep their translation" 4 node
	turned_sees "row 34: which those of the other family do not" 6 pod
	metric "row 34: the metrics say that flows are pending" '^ipmasq_flows_pending\{family="ipv4"\} 1$'
	metric "row 34: and for which family" '^ipmasq_flows_pending\{family="ipv6"\} 0$'
	metric "row 34: it is tried at each look" '^ipmasq_failures_total\{family="ipv4",cause="conntrack"\} ([4-9]|..)'
	logs_once "row 34: and logged once" 'ipv4: failed'
	logs_never "row 34: nothing is said of the other family" 'ipv6: failed'
	# The flows of the first policy are judged by the newest.
	mark
	sed 's|^masqueradeCIDRs.*|masqueradeCIDRs: []|; $a resyncInterval: 1s' "$work/B.yaml" | put "$work/config"
	logs "row 34: the configuration changes meanwhile" 'ipv4: changed .*the configuration changed'
	mark
	rm "$work/refuse.4"
	logs "row 34: it is tried until it is done" 'ipv4: changed .*: [0-9]* flows? ended'
	turned_sees "row 34: and the flow is decided anew" 4 pod
	flow inner 4
	equal "row 34: a flow that the newest policy judges as the first did" "$seen" pod
	metric "row 34: nothing is pending any more" '^ipmasq_flows_pending\{family="ipv4"\} 0$'
	in_line "row 34: the rules are in line" -c "$work/config"
	stop "row 34: the agent ends"
}

all()
{
	change
	others
	backend_changes
	watched
	pending
}

refuse_flows=$(program tests/support/.libs/refuse_flows.so) || exit
policies
each_backend all
finish
