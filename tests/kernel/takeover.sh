#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One apply takes over the rules that an ip-masq-agent written in Go has left on the node, also into
# tables of our own, and chooses the variant of iptables that the node's rules are in. --watch takes them over while a pod
# opens flows, and every flow has the source that the old or the new rules give.
set -euo pipefail
# shellcheck source=tests/support/pods.sh
. "$(dirname "$0")/../support/pods.sh"
# shellcheck source=tests/support/agent.sh
. "$(dirname "$0")/../support/agent.sh"

config=$root/examples/same-vpc.yaml

# agent_script CIDR...: what those agents give to iptables-restore; none of the CIDRs is
# masqueraded.
agent_script()
{
	local cidr

	echo '*nat'
	echo ":$chain - [0:0]"
	for cidr; do
		echo "-A $chain -m comment --comment \"ip-masq-agent: local traffic is not subject to" \
			"MASQUERADE\" -d $cidr -j RETURN"
	done
	echo "-A $chain -m comment --comment \"ip-masq-agent: outbound traffic is subject to" \
		"MASQUERADE (must be last in chain)\" -j MASQUERADE --random-fully"
	echo COMMIT
}

agent_jump()
{
	tables node "$1" "${2:--A}" POSTROUTING -m comment --comment \
		"ip-masq-agent: ensure nat POSTROUTING directs all non-LOCAL destination traffic to our\
 custom $chain chain" -m addrtype ! --dst-type LOCAL -j "$chain"
}

agent()
{
	agent_script 169.254.0.0/16 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 |
		on node "iptables-$theirs-restore" --noflush
	agent_script fe80::/10 fc00::/7 | on node "ip6tables-$theirs-restore" --noflush
	agent_jump 4
	agent_jump 6
}

# count 4|6 PATTERN: how many rules of the node match, in the nat table of the agent's.
count()
{
	local variant=$theirs

	save node "$1" | grep -c -e "$2" || true
}

taken_over()
{
	local f

	status 1 "$1: check sees the difference" apply node --check -c "$config"
	status 0 "$1: one apply" apply node -c "$config"
	status 0 "$1: check then sees none" apply node --check -c "$config"
	for f in 4 6; do
		equal "$1, IPv$f: jumps" "$(count "$f" "-A POSTROUTING .*-j $chain\$")" "$jumps"
		equal "$1, IPv$f: no rule of the agent is left in the chain" \
			"$(count "$f" "-A $chain .*ip-masq-agent:")" 0
		equal "$1, IPv$f: the other rule of POSTROUTING stands" \
			"$(count "$f" '-A POSTROUTING .*-j KUBE-POSTROUTING')" 1
		"$apply" "--dry-run=ipv$f" -c "$config" >"$work/script"
		save node "$f" | grep -v KUBE-POSTROUTING >"$work/kernel"
		printf '%s\n' 10.10.10.10 10.10.10.11 8.8.8.8 169.254.1.1 fd00:10:10::10 fd00::1 \
			2001:db8::1 | "$policygen" 0 filter "$f" >"$work/probes"
		"$sim" "$f" "$work/script" <"$work/probes" | cut -f 1,2 >"$work/wanted"
		"$sim" "$f" "$work/kernel" <"$work/probes" | cut -f 1,2 >"$work/got"
		same_file "$1, IPv$f: the kernel's rules now decide as ours" "$work/got" \
			"$work/wanted"
	done
}

fresh()
{
	local f

	topology "$variant-$1"
	make_ns node
	for f in 4 6; do
		tables node "$f" -N KUBE-POSTROUTING
		tables node "$f" -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
		tables node "$f" -A POSTROUTING -j KUBE-POSTROUTING
	done
}

under_traffic()
{
	local text="under traffic" sender status=0 name

	topology "$variant-traffic"
	build_pods
	agent
	agent_jump 4
	agent_jump 6 -I
	printf '%s\n' 'nonMasqueradeCIDRs: [10.0.0.0/8, 203.0.113.0/24, "fd00::/9"]' \
		'resyncInterval: 1h' >"$work/other.yaml"
	variant=$theirs old_or_new "$work/other.yaml" >"$work/destinations"
	"$flows" "/run/netns/$top-pod" "/run/netns/$top-outside" 2000 2500 10000 "$pod4" "$node4" \
		"$pod6" "$node6" <"$work/destinations" >"$work/flows" 2>&1 &
	sender=$!
	sleep 0.5
	# shellcheck disable=SC2016 # the inner shell's, which becomes the agent
	prefix=("${traceable[@]}" "$trace" "$work/trace" sh -c 'echo $$ >"$1" && shift && exec "$@"' sh "$work/pid")
	start -c "$work/other.yaml"
	prefix=()
	logs "$text: --watch takes over IPv4" 'ipv4: changed \(.*; start\)'
	logs "$text: and IPv6" 'ipv6: changed \(.*; start\)'
	wait "$sender" || status=$?
	if [ "$status" = 0 ]; then
		pass "$text: $(sed -n 's/^judged //p' "$work/flows") flows, each as it may be"
	else
		fail "$text: flows that are wrong or lost" "$work/flows"
	fi
	for name in masquerade return either-masqueraded either-returned; do
		check "$text: at least 50 flows of the kind $name" \
			test "$(sed -n "s/^$name //p" "$work/flows")" -ge 50
	done
	status 0 "$text: the node is in line" apply node --check -c "$work/other.yaml"
	kill "$(cat "$work/pid")"
	wait "$agent" || fail "$text: it ends with 0" "$work/log"
	equal "$text: transactions of iptables-restore" "$(grep -c '^exec ip[^ ]*-restore' "$work/trace" || true)" \
		$((2 * jumps))
}

all()
{
	# Such an agent has its rules in iptables. What is taken over is removed from there where ours
	# are in tables of our own.
	theirs=$(iptables_of "$variant")
	jumps=1
	[ "$variant" != nftables ] || jumps=0
	fresh plain
	agent
	taken_over "an agent's rules"
	fresh doubled
	agent
	agent_jump 4
	agent_jump 6 -I
	taken_over "an agent's rules, with its jump twice"
	fresh chain-only
	agent_script 169.254.0.0/16 10.0.0.0/8 | on node "iptables-$theirs-restore" --noflush
	taken_over "an agent's chain without a jump"
	under_traffic
	[ "$variant" != nftables ] || return 0
	# Without --backend: the variant is that of the node's rules.
	fresh auto
	status 0 "apply picks the variant" on node "$apply" -c "$config"
	equal "it is $variant, where kube-proxy's rules are" \
		"$(count 4 "-j $chain\$"),$(count 6 "-j $chain\$")" 1,1
}

each_backend all
finish
