#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Writes the seeds of the targets that read a kernel into tests/fuzz/corpus: needed anew whenever the
# library asks the kernel for something else. Run it where make has built everything; needs
# iptables, nft and user namespaces, and no root.
#
#	make tests/fuzz/record && tests/fuzz/record.sh
set -eu

if [ "${INSIDE:-}" != 1 ]; then
	INSIDE=1 exec unshare -rnm "$0"
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

mkdir -p "$corpus"/{nft,legacy,save,script,flows,reports}
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
wc -c $corpus/{nft,legacy,flows,reports,save,script}/*
