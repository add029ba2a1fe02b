#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Everybody's rules of a node, as the library reads them from the kernel without any program: what
# they mean, and how they are called, for iptables of both variants and for nft. Only what packets
# reach on their way out is read; rules that change meanwhile are read again.
set -euo pipefail
# shellcheck source=tests/support/kernel.sh
. "$(dirname "$0")/../support/kernel.sh"

nat_print=$(program tests/support/nat_print) || exit

# chain TABLE-LINE CHAIN: of what was printed to $work/read, the rules of a chain.
chain()
{
	awk -v table="$1" -v chain="  chain $2" '
		/^table/ { here = index($0, table) == 1; next }
		/^  chain/ { inside = here && index($0 " ", chain " ") == 1; next }
		inside' "$work/read"
}

# rules FAMILY: rules of POSTROUTING and what they mean. Conditions of a rule are sorted. `~': the
# words differ from those of iptables-save.
rules()
{
	case $1 in
	4) cat <<'END' ;;
-s 10.1.0.0/16 ! -d 10.2.0.0/24 -j MASQUERADE| [not destination in { 10.2.0.0/24 }] [source in { 10.1.0.0/16 }] masq
-s 10.1.2.3/32 -d 10.0.0.0/7 -j RETURN| [destination in { 10.0.0.0/7 }] [source in { 10.1.2.3/32 }] return
-o eth0 -p udp -m multiport --dports 1:5,9 -j MASQUERADE --to-ports 1024-2000| [destination port 1-5 9-9] [out eth0] [protocol 17] masq
! -o docker+ -p tcp -m multiport --sports 80 -j ACCEPT| [not out docker*] [protocol 6] [source port 80-80] accept
-p tcp -m tcp --sport 1:2 --dport 443 -j SNAT --to-source 192.0.2.1-192.0.2.9:1000-2000 --random| [destination port 443-443] [protocol 6] [source port 1-2] snat 192.0.2.1-192.0.2.9
-p udp -m udp ! --dport 53 -j MASQUERADE --random-fully| [not destination port 53-53] [protocol 17] masq
! -p icmp -j SNAT --to-source 192.0.2.7 --persistent| [not protocol 1] snat 192.0.2.7
-s 10.7.0.0/16 -j NETMAP --to 10.8.0.0/16| [source in { 10.7.0.0/16 }] netmap 10.8.0.0/16
-m mark ! --mark 0x4000/0x4000 -j RETURN| [not mark 0x4000/0x4000] return
-m mark --mark 0x5 -j RETURN| [mark 0x5/0xffffffff] return
-m connmark --mark 0x1/0xff -j RETURN| [connection mark 0x1/0xff] return
-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT| [state 0x6] accept
-m conntrack ! --ctstate NEW,DNAT -j ACCEPT| [not state 0x48] accept
-m state --state INVALID -j ACCEPT| [state 0x1] accept
-m addrtype ! --dst-type LOCAL -j RETURN| [not destination type 0x2] return
-m addrtype --src-type UNICAST,MULTICAST --dst-type BROADCAST -j RETURN| [destination type 0x4] [source type 0x9] return
-m iprange --src-range 10.0.0.1-10.0.0.2 ! --dst-range 10.0.0.0-10.0.0.3 -j RETURN| [not destination in { 10.0.0.0/30 }] [source in { 10.0.0.1/32 10.0.0.2/32 }] return
-m statistic --mode random --probability 0.50000000000 -j RETURN| [statistic] return
-m statistic --mode nth --every 3 --packet 1 -j RETURN| [statistic] return
-m owner --uid-owner 0 -j RETURN| [owner] return
-m owner ! --uid-owner 0 -j RETURN| [not owner] return
-m comment --comment "two words and a \"quote\"" -j RETURN| return # two words and a "quote"
-m comment --comment word -j MARK --set-xmark 0x4000/0x0| continue # word
-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff| continue
-m comment --comment nothing| continue # nothing
-j SIDE| jump SIDE
-s 10.9.0.0/16 -g OTHER| [source in { 10.9.0.0/16 }] goto OTHER
~-m ttl --ttl-eq 9 -j RETURN| [unknown] return
-j LOG --log-prefix x| continue
-j LOG --log-prefix "two words" --log-level 6 --log-tcp-options --log-uid| continue
-m limit --limit 5/min -j ACCEPT| [unknown] accept
-m limit --limit 1000/sec --limit-burst 77 -j ACCEPT| [unknown] accept
-m limit --limit 7/hour -j ACCEPT| [unknown] accept
-m limit --limit 1/day --limit-burst 1 -j ACCEPT| [unknown] accept
~-s 10.0.0.1/255.0.0.255 -j RETURN| [unknown] return
END
	6) cat <<'END' ;;
