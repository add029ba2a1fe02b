#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Rules that the kernel's own nft takes are listed by it as text, with its options, and in JSON: what
# is read of each list is the same, and so it is of tables that iptables made.
set -euo pipefail
# shellcheck source=tests/support/kernel.sh
. "$(dirname "$0")/../support/kernel.sh"

dump_text=$(program tests/support/dump_text) || exit
command -v nft >/dev/null || skip "the program nft"

topology "lists of nft"
make_ns node
on node nft add table ip probe 2>/dev/null || skip "a kernel with nf_tables"
on node nft delete table ip probe

# told NAME: what is read of a list. Which list cannot tell what is a note.
told()
{
	"$dump_text" "$work/$1" 2>"$work/err" | grep -v '^note: ' >"$work/$1.told" || true
	check "$1: nothing is warned of" test ! -s "$work/err"
	check "$1: something is told" test -s "$work/$1.told"
}

lists()
{
	local option

	on node nft list ruleset >"$work/text"
	told text
	for option in a n s nn; do
		on node nft "-$option" list ruleset >"$work/$option"
		told "$option"
		check "nft -$option tells the same" diff "$work/text.told" "$work/$option.told"
	done
	on node nft -j list ruleset >"$work/json"
	told json
}

base()
{
	local family=$1

	printf 'table %s t {\n' "$family"
	if [ "$family" != ip6 ]; then
		cat <<'END'
	map m { type ipv4_addr : verdict; flags interval; }
	set s { type ipv4_addr; flags interval,timeout; elements = { 1.2.3.4 timeout 1h comment "x, y", 5.0.0.0/8 } }
	set iv { type ipv4_addr . ipv4_addr; flags interval; elements = { 10.0.0.0/8 . 1.1.1.1-1.1.1.9 } }
	map t { type ipv4_addr : ipv4_addr; elements = { 10.0.0.1 : 8.8.8.8 } }
	map vc { type ipv4_addr . inet_proto . inet_service : verdict; }
	set ty { typeof ip saddr . tcp dport; elements = { 1.1.1.1 . 22 } }
	set none { type ipv4_addr; }
END
	fi
	cat <<'END'
	set ifs { type ifname; flags interval; elements = { "cali*", "eth0" } }
	set mk { type mark; elements = { 1, 2 } }
	chain a { counter
	}
	chain b { drop
	}
	chain post {
		type nat hook postrouting priority srcnat + 5; policy accept;
	}
	chain way {
		type filter hook forward priority filter - 10; policy accept;
	}
}
END
}

# Adds each rule of the cases of the reader that this nft and kernel take, and counts them.
load()
{
	local family rule chain

	for family in ip ip6 inet; do
		base "$family" | on node nft -f -
	done
	on node nft -f - <<'END'
add element ip t m { 10.0.0.0/8 : jump a, 11.0.0.1-11.0.0.9 : accept }
add element ip t vc { 10.96.0.1 . tcp . 443 : goto a }
END
	loaded=0
	while read -r family rule; do
		for chain in post way; do
			if printf 'add rule %s t %s %s\n' "$family" "$chain" "$rule" |
				on node nft -f - 2>/dev/null; then
				loaded=$((loaded + 1))
				break
			fi
		done
	done < <(awk 'BEGIN { RS = "" } { sub(/\n.*/, ""); print }' "$(dirname "$0")/../unit/nft_rules/rules" |
		grep -E '^(ip|ip6|inet) ')
}

load
check "most rules were taken" test "$loaded" -ge 120
lists
check "JSON tells the same" diff "$work/text.told" "$work/json.told"
on node nft flush ruleset

# Of what iptables made, JSON tells less: only what is known in both is compared.
if command -v iptables-nft >/dev/null; then
	on node iptables-nft -t nat -A POSTROUTING -s 10.0.0.0/8 ! -d 10.0.0.0/8 -j MASQUERADE
	on node iptables-nft -t nat -A POSTROUTING -m mark --mark 0x1/0x1 -j MASQUERADE
	on node iptables-nft -t nat -A POSTROUTING ! -o eth0 -s 172.17.0.0/16 -j MASQUERADE
	on node iptables-nft -t nat -N X
	on node iptables-nft -t nat -A POSTROUTING -d 10.1.0.0/16 -j X
	on node iptables-nft -t nat -A X -j RETURN
	lists
	check "JSON tells the same of iptables" diff "$work/text.told" "$work/json.told"
	has "whose table it is" "table ip nat of iptables-nft" "$work/json.told"
fi
finish
