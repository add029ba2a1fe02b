# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the scripts that test the command lines share; to be sourced. Leaves the caller in a directory
# of its own, $work, that vanishes in the end.

tools=$(cd "${TOOLS_DIR:-./tools}" && pwd) || exit 1
# The programs themselves, not the scripts that libtool puts before them and that take ten times as
# long.
if [ -x "$tools/.libs/ipmasq-lint" ]; then
	export LD_LIBRARY_PATH="$tools/../lib/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
	tools=$tools/.libs
fi
source=$(cd "${top_srcdir:-${srcdir:-.}}" && pwd) || exit 1
examples=$source/examples
# Not every script calls all three.
# shellcheck disable=SC2034
explain=$tools/ipmasq-explain
# shellcheck disable=SC2034
lint=$tools/ipmasq-lint
# shellcheck disable=SC2034
apply=$tools/ipmasq-apply
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
unset IPMASQ_CONFIG NO_COLOR POSIXLY_CORRECT
export LC_ALL=C

passed=0
failed=0
what=

pass() {
	echo "ok: $what: $1"
	passed=$((passed + 1))
}

fail() {
	echo "FAILED: $what: $1"
	sed 's/^/    stdout: /' out | head -n 20
	sed 's/^/    stderr: /' err | head -n 20
	failed=$((failed + 1))
}

# STATUS COMMAND...: runs it with what is on stdin, keeps its output, and compares its exit status.
run() {
	local wanted=$1 status
	shift
	what=${*//"$tools/"/}
	what=${what//"$examples/"/}
	"$@" >out 2>err
	status=$?
	if [ "$status" = "$wanted" ]; then
		pass "exits with $wanted"
	else
		fail "exits with $status, not $wanted"
	fi
}

# The shell looks itself: to start a program for it takes longer than what is tested.

# FILE TEXT: whether the text is in it as it stands.
holds() {
	local all
	mapfile -d '' -t all <"$1"
	[[ ${all[*]} == *"$2"* ]]
}

# Whole output, but for the ends of its last lines, or a part of it.
out_is() {
	local all text
	mapfile -d '' -t all <out
	text=${all[*]}
	while [[ $text == *$'\n' ]]; do text=${text%$'\n'}; done
	if [ "$text" = "$1" ]; then pass "prints what it should"; else fail "does not print: $1"; fi
}

out_has() {
	if holds out "$1"; then pass "prints: $1"; else fail "does not print: $1"; fi
}

out_lacks() {
	if holds out "$1"; then fail "prints: $1"; else pass "does not print: $1"; fi
}

err_has() {
	if holds err "$1"; then pass "says: $1"; else fail "does not say: $1"; fi
}

err_is_empty() {
	if [ -s err ]; then fail "says something on stderr"; else pass "says nothing on stderr"; fi
}

# EXPRESSION: what must be true of the output as JSON, which is `it`.
json() {
	if ! command -v python3 >/dev/null && [ -z "${IPMASQ_NO_SKIP-}" ]; then
		echo "skipped: $what: JSON: no python3 here"
	elif python3 - "$1" out 2>>err <<'PYTHON'
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

# A usage error: exit status 2, the message, a hint, and nothing on stdout.
usage() {
	local message=$1
	shift
	run 2 "$@" </dev/null
	err_has "$message"
	err_has "--help' for more information"
	out_is ''
}

# WORD...: what bash would offer for the last word.
completions() {
	# shellcheck disable=SC1090,SC2034
	(
		# shellcheck disable=SC2317
		compopt() { :; }
		. "$source/tools/completion/$1"
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		COMPREPLY=()
		"_${1//-/_}"
		printf '%s\n' "${COMPREPLY[@]}"
	)
}

# WORDS WORD...: whether bash would offer just these words.
offers() {
	local wanted=$1
	shift
	what="completion of $*"
	completions "$@" | paste -sd ' ' >out
	: >err
	if [ "$(cat out)" = "$wanted" ]; then pass "offers: $wanted"; else fail "does not offer: $wanted"; fi
}

# COMMAND...: runs it on a terminal.
on_terminal() {
	script -qec "$*" /dev/null </dev/null
}

# To be called last: what the script exits with.
finish() {
	echo
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ]
}
