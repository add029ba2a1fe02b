#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The kernel decides each packet as ipmasq-explain says, and as the interpreter of the script says,
# which shares no code with either. With random policies and the cases of tests/cases, and packets
# to several hundred addresses. So it does with the tables that nft makes of --dry-run
# --backend=nftables, in both layouts.
# IPMASQ_SEEDS="1 2 3": other policies.
set -euo pipefail
# shellcheck source=tests/support/kernel.sh
. "$(dirname "$0")/../support/kernel.sh"

seeds=${IPMASQ_SEEDS:-11 12 13 14 15 16}
decisions=0

build()
{
	topology "$variant-$layout"
	make_ns pod node outside
	wire pod eth0 node pods
	wire node eth0 outside eth0
	address pod eth0 172.20.1.2/24 172.20.1.3/24 fd00:172:20:1::2/64 fd00:172:20:1::3/64
	address node pods 172.20.1.1/24 fd00:172:20:1::1/64
	address node eth0 192.0.2.10/24 2001:db8:1::10/64
	address outside eth0 192.0.2.1/24 2001:db8:1::1/64 fe80::77/64
	forward node
	route pod default 172.20.1.1
	route pod default fd00:172:20:1::1
	route node default 192.0.2.1
	route node default 2001:db8:1::1
	route outside 172.20.0.0/16 192.0.2.10
	route outside fd00:172:20::/48 2001:db8:1::10
	answer_all outside eth0
	serve outside
}

# explained OPTION... < addresses: what ipmasq-explain says. The options are those of ipmasq-apply;
# ipmasq-explain does not know those that say how a MASQUERADE is written.
explained()
{
	local words=()

	while [ $# != 0 ]; do
		case $1 in
		--to-ports) shift ;;
		--random-fully=*) ;;
		*) words+=("$1") ;;
		esac
		shift
	done
	# Findings are the matter of other tests; a missing answer shows as a difference.
	"$explain" "${words[@]}" --batch 2>/dev/null || true
}

# agree POD NODE-ADDRESS FILE...: whether the kernel, and what is in the other files of verdicts,
# give each address of $work/probes the same verdict. Prints the number of addresses; lines that differ are in
# $work/differ. One program does it all, since there are thousands of comparisons.
agree()
{
	local pod=$1 node=$2

	shift 2
	: >"$work/differ"
	awk -F '\t' -v pod="$pod" -v node="$node" -v differ="$work/differ" -v judges=$(($# + 1)) '
		FNR == 1 { file++ }
		FNR > most { most = FNR }
		file == 1 { address[FNR] = $1; count = FNR; next }
		{ verdict = $2 }
		file == 2 && $2 == pod { verdict = "RETURN" }
		file == 2 && $2 == node { verdict = "MASQUERADE" }
		file == 2 && verdict == $2 { verdict = "arrives from " $2 }
		file == 2 { wanted[FNR] = verdict }
		$1 == address[FNR] && verdict == wanted[FNR] { same[FNR]++ }
		{ said[FNR] = said[FNR] "\t" $1 " " verdict }
		END {
			for (i = 1; i <= most; i++)
				if (same[i] != judges) {
					print address[i] said[i] >differ
					wrong++
				}
			print count
			exit wrong > 0 || count == 0
		}' "$work/probes" "$work/kernel" "$@"
}

# judge TEXT 4|6 OPTION...: asks the three about the addresses in $work/probes; for both pods where
# the script has rules for single sources.
judge()
{
	local text=$1 family=$2 node=192.0.2.10 net=172.20.1. source sources script count others

	shift 2
	[ "$family" = 4 ] || node=2001:db8:1::10 net=fd00:172:20:1::
	[ -s "$work/probes" ] || return 0
	status 0 "$text: the IPv$family script" "$apply" "--dry-run=ipv$family" "$@"
	sed -n '/^\*nat/,/^COMMIT/p' "$work/out" >"$work/script"
	others=("$work/explain" "$work/sim")
	if [ "$variant" != nftables ]; then
		save node "$family" >"$work/kernel-script"
		others+=("$work/sim-of-kernel")
	fi
	sources=("${net}2")
	contents script "$work/script"
	[[ ${script[*]} != *" -s "* ]] || sources+=("${net}3")
	for source in "${sources[@]}"; do
		# A port of its own each time: conntrack remembers what was decided for a flow.
		source_port=$((source_port + 1))
		on pod "$probe" udp "$source" "$source_port" "$port" 900 <"$work/probes" \
			>"$work/kernel"
		explained "$@" --source "$source" <"$work/probes" >"$work/explain"
		"$sim" "$family" "$work/script" "$source" <"$work/probes" >"$work/sim"
		[ "$variant" = nftables ] ||
			"$sim" "$family" "$work/kernel-script" "$source" <"$work/probes" \
				>"$work/sim-of-kernel"
		if count=$(agree "$source" "$node" "${others[@]}"); then
			pass "$text: $count decisions for $source: kernel, explain and script agree"
		else
			fail "$text, $source: kernel, explain, script, script read back differ" \
				"$work/differ"
		fi
		decisions=$((decisions + count))
	done
}

# bring TEXT OPTION...: the rules of the node become those of the policy.
bring()
{
	local text=$1

	shift
	if [ "$variant" != nftables ]; then
		status 0 "$text: apply" apply node "$@"
		return
	fi
	status 0 "$text: the table" "$apply" --dry-run --backend=nftables "--layout=$layout" "$@"
	cp "$work/out" "$work/table"
	delete_tables
	status 0 "$text: nft loads it" on node nft -f "$work/table"
	on node nft list ruleset >"$work/listed"
	if [ "$layout" = maps ] && grep -q ' vmap {' "$work/listed"; then
		maps=$((maps + 1))
	fi
}

delete_tables()
{
	on node nft delete table ip ipmasq 2>/dev/null || true
	on node nft delete table ip6 ipmasq 2>/dev/null || true
}

# take_away [OPTION]...: the rules go, whichever they are.
take_away()
{
	if [ "$variant" = nftables ]; then
		delete_tables
	else
		apply node --remove "$@"
	fi
}

# The kernel does not forward link-local destinations, so the node itself sends to one.
judge_link_local()
{
	local text=$1 wanted

	shift
	wanted=$(explained "$@" --source fd00:172:20:1::1 <<<fe80::77 | cut -f 2)
	ask udp node fd00:172:20:1::1 fe80::77%eth0
	case $seen in
	fe80:*) equal "$text: fe80::77 from the node itself" MASQUERADE "$wanted" ;;
	fd00:172:20:1::1) equal "$text: fe80::77 from the node itself" RETURN "$wanted" ;;
	*) equal "$text: fe80::77 from the node itself" "arrives from $seen" "$wanted" ;;
	esac
	decisions=$((decisions + 1))
}

