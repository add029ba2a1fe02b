#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Row 44: ours are in line, and rules of others decide otherwise: before our jump and after it,
# directly and in a chain, in the other variant, in a table of nftables, and by ending the tracking of
# connections. Packets show that each does; --check tells the rule and exits with 1, and --watch says
# so in its log, in metrics and to probes, which stay well.
set -euo pipefail
# shellcheck source=tests/support/kernel.sh
. "$(dirname "$0")/../support/kernel.sh"
# shellcheck source=tests/support/pods.sh
. "$(dirname "$0")/../support/pods.sh"
# shellcheck source=tests/support/agent.sh
. "$(dirname "$0")/../support/agent.sh"
command -v nft >/dev/null || skip "the program nft"

cat >"$work/config.yaml" <<'END_OF_CONFIG'
nonMasqueradeCIDRs:
- 10.0.0.0/8
- fd00:10::/32
resyncInterval: 300ms
END_OF_CONFIG
options=(-c "$work/config.yaml")

# verdict_is TEXT ADDRESS VERDICT
verdict_is()
{
	# A flow of its own.
	source_port=$((source_port + 1))
	if [ "$f" = 4 ]; then
		equal "$1" "$(from_pod "$pod4" "$node4" <<<"$2")" "$2"$'\t'"$3"
	else
		equal "$1" "$(from_pod "$pod6" "$node6" <<<"$2")" "$2"$'\t'"$3"
	fi
}

# overridden TEXT ADDRESS VERDICT PATTERN UNDO...: what is there now gives packets to the address
# this verdict; the line of the family has the pattern. UNDO takes it away.
overridden()
{
	local text="$variant, IPv$f, $1" address=$2 verdict=$3 pattern=$4

	shift 4
	verdict_is "$text: the packet" "$address" "$verdict"
	status 1 "$text: --check" on node "$apply" --check "${with[@]}" "${options[@]}"
	has "$text: --check tells" "^ipv$f: overridden .*$pattern" "$work/out"
	status 0 "$text: apply" on node "$apply" "${with[@]}" "${options[@]}"
	has "$text: apply tells" "^ipv$f: overridden .*$pattern" "$work/out"
	status 0 "the test itself: undo" "$@"
	status 0 "$text: --check after it" on node "$apply" --check "${with[@]}" "${options[@]}"
}

rule()
{
	tables node "$f" "$@"
}

# other_variant WORD...: the same in the variant that is not ours.
other_variant()
{
	on node "${ip}tables-$other" -w "$@"
}

others_decide()
{
	rule -I POSTROUTING -d "$kept_net" -j MASQUERADE
	overridden "masqueraded before ours" "$kept" MASQUERADE \
		"rule 1 of chain POSTROUTING .* masquerades traffic to $kept_net, which the policy leaves alone" \
		rule -D POSTROUTING -d "$kept_net" -j MASQUERADE

	rule -A POSTROUTING -d "$kept_net" -j MASQUERADE
	overridden "masqueraded after ours" "$kept" MASQUERADE \
		"rule 2 of chain POSTROUTING .* masquerades traffic to $kept_net" \
		rule -D POSTROUTING -d "$kept_net" -j MASQUERADE

	rule -N OTHERS
	rule -A OTHERS -s "$pods" -d "$turned_net" -j ACCEPT
	rule -I POSTROUTING -j OTHERS
	overridden "accepted in a chain before ours" "$turned" RETURN \
		"rule 1 of chain OTHERS .* leaves alone traffic from $pods to $turned_net, which the policy masquerades" \
		rule -D POSTROUTING -j OTHERS
	rule -F OTHERS
	rule -X OTHERS

	rule -I POSTROUTING -d "$kept_net" -j SNAT --to-source "$node"
	overridden "another address before ours" "$kept" MASQUERADE \
		"rule 1 of chain POSTROUTING .* rewrites the source of traffic to $kept_net" \
		rule -D POSTROUTING -d "$kept_net" -j SNAT --to-source "$node"

	# The answer too: a flow that begins with it would be masqueraded.
	rule -t raw -A PREROUTING -d "$turned_net" -j CT --notrack
	rule -t raw -A PREROUTING -s "$turned_net" -j CT --notrack
	overridden "no tracking" "$turned" RETURN \
		"rule 1 of chain PREROUTING .* leaves alone traffic to $turned_net" \
		rule -t raw -F PREROUTING

	on node nft -f - <<-RULES
		table $family others {
			chain post {
				type nat hook postrouting priority 50
				$family daddr $kept_net masquerade
			}
		}
	RULES
	overridden "a table of nftables" "$kept" MASQUERADE \
		"rule 1 of chain post .nftables, table $family others. masquerades traffic to $kept_net" \
		on node nft delete table "$family" others

	other_variant -t nat -A POSTROUTING -d "$kept_net" -j MASQUERADE
	overridden "the other variant" "$kept" MASQUERADE \
		"rule 1 of chain POSTROUTING .iptables-$other, table .* masquerades traffic to $kept_net" \
		other_variant -t nat -F POSTROUTING
}

