#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Does one apply take over what an ip-masq-agent written in Go has left on the node, and does it
# choose the variant of iptables that the node's rules are in?
# shellcheck disable=SC2317 # each_variant calls the functions
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

config=$root/examples/same-vpc.yaml
chain=IP-MASQ-AGENT

# agent_script LINK-LOCAL NON-MASQUERADE...: what those agents hand to iptables-restore.
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
		on node "iptables-$variant-restore" --noflush
	agent_script fe80::/10 fc00::/7 | on node "ip6tables-$variant-restore" --noflush
	agent_jump 4
	agent_jump 6
}

count()
{
	save node "$1" | grep -c -e "$2" || true
}

taken_over()
{
	local f

	status 1 "$1: check sees the difference" apply node --check -c "$config"
	status 0 "$1: one apply" apply node -c "$config"
	status 0 "$1: check is content" apply node --check -c "$config"
	for f in 4 6; do
		equal "$1, IPv$f: one jump" "$(count "$f" "-A POSTROUTING .*-j $chain\$")" 1
		equal "$1, IPv$f: no rule of the agent is left in the chain" \
			"$(count "$f" "-A $chain .*ip-masq-agent:")" 0
		equal "$1, IPv$f: the other rule of POSTROUTING stands" \
			"$(count "$f" '-A POSTROUTING .*-j KUBE-POSTROUTING')" 1
		"$APPLY" "--dry-run=ipv$f" -c "$config" >"$work/script"
		save node "$f" | grep -v KUBE-POSTROUTING >"$work/kernel"
		printf '%s\n' 10.10.10.10 10.10.10.11 8.8.8.8 169.254.1.1 fd00:10:10::10 fd00::1 \
			2001:db8::1 | "$POLICYGEN" 0 filter "$f" >"$work/probes"
		"$SIM" "$f" "$work/script" <"$work/probes" | cut -f 1,2 >"$work/wanted"
		"$SIM" "$f" "$work/kernel" <"$work/probes" | cut -f 1,2 >"$work/got"
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

all()
{
	fresh plain
	agent
	taken_over "an agent's rules"
	fresh doubled
	agent
	agent_jump 4
	agent_jump 6 -I
	taken_over "an agent's rules, with its jump twice"
	fresh chain-only
	agent_script 169.254.0.0/16 10.0.0.0/8 | on node "iptables-$variant-restore" --noflush
	taken_over "an agent's chain without a jump"
	# The variant was not named here: the one that holds the node's rules is the one to use.
	fresh auto
	status 0 "apply picks the variant" on node "$APPLY" -c "$config"
	equal "it is $variant, where kube-proxy's rules are" \
		"$(count 4 "-j $chain\$"),$(count 6 "-j $chain\$")" 1,1
}

each_variant all
finish
