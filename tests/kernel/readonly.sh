#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Do --check and --dry-run leave the node alone, and does --dry-run need nothing of it: no
# privilege, no PATH, no iptables?
# shellcheck disable=SC2317 # each_variant calls the functions
set -euo pipefail
# shellcheck source=tests/support/kernel.sh
. "$(dirname "$0")/../support/kernel.sh"

config=$root/examples/same-vpc.yaml

# Everything that both variants hold, with counters.
everything()
{
	local one program

	for one in nft legacy; do
		for program in "iptables-$one-save" "ip6tables-$one-save"; do
			if command -v "$program" >/dev/null; then
				echo "# $program"
				on node "$program" -c 2>/dev/null | sed '/^#/d'
			fi
		done
	done
}

# untouched STATE CHECK-STATUS
untouched()
{
	everything >"$work/before"
	status "$2" "$1: check says $2" apply node --check -c "$config"
	everything >"$work/after"
	same_file "$1: check wrote nothing" "$work/after" "$work/before"
	status 0 "$1: dry run" apply node --dry-run -c "$config"
	same_file "$1: the dry run prints what it prints anywhere" "$work/out" "$work/scripts"
	everything >"$work/after"
	same_file "$1: the dry run wrote nothing" "$work/after" "$work/before"
}

each_state()
{
	topology "$variant"
	make_ns node
	# To look at a legacy table for the first time is to make it.
	tables node 4 -S >/dev/null
	tables node 6 -S >/dev/null
	untouched "a node without rules" 1
	status 0 "apply" apply node -c "$config"
	untouched "a node in line" 0
	tables node 4 -F IP-MASQ-AGENT
	untouched "a node with our chain flushed" 1
	tables node 4 -F POSTROUTING
	tables node 4 -X IP-MASQ-AGENT
	untouched "a node without our chain" 1
	status 4 "check without privilege cannot tell" nobody "$APPLY" "--backend=$variant" --check \
		-c "$config"
}

# Another user namespace without a mapping: the user nobody, and no capability over anything here.
nobody()
{
	unshare -U -- "$@"
}

iptables_dir=$(dirname "$(realpath "$(command -v iptables-nft || command -v iptables-legacy)")")

# bare COMMAND...: with an empty directory in place of the one that holds the iptables programs.
bare()
{
	mkdir -p "$work/bare"
	# shellcheck disable=SC2016 # the inner shell's
	on node unshare -m sh -c 'mount --bind "$1" "$2" && shift 2 && exec "$@"' sh \
		"$work/bare" "$iptables_dir" "$@"
}

# The inner shell's: who it is, and whether it has capabilities.
# shellcheck disable=SC2016
powerless='[ "$(id -u)" != 0 ] && grep -q "^CapEff:[[:space:]]*0*\$" /proc/self/status'

status 0 "a dry run" "$APPLY" --dry-run -c "$config"
mv "$work/out" "$work/scripts"
has "it holds the entry" '-d 10\.10\.10\.10(/32)? .*-j MASQUERADE' "$work/scripts"
has "for both families" 'fd00:10:10::10' "$work/scripts"

status 0 "nobody is without capabilities" nobody sh -c "$powerless"
status 0 "a dry run as nobody without capabilities" nobody "$APPLY" --dry-run -c "$config"
same_file "it prints the same" "$work/out" "$work/scripts"
status 0 "a dry run with an empty PATH and environment" \
	env -i "LD_LIBRARY_PATH=${LD_LIBRARY_PATH:-}" PATH= "$APPLY" --dry-run -c "$config"
same_file "it prints the same" "$work/out" "$work/scripts"

topology bare
make_ns node
status 0 "there is no iptables in the next tests" bare sh -c \
	"! command -v iptables-save && ! command -v iptables-nft-save && ! command -v ip6tables-save"
status 0 "a dry run without iptables installed" bare "$APPLY" --dry-run -c "$config"
same_file "it prints the same" "$work/out" "$work/scripts"
status 4 "check without iptables installed cannot tell" bare "$APPLY" --check -c "$config"
has "and says what is missing" iptables "$work/out"

status 0 "a dry run of one family, IPv4" "$APPLY" --dry-run=ipv4 -c "$config"
if grep -q fd00: "$work/out"; then
	bad "IPv4 only" "$work/out"
fi
status 0 "a dry run of one family, IPv6" "$APPLY" --dry-run=ipv6 -c "$config"
if grep -q '10\.10' "$work/out"; then
	bad "IPv6 only" "$work/out"
fi

each_variant each_state
finish
