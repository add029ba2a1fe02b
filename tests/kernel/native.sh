#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Rules of ours that nft changed, wrote in its own words, or put out of force. What iptables-save
# prints of them may be what our rules look like, or nothing at all. Packets show what they do.
set -euo pipefail
# shellcheck source=tests/support/kernel.sh
. "$(dirname "$0")/../support/kernel.sh"

chain=IP-MASQ-AGENT
cat >"$work/config.yaml" <<'END_OF_CONFIG'
nonMasqueradeCIDRs:
- 10.0.0.0/8
- 198.51.100.7/32
- FD00::/8
- 2001:DB8:FFFF::7/128
masqLinkLocal: false
END_OF_CONFIG
options=(-c "$work/config.yaml")

build()
{
	topology "$variant-$1"
	make_ns node sink
	wire node eth0 sink eth0
	address node lo 172.20.1.2/32 2001:db8:20::2/128
	address node eth0 192.0.2.10/24 2001:db8:1::10/64
	address sink eth0 192.0.2.1/24 2001:db8:1::1/64
	route sink default 192.0.2.10
	route sink default 2001:db8:1::10
	serve sink
	status 0 "$1: apply" apply node "${options[@]}"
}

# each_family FUNCTION: with $f, the name that nft has for the family, and what packets need.
each_family()
{
	f=4 family=ip pod=172.20.1.2 node=192.0.2.10 to=192.0.2.1
	entry=198.51.100.7 range=192.0.2.0-192.0.2.255 hops=ttl
	"$1"
	f=6 family=ip6 pod=2001:db8:20::2 node=2001:db8:1::10 to=2001:db8:1::1
	entry=2001:db8:ffff::7 range=2001:db8:1::-2001:db8:1::ffff hops=hoplimit
	"$1"
}

# nft_do WORD...: somebody else's change.
nft_do()
{
	on node nft "$@" 2>"$work/nft" ||
		fail "the test itself: nft $*" "$work/nft"
}

# arrives_as WHAT SOURCE
arrives_as()
{
	ask udp node "$pod" "$to"
	equal "$1, the source that $to sees" "$seen" "$2"
}

# healed TEXT: packets go wrong, --check says so, one apply repairs it.
healed()
{
	arrives_as "$1: the rules are wrong" "$pod"
	status 1 "$1: check sees drift" apply node --check "${options[@]}"
	has "$1: check names the family" "^ipv$f: drift" "$work/out"
	status 0 "$1: apply repairs it" apply node "${options[@]}"
	arrives_as "$1: the rules are right again" "$node"
	status 0 "$1: check sees none after it" apply node --check "${options[@]}"
}

# replaced MATCH...: nft puts another match into the rule of $entry.
replaced()
{
	local handle

	handle=$(on node nft -a list chain "$family" nat "$chain" 2>/dev/null |
		sed -n "s/.* $entry .*# handle //p")
	nft_do replace rule "$family" nat "$chain" handle "$handle" "$@" counter return
	healed "row 25, IPv$f, $others: a rule replaced by '$*'"
}

replace_rules()
{
	replaced "$family" daddr '<=' "$entry"
	replaced "$family" daddr '!=' "$entry"
	replaced "$family" daddr "$range"
	replaced "$family" "$hops" '>' 1
	replaced meta length '>' 20
	replaced "$family" daddr '{' "$to," "$entry" '}'
}

add_native_rules()
{
	local text="row 28, IPv$f, $others: a native rule"

	nft_do insert rule "$family" nat "$chain" "$family" daddr '{' "$to" '}' counter accept
	healed "$text with a set"
	nft_do insert rule "$family" nat "$chain" meta length '>' 20 return
	healed "$text with metadata"
	nft_do insert rule "$family" nat "$chain" limit rate 1000/second return
	healed "$text with a rate"
	nft_do add rule "$family" nat "$chain" masquerade
	status 1 "$text that never matches: check sees drift" apply node --check "${options[@]}"
	status 0 "$text that never matches: apply" apply node "${options[@]}"
	status 0 "$text that never matches: check after it" apply node --check "${options[@]}"
}

