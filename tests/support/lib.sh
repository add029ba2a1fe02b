# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The base of all test scripts: finds both trees and the built programs, makes a directory for
# files, and makes and counts checks. kernel.sh, cli.sh and bench.sh stand on it.
#
# A script ends with finish, or with skip or fatal. Anything else is a failure.
#
# Environment: top_builddir (the build tree; else the current directory or the source tree),
# IPMASQ_APPLY, IPMASQ_EXPLAIN, IPMASQ_LINT (tools to test instead of those of the build tree),
# IPMASQ_NO_SKIP=1 (what cannot run is a failure).

self=${0##*/}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
build=${top_builddir:-.}
[ -e "$build/config.status" ] || build=$root
build=$(cd "$build" && pwd) || exit 1
# The layers and the scripts use them.
# shellcheck disable=SC2034
examples=$root/examples
# The directory of the tools themselves. libtool puts scripts before them that take ten times as
# long.
tools=$build/tools
[ ! -d "$tools/.libs" ] || tools=$tools/.libs

export PATH="$PATH:/usr/sbin:/sbin" LC_ALL=C
case ${LD_LIBRARY_PATH-}: in
"$build/lib/.libs:"*) ;;
*) export LD_LIBRARY_PATH="$build/lib/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" ;;
esac
# The caller's configuration and taste must not change results.
unset IPMASQ_CONFIG NO_COLOR POSIXLY_CORRECT
exec </dev/null

passed=0
failed=0
finished=
# What the next checks are about: it stands before their texts.
what=
# The directory for files, and the one that is removed at the end.
work=
vanishes=

on_exit()
{
	local status=$?

	[ -z "$vanishes" ] || rm -rf "$vanishes"
	[ -z "$finished" ] || return
	echo "$self: FAILED: ended early, with status $status"
	[ "$status" != 0 ] || exit 1
}
trap on_exit EXIT

# make_work: a directory for files, in $work.
make_work()
{
	work=$(mktemp -d) || fatal "no directory for files"
	vanishes=$work
}

# program PATH: prints where the built program is. PATH is that in the build tree.
program()
{
	local name=${1##*/ipmasq-} other file plain

	other=IPMASQ_${name^^}
	[ "$name" != "$1" ] || other=
	file=${other:+${!other:-}}
	file=${file:-$build/$1}
	plain=${file%/*}/.libs/${file##*/}
	[ ! -x "$plain" ] || file=$plain
	[ -x "$file" ] || fatal "$file is not there; build it first (make check)"
	echo "$file"
}

# skip WHAT: the script cannot run here, since WHAT is missing.
skip()
{
	finished=yes
	if [ "${IPMASQ_NO_SKIP:-}" = 1 ]; then
		echo "$self: FAILED: cannot run: $1"
		exit 1
	fi
	echo "$self: skipped: $1"
	exit 77
}

# skip_part WHAT: as skip, but only a part of the script cannot run.
skip_part()
{
	if [ "${IPMASQ_NO_SKIP:-}" = 1 ]; then
		fail "cannot run: $1"
	else
		echo "skipped: $1"
	fi
}

fatal()
{
	finished=yes
	echo "$self: FAILED: $1" >&2
	exit 1
}

note()
{
	echo "# $1"
}

# finish: the last command of a script, with the status to end with.
finish()
{
	finished=yes
	echo "$self: $passed passed, $failed failed"
	[ "$failed" = 0 ] && [ "$passed" != 0 ]
}

# Checks. Each says in one line what it proves.

pass()
{
	passed=$((passed + 1))
	echo "ok - ${what:+$what: }$1"
}

# fail TEXT [FILE...]: the files hold the details; else the output of the last command does.
fail()
{
	local file

	failed=$((failed + 1))
	echo "NOT OK - ${what:+$what: }$1"
	shift
	[ $# != 0 ] || set -- "$work/out" "$work/err"
	for file; do
		[ ! -s "$file" ] || head -n 40 "$file" | sed "s|^|    ${file##*/}: |"
	done
}

# check TEXT COMMAND...: the command succeeds.
check()
{
	if "${@:2}" >"$work/details" 2>&1; then
		pass "$1"
	else
		echo "this fails: ${*:2}" >>"$work/details"
		fail "$1" "$work/details"
	fi
}

# status WANTED TEXT COMMAND...: the command exits with that. What it prints is in $work/out, and
# what it prints on stderr in $work/err.
status()
{
	local wanted=$1 text=$2 got=0

	shift 2
	"$@" >"$work/out" 2>"$work/err" || got=$?
	if [ "$got" = "$wanted" ]; then
		pass "$text"
	else
		echo "exit status $got, not $wanted: $*" >"$work/details"
		fail "$text" "$work/details" "$work/out" "$work/err"
	fi
}

# run WANTED COMMAND...: as status; the command gives this check and those after it their name.
run()
{
	what=${*:2}
	what=${what//"$tools/"/}
	what=${what//"$examples/"/}
	status "$1" "exits with $1" "${@:2}"
}

# equal TEXT GOT WANTED
equal()
{
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		printf 'got    %s\nwanted %s\n' "$2" "$3" >"$work/details"
		fail "$1" "$work/details"
	fi
}

# To start a program takes longer than most of what is tested, so the shell compares by itself.

# contents VARIABLE FILE
contents()
{
	mapfile -d '' -t "$1" <"$2"
}

# alike FILE FILE: both are there, and are the same.
alike()
{
	local one two

	[ -e "$1" ] && [ -e "$2" ] && contents one "$1" && contents two "$2" &&
		[ ${#one[@]} = ${#two[@]} ] && [ "${one[*]}" = "${two[*]}" ]
}

# same_file TEXT GOT WANTED
same_file()
{
	if alike "$2" "$3"; then
		pass "$1"
	else
		diff -u "$3" "$2" >"$work/details" 2>&1 || true
		fail "$1" "$work/details"
	fi
}

# has TEXT PATTERN FILE: a line of the file matches.
has()
{
	if grep -Eq -e "$2" "$3"; then
		pass "$1"
	else
		printf 'no line matches: %s\n' "$2" >"$work/details"
		fail "$1" "$work/details" "$3"
	fi
}

# lacks TEXT PATTERN FILE: the file is there, and no line of it matches.
lacks()
{
	if [ -e "$3" ] && ! grep -Eq -e "$2" "$3"; then
		pass "$1"
	else
		printf 'a line matches: %s\n' "$2" >"$work/details"
		fail "$1" "$work/details" "$3"
	fi
}

# Checks of what the last command printed. TEXT is not a pattern.

# holds FILE TEXT
holds()
{
	local all

	contents all "$1"
	[[ ${all[*]} == *"$2"* ]]
}

# out_is TEXT: all of it, but for newlines at the end.
out_is()
{
	local all text

	contents all "$work/out"
	text=${all[*]}
	while [[ $text == *$'\n' ]]; do text=${text%$'\n'}; done
	if [ "$text" = "$1" ]; then pass "prints what it should"; else fail "does not print: $1"; fi
}

out_has()
{
	if holds "$work/out" "$1"; then pass "prints: $1"; else fail "does not print: $1"; fi
}

out_lacks()
{
	if holds "$work/out" "$1"; then fail "prints: $1"; else pass "does not print: $1"; fi
}

err_has()
{
	if holds "$work/err" "$1"; then pass "says: $1"; else fail "does not say: $1"; fi
}

err_is_empty()
{
	if [ -s "$work/err" ]; then fail 'says something on stderr'; else pass 'says nothing on stderr'; fi
}