-s fd00:1::/32 ! -d fd00:2::/64 -j MASQUERADE| [not destination in { fd00:2::/64 }] [source in { fd00:1::/32 }] masq
-d 2001:db8::1/128 -o eth0 -p tcp -m tcp --dport 80 -j RETURN| [destination in { 2001:db8::1/128 }] [destination port 80-80] [out eth0] [protocol 6] return
-p ipv6-icmp -j ACCEPT| [protocol 58] accept
-s fd00:3::/33 -j SNAT --to-source fd00:9::1-fd00:9::5| [source in { fd00:3::/33 }] snat fd00:9::1-fd00:9::5
-p udp -j SNAT --to-source [fd00:9::1]:1000-2000| [protocol 17] snat fd00:9::1
-s fd00:5::/64 -j NETMAP --to fd00:6::/64| [source in { fd00:5::/64 }] netmap fd00:6::/64
-m iprange --dst-range fd00::1-fd00::2 -j RETURN| [destination in { fd00::1/128 fd00::2/128 }] return
-m addrtype ! --dst-type LOCAL -j MASQUERADE --random-fully| [not destination type 0x2] masq
-m comment --comment side -j SIDE| jump SIDE # side
-j OTHER| jump OTHER
END
	esac
}

# many_others PROGRAM: chains that no packet on its way out meets, before, between and after the
# others by their names, and so many rules that the table is large.
many_others()
{
	awk 'BEGIN {
		print "*nat"
		split("AAA DEEPER MMM PPP SIDEWAYS ZZZ", names)
		for (i = 1; i in names; i++)
			printf ":%s - [0:0]\n", names[i]
		for (i = 0; i < 1200; i++) {
			# An ordinary user may not send much at once.
			if (i % 100 == 99)
				print "COMMIT\n*nat"
			printf "-A %s -p tcp -m tcp --dport %d -m comment --comment c%d -j %s\n",
				names[i % 5 + 1], i + 1, i, i % 7 ? "RETURN" : names[i % 5 + 2]
		}
		print "-A MMM -j SIDE"
		print "-A PREROUTING -j AAA"
		print "-A OUTPUT -j MMM"
		print "COMMIT" }' | on node "$1-restore" --noflush
}

# Rules of table nat, from rules(), two chains that they lead to and one that they do not.
load()
{
	local f=$1 program=$2

	{
		echo '*nat'
		printf ':%s - [0:0]\n' SIDE OTHER UNUSED
		rules "$f" | sed 's/|[^|]*$//; s/^~//; s/^/-A POSTROUTING /'
		echo '-A SIDE -j DEEP'
		echo '-A DEEP -p tcp -j RETURN'
		echo '-A OTHER -j ACCEPT'
		echo '-A UNUSED -j ACCEPT'
		echo '-A PREROUTING -j UNUSED'
		echo COMMIT
		echo '*raw'
		echo '-A PREROUTING -i eth0 -j CT --notrack'
		echo COMMIT
		echo '*filter'
		echo ':FORWARD DROP [0:0]'
		echo '-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT'
		echo '-A FORWARD -p tcp -j REJECT'
		echo COMMIT
		echo '*mangle'
		echo '-A POSTROUTING -j MARK --set-mark 1'
		echo COMMIT
	} | sed 's/^:SIDE/:DEEP - [0:0]\n&/' >"$work/rules"
	on node "$program-restore" --noflush <"$work/rules"
}

