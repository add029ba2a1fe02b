#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Row 24: our rules are in one backend, the one that holds them, whatever appears in the other; and
# what cannot be read moves nothing.
set -euo pipefail
# shellcheck source=tests/support/backends.sh
. "$(dirname "$0")/../support/backends.sh"

# stays TEXT: auto finds the rules in line where they are.
stays()
{
	status 0 "$1: check" automatic --check
	status 0 "$1: apply" automatic
	printf 'ipv4: in line (%s)\nipv6: in line (%s)\n' "$variant" "$variant" >"$work/wanted"
	sed 's/: [^:]* cannot show the nat table.*//' "$work/out" >"$work/said"
	same_file "$1: writes nothing and says in line ($variant)" "$work/said" "$work/wanted"
	only_in "$variant" "$1"
}

# A rule that iptables-nft-save cannot print, so that it prints nothing of the table.
native_rule()
{
	local family

	for family in ip ip6; do
		on node nft add table $family "$1"
		on node nft add chain $family "$1" NATIVE
		on node nft add rule $family "$1" NATIVE meta length '>' 20 return
	done
}

# iptables-nft does not touch a table with native rules.
flush_ours()
{
	if [ "$variant" = nft ] && command -v nft >/dev/null; then
		on node nft flush chain ip nat "$chain"
		on node nft flush chain ip6 nat "$chain"
	else
		tables node 4 -F "$chain"
		tables node 6 -F "$chain"
	fi
}

# change_rules FILE: another program changes rules that are not ours, until the file is there.
change_rules()
{
	until [ -e "$1" ]; do
		echo 'add table ip changing'
		echo 'delete table ip changing'
		# A read must fit between two changes, also with sanitizers on a busy machine.
		sleep 0.02
	done | on node nft -i >"$work/changes" 2>&1
}

# What the kernel shows while rules change is of two moments. Here no program can print the table, so
# the kernel must be asked again.
while_rules_change()
{
	local changes wrong=0 i

	rm -f "$work/enough"
	change_rules "$work/enough" &
	changes=$!
	for ((i = 0; i < 15; i++)); do
		automatic --check >"$work/check-$i" 2>&1 || wrong=$((wrong + 1))
	done
	: >"$work/enough"
	wait "$changes" || true
	equal "while rules of others change: checks that failed" "$wrong" 0
	[ "$wrong" -eq 0 ] || sort "$work"/check-* | uniq -c
}

# What holds ours comes first.
what_holds_ours()
{
	fresh holds
	status 0 "apply" apply node -c "$dir/config"
	only_in "$variant" "apply"
	status 0 "its longer name: check" on node "$apply" "--backend=iptables-$variant" --check \
		-c "$dir/config"
	out_has "ipv4: in line ($variant)"
	hint "$other"
	stays "a hint appears in $other"
	both_families in_other -A OUTPUT -d 192.0.2.77 -j RETURN 2>/dev/null ||
		both_families in_other -A OUTPUT -p udp -j RETURN
	both_families in_other -A OUTPUT -p tcp -j RETURN
	stays "and two rules of others in $other"
	if command -v nft >/dev/null; then
		native_rule nat
		stays "and a native rule in the nat table of nft"
		while_rules_change
	else
		skip_part "a native rule: the program nft"
	fi
	backend=auto start -c "$dir/config"
	logs "the agent finds them in line" "ipv4: in line \\($variant\\)"
	mark
	flush_ours
	logs "the agent repairs them there" "ipv4: changed \\($variant; drift\\)"
	logs "in both families" "ipv6: changed \\($variant; drift\\)"
	only_in "$variant" "after the repair"
	mark
	echo '{"nonMasqueradeCIDRs": ["10.0.0.0/9", "fd00::/8"], "resyncInterval": "300ms"}' |
		put "$dir/config"
	logs "a new configuration goes there too" "ipv4: changed \\($variant; the configuration"
	only_in "$variant" "after the change"
	stop "the agent ends"
	logs_never "it fails never" 'failed'
}

