# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the tests of ipmasq-apply --watch share, on top of kernel.sh: an agent that runs in the
# namespace node, and functions that wait for what it does rather than for a time.
# shellcheck source=tests/support/kernel.sh
declare -F topology >/dev/null || . "$(dirname "${BASH_SOURCE[0]}")/kernel.sh"

# shellcheck disable=SC2034 # for the tests
chain=IP-MASQ-AGENT
agent=
from=1

# start ARGUMENT...: starts the agent with its log in $work/log, under the command in $prefix.
prefix=()
start()
{
	# Emptied here, so that no line of the agent before is taken for one of this.
	: >"$work/log"
	nsenter "--net=/run/netns/$top-node" -- ${prefix[@]+"${prefix[@]}"} "$apply" \
		"--backend=${backend:-$variant}" --watch "$@" 2>"$work/log" >"$work/stdout" &
	agent=$!
	from=1
}

# stop TEXT [SIGNAL]: the signal ends the agent, with 0.
stop()
{
	local got=0

	kill -"${2:-TERM}" "$agent"
	wait "$agent" || got=$?
	if [ "$got" = 0 ]; then
		pass "$1"
	else
		fail "$1: exit status $got" "$work/log"
	fi
}

# pause SECONDS: waits without starting a program, on a pipe that nobody writes to.
exec {never}<> <(:)
pause()
{
	read -r -t "$1" -u "$never" _ || true
}

# mark: logs() looks only at lines of the log that come after this.
mark()
{
	local lines

	mapfile -t lines <"$work/log"
	from=$((${#lines[@]} + 1))
}

# log_has PATTERN: a line after the mark matches.
log_has()
{
	local lines line

	mapfile -t -s $((from - 1)) lines <"$work/log"
	for line in ${lines[@]+"${lines[@]}"}; do
		[[ ! $line =~ $1 ]] || return 0
	done
	return 1
}

# logs TEXT PATTERN: within half a minute, a line after the mark matches. Only an overloaded machine
# needs so long.
logs()
{
	local end=$((SECONDS + 31))

	until log_has "$2"; do
		if [ "$SECONDS" -ge "$end" ] || ! kill -0 "$agent" 2>/dev/null; then
			# The agent may have logged it at its end.
			! log_has "$2" || break
			tail -n "+$from" "$work/log" >"$work/details"
			fail "$1: no line matches: $2" "$work/details"
			return 0
		fi
		pause 0.02
	done
	pass "$1"
}

# logs_once TEXT PATTERN: exactly one line of the log matches.
logs_once()
{
	equal "$1" "$(grep -Ec -e "$2" "$work/log")" 1
}

# logs_never TEXT PATTERN: no line of the log matches.
logs_never()
{
	lacks "$1" "$2" "$work/log"
}

# in_line TEXT ARGUMENT...: the kernel holds the policy of the arguments.
in_line()
{
	local text=$1

	shift
	status 0 "$text" apply node --check "$@"
}

# put FILE: stdin becomes the file at once, by a rename.
put()
{
	cat >"$1.new"
	mv "$1.new" "$1"
}

# best TEXT LIMIT-MS MORE-MS MS...: the shortest of several times is less than the limit; the others
# may be longer since the machine is busy. MORE-MS: so much longer for each process that wants to
# run.
best()
{
	local text=$1 limit=$2 load least

	load=$(busy)
	limit=$((limit + load * $3))
	text+=" in less than $2 ms"
	[ "$load" = 0 ] || text+=", here $limit with a load of $load"
	shift 3
	least=$(printf '%s\n' "$@" | sort -n | head -n 1)
	check "$text: $least ms of $*" test "$least" -lt "$limit"
}
