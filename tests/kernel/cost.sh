#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What an act costs, counted: the programs that it runs, how often it copies a legacy table, and how
# often it asks nf_tables for rules of ours. A look at a node that is in line runs none, whatever
# others have in the table, and reads our rules once; a change runs one program for each family, the
# one that writes.
set -euo pipefail
# shellcheck source=tests/support/pods.sh
. "$(dirname "$0")/../support/pods.sh"
# shellcheck source=tests/support/agent.sh
. "$(dirname "$0")/../support/agent.sh"

counting=$(program tests/support/.libs/refuse_tables.so) || exit

policies()
{
	# shellcheck disable=SC2016 # the words are awk's
	awk 'BEGIN { print "nonMasqueradeCIDRs:"
		for (i = 0; i < 64; i++)
			printf "- 10.%d.0.0/16\n- fd00:%d::/32\n", 2 * i, 2 * i }' >"$work/64.yaml"
	sed 's,10\.8\.0\.0/16,192.0.2.0/24,; s,fd00:8::/32,2001:db8::/32,' "$work/64.yaml" \
		>"$work/changed.yaml"
}

# Enough for verdict maps and chains behind them.
policies_of_maps()
{
	awk 'BEGIN { print "nonMasqueradeCIDRs:"
		for (i = 0; i < 900; i++)
			printf "- 10.%d.%d.0/%d\n", i % 250, i % 16 * 16, 20 + i % 5 }' >"$work/maps.yaml"
}

# The command under which the programs and the copies of tables are counted. The sanitizers' library
# has to come first, and the leak sanitizer would trace too.
counted=("$trace" "$work/trace" env "LD_PRELOAD=$counting" "REFUSE_TABLES=$work/none"
	"ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0:verify_asan_link_order=0")

# ran: prints the programs that the last act ran, but for the counting ones and the tool.
ran()
{
	awk '$1 == "exec" {
		sub(".*/", "", $2)
		if ($2 != "env" && $2 != "ipmasq-apply")
			printf "%s ", $2
	}' "$work/trace"
}

# act STATUS TEXT PROGRAMS READS ARGUMENT...: the act runs these programs and no more, and copies
# legacy tables nat so often at most.
act()
{
	local wanted=$1 text=$2 programs=$3 reads=$4 copied

	shift 4
	: >"$work/none.reads"
	: >"$work/none.asked"
	status "$wanted" "$text" on node "${counted[@]}" "$apply" "${options[@]}" "$@"
	equal "$text: these programs run: ${programs:-none}" "$(ran)" "$programs"
	copied=$(wc -l <"$work/none.reads")
	check "$text: legacy tables are copied $copied times, allowed $reads" \
		test "$copied" -le "$reads"
}

# asked_once TEXT PATTERN: the last act, a look, asked for rules of ours, and for none of them twice.
# A request that names no chain is for all of table nat.
asked_once()
{
	grep "$2" "$work/none.asked" | sort >"$work/asked"
	check "$1: rules of ours are asked for" test -s "$work/asked"
	equal "$1: none is asked for twice" "$(uniq -d "$work/asked")" ''
}

# Tables of our own: sub-chains and their maps.
native_acts()
{
	local text

	fresh native
	policies_of_maps
	options=(--backend=nftables)
	status 0 'nftables: first apply' on node "$apply" "${options[@]}" -c "$work/maps.yaml"
	for text in '' --check; do
		act 0 "nftables: ${text:-again}" '' 0 ${text:+"$text"} -c "$work/maps.yaml"
		asked_once "nftables: ${text:-again}" ' ipmasq IP-MASQ-AG\.'
	done
}

# restores: the programs that write, of the families that are wanted.
restores()
{
	printf 'iptables-%s-restore ' "$variant"
	[ "$families" != both ] || printf 'ip6tables-%s-restore ' "$variant"
}

# all_acts TEXT READS: READS are the copies for a look.
all_acts()
{
	local writes once=$2 twice=$((2 * $2))

	writes=$(restores)
	act 0 "$1, first apply" "$writes" "$twice" -c "$work/64.yaml"
	act 0 "$1, again" '' "$once" -c "$work/64.yaml"
	[ "$variant" = legacy ] || asked_once "$1, again" ' nat $\| nat IP-MASQ-'
	act 0 "$1, check" '' "$once" --check -c "$work/64.yaml"
	act 1 "$1, check that finds drift" '' "$once" --check -c "$work/changed.yaml"
	act 0 "$1, a change" "$writes" "$twice" -c "$work/changed.yaml"
	act 0 "$1, check of the change" '' "$once" --check -c "$work/changed.yaml"
}

