#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Writes the seeds of the targets that read a kernel into tests/fuzz/corpus: needed anew whenever the
# library asks the kernel for something else. Run it where make has built everything; needs
# iptables, nft and user namespaces, and no root.
#
#	make tests/fuzz/record && tests/fuzz/record.sh [nat_kernel|native]
#
# nat_kernel, native: only those of that target.
set -eu

if [ "${INSIDE:-}" != 1 ]; then
	INSIDE=1 exec unshare -rnm "$0" "$@"
fi
mount -t tmpfs tmpfs /run
export XTABLES_LOCKFILE=/run/lock
corpus=tests/fuzz/corpus
ip link set lo up

# save VARIANT NAME: one seed per family, and per form in which the table can be had.
save()
{
	local family program

	for family in ipv4 ipv6; do
		program=iptables-$1-save
		[ $family = ipv4 ] || program=ip6tables-$1-save
		tests/fuzz/record "$1" $family >"$corpus/$1/$2-$family"
		# Both variants print the same.
		[ "$1" = nft ] || continue
		tests/fuzz/record scoped $family >"$corpus/$1/$2-scoped-$family"
		{
			if [ $family = ipv4 ]; then printf '\176'; else printf '\177'; fi
			$program -t nat | grep -v '^#'
		} >"$corpus/save/$2-$family"
		# The rules alone.
		{
			if [ $family = ipv4 ]; then printf '\0'; else printf '\1'; fi
			grep -a '^-A' "$corpus/save/$2-$family" || true
		} >"$corpus/script/$2-$family"
	done
}

# both VARIANT: the same rules for iptables and ip6tables, from standard input.
both()
{
	cat >/run/rules
	"iptables-$1-restore" --noflush </run/rules
	"ip6tables-$1-restore" --noflush </run/rules
}

record_variant()
{
	local v=$1

	tools/ipmasq-apply -c /dev/null --backend="$v" --ipv6=on
	save "$v" defaults
	tools/ipmasq-apply -c examples/same-vpc.yaml --backend="$v" --ipv6=on --to-ports=1024-2023,40000-40899
	save "$v" ports
	printf 'masqueradeCIDRs: [10.1.0.0/16' >/run/tree.yaml
	for i in 3 5 7 9 11 13 15 17 19 21; do
		printf ', 10.%d.0.0/16, "fd00:%d::/32"' $i $i
	done >>/run/tree.yaml
	echo ']' >>/run/tree.yaml
	tools/ipmasq-apply -c /run/tree.yaml --backend="$v" --ipv6=on --layout=tree
	both "$v" <<'END'
*nat
:KUBE-POSTROUTING - [0:0]
-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A KUBE-POSTROUTING -j MASQUERADE --random-fully
-A POSTROUTING -m comment --comment "a \"quoted\" comment" -j KUBE-POSTROUTING
-A POSTROUTING -o eth7 -p udp -m multiport --dports 1:5,9 -j MASQUERADE
-A PREROUTING -p tcp -m tcp --dport 8080 -j REDIRECT --to-ports 80
COMMIT
END
	save "$v" others
	both "$v" <<'END'
*nat
:IP-MASQ-AGENT - [0:0]
-A IP-MASQ-AGENT -m statistic --mode nth --every 3 --packet 0 -j RETURN
-A IP-MASQ-AGENT -p tcp -m tcp --dport 80 -j ACCEPT
-A POSTROUTING -g IP-MASQ-AGENT
COMMIT
END
	save "$v" damaged
}

# native NAME: one seed per family of tables of our own.
native()
{
	tests/fuzz/record native ipv4 >"$corpus/native/$1-ipv4"
	tests/fuzz/record native ipv6 >"$corpus/native/$1-ipv6"
}

# apply_native ARGUMENT...
apply_native()
{
	tools/ipmasq-apply --backend=nftables --ipv6=on "$@"
}

