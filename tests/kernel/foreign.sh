#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Row 26: rules of others that iptables-save cannot print, since they are nft's own or need an
# extension that is not there, stop neither apply nor --check nor healing nor --remove, and are left
# as they are. Row 27: --remove of rules of ours that came back in nft's words. Packets show what the
# rules do.
set -euo pipefail
# shellcheck source=tests/support/kernel.sh
. "$(dirname "$0")/../support/kernel.sh"
# shellcheck source=tests/support/agent.sh
. "$(dirname "$0")/../support/agent.sh"

cat >"$work/config.yaml" <<'END_OF_CONFIG'
nonMasqueradeCIDRs:
- 10.0.0.0/8
- 198.51.100.7/32
- FD00::/8
- 2001:DB8:FFFF::7/128
masqLinkLocal: false
resyncInterval: 300ms
END_OF_CONFIG
options=(-c "$work/config.yaml")

build()
{
	topology "$variant-$1"
	make_ns node sink
	wire node eth0 sink eth0
	address node lo 172.20.1.2/32 2001:db8:20::2/128
	address node eth0 192.0.2.10/24 2001:db8:1::10/64
	address sink eth0 192.0.2.1/24 2001:db8:1::1/64 10.7.7.7/32 fd00:7::7/128
	route node 10.0.0.0/8 192.0.2.1
	route node fd00:7::/32 2001:db8:1::1
	route sink default 192.0.2.10
	route sink default 2001:db8:1::10
	serve sink
}

# Sets $f, the name that nft has for the family, and what packets need.
use_family()
{
	f=$1
	if [ "$f" = 4 ]; then
		family=ip pod=172.20.1.2 node=192.0.2.10 to=192.0.2.1 direct=10.7.7.7
		some='1.1.1.1, 2.2.2.2' one=192.0.2.77 other=192.0.2.78
	else
		family=ip6 pod=2001:db8:20::2 node=2001:db8:1::10 to=2001:db8:1::1 direct=fd00:7::7
		some='2001:db8:9::1, 2001:db8:9::2' one=2001:db8:1::77 other=2001:db8:1::78
	fi
}

# nft_do WORD...: somebody else's change.
nft_do()
{
	on node nft "$@" 2>"$work/nft" ||
		fail "the test itself: nft $*" "$work/nft"
}

# Extensions of the programs

# Other programs than the system's may have them elsewhere.
extensions=${XTABLES_LIBDIR:-$(
	{ find /usr/lib* -name libxt_standard.so -printf '%h\n' 2>/dev/null || true; } | head -n 1
)}

# without MATCH-OR-TARGET...: the programs do not have these extensions from now on.
without()
{
	local name

	rm -rf "$work/extensions"
	cp -R "$extensions" "$work/extensions"
	for name; do
		rm "$work/extensions"/lib*_"$name".so
	done
	mount --bind "$work/extensions" "$extensions"
}

# broken MATCH-OR-TARGET: the extension is there and cannot be loaded.
broken()
{
	local file

	without
	for file in "$work/extensions"/lib*_"$1".so; do
		rm "$file"
		echo 'not an extension' >"$file"
	done
}

with_all()
{
	! mountpoint -q "$extensions" || umount "$extensions"
}

# Rules of others that iptables-save cannot print. Each function makes one kind, beside others that
# it can print.

# Under a condition, so that the policy is not overridden for certain.
masquerade_one()
{
	tables node "$f" -A POSTROUTING -s "$one" -m mark --mark 7 -j MASQUERADE
}

native_in_another_chain()
{
	masquerade_one
	tables node "$f" -N OTHERS
	nft_do add rule "$family" nat OTHERS "$family" daddr '{' "$some" '}' snat to "$other"
}

native_set()
{
	masquerade_one
	nft_do add set "$family" nat places "{ type ipv${f}_addr; }"
	nft_do insert rule "$family" nat POSTROUTING "$family" daddr @places masquerade
}

native_first()
{
	masquerade_one
	nft_do insert rule "$family" nat POSTROUTING meta length '>' 60000 counter
}

native_snat()
{
	masquerade_one
	nft_do add rule "$family" nat POSTROUTING "$family" saddr "$one" meta mark 7 snat to "$other"
	nft_do insert rule "$family" nat POSTROUTING limit rate 5/second counter
}

native_base_chain()
{
	masquerade_one
	nft_do add chain "$family" nat postrouting \
		'{ type nat hook postrouting priority 50; policy accept; }'
	nft_do add rule "$family" nat postrouting meta length '>' 60000 masquerade
	nft_do insert rule "$family" nat POSTROUTING meta length '>' 60000 counter
}

native_comment()
{
	masquerade_one
	nft_do add rule "$family" nat POSTROUTING "$family" saddr "$one" meta mark 7 masquerade \
		comment "\"$(printf 'c%.0s' {1..120})\""
	nft_do insert rule "$family" nat POSTROUTING meta length '>' 60000 counter
}