# Nothing of ours is there: the order of the other facts.
nothing_of_ours()
{
	fresh hints
	hint "$other"
	status 0 "a hint where there is no nat table: apply" automatic
	only_in "$other" "a hint where there is no nat table"

	fresh rules-of-others
	both_families in_other -A OUTPUT -p udp -j RETURN
	status 0 "a rule of others: apply" automatic
	only_in "$other" "a rule of others"

	fresh hint-and-rules
	both_families in_other -A OUTPUT -p udp -j RETURN
	hint "$variant"
	status 0 "a hint against a rule of others: apply" automatic
	only_in "$variant" "a hint against a rule of others"

	command -v nft >/dev/null || return 0
	fresh native
	hint nft
	native_rule mangle
	both_tables legacy -A OUTPUT -p udp -j RETURN
	status 0 "a hint in a table that iptables-nft-save does not print: apply" automatic
	only_in nft "a hint in a table that iptables-nft-save does not print"
}

# both_tables VARIANT ARGUMENT...
both_tables()
{
	local variant=$1

	shift
	tables node 4 "$@"
	tables node 6 "$@"
}

# repaired TEXT REASON: the agent repairs ours while the other one cannot be read.
repaired()
{
	mark
	flush_ours
	logs "$1: ours are repaired" "ipv4: changed \\($variant; $2\\)"
	logs "$1: in both families" "ipv6: changed \\($variant; $2\\)"
	only_in "$variant" "$1"
	mark
}

# What cannot be read is not known: it moves nothing, and nothing is said to be in line.
not_known()
{
	fresh unreadable
	both_families in_other -A OUTPUT -p udp -j RETURN
	hint "$other"
	status 0 "apply" apply node -c "$dir/config"
	unreadable "$other" nat
	status 4 "the other one cannot be read: check cannot tell" troubled --check
	status 4 "the other one cannot be read: apply fails" troubled
	has "and says so" "whether the $other nat table $too is not known: .*ended by signal 9" \
		"$work/err"
	only_in "$variant" "the other one cannot be read"
	flush_ours
	status 1 "ours are gone as well: check sees drift" troubled --check
	status 4 "ours are repaired all the same: apply" troubled
	only_in "$variant" "ours are repaired all the same"
	prefix=("${behind[@]}" "${in_trouble[@]}")
	backend=auto start -c "$dir/config"
	logs "the agent reports it" "ipv4: failed, .*the $other nat table $too is not known"
	repaired "an agent that has not been in line yet" start
	mark
	readable
	logs "it is in line once it has passed" "ipv4: in line \\($variant\\)"
	logs "in both families" "ipv6: in line \\($variant\\)"
	mark
	unreadable "$other" nat
	logs "it comes back: the agent reports it" "ipv4: failed, .*the $other nat table $too"
	repaired "it comes back" drift
	readable
	logs "and is in line again" "ipv4: (in line|changed) \\($variant"
	stop "the agent ends"
	prefix=()
	only_in "$variant" "at the end"
}

# Nothing of ours is seen, and one fact is not known: nothing is written, in either.
# nothing_written TEXT TABLE
nothing_written()
{
	unreadable "$other" "$2"
	status 4 "$1: apply fails" troubled
	has "$1: it says why" "which backend holds the node's rules is not known: .*signal 9" \
		"$work/err"
	equal "$1: nothing is in $variant" "$(jumps "$variant")" "0,0 0,0 "
	equal "$1: nor in $other" "$(jumps "$other")" "0,0 0,0 "
	prefix=("${behind[@]}" "${in_trouble[@]}")
	backend=auto start -c "$dir/config"
	prefix=()
	logs "$1: the agent reports it" "ipv6: failed, .*is not known"
	readable
	logs "$1: and asks again" "ipv4: changed \\($other; start\\)"
	logs "$1: for both families" "ipv6: changed \\($other; start\\)"
	stop "$1: the agent ends"
	only_in "$other" "$1"
}

nothing_of_ours_not_known()
{
	fresh nat-unreadable
	both_families in_other -A OUTPUT -p udp -j RETURN
	nothing_written "nat of $other cannot be read" nat
	fresh mangle-unreadable
	hint "$other"
	# The kernel shows the hints of nft with its nat table, which a program is to print here.
	: >"$work/refuse.$other.nat"
	nothing_written "mangle of $other cannot be read" mangle
}

all()
{
	what_holds_ours
	nothing_of_ours
	not_known
	nothing_of_ours_not_known
}

in_both_backends all
finish
