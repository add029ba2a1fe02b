#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ipmasq-apply --watch tells the truth about itself, over HTTP (--listen) and in a file
# (--metrics-file).
# IPMASQ_PROMTOOL: a promtool that checks the metrics too.
set -euo pipefail
# shellcheck source=tests/support/agent.sh
. "$(dirname "$0")/../support/agent.sh"

good='{"nonMasqueradeCIDRs": ["10.0.0.0/8", "fd00::/8"], "resyncInterval": "300ms"}'
bad='{"nonMasqueradeCIDRs": ["10.0.0.1/8"], "resyncInterval": "300ms"}'

# get PATH: writes the answer with its headers to $work/answer.
get()
{
	# shellcheck disable=SC2016 # the shell inside expands it
	on node bash -c 'exec 3<>/dev/tcp/127.0.0.1/9796 &&
		printf "GET %s HTTP/1.0\r\n\r\n" "$1" >&3 && cat <&3' bash "$1" 2>&1 |
		tr -d '\r' >"$work/answer"
}

# says TEXT PATH PATTERN: within half a minute, a line of the answer matches.
says()
{
	local tries=0

	until get "$2" && grep -Eq -e "$3" "$work/answer"; do
		tries=$((tries + 1))
		if [ "$tries" = 300 ]; then
			fail "$1: no line matches: $3" "$work/answer" "$work/log"
			return 0
		fi
		sleep 0.1
	done
	pass "$1"
}

# filed TEXT METRIC: within half a minute, the file has this line.
filed()
{
	local tries=0

	until grep -qsxF -e "$2" "$dir/m.prom" || [ $((tries += 1)) = 300 ]; do
		pause 0.1
	done
	if grep -qsxF -e "$2" "$dir/m.prom"; then
		pass "$1"
	else
		fail "$1: no such line: $2" "$dir/m.prom" "$work/log"
	fi
}

# The file's disk is full: the old file stays whole, and the rules are still repaired.
full_disk()
{
	local end=$((SECONDS + 30)) last

	topology "$variant-full"
	make_ns node
	dir=$work/$top
	mkdir "$dir"
	mount -t tmpfs -o size=64k tmpfs "$dir"
	echo "$good" >"$work/full.config"
	start -c "$work/full.config" --metrics-file="$dir/m.prom"
	filed "there are metrics" 'ipmasq_writes_total{family="ipv6"} 1'
	last=$(tail -n 1 "$dir/m.prom")
	# What the agent frees in between is filled again.
	until log_has 'cannot write the metrics' || [ "$SECONDS" -ge "$end" ]; do
		cat /dev/zero >>"$dir/rest" 2>/dev/null || true
		pause 0.05
	done
	logs "a full disk is reported" 'cannot write the metrics to .*: No space left on device$'
	cp "$dir/m.prom" "$work/full.prom"
	equal "the file is whole" "$(tail -n 1 "$work/full.prom")" "$last"
	mark
	tables node 4 -F "$chain"
	logs "the rules are repaired" 'ipv4: changed .*drift'
	status 0 "they are in line" apply node --check -c "$work/full.config"
	# Two more looks.
	pause 0.7
	same_file "the file is as it was" "$dir/m.prom" "$work/full.prom"
	logs_once "it was reported once" 'cannot write the metrics'
	rm "$dir/rest"
	logs "it is written when there is room" 'the metrics are written to .* again'
	filed "with what happened meanwhile" 'ipmasq_repairs_total{family="ipv4",cause="chain-changed"} 1'
	stop "it ends"
	equal "and leaves nothing else there" "$(ls "$dir")" m.prom
	umount "$dir"
}