in_variant()
{
	local f ip program table

	for f in 4 6; do
		ip=ip program=iptables-$variant
		[ $f = 4 ] || ip=ip6 program=ip6tables-$variant
		what="$program"
		topology "read-$variant-$f"
		make_ns node
		wire node eth0 node eth1
		load $f "$program"
		table="table $ip nat of iptables-$variant"
		status 0 "the kernel is read" on node "$nat_print" --meaning
		sed "s/^table [^ ]* [a-z]*/& of iptables-$variant/" "$work/out" >"$work/read"
		chain "$table" POSTROUTING >"$work/got"
		rules $f | awk -F'|' '{ print "    " NR $NF }' >"$work/wanted"
		same_file "what rules of POSTROUTING mean" "$work/got" "$work/wanted"
		chain "$table" DEEP >"$work/got"
		equal "so those of a chain that a chain leads to" "$(cat "$work/got")" \
			"    1 [protocol 6] return"
		lacks "what nothing leads to is not read" UNUSED "$work/read"
		chain "table $ip raw" PREROUTING >"$work/got"
		equal "what ends tracking is read" "$(cat "$work/got")" "    1 [in eth0] notrack"
		has "what drops is read" '^  chain FORWARD filter forward 0 drop$' "$work/read"
		lacks "what neither rewrites nor drops is not kept" 'mangle' "$work/read"

		status 0 "the kernel is read with words" on node "$nat_print"
		mv "$work/out" "$work/read"
		has "the table is that of the variant" "^$table$" "$work/read"
		chain "$table" POSTROUTING | sed -n 's/^      //p' >"$work/all"
		rules $f | paste -d '|' - "$work/all" | grep -v '^~' | sed 's/.*|//' >"$work/got"
		on node "$program-save" -t nat | grep '^-A POSTROUTING' |
			paste -d '|' <(rules $f) - | grep -v '^~' | sed 's/.*|//' >"$work/wanted"
		same_file "rules have the words of iptables-save" "$work/got" "$work/wanted"

		many_others "$program"
		status 0 "the kernel is read among many other rules" on node "$nat_print"
		same_file "what is read is the same among many other rules" "$work/out" \
			"$work/read"
	done
}
each_variant in_variant

topology native
make_ns node
wire node eth0 node docker0
if ! command -v nft >/dev/null || ! on node nft add table inet probe 2>"$work/err"; then
	skip "nft, and a kernel with nf_tables"
