#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A tree of chains decides in the kernel as the policy says, and is removed without a trace. It
# survives tampering and runs that are killed half way. When nothing changed, an apply runs no
# program.
# IPMASQ_SEEDS="1 2": other policies. IPMASQ_SMALL=1: without the tampering, and half of the kills.
set -euo pipefail
# shellcheck source=tests/support/pods.sh
. "$(dirname "$0")/../support/pods.sh"

seeds=${IPMASQ_SEEDS:-1}
chain=IP-MASQ-AGENT

foreign()
{
	local f

	for f in 4 6; do
		tables node "$f" -N KUBE-POSTROUTING
		tables node "$f" -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
		tables node "$f" -A KUBE-POSTROUTING -m comment --comment "of \"others\"" \
			-j MASQUERADE --random-fully
		tables node "$f" -A POSTROUTING -m comment --comment "kubernetes postrouting rules" \
			-j KUBE-POSTROUTING
		# Looks like one of our sub-chains, but its name does not begin as theirs do.
		tables node "$f" -N IP-MASQ.1a2b.a000001
		save node "$f" >"$work/found-$f"
	done
}

# ours < table: our rules, by chain, without the generation in the names.
ours()
{
	sed -n "/^-A IP-MASQ-AG\(ENT\|\.\)/ { s/\(IP-MASQ-AG\.[0-9a-f]*\.\)[a-z]/\1#/g; p; }" |
		sort -s -k 2,2
}

# nothing_stale TEXT: the sub-chains are of one generation, and all are used. Leaves the tables in
# $work/saved-4 and -6.
nothing_stale()
{
	local f

	for f in 4 6; do
		save node "$f" >"$work/saved-$f"
		: >"$work/others"
		awk -v others="$work/others" '
			!/IP-MASQ-AGENT|IP-MASQ-AG\./ { print >others }
			/^:IP-MASQ-AG\./ {
				name = substr($1, 2)
				defined[name]
				generation = substr(name, match(name, /[^.]*$/), 1)
				if (!(generation in seen) && ++generations > 1)
					print "generation " generation ": " name
				seen[generation]
			}
			match($0, / -[gj] IP-MASQ-AG\.[^ ]*/) {
				used[substr($0, RSTART + 4, RLENGTH - 4)]
			}
			END {
				for (name in defined)
					if (!(name in used))
						print "not used: " name
			}' "$work/saved-$f" >"$work/stale"
		if [ ! -s "$work/stale" ]; then
			pass "$1, IPv$f: one generation, and each sub-chain is used"
		else
			fail "$1, IPv$f: sub-chains that are not used, or of several generations" \
				"$work/stale"
		fi
		same_file "$1, IPv$f: the rules of others are untouched" \
			"$work/others" "$work/found-$f"
	done
}

# decide nested|random COUNT: the kernel decides as such a policy says.
decide()
{
	local kind=$1 count=$2 text f

	text="$kind policy of $count entries"
	write_policy policy "$kind" "$count" "$seed"
	in_line "$text" --layout=tree -c "$work/policy.yaml"
	nothing_stale "$text"
	# The smallest may need no more than the root.
	[ "$count" -lt 300 ] || check "$text: a tree has sub-chains" test -n "$(sub_chains node 4)"
	for f in 4 6; do
		probes_of policy "$f" 80
		judge "$text" "$(pod_of "$f")" '' -c "$work/policy.yaml"
	done
	counters >"$work/before"
	has "$text: packets have counted in our chains" \
		'^\[[1-9][0-9]*:.* -A IP-MASQ-AG(\.|ENT )' "$work/before"
	status 0 "$text: apply again" apply node --layout=tree -c "$work/policy.yaml"
	counters >"$work/after"
	same_file "$text: the second apply wrote nothing: the counters go on" \
		"$work/after" "$work/before"
}

decisions_of_trees()
{
	local seed

	for seed in $seeds; do
		decide nested 20
		decide random 300
		if [ -n "$big" ]; then
			decide nested 3000
			decide nested 50000
		else
			decide nested 1000
		fi
	done
	status 0 "remove" apply node --remove
	nothing_stale "remove"
}

same_as_found()
{
	local f

	for f in 4 6; do
		save node "$f" >"$work/left"
		same_file "$1, IPv$f: the table is as it was found" "$work/left" "$work/found-$f"
	done
}

# no_sub_chains TEXT: there is only our one chain.
no_sub_chains()
{
	equal "$1: no sub-chain" "$(sub_chains node 4; sub_chains node 6)" ""
}

