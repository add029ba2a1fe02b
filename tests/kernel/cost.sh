#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What an act costs, counted: the programs that it runs, and how often it copies a legacy table. A
# look at a node that is in line runs none, whatever others have in the table; a change runs one
# program for each family, the one that writes.
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
	status "$wanted" "$text" on node "${counted[@]}" "$apply" "${options[@]}" "$@"
	equal "$text: these programs run: ${programs:-none}" "$(ran)" "$programs"
	copied=$(wc -l <"$work/none.reads")
	check "$text: legacy tables are copied $copied times, allowed $reads" \
		test "$copied" -le "$reads"
}

# programs save|restore: those of the families that are wanted.
programs()
{
	printf 'iptables-%s-%s ' "$variant" "$1"
	[ "$families" != both ] || printf 'ip6tables-%s-%s ' "$variant" "$1"
}

# all_acts TEXT READS: READS are the copies for a look.
all_acts()
{
	local writes once=$2 twice=$((2 * $2))

	writes=$(programs restore)
	act 0 "$1, first apply" "$writes" "$twice" -c "$work/64.yaml"
	act 0 "$1, again" '' "$once" -c "$work/64.yaml"
	act 0 "$1, check" '' "$once" --check -c "$work/64.yaml"
	# Drift has to be seen by the programs too, and once is enough.
	act 1 "$1, check that finds drift" "$(programs save)" "$twice" --check -c "$work/changed.yaml"
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
	act 0 "$variant, the system's default" "$(programs restore)" 4 -c "$work/64.yaml"
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
	agent_looks
}

policies
each_variant all
finish
