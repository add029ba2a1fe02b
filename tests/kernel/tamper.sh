#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every change that somebody else makes to our rules is seen by --check and repaired by the next
# apply, which leaves the rules of others alone. When nothing is wrong, nothing is written.
set -euo pipefail
# shellcheck source=tests/support/kernel.sh
. "$(dirname "$0")/../support/kernel.sh"

chain=IP-MASQ-AGENT

# CIDRs that iptables prints otherwise than they were given: everything, hosts, upper case.
cat >"$work/mixed.yaml" <<'END'
nonMasqueradeSrcCIDRs:
- 172.20.9.0/24
- FD00:172:20:9::/64
masqueradeCIDRs:
- 10.10.10.10/32
- 2001:DB8:0:0:0:0:0:ABCD/128
- FD00:20::/48
nonMasqueradeCIDRs:
- 10.0.0.0/8
- FD00::/8
- 198.51.100.7/32
- 2001:DB8::7/128
masqLinkLocal: false
END
cat >"$work/everything.yaml" <<'END'
masqueradeCIDRs:
- 10.10.10.10/32
- 2001:DB8::7/128
nonMasqueradeCIDRs:
- 10.0.0.0/8
- 0.0.0.0/0
- "::/0"
masqOutBound: true
END

build()
{
	topology "$variant-$1"
	make_ns node sink
	wire node eth0 sink eth0
	address node eth0 192.0.2.10/24 2001:db8:1::10/64
	address sink eth0 192.0.2.1/24 2001:db8:1::1/64
	route node default 192.0.2.1
	route node default 2001:db8:1::1
	foreign
}

# Rules of others, before our jump and in another chain.
foreign()
{
	local f

	for f in 4 6; do
		tables node "$f" -N KUBE-POSTROUTING
		tables node "$f" -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
		tables node "$f" -A KUBE-POSTROUTING -m comment \
			--comment "kubernetes \"service\" traffic requiring SNAT" \
			-j MASQUERADE --random-fully
		tables node "$f" -A POSTROUTING -m comment --comment "kubernetes postrouting rules" \
			-j KUBE-POSTROUTING
		tables node "$f" -A PREROUTING -p tcp --dport 8080 -j REDIRECT --to-ports 80
	done
}

# others < table: the table without our rules.
others()
{
	grep -v -e "$chain"
}

send_packets()
{
	echo 203.0.113.77 | on node "$probe" udp 192.0.2.10 0 9 3 >"$work/out"
	echo 2001:db8:7::77 | on node "$probe" udp 2001:db8:1::10 0 9 3 >"$work/out"
}

# writes_once: a second apply writes nothing. The counter of a rule begins at zero when the rule is
# written, so counters tell.
writes_once()
{
	status 0 "$policy: apply" apply node "${options[@]}"
	status 0 "$policy: check" apply node --check "${options[@]}"
	send_packets
	counters >"$work/before"
	has "$policy: packets have counted in our chain" "^\[[1-9][0-9]*:[0-9]+\] -A $chain " \
		"$work/before"
	status 0 "$policy: apply again" apply node "${options[@]}"
	counters >"$work/after"
	same_file "$policy: the second apply wrote nothing: the counters go on" \
		"$work/after" "$work/before"
}

# jumps < table: how many lead to our chain.
jumps()
{
	grep -c -e "^-A POSTROUTING .*-[jg] $chain\$" || true
}

# repaired FAMILY TEXT: --check sees drift, one apply repairs it, and the rules of others stay.
repaired()
{
	local f=$1 text="$policy, IPv$1: $2" count

	status 1 "$text: check sees it" apply node --check "${options[@]}"
	check "$text: check prints what differs" test -s "$work/out"
	status 0 "$text: apply" apply node "${options[@]}"
	status 0 "$text: check sees none after it" apply node --check "${options[@]}"
	save node "$f" >"$work/repaired"
	awk -v chain="$chain" -v others="$work/others" -v ours="$work/ours" '
		BEGIN { printf "" >others; printf "" >ours }
		index($0, chain) == 0 { print >others }
		index($0, "-A " chain " ") { print >ours }
		/^-A POSTROUTING / && $0 ~ "-[jg] " chain "$" { jumps++ }
		END { print jumps }' "$work/repaired" >"$work/jumps"
	read -r count <"$work/jumps"
	equal "$text: one jump" "$count" 1
	same_file "$text: the rules of others are untouched" "$work/others" "$work/others-$f"
	same_file "$text: ours are as before" "$work/ours" "$work/ours-$f"
}

jump_rule="-A POSTROUTING -m addrtype ! --dst-type LOCAL -j $chain"

