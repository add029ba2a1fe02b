#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# All places that name the codes of checks name the same ones: the table (--list-checks), the
# findings in the sources, the man page, the rules of SARIF, and the tests.
set -u

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

# same WHAT: the codes in `found` are those of the table.
same()
{
	what=$1
	sort -u found >sorted
	same_file 'names each code of --list-checks, and no other' sorted codes
}

run 0 "$lint" --list-checks
sed 's/ .*//' out | sort >codes
what='the table'
check 'has many codes' test "$(wc -l <codes)" -ge 50
equal 'is in kebab case' "$(grep -vE '^[a-z0-9]+(-[a-z0-9]+)*$' codes)" ''
equal 'has no code twice' "$(uniq -d codes)" ''

# ".It Cm CODE Pq SEVERITY" in the section CHECKS.
awk '/^\.Sh/ { checks = $2 == "CHECKS" } checks && /^\.It Cm/ { print $3 }' \
	"$root/tools/lint/ipmasq-lint.1" >found
same 'the man page'

"$lint" -o sarif /dev/null | python3 -c 'import json, sys
for rule in json.load(sys.stdin)["runs"][0]["tool"]["driver"]["rules"]:
    print(rule["id"])' >found
same 'SARIF'

# A finding with a code that is not in the table would have no help, no rule, and no name to ignore
# it by. Findings about the node and about dumps of it are left aside, and those about options, which
# the tools report as errors of the command line, about what another agent cannot say, and about a
# defect of the library.
(cd "$root" && find lib tools -path 'lib/node/*' -prune -o -name '*.c' ! -path '*/check_*' -print0 |
	xargs -0 cat) >sources
{
	grep -ozP '\b\w+\([^;]*?\bIPMASQ_(NOTE|WARNING|ERROR),\s*"[a-z0-9-]+"' sources
	grep -ozP '\b(diag|source|manifest)_reject\([^;"]*,\s*"[a-z0-9-]+"' sources
} | tr '\0' '\n' | grep -oE '"[a-z0-9-]+"$' | tr -d '"' |
	grep -vxE 'chain-name|convert|dump|netns|not-proved|profile|to-ports' | sort -u >found
what='the sources'
equal 'add findings of checks only' "$(comm -13 codes found)" ''
check 'add many' test "$(wc -l <found)" -ge 15
# Codes may also come from tables and helpers.
grep -oE '"[a-z0-9-]+"' sources | tr -d '"' | sort -u >found
equal 'have each code' "$(comm -23 codes found)" ''

# In the forms of the tests: "SEVERITY CODE", "[CODE]", "CODE LINE:COLUMN" or a string of C.
# tests/cli/lint.sh proves with the table's examples that each check fires; this is about tests that
# also say where.
{
	grep -rhoE '(note|warning|error) [a-z0-9-]+|\[[a-z0-9-]+\]|\b[a-z0-9-]+ [0-9]+:[0-9]+' \
		--include='*.sh' --include='*.c' --include=findings --include='*.expected' "$root/tests"
	grep -rhoE '"[a-z0-9-]+"' --include='*.c' "$root/tests"
} | grep -oE '[a-z][a-z0-9-]+' | sort -u >found
what='the tests'
equal 'expect each code' "$(comm -23 codes found)" ''

finish
