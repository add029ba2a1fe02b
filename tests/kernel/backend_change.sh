#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Row 24: where the backend is to change, the new rules are in force before the old ones go, packets
# judged; until then there is drift.
set -euo pipefail
# shellcheck source=tests/support/backends.sh
. "$(dirname "$0")/../support/backends.sh"

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
		# Rules of iptables that are in force keep auto there.
		[ "$variant $ask" != "nftables --backend=auto" ] || continue
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
	[ "$variant" = nftables ] || status 0 "nor to auto" automatic --check
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

# Two instances with different backends take over from each other at the same time, again and again.
# Whoever loses may fail, but one of them always has its rules in force.
at_once()
{
	local sender status=0 round pids pid bad=0 name

	fresh "at-once-$other"
	status 0 "apply" apply node -c "$dir/config"
	printf '%s\n' '203.0.113.7 MASQUERADE' '10.1.2.3 RETURN' '2001:db8:7::7 MASQUERADE' \
		'fd00:9::7 RETURN' >"$work/destinations"
	"$flows" "/run/netns/$top-pod" "/run/netns/$top-outside" 2000 4000 10000 "$pod4" "$node4" \
		"$pod6" "$node6" <"$work/destinations" >"$work/flows" 2>&1 &
	sender=$!
	for round in {1..20}; do
		pids=
		for name in "$variant" "$other"; do
			on node "$apply" "--backend=$name" -c "$dir/config" >"$work/out.$name" 2>&1 &
			pids+=" $!"
		done
		for pid in $pids; do
			status=0
			wait "$pid" || status=$?
			[ $status = 0 ] || [ $status = 4 ] || bad=$((bad + 1))
		done
		[ $bad = 0 ] || break
		kill -0 "$sender" 2>/dev/null || break
	done
	equal "two at once: each ends with 0 or 4" "$bad" 0
	check "two at once: more than once" test "$round" -gt 1
	status=0
	wait "$sender" || status=$?
	if [ "$status" = 0 ]; then
		pass "two at once: $(sed -n 's/^judged //p' "$work/flows") flows, each as it must be"
	else
		fail "two at once: flows that are wrong or lost" "$work/flows"
	fi
	status 0 "one of them alone" on node "$apply" "--backend=$variant" -c "$dir/config"
	only_in "$variant" "one of them alone"
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

	fresh "restore-killed-$other"
	status 0 "apply" apply node -c "$dir/config"
	for program in iptables ip6tables; do
		# shellcheck disable=SC2016 # the wrapper's
		trouble "$program-$variant-restore" 'kill -KILL $$'
	done
	not_removed "its restore is killed" "$variant-restore failed: .*ended by signal 9"
	removed "its restore is killed"

	fresh "old-unreadable-$other"
	status 0 "apply" apply node -c "$dir/config"
	unreadable "$variant" nat
	# With tables of our own no program is asked.
	not_removed "it cannot be read" "the $variant nat table $too is not known: .*$(
		[ "$other" = nftables ] && echo 'the kernel does not show' || echo 'signal 9')"
	removed "it cannot be read"

	# Only the legacy programs take the lock.
	[ "$variant" = legacy ] || return 0
	fresh "lock-held-$other"
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

# Without its programs, what the other one holds is seen. Rules of iptables-nft are removed by
# netlink; those of the legacy variant cannot be.
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
	if [ "$variant" = nft ]; then
		status 0 "apply with the other programs alone" \
			on node "${prefix[@]}" "$apply" -c "$dir/config"
		prefix=()
		only_in "$other" "with the other programs alone"
		return
	fi
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

# Tables of our own in the place of one of both. nftables.sh takes them over under traffic.
with_native()
{
	variant=nftables
	topology needs-nftables
	make_ns variant
	if ! has_variant nftables; then
		skip_part "the nftables backend: $missing"
		return
	fi
	other=nft
	in_both
	variant=nft other=nftables
	at_once
	variant=legacy
	removal_fails
	what=
}

all()
{
	in_both
	under_traffic
	at_once
	removal_fails
	no_programs
}

in_both_backends all
note nftables
with_native
finish
