#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Large policies as tables of nftables: nft loads what --dry-run prints, the kernel takes chains as
# deep as there can be, and packets are decided as ipmasq-explain and the script for iptables say.
# IPMASQ_SEEDS="1 2": other policies.
set -euo pipefail
# shellcheck source=tests/support/pods.sh
. "$(dirname "$0")/../support/pods.sh"

seeds=${IPMASQ_SEEDS:-1}
variant=nft
command -v nft >/dev/null || skip "the program nft (Debian: nftables)"

# interpret 4|6 SOURCE < addresses: the verdicts of the script for iptables.
interpret()
{
	"$apply" "--dry-run=ipv$1" -c "$policy" 2>/dev/null | sed 1d >"$work/script"
	"$sim" "$1" "$work/script" "$2" | cut -f 1,2
}

# load NAME: the tables of the node become those of $work/NAME.yaml.
load()
{
	policy=$work/$1.yaml
	status 0 "$text: the tables" "$apply" --dry-run --backend=nftables --layout=maps -c "$policy"
	cp "$work/out" "$work/tables"
	on node nft delete table ip ipmasq 2>/dev/null || true
	on node nft delete table ip6 ipmasq 2>/dev/null || true
	status 0 "$text: nft loads them" on node nft -f "$work/tables"
}

decide()
{
	local f

	load policy
	for f in 4 6; do
		probes_of policy "$f" 80
		judge "$text" "$(pod_of "$f")" '' -c "$policy"
	done
}

# deep: maps of sources, and behind them maps of destinations, nested as far as prefixes can be.
deep()
{
	awk 'BEGIN {
		srand(7)
		print "podCIDRs:\n- 172.20.1.2/32\n- fd00:172:20:1::2/128"
		for (i = 0; i < 400; i++)
			printf "- 10.%d.%d.0/%d\n", rand() * 256, rand() * 256, 24
		for (i = 0; i < 400; i++)
			printf "- fd00:%x:%x::/%d\n", rand() * 65536, rand() * 65536, 48
		for (odd = 0; odd < 2; odd++) {
			print odd ? "masqueradeCIDRs:" : "nonMasqueradeCIDRs:"
			for (len = 1 + odd; len <= 128; len += 2)
				print "- " ones(len) "/" len
			# At each node down to a depth one half is an entry.
			for (len = 1 + odd; len <= 11; len += 2)
				for (i = 0; i < 2 ^ (len - 1); i++)
					print "- " half(i * 2 + (i + len) % 2, len) "/" len
		}
	}
	# The first bits of ffff:ffff:...
	function ones(len,	text, bits, groups) {
		for (; len > 0; len -= 16) {
			bits = len < 16 ? len : 16
			text = text (groups++ ? ":" : "") sprintf("%x", 65536 - 2 ^ (16 - bits))
		}
		return text (groups < 8 ? "::" : "")
	}
	function half(path, len,	value) {
		value = path * 2 ^ (32 - len)
		return int(value / 16777216) "." int(value / 65536) % 256 ".0.0"
	}' >"$work/policy.yaml"
}

topology "$variant"
if big_transactions; then
	large=50000
else
	note "large transactions are not allowed here: tables stay small"
	large=1000
fi
topology maps
build_pods
for seed in $seeds; do
	for kind in "nested 20" "random 300" "nested 3000" "random $large"; do
		text="${kind% *} policy of ${kind#* } entries"
		[ "${kind#* }" -le "$large" ] || continue
		# shellcheck disable=SC2086
		write_policy policy $kind "$seed"
		decide
	done
done
text="the deepest maps"
deep
decide
has "$text: IPv4 sources are in maps" 'ip saddr & .* vmap' "$work/tables"
has "$text: IPv6 sources are in maps" '@nh,64,64 & .* vmap' "$work/tables"
echo "$self: $decisions decisions of the kernel"
finish