transitions()
{
	local seed=${seeds%% *} one=$work/one.yaml two=$work/two.yaml

	write_policy one nested 400 "$seed"
	flipped "$seed" <"$one" >"$two"
	in_line "linear on nothing" --layout=linear -c "$one"
	no_sub_chains "linear on nothing"
	in_line "tree over linear" --layout=tree -c "$one"
	nothing_stale "tree over linear"
	in_line "tree over another tree" --layout=tree -c "$two"
	nothing_stale "tree over another tree"
	probes_of one 4 60
	judge "tree over another tree" "$pod4" '' -c "$two"
	status 1 "the other policy is drift" apply node --check --layout=tree -c "$one"
	status 1 "the other layout is drift" apply node --check --layout=linear -c "$two"
	in_line "linear over a tree" --layout=linear -c "$two"
	nothing_stale "linear over a tree"
	no_sub_chains "linear over a tree"
	in_line "tree over linear again" --layout=tree -c "$one"
	status 0 "remove a tree" apply node --remove
	same_as_found "remove a tree"
	in_line "a tree again" --layout=tree -c "$one"
	status 0 "remove without a policy's layout" apply node --remove --layout=linear
	same_as_found "remove without a policy's layout"
}

# repaired 4|6 TEXT: --check sees drift, and one apply repairs it.
repaired()
{
	local f=$1 text="tampering, IPv$1: $2"

	status 1 "$text: check sees it" apply node --check "${options[@]}"
	check "$text: check prints what differs" test -s "$work/out"
	in_line "$text" "${options[@]}"
	nothing_stale "$text"
	ours <"$work/saved-$f" >"$work/ours"
	same_file "$text: ours are as before" "$work/ours" "$work/ours-$f"
}

# some_sub 4|6 [inner|leaf]: a sub-chain, of those with a goto to others (inner) or those without
# (leaf).
some_sub()
{
	save node "$1" | awk -v kind="${2:-any}" '
		/^:IP-MASQ-AG\./ { name[++n] = substr($1, 2) }
		/^-A IP-MASQ-AG\./ && / -g / { inner[$2] = 1 }
		END {
			for (i = 1; i <= n; i++)
				if (kind == "any" || (kind == "inner") == (name[i] in inner))
					some[++m] = name[i]
			print some[int((m + 1) / 2)]
		}'
}

tamper()
{
	local f=$1 sub='^-A IP-MASQ-AG[.]' other

	save node "$f" | ours >"$work/ours-$f"
	edit "$f" "/$sub.* -d / && n++ == 5 { next } { print }"
	repaired "$f" "a rule of a sub-chain removed"
	edit "$f" "/$sub.*-j RETURN/ && n++ == 3 { sub(/RETURN/, \"MASQUERADE\") } { print }"
	repaired "$f" "a RETURN turned into MASQUERADE"
	tables node "$f" -I "$(some_sub "$f")" 1 -p tcp -j RETURN
	repaired "$f" "a rule added to a sub-chain"
	tables node "$f" -A "$(some_sub "$f")" -m mark --mark 7 -j ACCEPT
	repaired "$f" "a rule that is none of our kind, at a sub-chain's end"
	tables node "$f" -F "$(some_sub "$f")"
	repaired "$f" "a sub-chain flushed"
	edit "$f" "/$sub.* -g IP-MASQ-AG/ && n++ == 0 { next } { print }"
	repaired "$f" "a goto removed"
	edit "$f" "/^-A $chain .* -g IP-MASQ-AG/ && n++ == 0 { sub(/ -g /, \" -j \") } { print }"
	repaired "$f" "a goto turned into a jump"
	other=$(some_sub "$f")
	edit "$f" "/^-A .* -g IP-MASQ-AG/ && !/ $other/ && n++ == 0 { sub(/-g .*/, \"-g $other\") }
		{ print }"
	repaired "$f" "a goto that leads to another sub-chain"
	other=$(sub_chains node "$f" | head -n 1)
	tables node "$f" -N "${other%.*}.z00000z"
	repaired "$f" "an empty sub-chain that nothing leads to"
	tables node "$f" -F "$chain"
	repaired "$f" "the root flushed"
}