tamper_rules()
{
	local f=$1

	tables node "$f" -D "$chain" 1
	repaired "$f" "a rule removed"
	tables node "$f" -I "$chain" 1 -p tcp -j RETURN
	repaired "$f" "a rule added at the head"
	tables node "$f" -A "$chain" -j ACCEPT
	repaired "$f" "a rule added at the end"
	edit "$f" "/^-A $chain .*-d .*MASQUERADE/ && !kept { kept = \$0; next }
		/^COMMIT/ { print kept } { print }"
	repaired "$f" "the first masquerade rule moved to the end"
	edit "$f" "/^-A $chain .*-d .*RETURN/ && !done++ { sub(/RETURN/, \"MASQUERADE\") } { print }"
	repaired "$f" "a RETURN turned into MASQUERADE"
	edit "$f" "/^-A $chain .*10\\.10\\.10\\.10\\/32|^-A $chain .*:(abcd|7)\\/128/ && !done++ {
		sub(/\\/32/, \"/31\"); sub(/\\/128/, \"/127\") } { print }"
	repaired "$f" "a prefix one bit shorter"
	edit "$f" "/^-A $chain .*--random-fully/ && !done++ { sub(/ --random-fully/, \"\") } { print }"
	repaired "$f" "--random-fully gone from a rule"
	edit "$f" "/^-A $chain .*-d / && !done++ { sub(/-d /, \"! -d \") } { print }"
	repaired "$f" "a match negated"
	edit "$f" "/^-A $chain / && !done++ { sub(/-A $chain/, \"& -i eth7\"); sub(/ -i eth7/,
		\" -o eth7\") } { print }"
	repaired "$f" "a rule narrowed to an interface"
	tables node "$f" -F "$chain"
	repaired "$f" "the chain flushed"
}

tamper_jump()
{
	local f=$1

	edit "$f" "!/^-A POSTROUTING .*-j $chain\$/"
	repaired "$f" "the jump gone"
	edit "$f" "{ print } /^-A POSTROUTING .*-j $chain\$/"
	repaired "$f" "the jump doubled"
	edit "$f" "{ print } /^-A POSTROUTING .*-j $chain\$/ {
		print \"$jump_rule\"; print \"-A POSTROUTING -j $chain\" }"
	repaired "$f" "two more jumps, by others, in other words"
	edit "$f" "/^-A POSTROUTING .*-j $chain\$/ { sub(/-m addrtype ! --dst-type LOCAL /, \"\") }
		{ print }"
	repaired "$f" "the jump for local destinations too"
	edit "$f" "/^-A POSTROUTING .*-j $chain\$/ { sub(/POSTROUTING/, \"& -o eth7\") } { print }"
	repaired "$f" "the jump narrowed to an interface"
	edit "$f" "/^-A POSTROUTING .*-j $chain\$/ { sub(/-j $chain/, \"-g $chain\") } { print }"
	repaired "$f" "a goto in place of the jump"
	edit "$f" "!/$chain/"
	repaired "$f" "chain and jump gone"
}

# The jump is recognised by what it does. Another comment on it is no drift, and no reason for a
# second jump.
foreign_comment()
{
	local f=$1

	edit "$f" "/^-A POSTROUTING .*-j $chain\$/ { sub(/--comment \"[^\"]*\"/,
		\"--comment \\\"somebody's own words\\\"\") } { print }"
	status 0 "$policy, IPv$f: another comment on the jump is no drift" \
		apply node --check "${options[@]}"
	status 0 "$policy, IPv$f: apply with another comment on the jump" apply node "${options[@]}"
	equal "$policy, IPv$f: one jump" "$(save node "$f" | jumps)" 1
	edit "$f" "{ print } /^-A POSTROUTING .*-j $chain\$/ { print \"$jump_rule\" }"
	repaired "$f" "a second jump without a comment"
}

tamper_ports()
{
	local f=$1

	edit "$f" '/--to-ports 1024-2023/ && !done++ { sub(/1024-/, "1025-") } { print }'
	repaired "$f" "a port range cut"
	edit "$f" '/--probability/ && !done++ { sub(/--probability 0.[0-9]*/, "--probability 0.25") }
		{ print }'
	repaired "$f" "the odds of a port range changed"
	edit "$f" '/-p udp .*--to-ports/ && !done++ { next } { print }'
	repaired "$f" "a port rule removed"
}

# one_policy NAME OPTION...: applies a policy, tampers with it in every way, and removes it.
one_policy()
{
	local f

	policy=$1
	shift
	options=("$@")
	for f in 4 6; do
		save node "$f" >"$work/found-$f"
		others <"$work/found-$f" >"$work/others-$f"
	done
	writes_once
	for f in 4 6; do
		save node "$f" | grep -e "-A $chain " >"$work/ours-$f"
		tamper_rules "$f"
		# The jump is the same whatever the policy.
		if [ "$policy" = mixed ]; then
			tamper_jump "$f"
			foreign_comment "$f"
		fi
		case " $* " in
		*' --to-ports '*) tamper_ports "$f" ;;
		esac
	done
	status 0 "$policy: remove" apply node --remove "${options[@]}"
	for f in 4 6; do
		save node "$f" >"$work/left"
		same_file "$policy, IPv$f: remove leaves the table as it was found" \
			"$work/left" "$work/found-$f"
	done
	status 0 "$policy: remove again finds nothing" apply node --remove "${options[@]}"
	status 1 "$policy: check now sees that all is gone" apply node --check "${options[@]}"
}

namespaces()
{
	build netns
	status 0 "--netns by name" "$apply" "--backend=$variant" --netns "$top-node" \
		-c "$work/mixed.yaml"
	status 0 "--netns by path" "$apply" "--backend=$variant" --check \
		--netns "/run/netns/$top-node" -c "$work/mixed.yaml"
	equal "--netns: the rules are there" "$(save node 4 | jumps),$(save node 6 | jumps)" 1,1
	status 0 "--netns: remove" "$apply" "--backend=$variant" --remove --netns "$top-node"
	equal "--netns: the rules are gone" "$(save node 4 | jumps),$(save node 6 | jumps)" 0,0
}

all()
{
	build mixed
	one_policy "mixed" -c "$work/mixed.yaml"
	one_policy "everything" -c "$work/everything.yaml"
	one_policy "ports" -c "$work/mixed.yaml" --to-ports 1024-2023,40000-40899
	namespaces
}

each_variant all
finish
