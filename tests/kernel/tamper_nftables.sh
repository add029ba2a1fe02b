#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every change that somebody else makes to tables of our own is seen by --check, which names what
# differs in the words of nft, and is repaired by the next apply; then packets have the verdicts of
# the policy again. An agent repairs maps at once. What others have beside it stays.
set -euo pipefail
# shellcheck source=tests/support/pods.sh
. "$(dirname "$0")/../support/pods.sh"
# shellcheck source=tests/support/agent.sh
. "$(dirname "$0")/../support/agent.sh"

variant=nftables
need_variants nftables

# Its sources make a second chain, and its entries rules of all kinds.
cat >"$work/rules.yaml" <<'END'
podCIDRs: [172.20.0.0/16, "fd00:172:20::/48"]
masqueradeCIDRs: [10.10.10.10/32, "fd00:20::7/128"]
nonMasqueradeCIDRs: [10.0.0.0/8, "fd00:20::/32", 198.51.100.0/24, "2001:db8:100::/48"]
END
# Enough for maps, whose elements lead to chains.
{
	echo 'masqueradeCIDRs: [10.10.10.10/32, "fd00:20::7/128"]'
	echo 'nonMasqueradeCIDRs:'
	for i in {1..40}; do
		printf -- '- 10.%d.%d.0/24\n' $((i * 37 % 256)) $((i * 91 % 256))
		printf -- '- "fd00:%x:%x::/48"\n' $((i * 37)) $((i * i * 91 % 65536))
	done
} >"$work/maps.yaml"

# addresses FAMILY: destinations of each verdict.
addresses()
{
	if [ "$1" = 4 ]; then
		printf '%s\n' 10.10.10.10 10.10.10.11 10.37.91.7 198.51.100.9 203.0.113.7
	else
		printf '%s\n' fd00:20::7 fd00:20::8 fd00:25:5b::7 2001:db8:100::9 2001:db8:7::7
	fi
}

# mine: the chains, the first rule of each, and the first element of a map of the family and one that
# it does not have, as they are called now: each repair writes another generation.
mine()
{
	base=IP-MASQ-AGENT
	first=$(first_chain node "$ip")
	handle=$(handle_in "$first" 1)
	base_handle=$(handle_in $base 1)
	on node nft -j list table "$ip" ipmasq | python3 -c 'import ipaddress, json, sys
maps = [o["map"] for o in json.load(sys.stdin)["nftables"] if "map" in o]
maps = [m for m in maps if len(m.get("elem", [])) > 1]
word = lambda v: "goto " + v["goto"]["target"] if "goto" in v else next(iter(v))
# nft prints keys of 64 bits as signed ones.
text = lambda k: hex(k % (1 << 64)) if isinstance(k, int) else k
def another(k):
    if isinstance(k, int):
        return hex(k % (1 << 64) ^ 1 << (k % (1 << 64)).bit_length() - 2)
    return str(ipaddress.ip_address(int(ipaddress.ip_address(k)) ^ 1 << 28))
for m in maps[:1]:
    key, verdict = m["elem"][0]
    print(m["name"], text(key), another(key), word(verdict))' >"$work/map"
	read -r map key new verdict <"$work/map" || true
}

# handle_in CHAIN NUMBER: prints the handle of a rule.
handle_in()
{
	on node nft -a list chain "$ip" ipmasq "$1" |
		sed -n '/type nat hook/d; s/^\t\t.*# handle \([0-9]*\)$/\1/p' | sed -n "$2p"
}

nft()
{
	on node nft "$@"
}

# others: what is not ours, in tables of others and in ours.
others()
{
	nft list table inet theirs
	nft list chain ip ipmasq THEIRS
	nft list chain ip6 ipmasq THEIRS
}

# repaired TEXT PATTERN NFT-COMMANDS: after these, check says what differs, one apply repairs it, and
# packets and the rules read back are as the policy says.
repaired()
{
	local text="IPv$family: $1" other=6

	[ "$family" = 4 ] || other=4
	if ! nft "$3" 2>"$work/details"; then
		echo "nft $3" >>"$work/details"
		fail "the test itself: $text" "$work/details"
		return
	fi
	status 1 "$text: check sees it" apply node --check -c "$config"
	out_has "ipv$other: in line (nftables)"
	has "$text: check names it" "^ipv$family: drift \\(nftables\\): .*($2)" "$work/out"
	lacks "$text: in the words of nft" ' -[ADsdjg] |iptables' "$work/out"
	status 0 "$text: apply" apply node -c "$config"
	status 0 "$text: check sees none after it" apply node --check -c "$config"
	packets "$text"
	mine
}

# packets TEXT: each destination sees what the policy says.
packets()
{
	source_port=$((source_port + 1))
	from_pod "$(pod_of "$family")" "$node" <"$work/probes" >"$work/kernel"
	same_file "$1: packets" "$work/kernel" "$work/verdicts"
}

