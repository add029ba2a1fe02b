# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the tests of the command lines share, on top of lib.sh: the tools by name, JSON, usage errors
# and completion. The script runs in $work, and sets own_network=yes to run in a network of its own,
# where that is possible; then $IPMASQ_INSIDE is 1.

# shellcheck source=tests/support/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [ -n "${own_network-}" ] && [ -z "${IPMASQ_INSIDE-}" ] && unshare -rn true 2>/dev/null; then
	IPMASQ_INSIDE=1 exec unshare -rn bash "$0" "$@"
fi

make_work
cd "$work" || exit 1
# shellcheck disable=SC2034 # for the scripts
{
	explain=$(program tools/ipmasq-explain) || exit
	lint=$(program tools/ipmasq-lint) || exit
	apply=$(program tools/ipmasq-apply) || exit
}

# json EXPRESSION: it is true of the output as JSON, which is named `it` there.
json()
{
	if ! command -v python3 >/dev/null; then
		skip_part "JSON: no python3 here"
	elif python3 -IS - "$1" "$work/out" 2>>"$work/err" <<'PYTHON'
import json, sys
it = json.load(open(sys.argv[2], encoding="utf-8"))
sys.exit(0 if eval(sys.argv[1]) else 1)
PYTHON
	then
		pass "JSON: $1"
	else
		fail "not so in JSON: $1"
	fi
}

# usage MESSAGE COMMAND...: a usage error has exit status 2, the message, a hint, and prints
# nothing.
usage()
{
	run 2 "${@:2}" </dev/null
	err_has "$1"
	err_has "--help' for more information"
	out_is ''
}

# completions WORD...: what bash would offer for the last word.
completions()
{
	# shellcheck disable=SC2034 # for the completion
	(
		# shellcheck disable=SC2317 # the completion calls it
		compopt() { :; }
		# shellcheck source=/dev/null
		. "$root/tools/completion/bash/$1"
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		COMPREPLY=()
		"_${1//-/_}"
		printf '%s\n' "${COMPREPLY[@]}"
	)
}

# offers WORDS WORD...: bash would offer just these words.
offers()
{
	local wanted=$1

	shift
	what="completion of $*"
	completions "$@" 2>"$work/err" | paste -sd ' ' >"$work/out"
	out_is "$wanted"
}

# on_terminal COMMAND...: runs it on a terminal.
on_terminal()
{
	script -qec "${*@Q}" /dev/null </dev/null
}
