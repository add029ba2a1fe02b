#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ipmasq-explain --table and CIDR: the table in text has the columns of the objects in JSON.
set -u

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

none=/dev/null
cat >nested.yaml <<'YAML'
masqueradeCIDRs: [10.1.2.0/24, 10.1.2.128/25, "fd00:1::/64"]
nonMasqueradeCIDRs: [10.0.0.0/8, 10.1.0.0/16, "fd00::/8"]
masqOutBoundIPv6: false
YAML
{ echo nonMasqueradeCIDRs: && seq -f '- 10.0.%g.0/25' 0 40 && seq -f '- fd00:%g::/32' 1 40; } >tree.yaml
printf 'masqueradeCIDRs: [db.example.com]\nnonMasqueradeCIDRs: [10.0.0.0/8]\n' >names.yaml
printf '10.9.8.7 db.example.com\n2001:db8::7 db.example.com\n' >known
printf 'podCIDRs: [10.244.0.0/16, "fd00::/64"]\nnonMasqueradeCIDRs: [10.0.0.0/8]\n' >pods.yaml

# same_columns COMMAND...: the rows in text say what the objects in JSON do.
same_columns()
{
	run 0 "$@" -o json
	mv out json
	run 0 "$@"
	check "text and JSON have the same columns" python3 -IS - json out <<'PYTHON'
import json, re, sys

objects = json.load(open(sys.argv[1]))
lines = open(sys.argv[2]).read().splitlines()
while not lines[0].lstrip().startswith("address  "):
    lines.pop(0)
place = ["file", "line", "column"]
members = [key for key in objects[0] if key not in place + ["sources"]]
members.insert(list(objects[0]).index("file"), ":".join(place))
rows = [re.split("  +", line.strip()) for line in lines]
assert rows.pop(0) == members, members
assert len(rows) == len(objects) > 1, (len(rows), len(objects))

def place_of(it, builtin):
    return "%s:%d:%d" % (it["file"], it["line"], it["column"]) if it["file"] else builtin

def override(it):
    words = [it["origin"], it["entry"], it["host"], "(%s)" % place_of(it, "built-in")]
    return " ".join(word for word in words if word)

for row, it in zip(rows, objects):
    row = dict(zip(members, row))
    for key in "address", "verdict", "origin", "entry", "host":
        assert row[key] == (it[key] or "-"), (row, it)
    where = row["file:line:column"]
    assert where == place_of(it, where) and (it["file"] or re.match("built-in default|IPv6 is off", where))
    assert row["overrides"] == (", ".join(map(override, it["overrides"])) or "-"), (row, it)
    assert row["rule"] == (it["rule"] or "-").replace("\n", "; "), (row, it)
# Every cell of a column starts where its name does.
for name in members[1:]:
    at = lines[0].index("  " + name) + 2
    assert all(line[at - 2:at] == "  " and line[at] != " " for line in lines), name
PYTHON
}

same_columns "$explain" --table -c $none
out_has 'masqOutBound (built-in)'
same_columns "$explain" --table -c nested.yaml
out_has 'nonMasqueradeCIDRs 10.0.0.0/8 (nested.yaml:2:22), nonMasqueradeCIDRs 10.1.0.0/16 (nested.yaml:2:34), '
same_columns "$explain" --table -c tree.yaml
out_has '; -A IP-MASQ-AG.'
cp "$examples/same-vpc.yaml" . && same_columns "$explain" --table -c same-vpc.yaml
same_columns "$explain" --table --ipv6=off -c nested.yaml
out_has '::/0 '
same_columns "$explain" --table --profile cce --hosts known -c names.yaml
out_has ' db.example.com '
same_columns "$explain" --table --profile cilium -c names.yaml
same_columns "$explain" --table --nomasq-all-reserved-ranges -c $none
same_columns "$explain" --table -c pods.yaml
err_has 'podCIDRs, 10.244.0.0/16, fd00::/64'
same_columns "$explain" -c nested.yaml 10.1.0.0/16
same_columns "$explain" -c nested.yaml fd00::/15
same_columns "$explain" -c nested.yaml ::/0
same_columns "$explain" -c tree.yaml 10.0.0.0/16
same_columns "$explain" -c tree.yaml fd00::/28
same_columns "$explain" -c pods.yaml 8.0.0.0/6
out_has 'for         sources in podCIDRs, 10.244.0.0/16'
same_columns "$explain" -c pods.yaml --source 10.244.1.1 8.0.0.0/6

# A terminal that is narrow does not get the last columns, so that no line wraps.
# on_columns COLUMNS: prints the names of the columns on such a terminal.
on_columns()
{
	# shellcheck disable=SC2317 # run calls it
	on_terminal sh -c "stty cols $1 && '$explain' --table -c $none" | tr -d '\r' | head -n 1
}
first='address verdict origin entry host file:line:column'
while read -r columns more; do
	run 0 on_columns "$columns"
	tr -s ' ' <out >names
	read -r line <names
	equal "the columns on $columns columns" "$line" "$first${more:+ $more}"
done <<'TABLE'
40
100
170 overrides
260 overrides rule
0 overrides rule
TABLE

finish
