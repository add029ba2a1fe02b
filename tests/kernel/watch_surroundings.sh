#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ipmasq-apply --watch and what surrounds it: the directories of its files, the readers of its log,
# its clients and its network namespace. None of them keeps it from repairing the rules. The numbers
# in the checks are those of known faults.
set -euo pipefail
# shellcheck source=tests/support/agent.sh
. "$(dirname "$0")/../support/agent.sh"

# config INTERVAL
config()
{
	echo "{\"nonMasqueradeCIDRs\": [\"10.0.0.0/8\", \"fd00::/8\"], \"resyncInterval\": \"$1\"}"
}

fresh()
{
	topology "$variant-$1"
	make_ns node
	dir=$work/$top
	mkdir "$dir"
}

started='ipv6: changed \(.*; start\): (jump|base chain)'

# repairs TEXT: a chain that is flushed is filled again.
repairs()
{
	local end=$((SECONDS + 30))

	tables node 4 -F "$chain"
	until apply node --check -c "$dir/config" >/dev/null 2>&1 || [ "$SECONDS" -ge "$end" ]; do
		pause 0.05
	done
	in_line "$1" -c "$dir/config"
}

# quiet TEXT: the agent does not write its metrics, which it would do within 20 ms.
quiet()
{
	local before

	# What has been reported is dealt with when it has answered the signal.
	mark
	kill -HUP "$agent"
	logs "$1: it listens" 'and means the same'
	pause 0.5
	before=$(stat -c '%i %Y' "$dir/m.prom")
	pause 1
	equal "$1" "$(stat -c '%i %Y' "$dir/m.prom")" "$before"
}

# The file of the metrics is in a directory that is watched.
metrics_beside_config()
{
	fresh beside
	config 1h >"$dir/config"
	start -c "$dir/config" --metrics-file="$dir/m.prom"
	logs "it applies" "$started"
	quiet "35: a file of metrics beside the configuration does not wake the agent"
	: >"$dir/other"
	quiet "35: nor does another file"
	stop "it ends"
	fresh above
	mkdir -p "$dir/a/b"
	config 1h >"$dir/a/b/config"
	start -c "$dir/a/b/config" --metrics-file="$dir/m.prom"
	logs "it applies" "$started"
	quiet "35: nor does one in a directory above"
	stop "it ends"
	fresh inside
	# That agent has neither an interval nor IPv6.
	echo '{"nonMasqueradeCIDRs": ["10.0.0.0/8"]}' >"$dir/ip-masq-config"
	start --profile=aks -c "$dir" --metrics-file="$dir/m.prom"
	logs "it applies" 'ipv4: changed \(.*; start\): (jump|base chain)'
	quiet "35: nor does one among the files of a directory"
	stop "it ends"
}

# Something else has the name of the temporary file of the metrics.
temporary_name()
{
	fresh temporary
	config 400ms >"$dir/config"
	mkfifo "$dir/m.prom.tmp"
	start -c "$dir/config" --metrics-file="$dir/m.prom"
	logs "36: with a fifo of the temporary name it applies" "$started"
	repairs "36: and repairs"
	check "36: the metrics are a regular file" test -f "$dir/m.prom"
	# The agent may write in between.
	until ln -s config "$dir/m.prom.tmp" 2>/dev/null; do :; done
	cp "$dir/config" "$work/config.before"
	repairs "36: with a link of that name it repairs"
	same_file "36: and does not follow it" "$dir/config" "$work/config.before"
	stop "36: SIGTERM ends it"
}

# metric TEXT PATTERN: within half a minute, a line of the metrics matches.
metric()
{
	local end=$((SECONDS + 30))

	until grep -Eqs -e "$2" "$dir/m.prom" || [ "$SECONDS" -ge "$end" ]; do
		pause 0.05
	done
	cp "$dir/m.prom" "$work/m.prom"
	has "$1" "$2" "$work/m.prom"
}

# ends TEXT: SIGTERM ends the agent with 0.
ends()
{
	local got=0

	kill "$agent"
	wait "$agent" || got=$?
	equal "$1" "$got" 0
}

# The log is a pipe that is full and that nobody reads for a time.
full_log()
{
	local i

	fresh full-log
	config 400ms >"$dir/config"
	for i in 0 1; do
		awk -v i="$i" 'BEGIN {
			for (n = 1; n <= 60; n++)
				print "nonMasqueradeCIDRs" i "x" n ": [\"10.0.0.0/8\"]"
		}' >"$dir/bad$i"
	done
	mkfifo "$dir/pipe"
	exec {pipe}<>"$dir/pipe"
	python3 -c 'import os, sys
f = os.open(sys.argv[1], os.O_WRONLY | os.O_NONBLOCK)
try:
	while os.write(f, 4096 * b"\n"):
		pass