# Nobody reads the agent's log.
no_reader()
{
	local got=0

	topology "$variant-deaf"
	make_ns node
	dir=$work/$top
	mkdir "$dir"
	echo "$good" >"$dir/config"
	nsenter "--net=/run/netns/$top-node" -- "$apply" "--backend=$variant" --watch \
		-c "$dir/config" --metrics-file="$dir/m.prom" 2> >(:) &
	agent=$!
	filed "without a reader of its log it applies" 'ipmasq_writes_total{family="ipv6"} 1'
	tables node 4 -F "$chain"
	filed "and repairs" 'ipmasq_repairs_total{family="ipv4",cause="chain-changed"} 1'
	status 0 "all is in line" apply node --check -c "$dir/config"
	kill "$agent"
	wait "$agent" || got=$?
	equal "SIGTERM ends it" "$got" 0
}

served()
{
	local holder

	topology "$variant"
	make_ns node
	mkdir "$work/$top"
	echo "$good" >"$work/$top/config"
	# Another program has the port.
	nsenter "--net=/run/netns/$top-node" -- python3 -c 'import socket, time
s = socket.socket()
s.bind(("127.0.0.1", 9796))
s.listen()
time.sleep(600)' &
	holder=$!
	until on node bash -c ': </dev/tcp/127.0.0.1/9796' 2>/dev/null; do
		sleep 0.05
	done
	start -c "$work/$top/config" --listen=9796 --metrics-file="$work/$top/m.prom"
	logs "a port that is taken is reported" 'cannot serve at 9796.*Address already in use'
	logs "the rules do not wait for it" 'ipv6: changed \(.*; start\): jump'
	kill "$holder"
	wait "$holder" || true
	logs "it is taken as soon as it is free" 'serving .* at http://127.0.0.1:9796'
	logs_once "it was reported once that it was taken" 'cannot serve'
	says "ready" /readyz '^HTTP/1.1 200 '
	has "with a line" '^ipv4: in line; ipv6: in line$' "$work/answer"
	says "metrics" /metrics "^ipmasq_backend_info\{family=\"ipv6\",backend=\"$variant\"\} 1"
	has "what was written is counted" '^ipmasq_writes_total\{family="ipv4"\} 1$' "$work/answer"
	has "the rules are counted" '^ipmasq_rules\{family="ipv4"\} 3$' "$work/answer"
	if [ -n "${IPMASQ_PROMTOOL-}" ]; then
		sed '1,/^$/d' "$work/answer" >"$work/metrics"
		status 0 "promtool has no objection" sh -c "'$IPMASQ_PROMTOOL' check metrics <'$work/metrics'"
		equal "not even a small one" "$(cat "$work/out" "$work/err")" ""
	fi
	tables node 4 -F "$chain"
	says "a repair is counted, by its cause" /metrics \
		'^ipmasq_repairs_total\{family="ipv4",cause="chain-changed"\} 1$'
	has "the others are not" '^ipmasq_repairs_total\{family="ipv4",cause="jump-missing"\} 0$' \
		"$work/answer"
	echo "$bad" | put "$work/$top/config"
	says "a rejected configuration shows" /readyz '^HTTP/1.1 503 '
	has "with its place, and what became of it" \
		'^configuration rejected: .*config:1:.*10.0.0.1/8.*; the last good policy stays in force$' \
		"$work/answer"
	says "it is no reason for a restart" /healthz '^HTTP/1.1 200 '
	has "in the file too" '^ipmasq_config_accepted 0$' "$work/$top/m.prom"
	echo "$good" | put "$work/$top/config"
	says "all is well again" /readyz '^HTTP/1.1 200 '
	# The agent may write it anew in between.
	until rm -f "$work/$top/m.prom" && mkdir "$work/$top/m.prom" 2>/dev/null; do :; done
	logs "a file that cannot be written is reported" 'cannot write the metrics to .*: Is a directory'
	rmdir "$work/$top/m.prom"
	logs "it is written again when it can be" 'the metrics are written to .* again'
	has "whole" '^ipmasq_failures_total\{family="ipv6",cause="other"\} 0$' "$work/$top/m.prom"
	stop "it ends"
}

all()
{
	served
	full_disk
	no_reader
}

IPMASQ_VARIANTS=${IPMASQ_VARIANTS:-nft}
each_variant all
finish