reload()
{
	local text="row 27, IPv$f, $others: rules that came back in nft's words" jumps

	[ "$others" = alone ] || foreign
	on node nft list table "$family" nat >"$work/ruleset" 2>/dev/null
	nft_do delete table "$family" nat
	nft_do -f "$work/ruleset"
	arrives_as "$text" "$node"
	status 1 "$text: check sees drift" apply node --check "${options[@]}"
	status 0 "$text: apply" apply node "${options[@]}"
	status 0 "$text: check sees none after it" apply node --check "${options[@]}"
	# A jump in nft's words stays: it does what ours does.
	arrives_as "$text: after apply" "$node"
	jumps=$(on node nft list chain "$family" nat POSTROUTING 2>/dev/null | grep -c "jump $chain")
	equal "$text: one jump" "$jumps" 1
	nft_do insert rule "$family" nat "$chain" return
	healed "$text: a rule added"
	if [ "$others" != alone ]; then
		has "$text: check tells of the rule of others" \
			"^ipv$f: .*under conditions masquerades traffic from $entry to " \
			"$work/out"
	fi
}

# out_of_force TEXT PATTERN: apply cannot repair what is not ours, and says so.
out_of_force()
{
	status 1 "$1: check sees drift" apply node --check "${options[@]}"
	has "$1: check says why" "^ipv$f: drift .*$2" "$work/out"
	status 4 "$1: apply fails" apply node "${options[@]}"
	has "$1: apply says why" "$2.*\[not-in-force\]" "$work/err"
	has "$1: apply names the family" "^ipv$f: failed" "$work/out"
}

back_in_force()
{
	status 0 "$1: apply afterwards" apply node "${options[@]}"
	status 0 "$1: check afterwards" apply node --check "${options[@]}"
	arrives_as "$1: afterwards" "$node"
}

put_out_of_force()
{
	local text="row 30, IPv$f, $others: a dormant table"

	nft_do add table "$family" nat '{ flags dormant; }'
	arrives_as "$text" "$pod"
	out_of_force "$text" "dormant.*nft add table $family nat"
	nft_do add table "$family" nat
	back_in_force "$text"

	text="row 30, IPv$f, $others: another hook"
	nft_do flush chain "$family" nat POSTROUTING
	nft_do delete chain "$family" nat POSTROUTING
	nft_do add chain "$family" nat POSTROUTING '{ type nat hook input priority 100; }'
	arrives_as "$text" "$pod"
	out_of_force "$text" "POSTROUTING .* the hook postrouting"

	text="row 30, IPv$f, $others: another priority"
	nft_do flush chain "$family" nat POSTROUTING
	nft_do delete chain "$family" nat POSTROUTING
	nft_do add chain "$family" nat POSTROUTING '{ type nat hook postrouting priority 150; }'
	out_of_force "$text" "POSTROUTING .* the priority 100"
	nft_do flush chain "$family" nat POSTROUTING
	nft_do delete chain "$family" nat POSTROUTING
	back_in_force "$text"
}

change_policy()
{
	local text="row 30, IPv$f: another policy"

	# iptables -P takes no DROP for nat, but iptables-restore does.
	edit "$f" "{ sub(/^:POSTROUTING ACCEPT/, \":POSTROUTING DROP\") } { print }"
	out_of_force "$text" "policy .*POSTROUTING"
	tables node "$f" -P POSTROUTING ACCEPT
	back_in_force "$text"
}

# What the iptables programs can write themselves, in both variants.
invert()
{
	local number

	number=$(tables node "$f" -S "$chain" | sed 1d | grep -n -e "-d $entry/" | cut -d : -f 1)
	tables node "$f" -R "$chain" "$number" ! -d "$entry" -j RETURN
	healed "row 25, IPv$f: a match inverted"
}

# Rules of others in POSTROUTING, of which the kernel's reader cannot tell everything.
foreign()
{
	tables node "$f" -A POSTROUTING -s "$entry" -m mark --mark 7 -j MASQUERADE
}

all()
{
	build both
	each_family invert
	each_family change_policy
	[ "$variant" = nft ] || return 0
	if ! command -v nft >/dev/null; then
		skip_part "native rules: the program nft"
		return 0
	fi
	for others in "alone" "with others"; do
		build "${others// /-}"
		[ "$others" = alone ] || each_family foreign
		each_family replace_rules
		each_family add_native_rules
		each_family put_out_of_force
		each_family reload
	done
}

each_variant all
finish