except BlockingIOError:
	pass' "$dir/pipe"
	nsenter "--net=/run/netns/$top-node" -- "$apply" "--backend=$variant" --watch \
		-c "$dir/config" --metrics-file="$dir/m.prom" 2>"$dir/pipe" {pipe}>&- &
	agent=$!
	metric "37: while nobody reads the log it applies" '^ipmasq_writes_total\{family="ipv6"\} 1$'
	repairs "37: and repairs"
	cp "$dir/config" "$dir/good"
	i=0
	until grep -q '^ipmasq_log_lines_dropped_total [1-9]' "$dir/m.prom" || [ $i = 1000 ]; do
		put "$dir/config" <"$dir/bad$((i % 2))"
		pause 0.1
		i=$((i + 1))
	done
	metric "37: lines are dropped and counted" '^ipmasq_log_lines_dropped_total [1-9]'
	put "$dir/config" <"$dir/good"
	metric "37: meanwhile the configuration is followed" '^ipmasq_config_accepted 1$'
	repairs "37: and the rules are repaired"
	: >"$work/log"
	cat "$dir/pipe" >"$work/log" {pipe}>&- &
	reader=$!
	logs "37: the first lines are there" '^info: ipmasq-apply .* keeps this node in line$'
	logs "37: the reader is told how many are not" \
		'^warning: [0-9]+ lines of the log were dropped here, because nobody read it$'
	tables node 4 -F "$chain"
	logs "37: from then on all lines are there" '^info: ipv4: changed \(.*; drift\)'
	equal "37: none is cut" "$(grep -Ecv '^$|^(info|warning|error): ' "$work/log")" 0
	kill "$reader"
	wait "$reader" || true
	ends "37: SIGTERM ends it"
	exec {pipe}>&-
}

# value METRIC: its value in thousandths.
value()
{
	awk -v name="$1" '$1 == name { printf "%.0f\n", $2 * 1000 }' "$dir/m.prom"
}

# Nodes with the same image that start at the same time do not all work at the same time later.
jitter()
{
	local i delays=()

	fresh jitter
	config 1h >"$dir/config"
	for i in 1 2 3 4; do
		rm -f "$dir/m.prom"
		start -c "$dir/config" --metrics-file="$dir/m.prom"
		metric "it has done its work" '^ipmasq_looks_total\{family="ipv6"\} 1$'
		delays+=($((($(value ipmasq_next_resync_timestamp_seconds) - \
			$(value 'ipmasq_in_line_timestamp_seconds{family="ipv6"}')) / 5000)))
		stop "it ends"
	done
	# They are equal once in a hundred thousand times.
	check "39: each start has delays of its own: ${delays[*]}, in units of 5 s" \
		test "$(printf '%s\n' "${delays[@]}" | sort -u | wc -l)" -gt 1
	check "39: all are at least 80 % of the interval" \
		test "$(printf '%s\n' "${delays[@]}" | sort -n | head -n 1)" -ge 575
	check "39: none is more than 90 % of it" \
		test "$(printf '%s\n' "${delays[@]}" | sort -n | tail -n 1)" -le 648
}

# instances COUNT: so many inotify instances are allowed in the agent's user namespace.
instances()
{
	# shellcheck disable=SC2016 # the inner shell's
	nsenter -U -t "$agent" --preserve-credentials \
		sh -c 'echo "$1" >/proc/sys/user/max_inotify_instances' sh "$1"
}

# The kernel refuses inotify when the agent starts. The agent runs in a user namespace of its own,
# whose limits can be set, and so with a network of its own.
no_inotify()
{
	fresh inotify
	config 500ms >"$dir/config"
	# shellcheck disable=SC2016 # the inner shell's
	prefix=(unshare -rn sh -c
		'echo 0 >/proc/sys/user/max_inotify_instances && exec "$@"' sh)
	if ! on node "${prefix[@]}" true 2>/dev/null; then
		note "the limits of a user namespace cannot be set here"
		prefix=()
		return 0
	fi
	start -c "$dir/config"
	prefix=()
	logs "41: without inotify it applies" "$started"
	logs_once "41: and says so" 'the kernel cannot report every change'
	instances 16
	logs "41: inotify is asked for again" 'the kernel reports changes .* again'
	mark
	config 1h | put "$dir/config"
	logs "41: a change is followed" 'checked every 3600 s'
	mark
	echo '{"nonMasqueradeCIDRs": ["11.0.0.0/8"], "resyncInterval": "1h"}' | put "$dir/config"
	logs "41: long before the next look too" 'changed \(.*configuration changed\)'
	stop "it ends"
}

# A file that the profile's agent does not read is no input, whatever happens to it. That agent has no
# resyncInterval: the next look is after 48 s at the earliest.
other_files()
{
	fresh other-files
	echo '{"nonMasqueradeCIDRs": ["10.0.0.0/8"]}' >"$dir/ip-masq-config"
	echo notes >"$dir/notes"
	start --profile=aks -c "$dir" --metrics-file="$dir/m.prom"
	logs "it applies" 'ipv4: changed \(.*; start\): (jump|base chain)'
	mark
	rm "$dir/notes"
	# Under a name that is not read either.
	echo '{"nonMasqueradeCIDRs": ["11.0.0.0/8"]}' >"$dir/new"
	mv "$dir/new" "$dir/ip-masq-config"
	logs "41: a change is followed at once after a file that is not read has gone" \
		'changed \(.*configuration changed\)'
	logs_never "41: and it is not missed" 'the file is missing'
	stop "it ends"
}

