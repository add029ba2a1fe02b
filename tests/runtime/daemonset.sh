#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The DaemonSet of examples/kubernetes with its images, in containerd: what the manifests ask for is
# what the container gets, and it does its work with that. The packets are those of a pod that the
# runtime made. The same for the overlay without iptables.
set -euo pipefail
# shellcheck source=tests/support/runtime.sh
. "$(dirname "$0")/../support/runtime.sh"

manifests=$examples/kubernetes
configmap=$manifests/overlays/vpc-peering/configmap.yaml
first_port=5000

# What differs between the two. The bits of capabilities: 12 is NET_ADMIN, 13 is NET_RAW.
describe()
{
	case $1 in
	base)
		variant=nft capabilities=0000000000003000
		others_flush=(iptables-nft -t nat -F)
		;;
	overlays/nftables)
		variant=nftables capabilities=0000000000001000
		others_flush=(nft flush ruleset)
		;;
	esac
}

# sees TEXT DESTINATION SOURCE: the destination sees that address of the pod's packets.
sees()
{
	case $2 in
	*:*) ask udp pod "$pod6" "$2" ;;
	*) ask udp pod "$pod4" "$2" ;;
	esac
	equal "$1: $2 sees" "$seen" "$3"
}

# becomes TEXT DESTINATION SOURCE: the same, within half a minute.
becomes()
{
	local end=$((SECONDS + 30))

	seen=
	while [ "$seen" != "$3" ] && [ "$SECONDS" -lt "$end" ]; do
		case $2 in
		*:*) ask udp pod "$pod6" "$2" ;;
		*) ask udp pod "$pod4" "$2" ;;
		esac
	done
	equal "$1: $2 sees" "$seen" "$3"
}

# said TEXT PATTERN: the container's log has such a line, within half a minute.
said()
{
	local end=$((SECONDS + 30))

	until kubelet log >"$work/log" && grep -Eq -e "$2" "$work/log"; do
		[ "$SECONDS" -lt "$end" ] || break
		pause 0.1
	done
	has "$1" "$2" "$work/log"
}

# A pod whose packets are judged.
client()
{
	local pid netns

	sandboxes run client >"$work/client"
	read -r _ client pid netns pod4 pod6 <"$work/client"
	name_ns pod "$netns"
	has "the runtime gave a pod its addresses" '^client [0-9a-f]{64} [0-9]+ /.* 172\.20\.1\.[0-9]+ fd00:172:20:1::' \
		"$work/client"
	check "a process is in it" test -d "/proc/$pid"
}

# What the manifest asks for, read from the process in the container.
as_asked()
{
	local pid group

	pid=$(kubelet pid)
	equal "it has these capabilities, gains nothing, and has a filter of system calls" \
		"$(grep -E '^(Uid|Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs|Seccomp):' "/proc/$pid/status" |
			tr -s '\t' ' ' | tr '\n' ' ')" \
		"Uid: 0 0 0 0 CapInh: 0000000000000000 CapPrm: $capabilities CapEff: $capabilities\
 CapBnd: $capabilities CapAmb: 0000000000000000 NoNewPrivs: 1 Seccomp: 2 "
	equal "it is in the node's network" "$(readlink "/proc/$pid/ns/net")" \
		"$(on node readlink /proc/self/ns/net)"
	check "and in no other namespace of the node's" test \
		"$(readlink "/proc/$pid/ns/pid") $(readlink "/proc/$pid/ns/mnt")" != \
		"$(readlink /proc/self/ns/pid) $(readlink /proc/self/ns/mnt)"
	awk '$5 == "/" || $5 == "/etc/config" { print $5, substr($6, 1, 2) }' "/proc/$pid/mountinfo" |
		sort >"$work/readonly"
	equal "its root and its configuration are read-only" "$(tr '\n' ' ' <"$work/readonly")" \
		"/ ro /etc/config ro "
	group=$(sed -n 's/^[0-9]*:memory:\(.*\)/\1/p' "/proc/$pid/cgroup")
	check "its control group is the pod's" test "${group#"$IPMASQ_CGROUP"/}" != "$group"
	equal "its memory has the limit of the manifest" \
		"$(cat "/sys/fs/cgroup/memory$group/memory.limit_in_bytes")" $((128 << 20))
}

defaults()
{
	sees "before" 203.0.113.7 "$pod4"
	status 0 "the DaemonSet starts" kubelet apply "$manifests/$overlay"
	status 0 "it becomes ready" kubelet ready
	run_as_asked=$(kubelet readiness)
	check "the readiness probe: $(head -n 1 <<<"$run_as_asked")" test "${run_as_asked%% *}" = 200
	said "it says which version it is" "ipmasq-apply $version keeps this node in line"
	as_asked
	sees "without a ConfigMap" 203.0.113.7 "$node4"
	sees "without a ConfigMap" 10.20.0.5 "$pod4"
	sees "without a ConfigMap" 2001:db8:7::7 "$node6"
}

# edited SED-PROGRAM: the ConfigMap, changed.
edited()
{
	sed "$1" "$configmap" >"$work/edited.yaml"
	! alike "$configmap" "$work/edited.yaml" ||
		fail "the test itself: the edit '$1' changes nothing" "$configmap"
	status 0 "the ConfigMap changes: $1" kubelet configmap "$work/edited.yaml"
}