missing_match()
{
	tables node "$f" -A POSTROUTING -s "$one" -p tcp -m multiport --dports 80,443 -j MASQUERADE
	masquerade_one
	without multiport
}

missing_target()
{
	tables node "$f" -A POSTROUTING -s "$one" -m mark --mark 7 -j NETMAP --to "$other"
	masquerade_one
	without NETMAP
}

# Also the extension of a rule in a chain that nothing leads to.
missing_many()
{
	tables node "$f" -N OTHERS
	tables node "$f" -A OTHERS -m string --string foo --algo bm -j RETURN
	tables node "$f" -A POSTROUTING -m time --timestart 10:00 -s "$one" -j RETURN
	masquerade_one
	without string time
}

# Nothing that a note would speak of, so the program is not asked to print it.
missing_alone()
{
	tables node "$f" -A POSTROUTING -s "$one" -m length --length 9 -j RETURN
	without length
}

broken_match()
{
	tables node "$f" -A POSTROUTING -s "$one" -m length --length 9 -j MASQUERADE
	broken length
}

# The longest comment, which takes most of a line, and a newline in it.
long_comment()
{
	tables node "$f" -A POSTROUTING -s "$one" -m length --length 9 -m comment \
		--comment "$(printf 'c%.0s' {1..200})"$'\n'"-A POSTROUTING -j $chain" -j MASQUERADE
	without length
}

kinds=(missing_match missing_target missing_many missing_alone broken_match long_comment)
native_kinds=(native_in_another_chain native_set native_first native_snat native_base_chain
	native_comment)

# What they do

# others: prints all that is not ours, with handles where there are some.
others()
{
	if [ "$variant" = nft ]; then
		on node nft -a list table "$family" nat 2>/dev/null |
			sed -e 's/ counter packets [0-9]* bytes [0-9]*//' |
			awk -v ours="$chain" '/^\tchain / { skip = index($2, ours) == 1 }
				NF && !skip && !(/ (jump|goto) / && index($0, ours))
				/^\t}/ { skip = 0 }'
	else
		save node "$f" | grep -ve "^:$chain" -e "-[jg] $chain\$"
	fi
}

# ours: how many chains and jumps of ours there are.
ours()
{
	if [ "$variant" = nft ]; then
		on node nft list table "$family" nat 2>/dev/null |
			grep -cE "chain $chain|(jump|goto) $chain" || true
	else
		save node "$f" | grep -cE "^:$chain|-[jg] $chain\$" || true
	fi
}

# arrives_as WHAT SOURCE [DESTINATION]
arrives_as()
{
	ask udp node "$pod" "${3:-$to}"
	equal "$1, the source that ${3:-$to} sees" "$seen" "$2"
}

in_line()
{
	arrives_as "$1" "$node"
	arrives_as "$1" "$pod" "$direct"
	status 0 "$1: check" apply node --check "${options[@]}"
	has "$1: check says so" "^ipv$f: in line" "$work/out"
}

drifts()
{
	status 1 "$1: check" apply node --check "${options[@]}"
	has "$1: check says so" "^ipv$f: drift .*$2" "$work/out"
}

# damaged TEXT PATTERN: --check sees it and apply repairs it.
damaged()
{
	drifts "$1" "$2"
	status 0 "$1: apply" apply node "${options[@]}"
	in_line "$1: after apply"
}

heal()
{
	arrives_as "$1, jump gone" "$node"
	delete_jump
	arrives_as "$1, jump gone" "$pod"
	damaged "$1, jump gone" "jump .* is missing"
	tables node "$f" -F "$chain"
	arrives_as "$1, chain flushed" "$pod"
	damaged "$1, chain flushed" 'rule 1 of chain'
	tables node "$f" -I POSTROUTING -j "$chain"
	arrives_as "$1, a wrong jump first" "$node"
	damaged "$1, a wrong jump first" 'is not our jump'
	tables node "$f" -I POSTROUTING -m comment --comment 'an old one' -m addrtype \
		! --dst-type LOCAL -j "$chain"
	damaged "$1, two jumps" '2 jumps'
	equal "$1: one chain and one jump in the end" "$(ours)" 2
}

# The program of nft may fail to find the jump by its words.
delete_jump()
{
	if [ "$variant" = nft ]; then
		nft_do delete rule "$family" nat POSTROUTING handle "$(
			on node nft -a list chain "$family" nat POSTROUTING 2>/dev/null |
				sed -n "s/.* jump $chain # handle //p"
		)"
	else
		tables node "$f" -D POSTROUTING -m comment \
			--comment 'ip-masq: pod traffic that leaves the node' \
			-m addrtype ! --dst-type LOCAL -j "$chain"
	fi
}

# hide: takes the extensions away again that with_all gave back.
hide()
{
	[ ! -d "$work/extensions" ] || mount --bind "$work/extensions" "$extensions"
}

