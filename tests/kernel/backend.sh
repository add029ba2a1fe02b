#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Row 24: our rules are in one backend, the one that holds them, whatever appears in the other; what
# cannot be read moves nothing; and where the backend is to change, the new rules are in force
# before the old ones go. $variant is where our rules are at first, $other the other one.
#
# A backend that cannot be read: a preloaded library lets the kernel refuse its tables for want of
# memory, and wrappers kill its programs.
set -euo pipefail
# shellcheck source=tests/support/pods.sh
. "$(dirname "$0")/../support/pods.sh"
# shellcheck source=tests/support/agent.sh
. "$(dirname "$0")/../support/agent.sh"
# shellcheck source=tests/support/wrappers.sh
. "$(dirname "$0")/../support/wrappers.sh"

refuse_tables=$(program tests/support/.libs/refuse_tables.so) || exit
too="has rules of ours too"

# fresh NAME: a pod, its node and everything outside; nothing is in the way.
fresh()
{
	topology "$variant-$1"
	build_pods
	rm -f "$work"/trouble.* "$work"/refuse.*
	dir=$work/$top
	mkdir "$dir"
	echo '{"nonMasqueradeCIDRs": ["10.0.0.0/8", "fd00::/8"], "resyncInterval": "300ms"}' \
		>"$dir/config"
	# Each text of a check begins with it.
	what="24, $variant, $1"
}

# in_other 4|6 ARGUMENT...: as tables node, in the other backend.
in_other()
{
	local variant=$other

	tables node "$@"
}

# both_families COMMAND...: with 4 and 6 after its first word.
both_families()
{
	"$1" 4 "${@:2}"
	"$1" 6 "${@:2}"
}