edits()
{
	status 0 "a ConfigMap appears" kubelet configmap "$configmap"
	becomes "the ConfigMap" 10.20.0.5 "$node4"
	sees "the ConfigMap" 10.21.0.5 "$pod4"
	becomes "the ConfigMap" fd00:21::5 "$pod6"
	sees "the ConfigMap" fd00:20::5 "$node6"
	edited 's,10\.20\.0\.0/16 ,10.21.0.0/16 ,'
	becomes "the edit" 10.21.0.5 "$node4"
	sees "the edit" 10.20.0.5 "$pod4"
	status 0 "it stays ready" kubelet ready

	edited 's,10\.20\.0\.0/16 ,10.20.0.0/99 ,'
	said "an edit that is wrong" 'ip-masq-agent:[0-9]+:[0-9]+: .*10\.20\.0\.0/99'
	status 1 "the pod is not ready then" kubelet readiness
	has "the probe says why" '10\.20\.0\.0/99' "$work/out"
	status 0 "it is alive" kubelet liveness
	out_is alive
	sees "the last good one is in force" 10.21.0.5 "$node4"
	status 0 "the ConfigMap is right again" kubelet configmap "$configmap"
	status 0 "it becomes ready" kubelet ready
	becomes "the right one" 10.20.0.5 "$node4"
	sees "the right one" 10.21.0.5 "$pod4"
}

# The destinations of the flows, with what happens to them throughout.
aims()
{
	local one

	for one in {1..60}; do
		echo "10.20.0.$one MASQUERADE"
		echo "203.0.113.$one MASQUERADE"
		echo "10.21.0.$one RETURN"
		echo "fd00:20::$one MASQUERADE"
		echo "fd00:21::$one RETURN"
	done
}

# new_flows: prints how many flows the node knows.
new_flows()
{
	on node cat /proc/sys/net/netfilter/nf_conntrack_count
}

# flows_right TEXT COMMAND...: from before the command to after it, the pod opens new flows, and all
# of them are as they should be. The command makes checks.
flows_right()
{
	local text=$1 sender result=0 judged known

	shift
	aims >"$work/aims"
	first_port=$((first_port + 5000))
	known=$(new_flows)
	# Longer than anything takes; and each pass over the destinations takes a port.
	"$flows" "/run/netns/$top-pod" "/run/netns/$top-outside" 3000 300000 $first_port \
		"$pod4" "$node4" "$pod6" "$node6" <"$work/aims" >"$work/flows" 2>&1 &
	sender=$!
	while [ "$(new_flows)" -lt $((known + 300)) ] && kill -0 "$sender" 2>/dev/null; do
		pause 0.02
	done
	"$@"
	kill "$sender" 2>/dev/null || true
	wait "$sender" || result=$?
	judged=$(sed -n 's/^judged //p' "$work/flows")
	if [ "$result" = 0 ]; then
		pass "$text: $judged flows, none of them wrong"
	else
		fail "$text: flows that are wrong or lost" "$work/flows"
	fi
	check "$text: at least 1000 flows" test "${judged:-0}" -ge 1000
}

killed()
{
	kill -KILL "$(kubelet pid)"
	status 0 "it is killed" kubelet restarted
	out_is 137
	status 0 "the next container becomes ready" kubelet ready
}

# While nobody looks after the rules, somebody flushes them.
killed_and_flushed()
{
	kill -KILL "$(kubelet pid)"
	on node "${others_flush[@]}"
	becomes "the rules are flushed" 203.0.113.7 "$pod4"
	status 0 "it was killed before" kubelet restarted
	status 0 "the next container becomes ready" kubelet ready
	sees "it has healed" 203.0.113.7 "$node4"
	sees "it has healed" 10.20.0.5 "$node4"
	sees "it has healed" 10.21.0.5 "$pod4"
}

stuck()
{
	kill -STOP "$(kubelet pid)"
	status 0 "the liveness probe of one that is stuck" kubelet liveness
	out_is restarted
	status 0 "the next container becomes ready" kubelet ready
}

# replaced IMAGE VERSION
replaced()
{
	status 0 "the DaemonSet gets the image of $2" kubelet image "$1"
	status 0 "the new pod becomes ready" kubelet ready
	said "it is that version" "ipmasq-apply $2 keeps this node in line"
	in_line "what it left is in line with ours" -c "$configmap"
}

# in_line TEXT ARGUMENT...
in_line()
{
	status 0 "$1" apply node --check "${@:2}"
}

daemonset()
{
	local overlay=$1 image next version variant capabilities others_flush

	what=$overlay
	note "$overlay"
	describe "$overlay"
	image=$(/usr/bin/python3 "$support/kustomize.py" "$manifests/$overlay")
	next=$(awk -v image="$image" '$1 == image { print $2 }' "$images/next")
	[ -n "$next" ] || fatal "the images have no next version of $image"
	version=${image##*:}
	version=${version%-*}
	client
	defaults
	edits
	flows_right "killed" killed
	killed_and_flushed
	[ "$overlay" != base ] || stuck
	next_version=${next##*:}
	flows_right "the next version" replaced "$next" "${next_version%-*}"
	as_asked
	flows_right "and back" replaced "$image" "$version"
	status 0 "the DaemonSet is deleted" kubelet stop
	sees "the rules stay" 10.20.0.5 "$node4"
	sees "the rules stay" 10.21.0.5 "$pod4"
	status 0 "they can be removed" apply node --remove
	becomes "removed" 10.20.0.5 "$pod4"
	status 0 "the pod is deleted" sandboxes remove "$client"
	no_traces "nothing is left of them"
}

[ -e "$images/next" ] || skip 'IPMASQ_IMAGES, with the images of the DaemonSet'
topology node
build_node
network ""
start_containerd
mapfile -t tags < <(tr ' ' '\n' <"$images/next" | sed 's/.*://')
import_images pause "${tags[@]}"
daemonset base
daemonset overlays/nftables
finish