# foreign_jump 4|6 inner|leaf: a rule of others jumps to such a sub-chain. It is reported, is no
# drift, and does not prevent another policy, even where the sub-chain is stale then.
foreign_jump()
{
	local f=$1 sub text="a foreign jump to a sub-chain ($2), IPv$1" layout

	sub=$(some_sub "$f" "$2")
	tables node "$f" -A KUBE-POSTROUTING -j "$sub"
	status 0 "$text: no drift" apply node --check "${options[@]}"
	status 0 "$text: apply" apply node "${options[@]}"
	has "$text: it is reported" "KUBE-POSTROUTING" "$work/out"
	for layout in tree linear; do
		in_line "$text: another policy, $layout" "--layout=$layout" -c "$work/two.yaml"
		has "$text: it is reported with another policy, $layout" "KUBE-POSTROUTING" \
			"$work/said"
		save node "$f" >"$work/saved"
		has "$text: it stands" "^-A KUBE-POSTROUTING -j $sub\$" "$work/saved"
		probes_of two "$f" 40
		judge "$text: another policy, $layout" "$(pod_of "$f")" '' -c "$work/two.yaml"
	done
	tables node "$f" -D KUBE-POSTROUTING -j "$sub"
	in_line "$text, gone again" "${options[@]}"
	nothing_stale "$text, gone again"
}

tampering()
{
	local seed=${seeds%% *} f

	write_policy one nested 400 "$seed"
	flipped "$seed" <"$work/one.yaml" >"$work/two.yaml"
	options=(--layout=tree -c "$work/one.yaml")
	in_line "tampering" "${options[@]}"
	tamper 4
	tamper 6
	for f in 4 6; do
		foreign_jump "$f" inner
		foreign_jump "$f" leaf
	done
	status 0 "remove after tampering" apply node --remove
	same_as_found "remove after tampering"
}

# killed all|parent SECONDS OPTION...: an apply that is killed after so long, with all that it
# started or alone. When the first process of a process namespace ends, the kernel kills all others
# in it and waits for them.
killed()
{
	# shellcheck disable=SC2016 # for the inner shell
	on node unshare -p --fork bash -c '
		victims=$1 after=$2
		shift 2
		"$@" >/dev/null 2>&1 &
		sleep "$after"
		[ "$victims" = parent ] || exit 0
		# The programs that it started go on.
		{
			kill -KILL $!
			wait
		} 2>/dev/null
		while kill -0 -1 2>/dev/null; do
			sleep 0.01
		done' bash "$1" "$2" "$apply" "--backend=$variant" "${@:3}"
}