random_policy()
{
	local seed=$1 family

	"$policygen" "$seed" config >"$work/config.yaml"
	bring "policy $seed" -c "$work/config.yaml"
	for family in 4 6; do
		"$policygen" "$seed" probes "$family" | sort -u >"$work/probes"
		judge "policy $seed" "$family" -c "$work/config.yaml"
	done
	judge_link_local "policy $seed" -c "$work/config.yaml"
}

# case_options: the options of the case in the current directory, in $options. A case without inputs
# means no file, whatever /etc/config holds on this machine: a directory without one.
case_options()
{
	options=()
	if [ -f options ]; then
		read -r -a options < <(sed 's/^#.*//' options)
	fi
	case " ${options[*]} " in
	*' -c '*) ;;
	*)
		if [ -f config.yaml ]; then
			options+=(-c config.yaml)
		elif [ -f config.json ]; then
			options+=(-c config.json)
		else
			options+=(-c "$work/empty")
		fi
		;;
	esac
}

one_case()
{
	local name family

	name=case\ $(basename "$1")
	cd "$1"
	case_options
	# Its agent has no chain: there is nothing that the kernel could hold.
	case ${options[*]} in
	*cilium*)
		cd "$root"
		return
		;;
	esac
	# The case's chain has another name than the others': it would be there already, or stay.
	case ${options[*]} in
	*--chain* | *gke*) status 0 "$name: nothing is left of the others" take_away ;;
	esac
	bring "$name" "${options[@]}"
	for family in 4 6; do
		if [ "$family" = 6 ] && grep -qs 'ipv6 off' settings; then
			continue
		fi
		sed -e '/^#/d' -e 's/ .*//' probes | "$policygen" 0 filter "$family" |
			sort -u >"$work/probes"
		judge "$name" "$family" "${options[@]}"
	done
	case ${options[*]} in
	*--chain* | *gke*) status 0 "$name: remove" take_away "${options[@]}" ;;
	esac
	cd "$root"
}

all()
{
	local seed dir

	build
	mkdir -p "$work/empty"
	for seed in $seeds; do
		random_policy "$seed"
	done
	status 0 "remove" take_away
	for dir in "$root"/tests/cases/*/; do
		[ ! -s "$dir/probes" ] || one_case "$dir"
	done
}

# Cases have few entries, so all but auto layouts are tried with them as well.
loaded_tables()
{
	variant=nftables
	note "nftables: tables that nft loads"
	for layout in linear maps; do
		all
	done
	check "there were maps" [ "$maps" -gt 0 ]
}

layout=auto
maps=0
each_variant all
if command -v nft >/dev/null; then
	loaded_tables
else
	skip_part "tables of nftables: the program nft"
fi
echo "$self: $decisions decisions of the kernel"
finish