record_native()
{
	native empty
	apply_native -c /dev/null
	native defaults
	apply_native -c examples/same-vpc.yaml --to-ports=1024-2023,40000-40899
	native ports
	{
		echo 'podCIDRs: [172.20.0.0/16, "fd00:172::/48"]'
		echo 'masqueradeCIDRs: [10.1.2.3/32, "fd00::7/128"]'
		echo nonMasqueradeCIDRs:
		for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
			printf -- '- 10.%d.%d.0/24\n- "fd00:%x:%x::/48"\n' $((i * 37 % 256)) \
				$((i * 91 % 256)) $((i * 37)) $((i * 911))
		done
	} >/run/maps.yaml
	apply_native -c /run/maps.yaml
	native maps
	# As others would leave it.
	nft -f - <<'END'
add table ip kube-proxy
add chain ip ipmasq IP-MASQ-AG.38ed.broot
add chain ip ipmasq OTHERS { type nat hook postrouting priority 90; }
insert rule ip ipmasq IP-MASQ-AGENT oifname eth7 return
insert rule ip ipmasq IP-MASQ-AG.38ed.aroot ip saddr != 10.0.0.0/8 tcp dport { 1, 2 } counter accept
insert rule ip ipmasq IP-MASQ-AG.38ed.aroot ip daddr & 255.255.0.0 vmap { 10.5.0.0 : return, 10.6.0.0 : return }
add table ip6 ipmasq { flags dormant; }
insert rule ip6 ipmasq IP-MASQ-AG.38ed.aroot ip6 daddr { fd00::1, fd00::2 } return
END
	native damaged
	nft flush ruleset
}

mkdir -p "$corpus"/{nft,legacy,native,nat_kernel,save,script,flows,reports}
if [ "${1:-}" = native ]; then
	record_native
	exit 0
fi
# rules VARIANT: rules of many kinds, for the model of a node.
rules()
{
	both "$1" <<'END'
*nat
:DEEP - [0:0]
-A DEEP -m mark ! --mark 0x4000/0x4000 -j RETURN
-A DEEP -p tcp -m tcp --dport 1:80 -m multiport --sports 1,2:3 -j MASQUERADE --random-fully
-A DEEP -m owner --uid-owner 0 -j ACCEPT
-A POSTROUTING ! -o eth+ -m comment --comment "two words" -j DEEP
-A POSTROUTING -m addrtype ! --dst-type LOCAL -m statistic --mode nth --every 2 --packet 0 -j RETURN
-A POSTROUTING -m conntrack --ctstate NEW -m connmark --mark 1 -m limit --limit 1/sec -j ACCEPT
-A POSTROUTING -p udp -j DEEP
COMMIT
*raw
-A PREROUTING -p udp -j CT --notrack
COMMIT
*filter
-A FORWARD -p udp -j REJECT
COMMIT
END
	"iptables-$1" -t nat -A POSTROUTING -s 10.0.0.0/8 -j SNAT --to-source 192.0.2.1-192.0.2.2
	"iptables-$1" -t nat -A POSTROUTING -m iprange --dst-range 10.0.0.1-10.0.0.3 -j NETMAP --to 10.1.0.0/16
	"iptables-$1" -t nat -A POSTROUTING -m set --match-set known dst -g DEEP
	"ip6tables-$1" -t nat -A POSTROUTING -s fd00::/8 -j SNAT --to-source fd00::1
}

# Before the others, whose tables would be in these seeds too.
ipset create known hash:net
ipset add known 10.0.0.0/8
ipset add known 192.0.2.0/24 nomatch
rules legacy
for table in nat raw filter; do
	tests/fuzz/record legacy-$table ipv4 >"$corpus/nat_kernel/legacy-$table-ipv4"
	tests/fuzz/record legacy-$table ipv6 >"$corpus/nat_kernel/legacy-$table-ipv6"