# Rules of others: texts that are not UTF-8, and many of them.
foreign_rules()
{
	local program

	program=iptables-$(iptables_of "$variant")-restore

	fresh foreign
	config 400ms >"$dir/config"
	{
		echo '*nat'
		echo ":$chain - [0:0]"
		for i in {1..80}; do
			echo ":OTHER-$i - [0:0]"
			echo "-A OTHER-$i -j $chain"
		done
		printf -- '-A POSTROUTING -s 172.17.0.0/16 -m comment --comment "caf\xe9\xff" -j MASQUERADE\n'
		echo COMMIT
	} >"$work/foreign"
	on node "$program" --noflush <"$work/foreign"
	start --log-format=json -c "$dir/config" --metrics-file="$dir/m.prom"
	metric "several looks" '^ipmasq_looks_total\{family="ipv4"\} ([6-9]|[1-9][0-9])$'
	equal "43: each of many notes is logged once" \
		"$(grep -c 'rule 1 of chain OTHER-[0-9]* leads to' "$work/log")" 80
	logs_once "43: so is one that is not UTF-8" '"overridden".*172.17.0.0/16|172.17.0.0/16.*"overridden"'
	stop "it ends"
	status 0 "43: each line is valid JSON" python3 -c 'import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
	json.loads(line)' "$work/log"
}

# The namespace of --netns=NAME goes, and comes again under the same name.
new_namespace()
{
	fresh netns
	config 400ms >"$dir/config"
	: >"$work/log"
	"$apply" "--backend=$variant" --watch --netns="$top-node" -c "$dir/config" 2>"$work/log" &
	agent=$!
	from=1
	logs "in a namespace of that name it applies" "$started"
	in_line "the rules are there" -c "$dir/config"
	mark
	ip netns del "$top-node"
	logs "38: that the name is gone is reported" "ipv4: failed.*/run/netns/$top-node.*\\[netns\\]"
	mark
	make_ns node
	logs "38: in a new namespace of that name it applies, IPv4" 'ipv4: changed \(.*\): (jump|base chain)'
	logs "38: in a new namespace of that name it applies, IPv6" 'ipv6: changed \(.*\): (jump|base chain)'
	in_line "38: the rules are there" -c "$dir/config"
	logs_once "38: that it was gone was reported once" \
		"ipv4: failed.*: No such file or directory \[netns\]"
	repairs "38: and it repairs there"
	mark
	# Before anybody looks, as another program would do.
	ip netns del "$top-node"
	make_ns node
	logs "38: a quick change of the namespace is found" 'ipv6: changed \(.*\): (jump|base chain)'
	in_line "38: the rules are there again" -c "$dir/config"
	ends "38: SIGTERM ends it"
}

# mounted TEXT FILE CONFIGURATION: starts an agent with it, which says that it is mounted by itself.
mounted()
{
	local told='mounted by itself, as with subPath of Kubernetes.*without subPath'

	start -c "$3"
	logs "48, $1: it is in line" 'ipv6: (changed|in line)'
	mark
	kill -HUP "$agent"
	logs "48, $1: it reads again" 'and means the same'
	equal "48, $1: how often it is said" "$(grep -Ec "warning: $3: .*$told" "$work/log")" "$2"
	stop "it ends"
}

# What the kubelet mounts: the directory of a volume, or with subPath a file or a directory of the
# state that the volume has then.
sub_path()
{
	local volume

	fresh sub-path
	volume=$dir/volume
	mkdir -p "$volume/..2026_11_25_20_00_00.1/more" "$dir/whole" "$dir/my configuration"
	config 1h >"$volume/..2026_11_25_20_00_00.1/config"
	config 1h >"$volume/..2026_11_25_20_00_00.1/more/config"
	ln -s ..2026_11_25_20_00_00.1 "$volume/..data"
	ln -s ..data/config "$volume/config"
	: >"$dir/my configuration/config"
	mkdir "$dir/my configuration/more"
	mount --bind "$volume" "$dir/whole"
	mount --bind "$volume/config" "$dir/my configuration/config"
	mount --bind "$volume/..data/more" "$dir/my configuration/more"
	mounted "a volume" 0 "$dir/whole/config"
	mounted "the directory of a volume" 0 "$dir/whole"
	mounted "a file" 1 "$dir/my configuration/config"
	mounted "a directory of one state" 1 "$dir/my configuration/more"
	ln -s "$dir/my configuration/config" "$dir/link"
	mounted "a link to it" 1 "$dir/link"
	umount "$dir/whole" "$dir/my configuration/config" "$dir/my configuration/more"
}

all()
{
	temporary_name
	full_log
	foreign_rules
	new_namespace
	# The rest does not ask where the rules are.
	[ "$variant" != nftables ] || return 0
	sub_path
	metrics_beside_config
	jitter
	no_inotify
	other_files
}

each_backend all
finish
