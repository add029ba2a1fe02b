#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ipmasq-apply --watch on a node with trouble: a held lock, missing or hanging programs, no
# permission, rules of others, another backend. And what it costs when there is none.
set -euo pipefail
# shellcheck source=tests/support/agent.sh
. "$(dirname "$0")/../support/agent.sh"

trace=$(program tests/support/trace) || exit

fresh()
{
	topology "$variant-$1"
	make_ns node
	dir=$work/$top
	mkdir "$dir"
	echo '{"nonMasqueradeCIDRs": ["10.0.0.0/8"], "resyncInterval": "400ms"}' >"$dir/config"
}

started='ipv6: changed \(.*; start\): (jump|base chain)'

# The lock is held by others. Only the legacy programs take it.
lock_held()
{
	[ "$variant" = legacy ] || return 0
	fresh lock
	flock -o /run/xtables.lock sh -c "touch $dir/held; exec sleep 60" &
	holder=$!
	while [ ! -e "$dir/held" ]; do
		pause 0.02
	done
	start --wait 1 -c "$dir/config"
	logs "a lock that is held is reported by its name" \
		'ipv4: failed, .*xtables.lock.* another program holds \[lock-held\]'
	logs "for the other family too" 'ipv6: failed, .*lock-held'
	sleep 1.5
	kill "$holder"
	logs "once it is free the policy is applied" "$started"
	logs_once "the trouble was reported once" 'ipv4: failed'
	stop "it ends"
}

# Neither missing programs nor one that hangs keep the agent from ending.
programs()
{
	local before

	fresh programs
	mkdir "$dir/bin"
	printf '#!/bin/sh\n: >"%s"\nexec sleep 1000\n' "$dir/hangs" >"$dir/bin/hang"
	chmod +x "$dir/bin/hang"
	# shellcheck disable=SC2016 # the inner shell's
	prefix=(unshare -m sh -c 'mount --bind "$1/bin" "$2" && shift 2 && exec "$@"' sh "$dir"
		"$(dirname "$(command -v iptables-nft-restore)")")
	if [ "$variant" = nftables ]; then
		start -c "$dir/config"
		logs "without programs it applies" "$started"
		mark
		tables node 4 -F "$chain"
		logs "and repairs" 'ipv4: changed \(nftables; drift\)'
		stop "it ends"
		prefix=()
		return
	fi
	start -c "$dir/config"
	logs "missing programs are reported" 'ipv4: failed, .*there is no iptables-.*no-iptables'
	logs "without them IPv6 is passed over" 'ipv6: skipped: there are no ip6tables programs'
	cp "$dir/bin/hang" "$dir/bin/iptables-$variant-save"
	cp "$dir/bin/hang" "$dir/bin/iptables-$variant-restore"
	until [ -e "$dir/hangs" ] || ! kill -0 "$agent" 2>/dev/null; do
		pause 0.02
	done
	before=$(now_ms)
	stop "one that hangs does not keep it from ending"
	before=$(($(now_ms) - before))
	check "within 15 s ($before ms)" test "$before" -lt 15000
	prefix=()
}

# As a user without capabilities, and as root on a file system that cannot be written.
permission()
{
	fresh permission
	prefix=(unshare -U)
	start -c "$dir/config"
	logs "missing permission is reported" 'ipv4: failed, .*\[(not-permitted|refused)\]'
	equal "and nothing was written" "$(save node 4 | grep -c AGENT)" 0
	stop "it ends"
	# The lock file is on a file system that can be written, as with the manifests.
	# shellcheck disable=SC2016 # the inner shell's
	prefix=(unshare -m sh -c 'mount --bind / / && mount -o remount,bind,ro / && exec "$@"' sh)
	if on node "${prefix[@]}" true 2>/dev/null; then
		start -c "$dir/config"
		logs "on a root file system that is read-only it applies" "$started"
		stop "it ends"
	else
		note "a read-only bind mount of / is not allowed here: the kernel keeps its flags"
	fi
	prefix=()
}

# Rules of others are reported once, and ours in the other backend are removed.
others()
{
	local other=nft

	[ "$variant" = legacy ] || other=legacy
	fresh others
	if [ "$variant" = nftables ]; then
		others_native
		return
	fi
	tables node 4 -A POSTROUTING -s 172.17.0.0/16 -j MASQUERADE
	tables node 4 -t mangle -N KUBE-IPTABLES-HINT
	tables node 6 -t mangle -N KUBE-IPTABLES-HINT
	backend=auto start -c "$dir/config"
	logs "automatic: the backend of the hints is used" "ipv4: changed \\($variant; start\\)"
	logs "and both families are done" "$started"
	mark
	on node "iptables-$variant" -w -t nat -F "$chain"
	logs "it repairs" "ipv4: changed \\($variant; drift\\)"
	sleep 1
	logs_once "a rule of others that rewrites sources is reported once" \
		'ipv4: overridden: rule 1 of chain POSTROUTING .* masquerades traffic from 172.17.0.0/16'
	mark
	on node "iptables-$other" -w -t nat -N "$chain"
	logs "our chain in the other backend is drift" \
		"ipv4: drift \\($other\\): .*the $other one has rules of ours too"
	logs "it is removed" "ipv4: changed \\($other; drift\\): chain $chain removed"
	stop "it ends"
	status 0 "--remove" on node "$apply" --remove
	equal "cleans both" "$(for one in nft legacy; do on node "iptables-$one" -t nat -S 2>/dev/null; done |
		grep -c "$chain")" 0
}