# fresh NAME
fresh()
{
	topology "$variant-$1"
	make_ns node
}

# On a node where nothing tells a backend, and on one where the kubelet does.
acts()
{
	local asked reads

	for families in both IPv4; do
		reads=0
		[ "$variant" = nft ] || reads=1
		[ "$families" != both ] || reads=$((2 * reads))
		for asked in "$variant" auto; do
			fresh "$asked-$families"
			options=("--backend=$asked")
			[ "$families" = both ] || options+=(--ipv6=off)
			if [ "$asked" = auto ] && [ "$variant" = legacy ]; then
				tables node 4 -t mangle -N KUBE-IPTABLES-HINT
				tables node 6 -t mangle -N KUBE-IPTABLES-HINT
			fi
			all_acts "$variant, --backend=$asked, $families" "$reads"
		done
	done
}

# The system's default tells, where neither hints nor rules do.
default_acts()
{
	local default

	default=$(iptables-restore --version)
	case $default in
	*nf_tables*) default=nft ;;
	*) default=legacy ;;
	esac
	[ "$default" = "$variant" ] || return 0
	fresh default
	options=(--backend=auto)
	families=both
	act 0 "$variant, the system's default" "$(restores)" 4 -c "$work/64.yaml"
}

# others 4|6 PREFIX PREFIX ADDRESS: rules of others that rewrite sources, and one that leads to our
# chain, as container engines and libvirt have them.
others()
{
	tables node "$1" -I POSTROUTING -s "$2" ! -o docker0 -j MASQUERADE
	tables node "$1" -A POSTROUTING -s "$3" ! -d "$3" -p tcp -j MASQUERADE --to-ports 1024-65535
	tables node "$1" -A POSTROUTING ! -o eth+ -p udp -m comment --comment 'with a comment' \
		-j SNAT --to-source "$4"
	tables node "$1" -N OTHERS
	tables node "$1" -A OTHERS -p udp -m udp --dport 53 -j "$chain"
}

# What others have is told without a program, in the words of the program.
others_are_told()
{
	local text="$variant, rules of others" rule reads=0 f

	[ "$variant" = nft ] || reads=2
	fresh others
	families=both
	options=("--backend=$variant")
	status 0 "$text: apply before them" apply node -c "$work/64.yaml"
	others 4 172.17.0.0/16 192.168.122.0/24 192.0.2.9
	others 6 fd00:17::/48 fd00:122::/64 2001:db8::9
	act 0 "$text: again" '' "$reads" -c "$work/64.yaml"
	act 0 "$text: check" '' "$reads" --check -c "$work/64.yaml"
	for f in 4 6; do
		save node "$f" | sed -n 's/^-A POSTROUTING .*-j [MS].*/&/p' >"$work/printed"
		equal "$text: there are three in IPv$f" "$(wc -l <"$work/printed")" 3
		while read -r rule; do
			check "$text: check tells: $rule" grep -qF -e ": \`$rule'" "$work/out"
		done <"$work/printed"
		has "$text: check tells of the jump to our chain, IPv$f" \
			"^ipv$f: .*rule 1 of chain OTHERS leads to chain $chain too" "$work/out"
	done
}

# The agent, woken up again and again.
agent_looks()
{
	local text="$variant, --watch" looks=0 end=$((SECONDS + 31))

	fresh agent
	options=()
	(cat "$work/64.yaml" && echo 'resyncInterval: 50ms') >"$work/agent.yaml"
	status 0 "$text: apply before it" apply node -c "$work/agent.yaml"
	# shellcheck disable=SC2016 # the inner shell's, which becomes the agent
	prefix=("$trace" "$work/trace" sh -c 'echo $$ >"$1" && shift && exec "$@"' sh "$work/pid"
		"${traceable[@]}")
	start -c "$work/agent.yaml" --metrics-file="$work/metrics"
	prefix=()
	logs "$text: in line" 'ipv6: in line'
	touch "$work/agent.yaml"
	until [ "$looks" -ge 10 ] || [ "$SECONDS" -ge "$end" ]; do
		pause 0.05
		looks=$(sed -n 's/^ipmasq_looks_total.* //p' "$work/metrics" 2>/dev/null | sort -n | tail -n 1)
		looks=${looks:-0}
	done
	check "$text: $looks looks" test "$looks" -ge 10
	kill "$(cat "$work/pid")"
	wait "$agent" || fail "$text: it ends with 0" "$work/log"
	equal "$text: no program runs" \
		"$(ran | sed 's/^sh //')" ''
}

all()
{
	acts
	default_acts
	others_are_told
	agent_looks
}

policies
each_variant all
variant=nftables
native_acts
finish