fi
what=nft
on node nft delete table inet probe
on node nft -f - <<'END'
table inet t {
	set nets { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 192.168.0.1-192.168.0.2 }; }
	map regions { type ipv4_addr : verdict; elements = { 10.5.0.0 : goto x, 10.6.0.0 : return, 10.7.0.0 : return }; }
	map ports { type ipv4_addr . inet_proto . inet_service : verdict; elements = { 10.0.0.1 . tcp . 80 : accept }; }
	map sources { type ipv4_addr : ipv4_addr; elements = { 10.0.0.1 : 192.0.2.1 }; }
	set grows { type ipv4_addr; flags dynamic; size 10; elements = { 10.0.0.1 }; }
	chain x { masquerade fully-random; }
	chain unused { type filter hook output priority 0; accept; }
	chain post {
		type nat hook postrouting priority 90
		ip daddr @nets ip saddr != 10.2.0.0/16 counter return comment "hello"
		ip6 daddr fd00::/8 snat ip6 to fd01::1
		ip saddr 10.0.0.1 ip daddr 10.0.0.2 masquerade
		oifname { "eth0", "docker0" } tcp dport { 80, 443 } masquerade
		oifname != { "eth0", "docker0" } return
		oifname "cali*" return
		iif "docker0" meta mark & 0x10 == 0x10 accept
		meta mark 5 return
		meta mark set 7
		ip daddr & 255.255.0.0 vmap @regions
		ip daddr . meta l4proto . th dport vmap @ports
		ip daddr . tcp dport { 10.1.1.1 . 80, 10.1.1.2 . 443 } return
		ct state new,related ct status dnat return
		fib daddr type != local ip daddr 10.3.0.0-10.3.0.9 snat ip to 10.0.0.9-10.0.0.12
		numgen random mod 2 0 return
		ip daddr < 10.0.0.8 return
		udp sport != 53-60 return
		meta skuid 0 return
		limit rate 5/second return
		limit rate over 2 mbytes/minute burst 3000 bytes log prefix "two words" level info
		limit rate 100/hour burst 20 packets log group 3 accept
		ip dscp cs1 return
		snat ip to ip saddr map @sources
		ip daddr @grows return
		ip daddr != { 10.0.0.1, 10.0.0.2 } drop
		meta l4proto { tcp, udp } drop
	}
	chain pre { type filter hook prerouting priority -300; ip daddr 10.1.1.1 notrack; }
	chain forward { type filter hook forward priority 0; policy drop; ct state established accept; }
}
table ip6 t { chain post { type nat hook postrouting priority 101; ip6 saddr & ffff:ffff:: == fd00:1:: return; }; }
table netdev n { }
table ip asleep { flags dormant; chain post { type nat hook postrouting priority 1; masquerade; }; }
END
status 0 "the kernel is read" on node "$nat_print"
cp "$work/out" "$work/read"
chain "table inet t of nftables" post >"$work/got"
cat >"$work/wanted" <<'END'
    1 [destination in { 10.0.0.0/8 192.168.0.1/32 192.168.0.2/32 } (ip daddr @nets)] [not source in { 10.2.0.0/16 } (ip saddr != 10.2.0.0/16)] [source in { 0.0.0.0/0 } (meta nfproto ipv4)] return # hello
      ip daddr @nets ip saddr != 10.2.0.0/16 return comment "hello"
    2 [destination in { fd00::/8 } (ip6 daddr fd00::/8)] [source in { ::/0 } (meta nfproto ipv6)] snat fd01::1
      ip6 daddr fd00::/8 snat ip6 to fd01::1
    3 [destination in { 10.0.0.2/32 } (ip daddr 10.0.0.2)] [source in { 0.0.0.0/0 } (meta nfproto ipv4)] [source in { 10.0.0.1/32 } (ip saddr 10.0.0.1)] masq
      ip saddr 10.0.0.1 ip daddr 10.0.0.2 masquerade
    4 [destination port 80-80 443-443 (tcp dport { 80, 443 })] [out docker0 (oifname "docker0")] [protocol 6 (meta l4proto tcp)] masq
      oifname { "docker0", "eth0" } tcp dport { 80, 443 } masquerade
    4 [destination port 80-80 443-443 (tcp dport { 80, 443 })] [out eth0 (oifname "eth0")] [protocol 6 (meta l4proto tcp)] masq
      oifname { "docker0", "eth0" } tcp dport { 80, 443 } masquerade
    5 [not out docker0 (oifname != "docker0")] [not out eth0 (oifname != "eth0")] return
      oifname != { "docker0", "eth0" } return
    6 [out cali* (oifname "cali*")] return
      oifname "cali*" return
    7 [in docker0 (iif "docker0")] [mark 0x10/0x10 (meta mark & 0x00000010 == 0x00000010)] accept
      iif "docker0" meta mark & 0x00000010 == 0x00000010 accept
    8 [mark 0x5/0xffffffff (meta mark 0x00000005)] return
      meta mark 0x00000005 return
    9 continue
      meta ... set ...
    10 [destination in { 10.6.0.0/15 } (ip daddr & 255.255.0.0 vmap @regions)] [source in { 0.0.0.0/0 } (meta nfproto ipv4)] return
      ip daddr & 255.255.0.0 vmap @regions
    10 [destination in { 10.5.0.0/16 } (ip daddr & 255.255.0.0 vmap @regions)] [source in { 0.0.0.0/0 } (meta nfproto ipv4)] goto x
      ip daddr & 255.255.0.0 vmap @regions
    11 [destination in { 10.0.0.1/32 } (ip daddr 10.0.0.1)] [destination port 80-80 (tcp dport 80)] [protocol 6 (meta l4proto tcp)] [source in { 0.0.0.0/0 } (meta nfproto ipv4)] accept
      ip daddr . meta l4proto . th dport vmap @ports
    12 [destination in { 10.1.1.1/32 } (ip daddr 10.1.1.1)] [destination port 80-80 (tcp dport 80)] [protocol 6 (meta l4proto tcp)] [source in { 0.0.0.0/0 } (meta nfproto ipv4)] return
      meta l4proto tcp ip daddr . tcp dport { 10.1.1.1 . 80, 10.1.1.2 . 443 } return
    12 [destination in { 10.1.1.2/32 } (ip daddr 10.1.1.2)] [destination port 443-443 (tcp dport 443)] [protocol 6 (meta l4proto tcp)] [source in { 0.0.0.0/0 } (meta nfproto ipv4)] return
      meta l4proto tcp ip daddr . tcp dport { 10.1.1.1 . 80, 10.1.1.2 . 443 } return
    13 [state 0x40 (ct status dnat)] [state 0xc (ct state related,new)] return
      ct state related,new ct status dnat return
    14 [destination in { 10.3.0.0/29 10.3.0.8/31 } (ip daddr 10.3.0.0-10.3.0.9)] [not destination type 0x2 (fib daddr type != local)] [source in { 0.0.0.0/0 } (meta nfproto ipv4)] snat 10.0.0.9-10.0.0.12
      fib daddr type != local ip daddr 10.3.0.0-10.3.0.9 snat ip to 10.0.0.9-10.0.0.12
    15 [statistic (numgen random mod 2 0)] return
      numgen random mod 2 0 return
    16 [destination in { 0.0.0.0/5 8.0.0.0/7 10.0.0.0/29 } (ip daddr 0.0.0.0-10.0.0.7)] [source in { 0.0.0.0/0 } (meta nfproto ipv4)] return
      ip daddr 0.0.0.0-10.0.0.7 return
    17 [not source port 53-60 (udp sport != 53-60)] [protocol 17 (meta l4proto udp)] return
      udp sport != 53-60 return
    18 [owner (meta skuid 0)] return
      meta skuid 0 return
    19 [unknown (limit rate 5/second)] return
      limit rate 5/second return
    20 [unknown (limit rate over 2 mbytes/minute burst 3000 bytes)] continue
      limit rate over 2 mbytes/minute burst 3000 bytes log prefix "two words" level info
    21 [unknown (limit rate 100/hour burst 20 packets)] accept
      limit rate 100/hour burst 20 packets log group 3 accept
    22 [source in { 0.0.0.0/0 } (meta nfproto ipv4)] [unknown (@nh,8,8 & 0xfc == 0x20)] return
      meta nfproto ipv4 @nh,8,8 & 0xfc == 0x20 return
    23 [source in { 0.0.0.0/0 } (meta nfproto ipv4)] [source in { 10.0.0.1/32 } (ip saddr map @sources)] snat
      ip saddr map @sources snat ip to ip saddr map @sources
    24 [destination in { 10.0.0.1/32 } incomplete (ip daddr @grows)] [source in { 0.0.0.0/0 } (meta nfproto ipv4)] return
      ip daddr @grows return
    25 [not destination in { 10.0.0.1/32 10.0.0.2/32 } (ip daddr != { 10.0.0.1, 10.0.0.2 })] [source in { 0.0.0.0/0 } (meta nfproto ipv4)] drop
      ip daddr != { 10.0.0.1, 10.0.0.2 } drop
    26 [protocol 6 17 (meta l4proto { tcp, udp })] drop
      meta l4proto { tcp, udp } drop