# Any rules.
rules()
{
	local word=daddr other=192.0.2.0/24

	[ "$family" = 4 ] || other=2001:db8:99::/48
	repaired "a rule removed" 'rule 1 of chain [^ ]* of table ip6? ipmasq (differs|is missing): expected ' \
		"delete rule $ip ipmasq $first handle $handle"
	repaired "a rule before the others" 'rule 1 of chain .* differs: expected .*, found .return' \
		"insert rule $ip ipmasq $first return"
	repaired "a rule behind the others" 'rule [0-9]* of chain .* is one too many: found .ip6? daddr .* return' \
		"add rule $ip ipmasq $first $ip daddr $other return"
	repaired "a rule replaced" "rule 1 of chain .* differs: expected .*, found .$ip $word .*[^ ]* masquerade." \
		"replace rule $ip ipmasq $first handle $handle $ip $word $other masquerade"
	repaired "a rule of another kind" 'a rule of chain .* is not one that we write' \
		"insert rule $ip ipmasq $first oifname eth7 accept"
	repaired "a counter" 'a rule of chain .* is not one that we write' \
		"insert rule $ip ipmasq $first counter"
	repaired "a chain flushed" 'rule 1 of chain .* is missing: expected ' "flush chain $ip ipmasq $first"
	repaired "all rules of the table gone" 'does not lead to the rules as it should: it has 0 rules' \
		"flush table $ip ipmasq"
}

# second: prints the chain that the first rule of the first one leads to.
second()
{
	nft list chain "$ip" ipmasq "$first" | sed -n 's/.*goto \([^ ]*\).*/\1/p' | sed -n 1p
}

# The rules that are there with podCIDRs, in a second chain.
second_chain()
{
	local to last

	to=$(second)
	last=$(nft -a list chain "$ip" ipmasq "$to" | sed -n 's/.*masquerade.* # handle //p' | tail -n 1)
	repaired "a masquerade of another kind" 'differs: expected .masquerade fully-random., found .masquerade.$' \
		"replace rule $ip ipmasq $to handle $last masquerade"
	to=$(second)
	last=$(handle_in "$to" 2)
	repaired "a rule in the middle gone" 'rule 2 of chain .* differs: expected .*, found ' \
		"delete rule $ip ipmasq $to handle $last"
	to=$(second)
	repaired "a chain gone" 'chain [^ ]* of table ip6? ipmasq is missing|rule 1 of chain' "
		flush chain $ip ipmasq $first
		flush chain $ip ipmasq $to
		delete chain $ip ipmasq $to"
}

base_chain()
{
	local wrong hook rule

	repaired "the base chain flushed" 'base chain .* does not lead to the rules as it should: it has 0 rules' \
		"flush chain $ip ipmasq $base"
	repaired "local destinations too" 'base chain .* does not lead to the rules as it should: it has 1 rule$' \
		"replace rule $ip ipmasq $base handle $base_handle goto $first"
	repaired "a jump in place of the goto" 'a rule of the base chain|base chain .* does not lead to' \
		"replace rule $ip ipmasq $base handle $base_handle fib daddr type != local jump $first"
	repaired "narrowed to an interface" 'a rule of the base chain .* is not one that we write' \
		"replace rule $ip ipmasq $base handle $base_handle oifname eth7 fib daddr type != local goto $first"
	repaired "and that twice over" 'base chain .* does not lead to the rules as it should: it has 2 rules' "
		replace rule $ip ipmasq $base handle $base_handle oifname eth7 goto $first
		add rule $ip ipmasq $base oifname eth8 goto $first
		add chain $ip ipmasq ${first%%?root}aroot
		add chain $ip ipmasq ${first%%?root}broot"
	repaired "a rule before it" 'base chain .* does not lead to the rules as it should: it has 2 rules' \
		"insert rule $ip ipmasq $base return"
	repaired "the rule twice" 'base chain .* does not lead to the rules as it should: it has 2 rules' \
		"add rule $ip ipmasq $base fib daddr type != local goto $first"
	repaired "another policy" 'base chain .* is another one: its policy is not accept' \
		"add chain $ip ipmasq $base { policy drop; }"
	# Only where masquerade is allowed may it lead to our rules.
	while IFS='|' read -r wrong hook rule; do
		rule=${rule:+add rule $ip ipmasq $base fib daddr type != local goto $first}
		nft "flush chain $ip ipmasq $base; delete chain $ip ipmasq $base"
		repaired "another base chain: $hook" "base chain .* is another one: its $wrong" "
			add chain $ip ipmasq $base { $hook }
			$rule"
	done <<-'END'
		priority is not srcnat . 5|type nat hook postrouting priority 99;|goto
		type is not nat|type filter hook postrouting priority 105;|
		hook is not postrouting|type nat hook input priority 105;|
		hook is not postrouting||goto
	END
	repaired "the base chain gone" 'base chain .* of table ip6? ipmasq is missing' "
		flush chain $ip ipmasq $base
		delete chain $ip ipmasq $base"
	repaired "a dormant table" 'table ip6? ipmasq is dormant' "add table $ip ipmasq { flags dormant; }"
	repaired "a chain more" 'chain [^ ]*more of table ip6? ipmasq is one too many' \
		"add chain $ip ipmasq ${first%%root}more"
	repaired "a chain of another generation" '1 stale chain and map of ours in table' \
		"add chain $ip ipmasq ${first%%?root}qroot"
}

