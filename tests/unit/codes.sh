#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Do all places that name the checks' codes name the same ones? The table (--list-checks), the
# findings in the sources, the man page, the rules of SARIF, and the tests.
set -u

# shellcheck source=tests/support/cli.sh
. "${top_srcdir:-${srcdir:-.}}/tests/support/cli.sh"

# WHAT: whether `found` has the same codes as the table.
same() {
	what=$1
	: >err
	sort -u found | diff codes - >out
	if [ -s out ]; then fail 'names other codes than --list-checks'; else pass 'names each code'; fi
}

# OUTPUT MESSAGE MESSAGE: passes when there is no such line.
none() {
	: >err
	if [ -s out ]; then fail "$1"; else pass "$2"; fi
}

run 0 "$lint" --list-checks
sed 's/ .*//' out | sort >codes
what='the table'
if [ "$(wc -l <codes)" -ge 50 ]; then pass 'has many codes'; else fail 'has few codes'; fi
grep -vE '^[a-z0-9]+(-[a-z0-9]+)*$' codes >out
none 'has a code that is not in kebab case' 'is in kebab case'
uniq -d codes >out
none 'has a code twice' 'has no code twice'

# ".It Cm CODE Pq SEVERITY" in the section CHECKS.
awk '/^\.Sh/ { checks = $2 == "CHECKS" } checks && /^\.It Cm/ { print $3 }' \
	"$source/tools/lint/ipmasq-lint.1" >found
same 'the man page'

"$lint" -o sarif /dev/null | python3 -c 'import json, sys
for rule in json.load(sys.stdin)["runs"][0]["tool"]["driver"]["rules"]:
    print(rule["id"])' >found
same 'SARIF'

# A finding with a code that is not in the table would have no help, no rule, and no name to be
# ignored by. Left aside are findings about the node and those about options, which the tools tell
# as errors of the command line.
find "$source/lib" "$source/tools" -path "$source/lib/node/*" -prune -o -name '*.c' ! -path '*/check_*' -print0 |
	xargs -0 cat >sources
grep -ozP '\b\w+\([^;]*?\bIPMASQ_(NOTE|WARNING|ERROR),\s*"[a-z0-9-]+"' sources |
	tr '\0' '\n' | grep -oE '"[a-z0-9-]+"$' | tr -d '"' |
	grep -vxE 'chain-name|netns|profile|to-ports' | sort -u >found
what='the sources'
comm -13 codes found >out
none 'add findings that are no checks' 'add findings of checks only'
if [ "$(wc -l <found)" -ge 15 ]; then pass 'add many'; else fail 'this test cannot read them any more'; fi
# The other way round codes may also come out of tables and from helpers.
grep -oE '"[a-z0-9-]+"' sources | tr -d '"' | sort -u | comm -23 codes - >out
none 'never find what --list-checks promises' 'have each code'

# In the forms of the tests: "SEVERITY CODE", "[CODE]", "CODE LINE:COLUMN" or a string of C. That
# each fires at all tests/cli/lint.sh sees by the table's examples; here somebody has looked where.
{
	grep -rhoE '(note|warning|error) [a-z0-9-]+|\[[a-z0-9-]+\]|\b[a-z0-9-]+ [0-9]+:[0-9]+' \
		--include='*.sh' --include='*.c' --include=findings --include='*.expected' "$source/tests"
	grep -rhoE '"[a-z0-9-]+"' --include='*.c' "$source/tests"
} | grep -oE '[a-z][a-z0-9-]+' | sort -u >found
what='the tests'
comm -23 codes found >out
none 'do not expect each code' 'expect each code'

finish