END
same_file "what rules of a base chain mean" "$work/got" "$work/wanted"
equal "so those of a chain that a map leads to" "$(chain "table inet t" x | head -n 1)" "    1 masq"
equal "an address with a mask" "$(chain "table ip6 t" post | tail -n 1)" \
	"      ip6 saddr fd00:1::/32 return"
has "notrack" 'notrack$' "$work/read"
lacks "a base chain of the node's own packets is not read" 'chain unused' "$work/read"
has "a dormant table is known as one" '^table ip asleep of nftables dormant$' "$work/read"

# Two chains that are always switched together: what is read is never one from before and one from
# after.
what='changes meanwhile'
on node nft -f - <<'END'
flush ruleset
table ip t { chain a { masquerade; }; chain b { masquerade; }; chain post { type nat hook postrouting priority 100; jump a; jump b; }; }
END
printf 'flush chain ip t a\nflush chain ip t b\nadd rule ip t a return\nadd rule ip t b return\n' >"$work/one"
printf 'flush chain ip t a\nflush chain ip t b\nadd rule ip t a masquerade\nadd rule ip t b masquerade\n' >"$work/two"
# shellcheck disable=SC2016 # by that shell
on node sh -c 'while [ ! -e "$1/stop" ]; do nft -f "$1/one"; nft -f "$1/two"; done' sh "$work" &
mixed=0 read=0
for _ in {1..100}; do
	on node "$nat_print" >"$work/read" 2>"$work/err" || {
		grep -q 'Resource temporarily unavailable' "$work/err" || mixed=$((mixed + 1))
		continue
	}
	read=$((read + 1))
	[ "$(grep -c ' masq$' "$work/read")" != 1 ] || mixed=$((mixed + 1))
