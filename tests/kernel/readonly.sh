#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --check and --dry-run leave the node alone, and --dry-run needs nothing of it: no privilege, no
# PATH, no iptables.
set -euo pipefail
# shellcheck source=tests/support/kernel.sh
. "$(dirname "$0")/../support/kernel.sh"

config=$root/examples/same-vpc.yaml

# everything: all that both variants hold, with counters, and all of nf_tables, with handles.
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
	! command -v nft >/dev/null || on node nft -a list ruleset 2>/dev/null
}

# same_script TEXT: the last command printed what the first dry run did, and nothing on stderr.
same_script()
{
	same_file "$1" "$work/out" "$work/scripts"
	err_is_empty
}

# untouched STATE CHECK-STATUS: neither changes anything in this state.
untouched()
{
	everything >"$work/before"
	status "$2" "$1: check says $2" apply node --check -c "$config"
	everything >"$work/after"
	same_file "$1: check wrote nothing" "$work/after" "$work/before"
	status 0 "$1: dry run" apply node --dry-run -c "$config"
	same_script "$1: the dry run prints what it prints anywhere"
	everything >"$work/after"
	same_file "$1: the dry run wrote nothing" "$work/after" "$work/before"
}

each_state()
{
	# What it prints anywhere for this backend.
	"$apply" "--backend=$variant" --dry-run -c "$config" >"$work/scripts"
	topology "$variant"
	make_ns node
	# The first look at a legacy table creates it.
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
	status 4 "check without privilege cannot tell" nobody "$apply" "--backend=$variant" --check \
		-c "$config"
}

# nobody COMMAND...: runs it in a user namespace without a mapping, so as the user nobody and
# without capabilities here.
nobody()
{
	unshare -U -- "$@"
}

iptables_dir=$(dirname "$(realpath "$(command -v iptables-nft || command -v iptables-legacy)")")

# bare COMMAND...: runs it with an empty directory over the one that holds the iptables programs.
bare()
{
	mkdir -p "$work/bare"
	# shellcheck disable=SC2016 # the inner shell's
	on node unshare -m sh -c 'mount --bind "$1" "$2" && shift 2 && exec "$@"' sh \
		"$work/bare" "$iptables_dir" "$@"
}

# For the inner shell: it is not root and has no capability.
# shellcheck disable=SC2016
powerless='[ "$(id -u)" != 0 ] && grep -q "^CapEff:[[:space:]]*0*\$" /proc/self/status'

status 0 "a dry run" "$apply" --dry-run -c "$config"
cp "$work/out" "$work/scripts"
has "it holds the entry" '-d 10\.10\.10\.10(/32)? .*-j MASQUERADE' "$work/scripts"
has "for both families" 'fd00:10:10::10' "$work/scripts"

status 0 "nobody is without capabilities" nobody sh -c "$powerless"
status 0 "a dry run as nobody without capabilities" nobody "$apply" --dry-run -c "$config"
same_script "it prints the same"
status 0 "a dry run with an empty PATH and environment" \
	env -i "LD_LIBRARY_PATH=${LD_LIBRARY_PATH:-}" PATH= "$apply" --dry-run -c "$config"
same_script "it prints the same"

topology bare
make_ns node
status 0 "there is no iptables in the next tests" bare sh -c \
	"! command -v iptables-save && ! command -v iptables-nft-save && ! command -v ip6tables-save"
status 0 "a dry run without iptables installed" bare "$apply" --dry-run -c "$config"
same_script "it prints the same"
for variant in nft legacy; do
	status 4 "$variant: check without iptables installed cannot tell" bare "$apply" \
		"--backend=$variant" --check -c "$config"
	has "$variant: and says what is missing" "there is no iptables-restore .* \[no-iptables\]" "$work/err"
	status 4 "$variant: nor can apply write" bare "$apply" "--backend=$variant" -c "$config"
	has "$variant: it says what is missing too" "there is no iptables-restore .* \[no-iptables\]" "$work/err"
done
if on node nft list ruleset >"$work/out" 2>&1; then
	equal "none of them wrote tables of our own" "$(cat "$work/out")" ""
	status 1 "auto takes nftables: check sees drift" bare "$apply" --check -c "$config"
	out_has 'ipv4: drift (nftables)'
	out_has 'ipv6: drift (nftables)'
	equal "and writes nothing" "$(on node nft list ruleset)" ""
	status 0 "auto applies without iptables installed" bare "$apply" -c "$config"
	out_has 'ipv4: changed (nftables)'
	out_has 'ipv6: changed (nftables)'
	status 0 "and is in line after it" bare "$apply" --check -c "$config"
else
	skip_part "auto takes nftables: the program nft, or a kernel with nf_tables"
fi

status 0 "a dry run of one family, IPv4" "$apply" --dry-run=ipv4 -c "$config"
out_lacks fd00:
status 0 "a dry run of one family, IPv6" "$apply" --dry-run=ipv6 -c "$config"
out_lacks 10.10

each_backend each_state
finish
