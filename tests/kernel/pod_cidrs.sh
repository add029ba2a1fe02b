#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# podCIDRs: packets of pods are the policy's; those of the node's own socket that is bound to a
# service's address, and those of a client outside that a NodePort leads to a pod, are left alone.
# Without podCIDRs all of them are masqueraded. For each packet, ipmasq-explain --source says what
# the kernel does.
set -euo pipefail
# shellcheck source=tests/support/pods.sh
. "$(dirname "$0")/../support/pods.sh"

declare -A service=([4]=10.96.0.1 [6]=fd00:96::1) client=([4]=192.0.2.1 [6]=2001:db8:1::1)
declare -A gateway=([4]=172.20.1.1 [6]=fd00:172:20:1::1) away=([4]=203.0.113.9 [6]=2001:db8:113::9)
declare -A node=([4]=$node4 [6]=$node6) pod=([4]=$pod4 [6]=$pod6)
node_port=30080

policies()
{
	# The pods are not in nonMasqueradeCIDRs, so that what comes for them is masqueraded.
	printf '%s\n' 'nonMasqueradeCIDRs: [10.0.0.0/8, "fd00:10::/32"]' >"$work/all.yaml"
	printf '%s\n' 'podCIDRs: [172.20.0.0/16, "fd00:172:20::/48"]' |
		cat - "$work/all.yaml" >"$work/pods.yaml"
	# Several ranges, some of them within others, and a pod that keeps its address. The other pod
	# of the test is in the last range.
	printf '%s\n' 'podCIDRs:' '- 172.21.0.0/16' '- 172.20.128.0/17' '- 172.20.1.2/31' \
		'- 172.21.7.0/24' '- "fd00:172:21::/48"' '- "fd00:172:20:1::2/127"' \
		'nonMasqueradeSrcCIDRs: [172.20.1.3/32, "fd00:172:20:1::3/128"]' |
		cat - "$work/all.yaml" >"$work/many.yaml"
	# Pods of another cluster: no packet of this test is the policy's.
	printf '%s\n' 'podCIDRs: [172.30.0.0/16, "fd00:172:30::/48"]' |
		cat - "$work/all.yaml" >"$work/others.yaml"
	# Only IPv4: each source of IPv6 is a pod's.
	printf '%s\n' 'podCIDRs: [172.20.0.0/16]' | cat - "$work/all.yaml" >"$work/half.yaml"
}

build()
{
	local f program

	topology "$1"
	build_pods
	serve pod
	address node lo "${service[4]}/32" "${service[6]}/128"
	route outside "${service[4]}/32" "$node4"
	route outside "${service[6]}/128" "$node6"
	for f in 4 6; do
		for program in udp tcp; do
			tables node "$f" -A PREROUTING -d "${node[$f]}" -p "$program" \
				--dport "$node_port" -j DNAT --to-destination "$(
					[ "$f" = 4 ] && echo "$pod4:$port" || echo "[$pod6]:$port"
				)"
		done
	done
}

# packet TEXT PROTO FAMILY NAMESPACE SOURCE TO DESTINATION SEEN CONFIG: sends to TO; after the
# kernel's translation of the destination, that is DESTINATION, which sees SEEN.
packet()
{
	local text="$1, $2, IPv$3" wanted=RETURN

	ask "$2" "$4" "$5" "$6"
	equal "$text: the source that arrives" "$seen" "$8"
	[ "$8" = "$5" ] || wanted=MASQUERADE
	equal "$text: ipmasq-explain --source" "$("$explain" -c "$9" --source "$5" -o json "$7" |
		sed -n 's/.*"verdict": "\([A-Z]*\)".*/\1/p')" "$wanted"
}