# jumps VARIANT: how many jumps of POSTROUTING lead to our chain there, and how many chains are
# ours, of each family. A table that the kernel does not list is not loaded.
jumps()
{
	local family names=ip_tables_names program=iptables table

	for family in ip ip6; do
		if [ "$1" = nft ] && command -v nft >/dev/null; then
			# What iptables-nft-save cannot show is shown as well.
			table=$(on node nft list table $family nat 2>/dev/null || true)
			table=$(sed -n "/chain POSTROUTING/,/}/s/.*jump $chain\$/jump/p
				s/^.chain IP-MASQ-A.*/chain/p" <<<"$table")
		elif [ "$1" = nft ] || on node grep -q '^nat$' "/proc/net/$names"; then
			table=$(on node "$program-$1-save" -t nat |
				sed -n "s/^-A POSTROUTING .*-j $chain\$/jump/p; s/^:IP-MASQ-A.*/chain/p")
		else
			table=
		fi
		printf '%s,%s ' "$(grep -c jump <<<"$table")" "$(grep -c chain <<<"$table")"
		names=ip6_tables_names program=ip6tables
	done
}

# only_in VARIANT TEXT: our rules are there, once, and packets get what they say.
only_in()
{
	local not=nft

	[ "$1" = legacy ] || not=legacy
	equal "$2: our rules are in $1" "$(jumps "$1")" "1,1 1,1 "
	equal "$2: and not in $not" "$(jumps "$not")" "0,0 0,0 "
	packets "$2"
}

# packets TEXT
packets()
{
	sees "$1" "$pod4" 203.0.113.7 "$node4"
	sees "$1" "$pod4" 10.1.2.3 "$pod4"
	sees "$1" "$pod6" 2001:db8:7::7 "$node6"
	sees "$1" "$pod6" fd00:9::7 "$pod6"
}

# sees TEXT SOURCE DESTINATION SEEN
sees()
{
	ask udp pod "$2" "$3"
	equal "$1: $3 sees the right source" "$seen" "$4"
}

# automatic ARGUMENT...
automatic()
{
	on node "$apply" --backend=auto -c "$dir/config" "$@"
}

# unreadable VARIANT TABLE: the kernel refuses it, and its programs are killed. TABLE is nat or
# mangle. readable: all of it is over.
unreadable()
{
	local program

	: >"$work/refuse.$1.$2"
	for program in iptables ip6tables; do
		# shellcheck disable=SC2016 # the wrapper's
		trouble "$program-$1-save" 'case "$*" in *'"$2"'*) kill -KILL $$ ;; esac'
	done
}

readable()
{
	rm -f "$work"/trouble.* "$work"/refuse.*
}

in_trouble=(env "LD_PRELOAD=$refuse_tables" "REFUSE_TABLES=$work/refuse"
	"ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0")

# troubled ARGUMENT...: with the library and the wrappers.
troubled()
{
	on node "${behind[@]}" "${in_trouble[@]}" "$apply" -c "$dir/config" "$@"
}

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

hint()
{
	on node "iptables-$1" -w 5 -t mangle -N KUBE-IPTABLES-HINT
	on node "ip6tables-$1" -w 5 -t mangle -N KUBE-IPTABLES-HINT
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

# What holds ours comes first.
what_holds_ours()
{
	fresh holds
	status 0 "apply" apply node -c "$dir/config"
	only_in "$variant" "apply"
	hint "$other"
	stays "a hint appears in $other"
	both_families in_other -A OUTPUT -d 192.0.2.77 -j RETURN 2>/dev/null ||
		both_families in_other -A OUTPUT -p udp -j RETURN
	both_families in_other -A OUTPUT -p tcp -j RETURN
	stays "and two rules of others in $other"
	if command -v nft >/dev/null; then
		native_rule nat
		stays "and a native rule in the nat table of nft"
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

# copy_ours: what is in $variant comes back in the other one.
copy_ours()
{
	save node 4 | on node "iptables-$other-restore"
	save node 6 | on node "ip6tables-$other-restore"
}

# Ours are in both: drift, until one apply has cleared one of them.
in_both()
{
	local ask="--backend=$variant"

	for ask in "--backend=$variant" --backend=auto; do
		fresh "both${ask#--backend}"
		status 0 "apply" apply node -c "$dir/config"
		copy_ours
		both_families in_other -A OUTPUT -p udp -j RETURN
		hint "$variant"
		status 1 "check: drift" on node "$apply" "$ask" --check -c "$dir/config"
		for f in 4 6; do
			has "check: says so, IPv$f" "^ipv$f: drift \($other\): .*the $other one $too" \
				"$work/out"
		done
		packets "in both"
		status 0 "apply" on node "$apply" "$ask" -c "$dir/config"
		for f in 4 6; do
			has "apply: says what is removed, IPv$f" \
				"^ipv$f: changed \($other\): chain $chain removed" "$work/out"
		done
		only_in "$variant" "after it"
		equal "the rules of others stay" \
			"$(both_families in_other -S OUTPUT | grep -c -e '-p udp')" 2
		status 0 "check: none" on node "$apply" "$ask" --check -c "$dir/config"
	done
	# A rule of others that leads to the old chain keeps it, empty.
	fresh both-used
	status 0 "apply" apply node -c "$dir/config"
	copy_ours
	both_families in_other -N OTHERS
	both_families in_other -A OTHERS -j "$chain"
	status 0 "apply" apply node -c "$dir/config"
	has "it says what keeps the chain" "chain $chain of the $other nat table is empty but cannot" \
		"$work/out"
	equal "no jump of POSTROUTING is left" "$(jumps "$other")" "0,1 0,1 "
	status 0 "an empty chain is no drift" apply node --check -c "$dir/config"
	status 0 "nor to auto" automatic --check
	packets "an empty chain in $other"
}

# The agent is started again with the other backend, and with another policy, while flows begin.
under_traffic()
{
	local sender status=0 name

	fresh traffic
	status 0 "apply" apply node -c "$dir/config"
	echo '{"nonMasqueradeCIDRs": ["10.0.0.0/8", "203.0.113.0/24", "fd00::/9"]}' >"$dir/new"
	old_or_new "$dir/new" >"$work/destinations"
	backend=$variant start -c "$dir/config"
	logs "the agent is in line" "ipv6: in line \\($variant\\)"
	"$flows" "/run/netns/$top-pod" "/run/netns/$top-outside" 2000 3500 10000 "$pod4" "$node4" \
		"$pod6" "$node6" <"$work/destinations" >"$work/flows" 2>&1 &
	sender=$!
	sleep 0.5
	stop "it ends"
	# shellcheck disable=SC2016 # the inner shell's, which becomes the agent
	prefix=("${traceable[@]}" "$trace" "$work/trace" sh -c 'echo $$ >"$1" && shift && exec "$@"' sh "$work/pid")
	backend=$other start -c "$dir/new"
	prefix=()
	for f in 4 6; do
		logs "started with --backend=$other, it writes IPv$f there" \
			"ipv$f: changed \\($other; start\\): jump from POSTROUTING added"
		logs "and removes what was in $variant" \
			"ipv$f: changed \\($variant; start\\): chain $chain removed"
	done
	wait "$sender" || status=$?
	if [ "$status" = 0 ]; then
		pass "$(sed -n 's/^judged //p' "$work/flows") flows, each as it may be"
	else
		fail "flows that are wrong or lost" "$work/flows"
	fi
	for name in masquerade return either-masqueraded either-returned; do
		check "at least 50 flows of the kind $name" \
			test "$(sed -n "s/^$name //p" "$work/flows")" -ge 50
	done
	kill "$(cat "$work/pid")"
	wait "$agent" || fail "it ends with 0" "$work/log"
	equal "first the new rules, then the old ones, per family" \
		"$(sed -n '/ --test/d; s/^exec \(ip[^ ]*-restore\).*/\1/p' "$work/trace" | xargs)" \
		"iptables-$other-restore iptables-$variant-restore ip6tables-$other-restore ip6tables-$variant-restore"
	equal "the rules are in $other" "$(jumps "$other") $(jumps "$variant")" "1,1 1,1  0,0 0,0 "
	status 0 "check" on node "$apply" "--backend=$other" --check -c "$dir/new"
	status 0 "auto stays there" on node "$apply" --check -c "$dir/new"
}

# The old rules cannot be removed: the new ones are in force, which is not yet all.
# not_removed TEXT PATTERN: the trouble is there; readable ends it.
not_removed()
{
	status 4 "$1: apply fails" troubled "--backend=$other" --wait=1
	has "$1: and says why" "$2" "$work/err"
	equal "$1: the new rules are in force" "$(jumps "$other")" "1,1 1,1 "
	packets "$1"
	prefix=("${behind[@]}" "${in_trouble[@]}")
	backend=$other start -c "$dir/config" --wait=1
	prefix=()
	logs "$1: the agent fails too" "ipv4: failed, .*($2)"
	status 1 "$1: check sees drift" on node "$apply" "--backend=$other" --check -c "$dir/config"
	has "$1: check says so" "^ipv4: drift \($variant\): .*the $variant one $too" "$work/out"
	mark
	readable
}

# removed TEXT: after not_removed
removed()
{
	logs "$1: once it has passed the agent removes them" \
		"ipv4: changed \\($variant; [^)]*\\): chain $chain removed"
	logs "$1: in both families" "ipv6: changed \\($variant; [^)]*\\): chain $chain removed"
	stop "$1: the agent ends"
	only_in "$other" "$1"
	status 0 "$1: check" on node "$apply" "--backend=$other" --check -c "$dir/config"
}

removal_fails()
{
	local program holder

	fresh restore-killed
	status 0 "apply" apply node -c "$dir/config"
	for program in iptables ip6tables; do
		# shellcheck disable=SC2016 # the wrapper's
		trouble "$program-$variant-restore" 'kill -KILL $$'
	done
	not_removed "its restore is killed" "$variant-restore failed: .*ended by signal 9"
	removed "its restore is killed"

	fresh old-unreadable
	status 0 "apply" apply node -c "$dir/config"
	unreadable "$variant" nat
	not_removed "it cannot be read" "the $variant nat table $too is not known: .*signal 9"
	removed "it cannot be read"

	# Only the legacy programs take the lock.
	[ "$variant" = legacy ] || return 0
	fresh lock-held
	status 0 "apply" apply node -c "$dir/config"
	flock -o /run/xtables.lock sleep 600 &
	holder=$!
	while flock -n /run/xtables.lock true; do
		pause 0.02
	done
	not_removed "the lock is held" "waited 1 seconds for the xtables lock"
	kill "$holder"
	removed "the lock is held"
}

# Without its programs, what the other one holds is seen, but cannot be removed.
no_programs()
{
	local few=$work/few program

	fresh no-programs
	status 0 "apply" apply node -c "$dir/config"
	rm -rf "$few"
	mkdir "$few"
	for program in iptables ip6tables; do
		cp -L "/usr/sbin/$program-$other-save" "/usr/sbin/$program-$other-restore" "$few"
	done
	# shellcheck disable=SC2016 # the inner shell's
	prefix=(unshare -m sh -c 'mount --bind "$1" /usr/sbin && shift && exec "$@"' sh "$few")
	status 4 "apply with the other programs alone" \
		on node "${prefix[@]}" "$apply" -c "$dir/config"
	has "says what it cannot do" "there is no iptables-$variant-restore .* to remove them" \
		"$work/err"
	packets "with the other programs alone"
	status 1 "check with the other programs alone" \
		on node "${prefix[@]}" "$apply" --check -c "$dir/config"
	has "says that they are there" "^ipv4: drift \($variant\): .*the $variant one $too" "$work/out"
	prefix=()
	status 0 "with all programs apply clears up" on node "$apply" "--backend=$other" \
		-c "$dir/config"
	only_in "$other" "with all programs"
}

all()
{
	other=nft
	[ "$variant" = legacy ] || other=legacy
	what_holds_ours
	nothing_of_ours
	not_known
	nothing_of_ours_not_known
	in_both
	under_traffic
	removal_fails
	no_programs
	what=
}

for variant in nft legacy; do
	topology "needs-$variant"
	make_ns variant
	has_variant "$variant" || skip "$missing"
done
write_wrappers
each_variant all
finish