# A restore program like the real one. With a number in $work/stop_after it does only so many of the
# transactions and then kills its process namespace. $work/transactions says how many it was given.
write_stopping_restore()
{
	mkdir -p "$work/bin"
	cp -P /usr/sbin/*tables* "$work/bin"
	rm "$work/bin/iptables-nft-restore"
	cat >"$work/bin/iptables-nft-restore" <<END
#!/bin/bash
real() { (exec -a iptables-nft-restore /usr/sbin/xtables-nft-multi "\$@"); }
case " \$* " in
*' --test '* | *' --version '*) real "\$@"; exit ;;
esac
cat >$work/script
grep -c '^COMMIT' $work/script >$work/transactions
[ -s $work/stop_after ] || { real "\$@" <$work/script; exit; }
awk -v n="\$(cat $work/stop_after)" '{ print } /^COMMIT/ && ++c == n { exit }' $work/script >$work/part
real "\$@" <$work/part
kill -KILL -1
END
	chmod +x "$work/bin/iptables-nft-restore"
}

# with_stopping_restore OPTION...: one apply with it.
with_stopping_restore()
{
	# shellcheck disable=SC2016 # for the inner shell
	on node unshare -mp --fork sh -c 'mount --bind "$1" /usr/sbin && shift && "$@"' sh \
		"$work/bin" "$apply" "--backend=$variant" "$@" >/dev/null 2>&1 || true
}

# one_of_two TEXT: the kernel decides all addresses by the first policy, or all by the second. $half
# counts how often chains of two generations were left.
one_of_two()
{
	local text=$1

	source_port=$((source_port + 1))
	from_pod "$pod4" "$node4" <"$work/probes" >"$work/kernel"
	decisions=$((decisions + $(wc -l <"$work/probes")))
	interpret 4 "$pod4" <"$work/many" >"$work/sim"
	if cmp -s "$work/kernel" "$work/kernel-one" && cmp -s "$work/sim" "$work/many-one"; then
		pass "$text: the kernel holds the first policy"
	elif cmp -s "$work/kernel" "$work/kernel-two" && cmp -s "$work/sim" "$work/many-two"; then
		pass "$text: the kernel holds the second policy"
	else
		paste "$work/kernel" "$work/kernel-one" "$work/kernel-two" | head -20 >"$work/differ"
		fail "$text: kernel, first policy, second policy" "$work/differ"
	fi
	sub_chains node 4 >"$work/chains"
	half=$((half + ($(generations_in "$work/chains") > 1)))
}

# two_policies ENTRIES: $one and $two, and their verdicts for $work/probes and $work/many.
two_policies()
{
	local seed=${seeds%% *}

	one=$work/one.yaml two=$work/two.yaml
	write_policy both nested "$1" "$seed"
	# One family, so that most of the time goes into its transactions.
	sed '/^ *- .*:/d' "$work/both.yaml" >"$one"
	flipped "$seed" <"$one" >"$two"
	probes_of one 4 1500
	cp "$work/probes" "$work/many"
	verdicts -c "$one" <"$work/many" >"$work/many-one"
	verdicts -c "$two" <"$work/many" >"$work/many-two"
	# Addresses whose verdicts differ, and some others.
	paste "$work/many-one" "$work/many-two" |
		awk -F '\t' '$2 != $4 && m++ < 60 || $2 == $4 && n++ < 20 { print $1 }' >"$work/probes"
	verdicts -c "$one" <"$work/probes" >"$work/kernel-one"
	verdicts -c "$two" <"$work/probes" >"$work/kernel-two"
	in_line "before the kills" --layout=tree -c "$two"
}

# recovers TEXT POLICY: after a killed run, one policy is in force, and the next apply completes.
recovers()
{
	one_of_two "$1"
	in_line "$1, next apply" --layout=tree -c "$2"
	nothing_stale "$1, next apply"
}

# kills ENTRIES TIMES: runs are killed at different times.
kills()
{
	local one two took i to victims text half=0

	two_policies "$1"
	took=$(now_ms)
	status 0 "the first policy, whole" apply node --layout=tree -c "$one"
	took=$(($(now_ms) - took))
	for ((i = 0; i < $2; i++)); do
		if [ $((i % 2)) = 0 ]; then to=$two; else to=$one; fi
		if [ $((i % 4)) = 3 ]; then victims=parent; else victims=all; fi
		text="kill $i of $2 ($victims, at $(((2 * i + 1) * 100 / (2 * $2))) %)"
		killed "$victims" "$(awk -v t="$took" -v i="$i" -v n="$2" \
			'BEGIN { printf "%.4f", t / 1e3 * (2 * i + 1) / (2 * n) }')" \
			--layout=tree -c "$to"
		recovers "$text" "$to"
	done
	note "$half of $2 runs were killed half way"
	status 0 "remove after the kills" apply node --remove
	same_as_found "remove after the kills"
}

# kills_between ENTRIES: runs are killed after the first transaction, in the middle, and before and
# after the last but one, which puts the root in its place.
kills_between()
{
	local one two count after to half=0 kills=0

	two_policies "$1"
	write_stopping_restore
	rm -f "$work/stop_after" "$work/transactions"
	with_stopping_restore --layout=tree -c "$one"
	count=$(cat "$work/transactions" || echo 0)
	if [ "$count" -lt 4 ]; then
		fail "the test itself: a tree of $1 entries goes in $count transactions"
		return
	fi
	to=$one
	for after in 1 $((count / 2)) $((count - 2)) $((count - 1)); do
		if [ "$to" = "$one" ]; then to=$two; else to=$one; fi
		echo "$after" >"$work/stop_after"
		with_stopping_restore --layout=tree -c "$to"
		recovers "killed after $after of $count transactions" "$to"
		kills=$((kills + 1))
	done
	rm "$work/stop_after"
	equal "$half runs were killed half way" "$half" "$kills"
	status 0 "remove after the kills between transactions" apply node --remove
	same_as_found "remove after the kills between transactions"
}

# Every option that changes the rules of a tree.
options_in_a_tree()
{
	local seed=${seeds%% *} source f words

	write_policy plain nested 120 "$seed"
	{
		printf 'nonMasqueradeSrcCIDRs:\n- 172.20.1.3/32\n- fd00:172:20:1::3/128\n'
		cat "$work/plain.yaml"
		echo 'masqOutBound: true'
	} >"$work/policy.yaml"
	for words in '--to-ports 40000-40999' '--to-ports 1024-2023,40000-40999' \
		'--random-fully=off' '--random-fully=on'; do
		case $words in
		*40000-40999) ports='1024 40999' ;;
		*) ports='' ;;
		esac
		# shellcheck disable=SC2086 # several words
		in_line "a tree with $words" --layout=tree -c "$work/policy.yaml" $words
		nothing_stale "a tree with $words"
		for source in "$pod4" 172.20.1.3 "$pod6" fd00:172:20:1::3; do
			f=4
			[ "${source#*:}" = "$source" ] || f=6
			probes_of policy "$f" 25
			judge "a tree with $words" "$source" "$ports" -c "$work/policy.yaml"
		done
		status 1 "a tree without $words is drift" apply node --check --layout=tree \
			-c "$work/plain.yaml"
	done
	status 0 "remove" apply node --remove
	same_as_found "remove after the options"
}

auto_layout()
{
	local seed=${seeds%% *}

	write_policy five nested 5 "$seed"
	write_policy hundred nested 100 "$seed"
	in_line "auto, 5 entries" -c "$work/five.yaml"
	has "auto, 5 entries: apply says which layout" linear "$work/said"
	no_sub_chains "auto, 5 entries"
	in_line "auto, 100 entries" --layout=auto -c "$work/hundred.yaml"
	has "auto, 100 entries: apply says which layout" tree "$work/said"
	check "auto, 100 entries: sub-chains" test -n "$(sub_chains node 4)"
	in_line "auto, 5 entries again" -c "$work/five.yaml"
	nothing_stale "auto, 5 entries again"
	no_sub_chains "auto, 5 entries again"
	status 0 "remove" apply node --remove
	same_as_found "remove after auto"
}

# 20,000 rules of others, as a node with many services has them.
many_foreign()
{
	local program at_once=200

	[ -z "$big" ] || at_once=20000
	for program in iptables ip6tables; do
		awk -v at_once="$at_once" 'BEGIN {
			print "*nat\n:KUBE-SERVICES - [0:0]"
			for (i = 0; i < 20000; i++) {
				if (i % at_once == at_once - 1)
					print "COMMIT\n*nat"
				printf "-A KUBE-SERVICES -p tcp -m tcp --dport %d -m comment" \
					" --comment \"ns-%d/svc-%d cluster IP\" -j RETURN\n",
					i % 60000 + 1, i / 100, i
			}
			print "COMMIT" }' | on node "$program-$variant-restore" --noflush
	done
}

# traced TEXT FILE: one apply when there is nothing to do. Leaves its memory in $peak, in KiB, and
# the programs that it ran in FILE.
traced()
{
	status 0 "$1: apply" on node "${traceable[@]}" "$trace" "$2" \
		"$apply" "--backend=$variant" --layout=tree -c "$work/policy.yaml"
	peak=$(sed -n 's/^peak //p' "$2")
	sed -n '2,$s/^exec //p' "$2" >"$work/ran"
	: >"$work/wanted"
	same_file "$1: the kernel was read, and no program was run" "$work/ran" "$work/wanted"
}

nothing_to_do()
{
	local seed=${seeds%% *} alone peak

	topology "$variant-many"
	make_ns node
	write_policy policy nested 300 "$seed"
	in_line "nothing to do" --layout=tree -c "$work/policy.yaml"
	traced "nothing to do" "$work/trace"
	alone=$peak
	many_foreign
	counters >"$work/before"
	traced "nothing to do among 20,000 rules of others" "$work/trace"
	counters >"$work/after"
	same_file "nothing to do among 20,000 rules of others: nothing was written" \
		"$work/after" "$work/before"
	if sanitized; then
		note "built with a sanitizer: the memory says nothing ($peak KiB)"
	else
		check "memory: $alone KiB alone, $peak KiB among 20,000 rules of others" \
			test "$peak" -lt $((alone + 1024 < 8192 ? alone + 1024 : 8192))
	fi
}

all()
{
	local times=6

	[ -z "${IPMASQ_SMALL:-}" ] || times=3
	big=yes
	if ! big_transactions; then
		note "large transactions are not allowed here: trees stay small"
		big=
	fi
	topology "$variant"
	build_pods
	foreign
	decisions_of_trees
	transitions
	[ -n "${IPMASQ_SMALL:-}" ] || tampering
	options_in_a_tree
	auto_layout
	case $variant$big in
	nftyes)
		kills 5000 "$times"
		kills_between 3000
		;;
	nft) kills_between 2000 ;;
	# One transaction does it all, so that nothing can be left half way.
	*) kills 1000 3 ;;
	esac
	nothing_to_do
}

each_variant all
echo "$self: $decisions decisions of the kernel"
finish
