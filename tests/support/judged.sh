# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Checks of a program that judges by itself, on top of lib.sh; $work is there.
# shellcheck disable=SC2154

# judged COMMAND...: a check for each line of the command, which are "ok TEXT" or "no TEXT" with
# indented details, and at last "done".
judged()
{
	local line text='' ended=

	"$@" >"$work/judged" 2>"$work/judge" || true
	echo end >>"$work/judged"
	while IFS= read -r line; do
		case $line in
		' '*)
			echo "${line#  }" >>"$work/details"
			continue
			;;
		esac
		[ -z "$text" ] || fail "$text" "$work/details"
		text=
		case $line in
		'ok '*) pass "${line#ok }" ;;
		'no '*)
			text=${line#no }
			: >"$work/details"
			;;
		done) ended=yes ;;
		esac
	done <"$work/judged"
	[ -n "$ended" ] || fail "the test itself ended early" "$work/judge"
}
