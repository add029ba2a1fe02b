#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ipmasq-apply --watch follows its configuration, keeps the last good policy while there is no
# other, repairs what others change, and leaves the rules when it ends.
set -euo pipefail
# shellcheck source=tests/support/agent.sh
. "$(dirname "$0")/../support/agent.sh"

# config INTERVAL CIDR...: a configuration with these in nonMasqueradeCIDRs.
config()
{
	local interval=$1 IFS=,

	shift
	echo "{\"nonMasqueradeCIDRs\": [$*], \"resyncInterval\": \"$interval\"}"
}

fresh()
{
	topology "$variant-$1"
	make_ns node
	dir=$work/$top
	mkdir "$dir"
	config 400ms '"10.0.0.0/8"' '"fd00::/8"' >"$dir/good"
	config 400ms '"10.0.0.0/8"' '"11.0.0.0/8"' '"fd00::/8"' >"$dir/other"
	config 400ms '"10.0.0.1/8"' '"11.0.0.0/33"' >"$dir/bad"
	cp "$dir/good" "$dir/config"
}

# repaired TEXT FAMILY: the agent repairs the rules.
repaired()
{
	logs "$1: it is repaired" "ipv$2: changed \(.*; drift\)"
	in_line "$1: the node is in line" -c "$dir/good"
}

# reorder 4|6: moves the first rule of our first chain to its end, or what means as much.
reorder()
{
	local program=iptables ip=ip first

	[ "$1" = 4 ] || program=ip6tables ip=ip6
	if [ "$variant" = nftables ]; then
		first=$(first_chain node $ip)
		on node nft insert rule $ip ipmasq "$first" return
		return
	fi
	printf '%s\n' '*nat' "-D $chain 1" "-A $chain -j RETURN" COMMIT |
		on node "$program-$variant-restore" --noflush
}

# Changes of others to the rules, in both families, and how long they last.
repairs()
{
	local f times=() started

	fresh repairs
	start -c "$dir/config"
	logs "a policy is applied at the start" 'ipv6: changed \(.*; start\): (jump|base chain)'
	in_line "all of it" -c "$dir/good"
	for f in 4 6; do
		mark
		tables node "$f" -F "$chain"
		repaired "IPv$f, a chain flushed" "$f"
		mark
		tables node "$f" -F POSTROUTING
		logs "IPv$f, the jump gone: it is reported" \
			"ipv$f: drift .*(jump from .* is missing|does not lead to the rules)"
		repaired "IPv$f, the jump gone" "$f"
		mark
		tables node "$f" -F
		tables node "$f" -X "$chain"
		repaired "IPv$f, chain and jump gone" "$f"
		mark
		reorder "$f"
		repaired "IPv$f, rules in another order" "$f"
	done
	mark
	config 1s '"10.0.0.0/8"' '"fd00::/8"' | put "$dir/config"
	logs "the interval is that of the file" 'checked every 1 s'
	for f in 1 2 3; do
		mark
		pause 0.3
		started=$(now_ms)
		tables node 4 -F "$chain"
		logs "flushed once more" 'changed \(.*; drift\)'
		times+=($(($(now_ms) - started)))
	done
	# Part of an interval has passed when the rules go. A busy machine may add to the time.
	best "repaired within an interval," 1000 100 "${times[@]}"
	stop "SIGTERM ends it with 0"
	in_line "the rules stay" -c "$dir/good"
}

# Each way in which a file changes. A ConfigMap volume changes all its files by renaming one link.
follows()
{
	fresh follows
	mkdir "$dir/v" "$dir/v/..1" "$dir/v/..2"
	config 1h '"10.0.0.0/8"' '"fd00::/8"' >"$dir/v/..1/ip-masq-agent"
	config 1h '"10.0.0.0/8"' '"11.0.0.0/8"' '"fd00::/8"' >"$dir/v/..2/ip-masq-agent"
	ln -s ..1 "$dir/v/..data"
	ln -s ..data/ip-masq-agent "$dir/v/ip-masq-agent"
	start -c "$dir/v/ip-masq-agent"
	logs "a ConfigMap volume is read" 'ipv6: changed \(.*; start\): (jump|base chain)'
	mark
	ln -s ..2 "$dir/v/..data_tmp"
	mv -T "$dir/v/..data_tmp" "$dir/v/..data"
	logs "the swap of a ConfigMap volume is followed at once" 'changed .*configuration changed'
	in_line "as it should" -c "$dir/other"
	logs_once "the ranges that change are logged" \
		'ipv4: these destinations are no longer masqueraded: 11.0.0.0/8$'
	rm -r "$dir/v/..1"
	mark
	config 1h '"10.0.0.0/8"' '"fd00::/8"' >"$dir/v/..2/ip-masq-agent"
	logs "a file behind links that is written in place is followed" \
		'these destinations are now masqueraded: 11.0.0.0/8$'
	mark
	config 1h '"12.0.0.0/8"' | put "$dir/v/..2/ip-masq-agent"
	logs "a file behind links that is replaced is followed" '12.0.0.0/8'
	mark
	config 1h '"12.0.0.0/8"' | sed 's/}$/, "podCIDRs": ["0.0.0.0\/1"]}/' |
		put "$dir/v/..2/ip-masq-agent"
	logs "sources that podCIDRs leaves out are logged" \
		'ipv4: these sources are now left alone: 128.0.0.0/1$'
	stop "SIGINT ends it too" INT
}

