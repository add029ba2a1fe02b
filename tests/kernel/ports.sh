#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Masqueraded flows leave from the ports of --to-ports, each port as often as another.
set -euo pipefail
# shellcheck source=tests/support/kernel.sh
. "$(dirname "$0")/../support/kernel.sh"

ports=20000-20099,30000-30299,40000-40599
flows=1500

build()
{
	topology "$variant"
	make_ns node outside
	wire node eth0 outside eth0
	address node eth0 192.0.2.10/24 2001:db8:1::10/64
	address outside eth0 192.0.2.1/24 2001:db8:1::1/64
	route node default 192.0.2.1
	route node default 2001:db8:1::1
	# The pod's address, on the node itself, so that each flow is one hop.
	address node lo 172.20.1.2/32 fd00:172:20:1::2/128
	route outside 172.20.0.0/16 192.0.2.10
	route outside fd00:172:20::/48 2001:db8:1::10
	answer_all outside eth0
	serve outside
}

# destinations 4|6: an address for each flow.
destinations()
{
	awk -v n="$flows" -v family="$1" 'BEGIN {
		for (i = 1; i <= n; i++)
			if (family == 4)
				printf "198.51.%d.%d\n", i / 250, i % 250 + 1
			else
				printf "2001:db8:7::%x\n", i
	}'
}

# The awk program that judges where flows came from: none from a port outside the ranges, and an
# even spread, which is within five standard deviations for each range and for each tenth of all
# ports.
# shellcheck disable=SC2016 # awk's
verdict='
	BEGIN {
		n = split(ports, list, ",")
		for (i = 1; i <= n; i++) {
			split(list[i], ends, "-")
			first[i] = ends[1]; last[i] = ends[2]
			start[i] = total
			total += last[i] - first[i] + 1
		}
	}
	$2 != node { strange++; next }
	{
		for (i = 1; i <= n && !($3 >= first[i] && $3 <= last[i]); i++)
			;
		if (i > n) { outside++; next }
		seen[i]++; flows++
		tenth[int((start[i] + $3 - first[i]) * 10 / total)]++
	}
	function even(what, got, share,    wanted, spread) {
		wanted = flows * share
		spread = 5 * sqrt(wanted * (1 - share))
		if (got < wanted - spread || got > wanted + spread) {
			printf "%s: %d flows, %.0f +- %.0f wanted\n", what, got, wanted, spread
			wrong = 1
		}
	}
	END {
		if (strange) { print strange " flows did not arrive with the address of the node"; wrong = 1 }
		if (outside) { print outside " flows left from other ports"; wrong = 1 }
		if (flows < wanted_flows) { print flows " flows in all"; wrong = 1 }
		for (i = 1; i <= n; i++)
			even("range " list[i], seen[i], (last[i] - first[i] + 1) / total)
		for (i = 0; i < 10; i++)
			even("tenth " i, tenth[i], 0.1)
		exit wrong
	}'

# spread PROTO 4|6
spread()
{
	local source=172.20.1.2 node=192.0.2.10

	[ "$2" = 4 ] || source=fd00:172:20:1::2 node=2001:db8:1::10
	source_port=$((source_port + 1))
	destinations "$2" | on node "$probe" "$1" "$source" "$source_port" "$port" >"$work/flows"
	if awk -F '\t' -v ports="$ports" -v node="$node" -v wanted_flows="$flows" "$verdict" \
		"$work/flows" >"$work/uneven"; then
		pass "$1, IPv$2: $flows flows leave from $ports, evenly"
	else
		fail "$1, IPv$2: $flows flows leave from $ports, evenly" "$work/uneven"
	fi
}

all()
{
	local proto family

	build
	printf '%s\n' 'masqueradeCIDRs: [198.51.0.0/17]' >"$work/config.yaml"
	status 0 "apply --to-ports $ports" apply node --to-ports "$ports" -c "$work/config.yaml"
	status 0 "check" apply node --check --to-ports "$ports" -c "$work/config.yaml"
	for family in 4 6; do
		for proto in tcp udp; do
			spread "$proto" "$family"
		done
	done
	status 1 "other ports are drift" apply node --check --to-ports 20000-20099 \
		-c "$work/config.yaml"
}

topology usage
make_ns node
for bad_ports in '' 0-10 10-5 1-65536 a-b 1-2,2-3 '1-2,' ',1-2' '1 -2' 1-2-3 -5; do
	status 2 "--to-ports '$bad_ports' is refused" on node "$apply" "--to-ports=$bad_ports" --dry-run
	has "... with a word about it" 'to-ports' "$work/err"
done

each_backend all
finish
