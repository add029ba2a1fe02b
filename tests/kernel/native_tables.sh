#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Native tables are read back as they were written: every kind of rule, maps of every key, of both
# families, small and large, also where the socket takes little. What others change in them is seen. What a run left that was killed is removed. `nft list' understands the tables, and
# what it prints loads again.
set -euo pipefail
# shellcheck source=tests/support/kernel.sh
. "$(dirname "$0")/../support/kernel.sh"

native_check=$(program tests/support/native_check) || exit
command -v nft >/dev/null || skip "the program nft"

topology native
make_ns node
on node nft add table ip probe 2>/dev/null || skip "a kernel with nf_tables"
on node nft delete table ip probe

native()
{
	on node "$native_check" "$@"
}

# is TEXT STATUS LINE COMMAND...: the status of native_check, and a line of its output.
is()
{
	local text=$1 status=$2 line=$3

	shift 3
	status "$status" "$text" native "$@"
	has "$text: $line" "$line" "$work/out"
}

# changed TEXT LINE FAMILY COMMAND...: after what nft does, the kernel does not hold the ruleset.
changed()
{
	local text=$1 line=$2 family=$3

	shift 3
	native delete "$family"
	native load "$family" a 20 >/dev/null
	on node nft "$@"
	is "$text" 1 "$line" read "$family" a 20
}

in_kernel()
{
	on node nft list ruleset
}

both()
{
	local f=$1 ip=ip

	[ "$f" = 4 ] || ip=ip6
	what="IPv$f"
	status 0 "load" native load "$f" a 20
	is "read back" 0 same read "$f" a 20
	status 0 "load the other generation" native load "$f" b 30
	is "read it back" 0 same read "$f" b 30
	in_kernel >"$work/listed"
	lacks "the old one is gone" "IP-MASQ-AG.*\.a" "$work/listed"
	status 0 "load 20,000 entries" native load "$f" a 20000
	is "read them back" 0 same read "$f" a 20000
	status 0 "load as many through a small socket" native load "$f" b 20001 40000
	has "in many transactions" "^[0-9]{2,} transactions" "$work/out"
	is "read that back" 0 same read "$f" b 20001
	status 0 "load 20,000 entries again" native load "$f" a 20000
	status 0 "leave half of a change behind" native leave "$f" b 50
	is "what is in force stays" 1 "^[0-9]* stale$" read "$f" a 20000
	status 0 "the next run" native load "$f" b 20
	is "removes it" 0 same read "$f" b 20

	in_kernel >"$work/listed"
	on node nft flush ruleset
	on node nft -f "$work/listed"
	is "what nft lists, loaded by nft" 0 same read "$f" b 20

	status 0 "load the first generation" native load "$f" a 20
	changed "a rule too many" "^chain .*rules differs" "$f" \
		add rule "$ip" ipmasq "$(chain_of "$f" rules)" return
	changed "a rule of another kind" "^odd: a rule of chain" "$f" \
		insert rule "$ip" ipmasq "$(chain_of "$f" rules)" counter
	changed "an element too few" "^chain .*root differs" "$f" \
		delete element "$ip" ipmasq "$(chain_of "$f" root).0" "{ $(element "$f") }"
	changed "an element that says otherwise" "^chain .*root differs" "$f" "
		delete element $ip ipmasq $(chain_of "$f" root).0 { $(element "$f") }
		add element $ip ipmasq $(chain_of "$f" root).0 { $(element "$f") : return }"
	changed "a map without elements" "^chain .*root differs" "$f" \
		flush map "$ip" ipmasq "$(chain_of "$f" root).1"
	changed "a dormant table" "^the base chain differs" "$f" \
		add table "$ip" ipmasq '{ flags dormant; }'
	changed "a base chain without rules" "^the base chain differs" "$f" \
		flush chain "$ip" ipmasq IP-MASQ-AGENT
	changed "a base chain that drops" "^the base chain differs" "$f" \
		add chain "$ip" ipmasq IP-MASQ-AGENT '{ policy drop; }'
	changed "a stale chain" "^1 stale$" "$f" \
		add chain "$ip" ipmasq "$(chain_of "$f" root | sed 's/\.a/.b/')"
	changed "another test in the base chain" "^the base chain differs" "$f" \
		insert rule "$ip" ipmasq IP-MASQ-AGENT goto "$(chain_of "$f" masq)"

	what="IPv$f"
	on node nft add chain "$ip" ipmasq THEIRS
	status 0 "delete" native delete "$f"
	in_kernel >"$work/listed"
	has "a chain of others stays" THEIRS "$work/listed"
	on node nft delete chain "$ip" ipmasq THEIRS
	status 0 "delete again" native delete "$f"
	equal "nothing is left" "$(in_kernel)" ""
	status 0 "delete nothing" native delete "$f"
}

# chain_of 4|6 WHAT
chain_of()
{
	on node nft list ruleset | sed -n "s/.*chain \(IP-MASQ-AG\..*\.a$2\) .*/\1/p" | head -1
}

element()
{
	[ "$1" = 4 ] && echo 0.0.0.1 || echo 0x00000001
}

both 4
both 6
what=
finish