# What is no alarm.
others_do_not_decide()
{
	local text="$variant, IPv$f"

	rule -N KUBE-POSTROUTING
	rule -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
	rule -A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
	rule -A KUBE-POSTROUTING -j MASQUERADE --random-fully
	rule -I POSTROUTING -m comment --comment 'kubernetes postrouting rules' -j KUBE-POSTROUTING
	rule -A POSTROUTING -d "$turned_net" -j MASQUERADE
	status 0 "$text: kube-proxy's mark, and what the policy wants too" \
		on node "$apply" --check "${with[@]}" "${options[@]}"
	verdict_is "$text: the packet with kube-proxy's rules" "$kept" RETURN
	rule -D POSTROUTING -d "$turned_net" -j MASQUERADE
	rule -D POSTROUTING -m comment --comment 'kubernetes postrouting rules' -j KUBE-POSTROUTING
	rule -F KUBE-POSTROUTING
	rule -X KUBE-POSTROUTING
}

# ready: whether the agent says 200, and that something is overridden.
ready()
{
	on node curl -s -o "$work/ready" -w '%{http_code}' http://127.0.0.1:9796/readyz >"$work/code" &&
		grep -q overridden "$work/ready" && grep -qx 200 "$work/code"
}

metric_is()
{
	on node curl -s http://127.0.0.1:9796/metrics |
		grep -qxF "ipmasq_overridden{family=\"ipv4\"} $1"
}

# comes_true COMMAND...: within ten seconds.
comes_true()
{
	local end=$((SECONDS + 10))

	until "$@"; do
		[ $SECONDS -lt $end ] || return
		sleep 0.1
	done
}

agent_tells()
{
	backend=$variant start --listen 127.0.0.1:9796 "${options[@]}"
	logs "$variant: the agent starts" 'ipv4: in line'
	rule -I POSTROUTING -d "$kept_net" -j MASQUERADE
	logs "$variant: the agent tells what overrides" \
		"ipv4: overridden: rule 1 of chain POSTROUTING .* masquerades traffic to $kept_net"
	check "$variant: /readyz stays 200 and says so" comes_true ready
	check "$variant: a metric" comes_true metric_is 1
	rule -D POSTROUTING -d "$kept_net" -j MASQUERADE
	check "$variant: the metric falls" comes_true metric_is 0
	stop "$variant: the agent ends"
}

scenario()
{
	local other=nft with=(--backend="$variant")

	[ "$variant" = legacy ] || other=legacy
	topology "overridden-$variant"
	build_pods
	status 0 "$variant: apply" on node "$apply" "${with[@]}" "${options[@]}"
	for f in 4 6; do
		if [ "$f" = 4 ]; then
			ip=ip family=ip kept=10.7.7.7 turned=198.51.100.7 kept_net=10.7.0.0/16
			turned_net=198.51.100.0/24 pods=172.20.0.0/16 node=$node4
		else
			ip=ip6 family=ip6 kept=fd00:10::7 turned=2001:db8:9::7 kept_net=fd00:10::/48
			turned_net=2001:db8:9::/48 pods=fd00:172:20::/48 node=$node6
		fi
		verdict_is "$variant, IPv$f: alone" "$kept" RETURN
		verdict_is "$variant, IPv$f: alone" "$turned" MASQUERADE
		others_decide
		others_do_not_decide
	done
	f=4 kept_net=10.7.0.0/16
	! command -v curl >/dev/null || agent_tells
}

each_variant scenario
finish