# packets TEXT CONFIG WHO...: WHO are those whose packets are masqueraded, as pod4 or client6.
packets()
{
	local text=$1 config=$2 f proto all=" ${*:3} "

	for f in 4 6; do
		for proto in udp tcp; do
			packet "$text: a pod" $proto $f pod "${pod[$f]}" "${away[$f]}" "${away[$f]}" \
				"$(as pod$f "${node[$f]}" "${pod[$f]}")" "$config"
			packet "$text: the node, as a service" $proto $f node "${service[$f]}" \
				"${away[$f]}" "${away[$f]}" \
				"$(as service$f "${node[$f]}" "${service[$f]}")" "$config"
			port=$node_port packet "$text: a client through the NodePort" $proto $f outside \
				"${client[$f]}" "${node[$f]}" "${pod[$f]}" \
				"$(as client$f "${gateway[$f]}" "${client[$f]}")" "$config"
		done
	done
}

# as WHO MASQUERADED KEPT: prints the source that arrives of WHO's packets.
as()
{
	case $all in
	*" $1 "*) echo "$2" ;;
	*) echo "$3" ;;
	esac
}

everybody='pod4 pod6 service4 service6 client4 client6'

# steps LAYOUT: the policies one after the other, so that each one replaces another.
steps()
{
	local layout=$1

	build "$variant-$layout"
	# shellcheck disable=SC2086 # words
	with "no podCIDRs" all $everybody
	with "the pods' ranges" pods pod4 pod6
	with "many ranges" many pod4 pod6
	with "ranges of others" others
	with "ranges of IPv4 only" half pod4 pod6 service6 client6
	# shellcheck disable=SC2086 # words
	with "no podCIDRs again" all $everybody
	with "the pods' ranges again" pods pod4 pod6
	status 0 "$layout: remove" apply node --remove
	for f in 4 6; do
		save node $f >"$work/left"
		lacks "$layout: nothing of ours is left, IPv$f" IP-MASQ "$work/left"
	done
}

# with TEXT CONFIG WHO...: applies it, and looks at the packets.
with()
{
	local text="$layout, $1" config=$work/$2.yaml

	shift 2
	in_line "$text" --layout="$layout" -c "$config"
	# Its flows have the translation of the last policy.
	for f in 4 6; do
		save node $f >"$work/table"
		equal "$text: jumps from POSTROUTING, IPv$f" \
			"$(grep -c -e '^-A POSTROUTING .*-j IP-MASQ-AGENT' "$work/table")" 1
	done
	packets "$text" "$config" "$@"
}

# The other pod is in podCIDRs, and in nonMasqueradeSrcCIDRs.
other_pod()
{
	local f other layout

	build "$variant-other"
	for layout in linear $large; do
		in_line "$layout" --layout="$layout" -c "$work/many.yaml"
		for f in 4 6; do
			other=${pod[$f]%2}3
			packet "$layout: the other pod" udp $f pod "$other" "${away[$f]}" "${away[$f]}" \
				"$other" "$work/many.yaml"
		done
	done
}

# drift TEXT LAYOUT 4|6 AWK-PROGRAM: what another program did to our rules is found and repaired.
drift()
{
	local text="$2, IPv$3: $1"

	edit "$3" "$4"
	status 1 "$text is drift" apply node --check --layout="$2" -c "$work/many.yaml"
	has "$text is named" "^ipv$3: drift .*(rule|chain) .* differs" "$work/out"
	status 0 "$text is repaired" apply node --layout="$2" -c "$work/many.yaml"
	status 0 "$text: in line" apply node --check --layout="$2" -c "$work/many.yaml"
}

tampering()
{
	local f layout

	build "$variant-tamper"
	for layout in linear tree; do
		status 0 "$layout: apply" apply node --layout="$layout" -c "$work/many.yaml"
		for f in 4 6; do
			drift "a range gone" $layout $f '/^-A IP-MASQ-AGENT .*-g / && !n++ { next } 1'
			drift "all sources led on" $layout $f \
				'/^-A IP-MASQ-AGENT .*-g / && !n++ { sub(/-s [^ ]* /, "") } 1'
			drift "-j in place of -g" $layout $f \
				'/^-A IP-MASQ-AGENT .*-g / && !n++ { sub(/-g /, "-j ") } 1'
			drift "a negated range" $layout $f \
				'/^-A IP-MASQ-AGENT .*-g / && !n++ { sub(/-s /, "! -s ") } 1'
			# shellcheck disable=SC2016 # of awk
			drift "a rule more in the second chain" $layout $f \
				'{ print } /^-A IP-MASQ-AG\..*pods/ && !n++ { print $1, $2, "-j RETURN" }'
		done
	done
}