remove()
{
	local one

	status 0 "$1: remove" apply node --remove
	for one in 4 6; do
		has "$1: remove names what it removed" \
			"^ipv$one: changed \\($variant\\): chain $chain removed" "$work/out"
	done
	equal "$1: nothing of ours is left" "$(with_all && ours && hide)" 0
	arrives_as "$1: nothing is masqueraded" "$pod"
	status 0 "$1: remove again" apply node --remove
	has "$1: finds nothing" "^ipv$f: in line" "$work/out"
}

# row_26 KIND
row_26()
{
	local text="26, $variant, IPv$f, ${1//_/ }"

	rm -rf "$work/extensions"
	build "26-$f-$1"
	"$1"
	with_all
	others >"$work/others"
	hide
	check "$text: the program cannot print the table, or it says that it cannot" cannot_print
	status 0 "$text: first apply" apply node "${options[@]}"
	in_line "$text: first apply"
	heal "$text"
	remove "$text"
	with_all
	others >"$work/others.after"
	same_file "$text: rules of others are as they were" "$work/others.after" "$work/others"
}

cannot_print()
{
	local program=iptables

	[ "$f" = 4 ] || program=ip6tables
	! on node "$program-$variant-save" -t nat >"$work/printed" 2>/dev/null ||
		grep -q 'is incompatible' "$work/printed"
}

# The agent, and the choice of a backend, on a node with such rules: row_26_agent KIND
row_26_agent()
{
	local text="26, $variant, IPv$f, ${1//_/ }, the agent"

	rm -rf "$work/extensions"
	build "26-agent-$f-$1"
	"$1"
	backend=auto start "${options[@]}"
	logs "$text applies" "ipv$f: changed \($variant; start\): jump"
	arrives_as "$text applies" "$node"
	mark
	delete_jump
	logs "$text repairs" "ipv$f: changed \($variant; [a-z ]*\): jump"
	arrives_as "$text repairs" "$node"
	mark
	tables node "$f" -F "$chain"
	logs "$text refills the chain" "ipv$f: changed \($variant; [a-z ]*\): chain"
	arrives_as "$text refills the chain" "$node"
	stop "$text ends"
	with_all
}

# Row 16, where what leads to our chain is not a rule, so no program prints it.
row_16_map()
{
	local text="16, IPv$f, an element of a map" time

	rm -rf "$work/extensions"
	build "16-map-$f"
	status 0 "$text: apply" apply node "${options[@]}"
	nft_do insert rule "$family" nat POSTROUTING "$family" daddr vmap "{ $one : jump $chain }"
	in_line "$text"
	has "$text: check says so" "^ipv$f: in line .*an element of a map .*$chain" "$work/out"
	for time in 1 2; do
		status 4 "$text: remove ($time)" apply node --remove
		has "$text: remove says why ($time)" \
			"chain $chain .* is empty .*: an element of a map .*\[still-used\]" "$work/err"
		arrives_as "$text: what can be removed is ($time)" "$pod"
	done
	nft_do delete rule "$family" nat POSTROUTING handle "$(
		on node nft -a list chain "$family" nat POSTROUTING | sed -n 's/.* vmap .* # handle //p'
	)"
	status 0 "$text: remove, when it is gone" apply node --remove
	equal "$text: nothing of ours is left" "$(ours)" 0
}

# The rules of ours, and the jump, in nft's words.
row_27()
{
	local text="27, IPv$f" one_family

	rm -rf "$work/extensions"
	build "27-$f"
	masquerade_one
	others >"$work/others"
	status 0 "$text: apply" apply node "${options[@]}"
	# One by one: nft 1.1.3 does not find the targets of a second family.
	for one_family in ip ip6; do
		on node nft list table $one_family nat 2>/dev/null
	done >"$work/ruleset"
	nft_do flush ruleset
	nft_do -f "$work/ruleset"
	arrives_as "$text, reloaded" "$node"
	arrives_as "$text, reloaded" "$pod" "$direct"
	on node nft insert rule "$family" nat "$chain" "$family" daddr '{' "$some" '}' accept
	on node nft insert rule "$family" nat POSTROUTING "$family" saddr '{' "$pod", "$one" '}' \
		goto "$chain"
	others >"$work/others"
	remove "$text, reloaded"
	others >"$work/others.after"
	same_file "$text: rules of others are as they were" "$work/others.after" "$work/others"
}

all()
{
	local kind

	for f in 4 6; do
		use_family $f
		for kind in "${kinds[@]}"; do
			row_26 "$kind"
		done
		row_26_agent missing_many
		[ "$variant" = nft ] || continue
		if ! command -v nft >/dev/null; then
			skip_part "native rules: the program nft"
			continue
		fi
		for kind in "${native_kinds[@]}"; do
			row_26 "$kind"
		done
		row_26_agent native_first
		row_16_map
		row_27
	done
}

[ -n "$extensions" ] || skip "the extensions of iptables"
each_variant all
finish
