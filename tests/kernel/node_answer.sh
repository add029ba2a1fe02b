#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ipmasq-explain --live, and --from with what the programs print of the same node: both agree with the
# packets of a pod, before and after somebody else's rules are there. What is read of iptables-save,
# -S and -L of one namespace is the same, up to what -L hides.
set -euo pipefail
# shellcheck source=tests/support/pods.sh
. "$(dirname "$0")/../support/pods.sh"

dump_text=$(program tests/support/dump_text) || exit

printf 'nonMasqueradeCIDRs: [198.51.100.0/24, 2001:db8:100::/48]\nmasqOutBound: true\n' >"$work/policy"
options=(-c "$work/policy" --ipv6=on)

# print_all DIRECTORY: the dumps that support engineers ask for.
print_all()
{
	local f

	rm -rf "$1"
	mkdir -p "$1"
	for f in '' 6; do
		on node "ip${f}tables-$variant-save" >"$1/ip${f}tables-save"
		on node "ip${f}tables-$variant-save" -c >"$1/ip${f}tables-save-c"
		on node "ip${f}tables-$variant" -t nat -S >"$1/ip${f}tables-$variant-S"
		on node "ip${f}tables-$variant" -t nat -S -v >"$1/ip${f}tables-$variant-S-v"
		on node "ip${f}tables-$variant" -t nat -nvL >"$1/ip${f}tables-$variant-nvL"
		on node "ip${f}tables-$variant" -t nat -nvL --line-numbers >"$1/ip${f}tables-$variant-nvLl"
	done
}

# model FILE: its table nat, as it is understood.
model()
{
	"$dump_text" -m "$1" 2>&1 | awk '/^table/ { on = / nat$/ } /^note/ { on = 0 } on'
}

# formats TEXT: all of them say the same.
formats()
{
	local f format

	what="$1 ($variant)"
	print_all "$work/dumps"
	for f in '' 6; do
		model "$work/dumps/ip${f}tables-save" >"$work/expected"
		check 'the model has rules' grep -q ' nat postrouting ' "$work/expected"
		for format in save-c "$variant-S" "$variant-S-v" "$variant-nvL" "$variant-nvLl"; do
			model "$work/dumps/ip${f}tables-$format" >"$work/found"
			same_file "ip${f}tables-$format says what -save says" "$work/found" "$work/expected"
		done
	done
}

# asked TEXT DESTINATION VERDICT STATUS: what --live and --from say, with the exit status, and the
# packet.
asked()
{
	local from=$pod4 node=$node4 how seen

	case $2 in *:*) from=$pod6 node=$node6 ;; esac
	seen=$(echo "$2" | on pod "$probe" udp "$from" 0 "$port" 2000 | cut -f 2)
	case $seen in
	"$from") seen=RETURN ;;
	"$node") seen=MASQUERADE ;;
	esac
	what="$1 ($variant): $2"
	equal 'the packet' "$seen" "$3"
	print_all "$work/dumps"
	for how in --live "--from=$work/dumps"; do
		run "$4" on node "$explain" "${options[@]}" -o json --source "$from" "$how" "$2"
		equal "$how" "$(sed -n 's/.*"outcomes": \[ { "verdict": "\([A-Z]*\)".*/\1/p' "$work/out")" "$3"
	done
}

in_variant()
{
	topology "answer-$variant"
	build_pods
	run 0 on node "$apply" "${options[@]}" --backend="$variant"
	asked 'ours alone' 203.0.113.7 MASQUERADE 0
	asked 'ours alone' 198.51.100.7 RETURN 0
	asked 'ours alone' 2001:db8:113::7 MASQUERADE 0
	asked 'ours alone' 2001:db8:100::7 RETURN 0
	formats 'ours alone'

	run 0 on node "$explain" "${options[@]}" --live --source "$pod4" 203.0.113.7
	out_has 'MASQUERADE, it will see the node'"'"'s address, as the policy says'
	out_lacks 'began under other rules'
	# A flow that began under our rule, and then others decide.
	equal 'the flow' "$(echo 203.0.113.7 | on pod "$probe" udp "$pod4" 4444 "$port" 2000 | cut -f 2)" "$node4"
	on node "iptables-$variant" -t nat -N FLANNEL-POSTRTG
	on node "iptables-$variant" -t nat -I POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG
	on node "iptables-$variant" -t nat -A FLANNEL-POSTRTG -s 172.20.0.0/16 -d 203.0.113.0/24 -j RETURN
	on node "iptables-$variant" -t nat -A FLANNEL-POSTRTG -d 198.51.100.0/25 -j MASQUERADE
	on node "iptables-$variant" -t nat -I POSTROUTING 2 -d 203.0.113.7 -p udp -j ACCEPT
	on node "iptables-$variant" -t nat -I POSTROUTING 3 -d 203.0.113.7 -j ACCEPT
	on node "ip6tables-$variant" -t nat -A POSTROUTING -d 2001:db8:100::/64 -j MASQUERADE
	on node "ip6tables-$variant" -t nat -I POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE
	asked 'before ours' 198.51.100.7 MASQUERADE 1
	asked 'before ours' 198.51.100.200 RETURN 0
	asked 'before ours' 203.0.113.8 MASQUERADE 0
	asked 'before ours' 203.0.113.7 RETURN 1
	formats 'with others'
	run 1 on node "$explain" "${options[@]}" --live --source "$pod4" 198.51.100.7
	out_has 'which is of flannel'
	out_has 'stop flannel from making this rule'
	run 1 on node "$explain" "${options[@]}" --live --source "$pod4" 203.0.113.7
	out_has 'to it began under other rules'
	# After ours, and only if marked: that depends.
	run 0 on node "$explain" "${options[@]}" --live --source "$pod6" 2001:db8:113::7
	run 1 on node "$explain" "${options[@]}" --live --source "$pod6" 2001:db8:100::7
	out_has 'because     our rules come first and leave it to this one'
	out_lacks 'stop kube-proxy'
	run 0 on node "$explain" "${options[@]}" --live --source "$pod6" 2001:db8:100:1::7
	out_has 'that depends'
	# The node knows where its routes lead, and a dump does not.
	on node "iptables-$variant" -t nat -I POSTROUTING -o pods -j MASQUERADE
	run 0 on node "$explain" "${options[@]}" -o json --live --source "$pod4" 198.51.100.200
	out_has '"agrees": true'
	on node "iptables-$variant-save" >"$work/save"
	run 0 "$explain" "${options[@]}" -o json --from "$work/save" --source "$pod4" 198.51.100.200
	out_has '"agrees": null'
}
each_variant in_variant

# Without the right to read the kernel's rules there is no answer.
what='without privilege'
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	run 4 setpriv --bounding-set=-all --inh-caps=-all \
		"$explain" "${options[@]}" --live 8.8.8.8
	err_has 'CAP_NET_ADMIN'
	out_is ''
fi

finish
