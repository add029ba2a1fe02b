#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Dumps of one node by one release of iptables say the same, however they were printed: iptables-save,
# -S and -L, with counters and numbers or without, of both variants and both families.
set -u

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

dump_text=$(program tests/support/dump_text) || exit

# model FILE: its table nat, as it is understood.
model()
{
	"$dump_text" -m "$1" | awk '/^table/ { on = / nat$/ } /^note/ { on = 0 } on'
}

compared=0
for directory in "$root"/tests/dumps/*/; do
	for save in "$directory"ip*tables-*-save; do
		what=$(basename "$directory")
		model "$save" >expected
		has 'has a base chain' 'nat postrouting 100' expected
		for other in "${save%save}"*; do
			[ "$other" != "$save" ] || continue
			what=$(basename "$directory") name=$(basename "$other")
			model "$other" >found 2>err
			same_file "$name says what iptables-save says" found expected
			compared=$((compared + 1))
		done
	done
done
what=
check 'many dumps were compared' test "$compared" -ge 150

finish