# What a repair writes anew.
gone()
{
	repaired "the table gone" 'base chain .* of table ip6? ipmasq is missing' "delete table $ip ipmasq
		add table $ip ipmasq
		add chain $ip ipmasq THEIRS"
}

# Maps and their elements.
elements()
{
	local other=return type=ipv4_addr

	[ "$family" = 4 ] || type=ipv6_addr
	repaired "an element gone" 'the map of rule [0-9]* of chain .* lacks an element: expected .*:' \
		"delete element $ip ipmasq $map { $key }"
	# A map has no room for more than it was made for.
	repaired "an element for another" \
		'the map of rule [0-9]* of chain .* (lacks an element: expected .*:|has an element too many: found .*:)' "
		delete element $ip ipmasq $map { $key }
		add element $ip ipmasq $map { $new : return }"
	[ "$verdict" != return ] || other="goto THEIRS"
	repaired "an element that says otherwise" \
		'an element of (the map of rule [0-9]* of .* differs: expected .*:.*, found .*:|map .* is not one)' "
		delete element $ip ipmasq $map { $key }
		add element $ip ipmasq $map { $key : $other }"
	repaired "an element that leads to others" 'an element of map .* is not one that we write' "
		delete element $ip ipmasq $map { $key }
		add element $ip ipmasq $map { $key : goto THEIRS }"
	repaired "a map emptied" 'empty map .* is not one that we write' "flush map $ip ipmasq $map"
	repaired "another map in its place" 'rule 1 of chain .* differs: expected .*, found .a rule of another kind' "
		add map $ip ipmasq other { type $type : verdict; }
		replace rule $ip ipmasq $first handle $handle $ip daddr vmap @other"
}

# one_policy NAME FUNCTION...: tampers with it in each way, in both families.
one_policy()
{
	local family ip node one

	what=$1
	config=$work/$1.yaml
	topology "$1"
	build_pods
	shift
	nft -f - <<-'END'
		table inet theirs {
			set nets { type ipv4_addr; elements = { 10.1.2.3 } }
			chain out { type filter hook postrouting priority 0; ip daddr @nets accept; }
		}
		add table ip ipmasq
		add table ip6 ipmasq
		add chain ip ipmasq THEIRS
		add chain ip6 ipmasq THEIRS
	END
	status 0 "apply" apply node -c "$config"
	others >"$work/theirs"
	for family in 4 6; do
		ip=ip node=$node4
		[ "$family" = 4 ] || ip=ip6 node=$node6
		addresses $family >"$work/probes"
		verdicts -c "$config" --source "$(pod_of $family)" <"$work/probes" >"$work/verdicts"
		mine
		for one; do
			$one
		done
	done
	others >"$work/left"
	same_file "what others have stays" "$work/left" "$work/theirs"
}

# A base chain of others in our table is theirs. What it decides is told, and not taken away.
another_base()
{
	nft "add chain $ip ipmasq OTHERS { type nat hook postrouting priority 90; }
		add rule $ip ipmasq OTHERS $ip daddr $(sed -n 2p "$work/probes") masquerade"
	status 1 "IPv$family: another base chain: check" apply node --check -c "$config"
	has "IPv$family: another base chain: it is told" "^ipv$family: overridden .*OTHERS" "$work/out"
	status 0 "IPv$family: another base chain: apply" apply node -c "$config"
	ask udp pod "$(pod_of "$family")" "$(sed -n 2p "$work/probes")"
	check "IPv$family: another base chain: decides, and stays" test "$seen" != "$(pod_of "$family")"
	nft "delete chain $ip ipmasq OTHERS"
	status 0 "IPv$family: without it" apply node --check -c "$config"
}

# at_once TEXT NFT-COMMANDS: the agent repairs it before its next look, which is in an hour.
at_once()
{
	mark
	nft "$2"
	logs "$1: it is repaired at once" 'ipv4: changed \(nftables; drift\)'
	in_line "$1: in line" -c "$config"
	mine
	# Longer than the gap after which it repairs at once again.
	pause 2.2
}

watched()
{
	[ "$family" = 4 ] || return 0
	start -c "$config"
	logs "an agent" 'ipv6: in line'
	at_once "an element gone" "delete element $ip ipmasq $map { $key }"
	at_once "a map emptied" "flush map $ip ipmasq $map"
	at_once "a rule more in a chain behind" "insert rule $ip ipmasq $(nft list table "$ip" ipmasq |
		sed -n 's/^.chain \(IP-MASQ-AG[^ ]*[0-9]\) {/\1/p' | sed -n 1p) return"
	stop "it ends"
}

one_policy rules rules second_chain base_chain gone another_base
one_policy maps elements watched
what=
finish