# The same of tables of our own: kube-proxy of that mode is there, and the rules of others are in
# iptables-nft.
others_native()
{
	on node nft add table ip kube-proxy
	on node nft add table ip6 kube-proxy
	tables node 4 -A POSTROUTING -s 172.17.0.0/16 -j MASQUERADE
	backend=auto start -c "$dir/config"
	logs "automatic: the backend of kube-proxy is used" 'ipv4: changed \(nftables; start\)'
	logs "and both families are done" "$started"
	mark
	tables node 4 -F POSTROUTING
	logs "it repairs" 'ipv4: changed \(nftables; drift\)'
	mark
	kill -HUP "$agent"
	logs "it looks again" 'and means the same'
	logs_once "a rule of others that rewrites sources is reported once" \
		'ipv4: overridden: rule 1 of chain POSTROUTING .* masquerades traffic from 172.17.0.0/16'
	for other in nft legacy; do
		mark
		on node "iptables-$other" -w -t nat -N "$chain"
		logs "our chain in $other is drift" \
			"ipv4: drift \\($other\\): .*the $other one has rules of ours too"
		logs "it is removed from $other" "ipv4: changed \\($other; drift\\): chain $chain removed"
	done
	stop "it ends"
	status 0 "--remove" on node "$apply" --remove
	equal "removes all" "$(on node nft list ruleset 2>/dev/null | grep -c "$chain")" 0
}

# When all is in line, a look is one read per family and writes nothing, and the agent is small.
idle()
{
	local reads looks began peak got=0

	fresh idle
	status 0 "apply" apply node -c "$dir/config"
	counters >"$work/before"
	# shellcheck disable=SC2016 # the inner shell's, which becomes the agent
	prefix=("${traceable[@]}" "$trace" "$dir/trace" sh -c 'sleep 1.5 && kill -TERM $$ & exec "$@"' sh)
	began=$(now_ms)
	start --log-format=json -c "$dir/config"
	prefix=()
	logs "a node in line is reported, in JSON" \
		'^\{"time":"20[^"]*Z","level":"info","msg":"in line[^"]*","event":"in-line","family":"ipv6"'
	wait "$agent" || got=$?
	equal "it ends with 0" "$got" 0
	looks=$((($(now_ms) - began) / 320 + 2))
	counters >"$work/after"
	same_file "nothing was written: the counters go on" "$work/after" "$work/before"
	# Where the kernel cannot be read without programs, one per family and look.
	reads=$(grep -c "^exec ip[^ ]*-save" "$dir/trace" || true)
	equal "nothing else is started, but the test's own sh, sleep and the agent" \
		"$(grep -c '^exec' "$dir/trace")" $((reads + 3))
	# A look comes after 320 to 360 ms.
	check "at most one program per family and look: $reads for up to $looks looks" \
		test "$reads" -le $((2 * looks))
	[ "$variant" != nftables ] || equal "and none with tables of our own" "$reads" 0
	peak=$(sed -n 's/^peak //p' "$dir/trace")
	if sanitized; then
		note "built with a sanitizer: the memory says nothing ($peak KiB)"
	else
		check "less than 10 MiB of memory ($peak KiB)" test "$peak" -lt 10240
	fi
}

# A change of a thousand entries is soon in the kernel.
quick()
{
	local i times=() began

	fresh quick
	for i in 1 2; do
		awk -v n=1300 -v seed="$i" -f "$root/tests/bench/generate.awk" |
			grep -v '[0-9a-f]:[0-9a-f:]' >"$dir/$i"
		echo "resyncInterval: 1h" >>"$dir/$i"
	done
	cp "$dir/1" "$dir/config"
	start --ipv6=off -c "$dir/config"
	logs "1,000 entries are read" ': [1-9][0-9]{3} entries for IPv4'
	logs "they are applied" 'ipv4: changed \(.*; start\): (jump|base chain)'
	for i in 2 1 2; do
		mark
		cp "$dir/$i" "$dir/new"
		began=$(now_ms)
		mv "$dir/new" "$dir/config"
		until log_has 'ipv4: changed .*configuration changed'; do
			pause 0.01
			[ $(($(now_ms) - began)) -lt 30000 ] || break
		done
		times+=($(($(now_ms) - began)))
	done
	best "a change of 1,000 entries is in the kernel, and read back," 200 200 "${times[@]}"
	stop "it ends"
}

all()
{
	lock_held
	programs
	permission
	others
	idle
	quick
}

each_backend all
finish
