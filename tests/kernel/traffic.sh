#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No packet sees a mixture of two policies, or a chain without its rules, while one policy replaces
# the other. New flows are opened throughout, and each is judged where it arrives. Rules that are
# flushed in one transaction and filled in the next must fail the same judge.
# IPMASQ_SECONDS: how long each pair of policies is under traffic.
set -euo pipefail
# shellcheck source=tests/support/pods.sh
. "$(dirname "$0")/../support/pods.sh"

# Longer on a busy machine, since there must be enough applies.
seconds=${IPMASQ_SECONDS:-$((4 + $(busy) / 2))}
rate=4000
first_port=10000
judged=0

# destinations ONE TWO: destinations with their verdict under both policies, or "either"; up to 150
# per kind and family.
destinations()
{
	local f

	for f in 4 6; do
		"$policygen" 7 around "$f" 400 <"$1" | sort -u >"$work/probes"
		verdicts -c "$1" <"$work/probes" >"$work/by-one"
		verdicts -c "$2" <"$work/probes" >"$work/by-two"
		paste "$work/by-one" "$work/by-two" | awk -F '\t' '
			$2 != "MASQUERADE" && $2 != "RETURN" { next }
			{ kind = $2 == $4 ? $2 : "either" }
			n[kind]++ < 150 { print $1, kind }'
	done | shuf --random-source=/dev/zero
}

# open_flows SECONDS: opens flows to $work/destinations and judges them; the counts are in
# $work/flows.
open_flows()
{
	"$flows" "/run/netns/$top-pod" "/run/netns/$top-outside" "$rate" $(($1 * 1000)) \
		"$first_port" "$pod4" "$node4" "$pod6" "$node6" \
		<"$work/destinations" >"$work/flows" 2>&1
}

# next_ports: each run has ports of its own, since conntrack remembers what was decided for a flow.
next_ports()
{
	first_port=$((first_port + 1000))
}

# flow_count NAME
flow_count()
{
	sed -n "s/^$1 //p" "$work/flows"
}

# alternate TEXT STEP...: applies the steps, each LAYOUT:FILE, in turn while flows are judged. There
# must be flows of each kind, and those that may go either way must go both ways.
alternate()
{
	local text=$1 sender applied=0 status=0 name

	shift
	status 0 "$text: apply" apply node --layout="${1%%:*}" -c "${1#*:}"
	open_flows "$seconds" &
	sender=$!
	next_ports
	while kill -0 "$sender" 2>/dev/null; do
		set -- "${@:2}" "$1"
		apply node --layout="${1%%:*}" -c "${1#*:}" >"$work/out" 2>"$work/err" || {
			fail "$text: apply under traffic, $1"
			break
		}
		applied=$((applied + 1))
	done
	wait "$sender" || status=$?
	judged=$((judged + $(flow_count judged)))
	if [ "$status" = 0 ]; then
		pass "$text: $(flow_count judged) flows during $applied applies, each as it may be"
	else
		fail "$text: $applied applies, flows that are wrong or lost" "$work/flows"
	fi
	for name in masquerade return either-masqueraded either-returned; do
		check "$text: at least 100 flows of the kind $name" test "$(flow_count "$name")" -ge 100
	done
	check "$text: at least 4 applies ($applied)" test "$applied" -ge 4
}

# A wrong way to change rules: our chains are emptied in one transaction and filled in the next.
broken()
{
	local text="flushed in one transaction, filled in the next" sender status=0 rounds=0

	status 0 "$text: apply" apply node --layout="$many" --ipv6=on -c "$work/small-a.yaml"
	if [ "$variant" = nftables ]; then
		emptier=(on node nft -f -)
		echo 'flush chain ip ipmasq IP-MASQ-AGENT' >"$work/flush"
		on node nft list chain ip ipmasq IP-MASQ-AGENT >"$work/fill"
	else
		emptier=(on node "iptables-$variant-restore" --noflush)
		save node 4 | awk '/^[*:]|^COMMIT/ && !/^:[A-Z]+ [A-Z]/ || /^-A IP-MASQ-AG/' \
			>"$work/fill"
		sed '/^-A/d' "$work/fill" >"$work/flush"
	fi
	destinations "$work/small-a.yaml" "$work/small-a.yaml" >"$work/destinations"
	open_flows 1 &
	sender=$!
	next_ports
	while kill -0 "$sender" 2>/dev/null; do
		"${emptier[@]}" <"$work/flush"
		"${emptier[@]}" <"$work/fill"
		rounds=$((rounds + 1))
	done
	wait "$sender" || status=$?
	if [ "$status" = 1 ] && [ "$(flow_count wrong)" -gt 0 ]; then
		pass "$text: caught, $(flow_count wrong) of $(flow_count judged) flows in $rounds rounds"
	else
		fail "$text: is caught ($rounds rounds, status $status)" "$work/flows"
	fi
	status 0 "$text: the rules are as they were" apply node --check --layout="$many" \
		-c "$work/small-a.yaml"
}

all()
{
	local big=6000

	many=tree
	[ "$variant" != nftables ] || many=maps

	if [ "$variant" != nftables ] && ! big_transactions; then
		note "large transactions are not allowed here: trees stay small"
		big=900
	fi
	topology "$variant"
	build_pods
	# There are many flows without an answer, which the kernel keeps for 30 s by default.
	on node sh -c 'echo 5 >/proc/sys/net/netfilter/nf_conntrack_udp_timeout' 2>/dev/null || true
	"$policygen" 1 nested 300 >"$work/small-a.yaml"
	flipped 1 <"$work/small-a.yaml" >"$work/small-b.yaml"
	"$policygen" 2 nested "$big" >"$work/big-a.yaml"
	flipped 2 <"$work/big-a.yaml" >"$work/big-b.yaml"

	judged=0
	destinations "$work/small-a.yaml" "$work/small-b.yaml" >"$work/destinations"
	alternate "300 entries, $many and linear" "$many:$work/small-a.yaml" \
		"$many:$work/small-b.yaml" "linear:$work/small-a.yaml" "$many:$work/small-a.yaml" \
		"linear:$work/small-b.yaml" "linear:$work/small-a.yaml" "$many:$work/small-b.yaml"
	destinations "$work/big-a.yaml" "$work/big-b.yaml" >"$work/destinations"
	alternate "$big entries, $many" "$many:$work/big-a.yaml" "$many:$work/big-b.yaml"
	sub_chains node 4 >"$work/chains"
	note "$(wc -l <"$work/chains") sub-chains for IPv4, $judged flows judged"
	check "at least 20,000 flows judged ($judged)" test "$judged" -ge 20000
	if [ "$big:$many" = 6000:tree ] && [ "$(wc -l <"$work/chains")" -le 256 ]; then
		fail "the test itself: a tree of more than 256 chains" "$work/chains"
	fi
	broken
}

each_backend all
finish