done
rules nft
tests/fuzz/record rules ipv4 >"$corpus/nat_kernel/iptables"
nft -f - <<'END'
flush ruleset
table inet t {
	set nets { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 192.168.0.1-192.168.0.2 }; }
	map regions { type ipv4_addr : verdict; elements = { 10.5.0.0 : goto x, 10.6.0.0 : return }; }
	map ports { type ipv4_addr . inet_proto . inet_service : verdict; elements = { 10.0.0.1 . tcp . 80 : accept }; }
	map sources { type ipv4_addr : ipv4_addr; elements = { 10.0.0.1 : 192.0.2.1 }; }
	chain x { masquerade fully-random; }
	chain post {
		type nat hook postrouting priority 90
		ip daddr @nets ip saddr != 10.2.0.0/16 counter return comment "hello"
		ip6 daddr fd00::/8 snat ip6 to fd01::1
		oifname { "eth0", "docker0" } tcp dport { 80, 443 } masquerade
		meta mark & 0x10 == 0x10 accept
		ip daddr & 255.255.0.0 vmap @regions
		ip daddr . meta l4proto . th dport vmap @ports
		ip daddr . tcp dport { 10.1.1.1 . 80, 10.1.1.2 . 443 } return
		ct state new,related ct status dnat return
		fib daddr type != local ip daddr 10.3.0.0-10.3.0.9 snat ip to 10.0.0.9-10.0.0.12
		numgen random mod 2 0 return
		snat ip to ip saddr map @sources
		limit rate 5/second return
	}
}
END
tests/fuzz/record rules ipv4 >"$corpus/nat_kernel/native"
ip link add eth0 type veth peer name eth1
ip link set eth0 up
ip link set eth1 up
ip addr add 192.0.2.2/24 dev eth0
ip route add 10.0.0.0/8 nexthop via 192.0.2.1 nexthop via 192.0.2.3
ip rule add pref 101 fwmark 1 to 10.0.0.0/8 lookup 7
ip rule add pref 102 lookup main suppress_prefixlength 0
tests/fuzz/record interfaces ipv4 >"$corpus/nat_kernel/interfaces"
tests/fuzz/record routes ipv4 >"$corpus/nat_kernel/routes-ipv4"
tests/fuzz/record routes ipv6 >"$corpus/nat_kernel/routes-ipv6"
[ "${1:-}" != nat_kernel ] || exit 0
nft flush ruleset
record_native
for program in iptables-legacy ip6tables-legacy; do
	for table in nat raw filter; do
		$program -t $table -F
		$program -t $table -X
	done
done

record_variant legacy
record_variant nft
nft 'add rule ip nat IP-MASQ-AGENT ip daddr <= 10.0.0.9 return
	add rule ip nat POSTROUTING ip daddr { 10.1.0.0/16, 10.3.0.0/16 } masquerade'
tests/fuzz/record nft ipv4 >$corpus/nft/native-ipv4
tests/fuzz/record scoped ipv4 >$corpus/nft/native-scoped-ipv4
nft 'add table ip nat { flags dormant; }'
tests/fuzz/record nft ipv4 >$corpus/nft/dormant-ipv4
nft flush ruleset
tests/fuzz/record nft ipv6 >$corpus/nft/empty-ipv6

# Flows, of both families: to a port where nobody listens.
nft 'table inet t { chain c { type filter hook output priority 0; ct state new accept; }; }'
for address in 127.0.0.1 ::1; do
	for port in 9 99 999; do
		python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(b"x", (sys.argv[1], int(sys.argv[2])))' $address $port
	done
done
tests/fuzz/record flows ipv4 >$corpus/flows/udp-ipv4
tests/fuzz/record flows ipv6 >$corpus/flows/udp-ipv6

# What the kernel reports while rules of ours come and go, and rules of others.
nft flush ruleset
tests/fuzz/record reports ipv4 >$corpus/reports/ours <<'END'
tools/ipmasq-apply -c /dev/null --backend=nft --ipv6=on
iptables-nft -t nat -F IP-MASQ-AGENT
nft flush ruleset
END
tests/fuzz/record reports ipv4 >$corpus/reports/others <<'END'
iptables-nft -t nat -N KUBE-SVC-X
iptables-nft -t nat -A KUBE-SVC-X -m comment --comment other -j RETURN
nft add table inet t
nft 'add set inet t s { type ipv4_addr; }; add element inet t s { 192.0.2.1 }'
nft flush ruleset
END
wc -c $corpus/{nft,native,legacy,flows,reports,save,script}/*