# A directory of files that does not exist when the agent starts.
directory()
{
	fresh directory
	start --fallback=defaults -c "$dir/late/files"
	logs "without the directory the fallback applies" 'ipv6: changed \(.*with the defaults'
	in_line "that is the defaults" -c /dev/null
	mark
	mkdir -p "$dir/late/files.new"
	cp "$dir/good" "$dir/late/files.new/one"
	mv "$dir/late/files.new" "$dir/late/files"
	logs "a directory that comes late is read" 'ipv6: changed'
	in_line "as it should" -c "$dir/good"
	mark
	config 1h '"11.0.0.0/8"' | put "$dir/late/files/two"
	logs "another file in it is read" '11.0.0.0/8'
	logs "and applied" 'ipv4: changed'
	in_line "as it should" -c "$dir/other"
	mark
	kill -HUP "$agent"
	logs "SIGHUP has all read again" 'and means the same'
	stop "SIGTERM ends it"
}

# An invalid configuration is reported once, and the rules of the last good policy are still
# repaired.
last_good()
{
	fresh last-good
	start -c "$dir/config"
	logs "a policy is applied" 'ipv6: changed \(.*; start\): (jump|base chain)'
	mark
	put "$dir/config" <"$dir/bad"
	logs "a bad one is rejected" 'rejected: the last good one stays in force'
	tables node 4 -F "$chain"
	repaired "meanwhile" 4
	mark
	tables node 6 -F
	repaired "and again" 6
	logs_once "each error was reported once: the first" 'config:1:.*"10.0.0.1/8" has bits set'
	logs_once "each error was reported once: the second" 'config:1:.*"11.0.0.0/33"'
	mark
	put "$dir/config" <"$dir/other"
	logs "a good one is taken" 'valid again'
	logs "and applied" 'ipv4: changed'
	in_line "as it should" -c "$dir/other"
	stop "it ends"
}

# A configuration that is invalid at the start.
bad_at_start()
{
	fresh boot
	put "$dir/config" <"$dir/bad"
	start -c "$dir/config"
	logs "a bad configuration at the start is reported" 'so the node stays as it is'
	equal "the node is not touched" "$(save node 4 | grep -c AGENT)" 0
	mark
	put "$dir/config" <"$dir/good"
	logs "it is taken once it is good" 'ipv6: changed \(.*; start\): (jump|base chain)'
	in_line "as it should" -c "$dir/good"
	stop "it ends"
	fresh fallback
	put "$dir/config" <"$dir/bad"
	start --fallback=defaults -c "$dir/config"
	logs "--fallback=defaults: the defaults apply" 'ipv6: changed \(.*; start.*\): (jump|base chain)'
	in_line "that is the defaults" -c /dev/null
	mark
	put "$dir/config" <"$dir/good"
	logs "--fallback=defaults: until there is a good one" 'ipv6: changed'
	in_line "which is in force then" -c "$dir/good"
	mark
	put "$dir/config" <"$dir/bad"
	logs "then the last good one stays" 'rejected: the last good one stays'
	in_line "it does" -c "$dir/good"
	stop "it ends"
}

# A file that is absent for less than an interval changes nothing; after that the defaults apply.
absent()
{
	fresh absent
	config 5s '"10.0.0.0/8"' '"fd00::/8"' | put "$dir/config"
	start -c "$dir/config"
	logs "a policy is applied" 'ipv6: changed \(.*; start\): (jump|base chain)'
	mark
	rm "$dir/config"
	logs "that it is gone is reported" 'config: the file is missing'
	in_line "a file that is gone changes nothing" -c "$dir/good"
	config 400ms '"10.0.0.0/8"' '"fd00::/8"' | put "$dir/config"
	logs "it is back" 'and means the same'
	logs_never "the policy was in force all the while" 'the configuration changed'
	mark
	rm "$dir/config"
	logs "when it is gone for good the defaults apply" 'ipv6: changed'
	in_line "as they are" -c /dev/null
	mark
	put "$dir/config" <"$dir/other"
	logs "until it comes back" 'ipv6: changed'
	in_line "as it should" -c "$dir/other"
	stop "it ends"
}

all()
{
	repairs
	follows
	directory
	last_good
	bad_at_start
	absent
}

each_backend all
finish