done
touch "$work/stop"
wait
equal "nothing is read half" "$mixed" 0
check "almost each look has a result ($read of 100)" [ $read -ge 90 ]

# Where addresses are, as `ip route get' tells for packets that the node forwards. What depends on
# more than the address has no interface.
what=routes
topology routes
make_ns node
wire node eth0 node eth1
address node eth0 192.0.2.2/24 fd00::1/64
address node eth1 198.51.100.1/30
on node sh -e <<'END'
ip link set lo up
ip route add default via 192.0.2.1
ip route add 10.0.0.0/8 via 198.51.100.2
ip route add 10.1.0.0/16 via 192.0.2.1
ip route add 10.1.0.0/16 via 198.51.100.2 metric 9
ip route add 10.1.2.3 dev eth1
ip route add throw 10.1.3.0/24
ip route add blackhole 10.9.0.0/16
ip route add 10.10.0.0/16 nexthop via 192.0.2.1 nexthop via 198.51.100.2
ip -6 route add default via fd00::2
ip -6 route add fd01::/16 dev eth1
END
routes()
{
	# shellcheck disable=SC2086 # one word per address
	on node "$nat_print" --routes $1 | sort >"$work/got"
	sort >"$work/wanted"
	same_file "$2" "$work/got" "$work/wanted"
}
routes "8.8.8.8 10.0.0.1 10.1.0.1 10.1.2.3 10.9.1.1 10.10.0.1 192.0.2.2 192.0.2.255 192.0.2.9 127.1.1.1 fd00::1 fd00::9 fd01::1 2001:db8::1" \
	"the longest prefix, and the best metric" <<'END'
10.0.0.1 eth1
10.1.0.1 eth0
10.10.0.1 -
10.1.2.3 eth1
10.9.1.1 -
127.1.1.1 - local
192.0.2.2 - local
192.0.2.255 - broadcast
192.0.2.9 eth0
2001:db8::1 eth0
8.8.8.8 eth0
fd00::1 - local
fd00::9 eth0
fd01::1 eth1
END
# Each is asked of the kernel too.
for to in 8.8.8.8 10.0.0.1 10.1.0.1 10.1.2.3 192.0.2.9; do
	equal "as the kernel says of $to" "$(on node "$nat_print" --routes $to)" \
		"$to $(on node ip route get $to | grep -o 'eth[01]')"
done
on node sh -e <<'END'
ip route add default dev eth1 table 7
ip rule add pref 100 to 10.2.0.0/16 lookup main
ip rule add pref 101 fwmark 1 to 10.0.0.0/8 lookup 7
ip rule add pref 102 to 172.16.0.0/12 lookup 7
ip rule add pref 103 iif lo lookup 7
ip rule add pref 104 lookup main suppress_prefixlength 0
ip rule add pref 105 from 192.168.0.0/16 lookup 7
END
routes "8.8.8.8 10.0.0.1 10.1.0.1 10.2.0.1 10.1.3.1 172.16.0.1 192.0.2.9" "rules of policy routing" <<'END'
10.0.0.1 eth1
10.1.0.1 -
10.1.3.1 eth1
10.2.0.1 eth1
172.16.0.1 eth1
192.0.2.9 eth0
8.8.8.8 -
END

# An ordinary user may not look.
what='without permission'
status 1 "the kernel is not read" on node setpriv --bounding-set=-net_admin --inh-caps=-net_admin \
	"$nat_print"
has "and the error says so" 'Operation not permitted' "$work/err"

finish