# large_policy SEED PODS ENTRIES: prints a policy with so many of each; the pod of the test is in
# podCIDRs for odd seeds.
large_policy()
{
	awk -v seed="$1" -v pods="$2" -v entries="$3" 'BEGIN {
		srand(seed)
		print "podCIDRs:"
		for (i = 0; i < pods; i++) {
			printf "- 172.20.%d.%d/32\n", 2 + rand() * 253, rand() * 256
			printf "- \"fd00:172:20:1::%x/128\"\n", 4 + rand() * 65000
		}
		if (seed % 2)
			printf "- 172.20.1.2/32\n- \"fd00:172:20:1::2/128\"\n"
		print "nonMasqueradeCIDRs:"
		for (i = 0; i < entries; i++) {
			printf "- 198.%d.%d.0/24\n", 18 + rand() * 100, rand() * 256
			printf "- \"2001:db8:%x::/48\"\n", 256 + rand() * 60000
		}
	}'
}

# More chains than one transaction of nft has, in both trees; replaced by others, and removed.
large()
{
	local seed f

	# Without the NodePort, whose rules the interpreter does not know.
	topology "$variant-large"
	build_pods
	# Tables of our own are written in the same way whatever the number.
	for seed in $([ "$variant" = nftables ] && echo 1 4 || echo 1 2 3 4); do
		large_policy "$seed" $((200 * seed)) $((2500 - 500 * seed)) >"$work/large.yaml"
		in_line "large policy $seed" -c "$work/large.yaml"
		for f in 4 6; do
			sub_chains node $f >"$work/chains"
			equal "large policy $seed: generations of chains, IPv$f" \
				"$(generations_in "$work/chains")" 1
			probes_of large $f 60
			for source in "${pod[$f]}" "${pod[$f]%2}3"; do
				judge "large policy $seed" "$source" "0 65535" -c "$work/large.yaml"
			done
		done
	done
	status 0 "large policies: remove" apply node --remove
	for f in 4 6; do
		save node $f >"$work/left"
		lacks "large policies: nothing of ours is left, IPv$f" IP-MASQ "$work/left"
	done
}

# --flush-conntrack=changed ends the flows of a client whose verdict changes, and leaves the pod's.
flows()
{
	local f

	build "$variant-flows"
	status 0 "without podCIDRs" apply node -c "$work/all.yaml"
	for f in 4 6; do
		keep_asking client$f outside "${client[$f]}" "$node_port" "${node[$f]}" "${gateway[$f]}"
		keep_asking pod$f pod "${pod[$f]}" "$port" "${away[$f]}" "${node[$f]}"
	done
	status 0 "with podCIDRs" apply node -c "$work/pods.yaml" --flush-conntrack=changed
	cp "$work/out" "$work/flushed"
	for f in 4 6; do
		has "the client's flow is ended, IPv$f" "^ipv$f: .*: 1 flow ended" "$work/flushed"
		keep_asking client$f outside "${client[$f]}" "$node_port" "${node[$f]}" "${client[$f]}"
		keep_asking pod$f pod "${pod[$f]}" "$port" "${away[$f]}" "${node[$f]}"
	done
}

# keep_asking WHO NAMESPACE SOURCE PORT DESTINATION SEEN: one more packet of the same flow.
keep_asking()
{
	equal "the flow of $1" "$(echo "$5" |
		on "$2" "$probe" udp "$3" 29000 "$4" 2000 | cut -f 2)" "$6"
}

all()
{
	large=tree
	[ "$variant" != nftables ] || large=maps
	policies
	steps linear
	steps $large
	other_pod
	# What others do to tables of our own is the matter of tamper_nftables.sh.
	[ "$variant" = nftables ] || tampering
	large
	flows
}

each_backend all
finish
