#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The reports of ipmasq-lint for GitLab's code quality, for readers of JUnit XML, and for reviewdog.
set -u

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

mkdir deep
cat >broken.yaml <<'YAML'
masqOutbound: true
nonMasqueradeCIDRs:
- 10.0.0.1/8 # ours
- "x%\r\ny/8 \x01<&>"
- 10.1.0.0/16
YAML
cp broken.yaml 'deep/a <b> & "c".yaml'
printf 'nonMasqueradeCIDRs: [10.0.0.0/8, 10.1.0.0/16]\n' >noted.yaml
printf '# \303\274\r\n{"\303\274": 1, "MasqOutBound": true, "nonMasqueradeCIDRs": ["{0}"]}' >odd.json

for format in gitlab junit rdjson; do
	for other in "$explain" "$apply"; do
		usage "option '--output' takes text|json, not '$format'" "$other" -o $format
	done
	run 0 "$lint" --fail-on=never -o $format broken.yaml
	run 1 "$lint" -o $format broken.yaml
	err_is_empty
	usage "option '--list-checks' writes text or json" "$lint" --list-checks -o $format
	offers "$format" ipmasq-lint -o ${format:0:4}
done
offers 'github gitlab' ipmasq-lint -o g

# -o gitlab

run 0 "$lint" -o gitlab /dev/null
out_is '[]'
run 1 "$lint" -o gitlab broken.yaml ".//deep/../deep/a <b> & \"c\".yaml" /nonexistent/x
json '[f["check_name"] for f in it] == 2 * ["key-case", "host-bits", "bad-address"] + ["not-found"]'
json '[f["severity"] for f in it] == ["minor", "major", "major", "minor", "major", "major", "major"]'
json '[f["location"]["lines"]["begin"] for f in it] == [1, 3, 4, 1, 3, 4, 1]'
json 'it[3]["location"]["path"] == "deep/a <b> & \"c\".yaml" and it[6]["location"]["path"] == "/nonexistent/x"'
json 'it[1]["description"].endswith("; write instead: 10.0.0.0/8")'
json 'all(set(f) == {"description", "check_name", "fingerprint", "severity", "location"} for f in it)'
json 'len({f["fingerprint"] for f in it}) == len(it)'
run 0 "$lint" -o gitlab noted.yaml
json '[f["severity"] for f in it] == ["info"]'

# Fingerprints stay when lines move, and differ between two findings of the same text and between
# files, whatever way leads to the file.
printf 'nonMasqueradeCIDRs:\n- 10.0.0.1/8\n- x\n- 10.0.0.1/8\n' >moving.yaml
# fingerprints PATH: those of the findings of one check, sorted.
fingerprints()
{
	"$lint" -o gitlab "$@" >out 2>err
	python3 -IS -c '
import json
for f in json.load(open("out")):
    if f["check_name"] == "host-bits":
        print(f["fingerprint"])' | sort
}
fingerprints moving.yaml >before
cp moving.yaml other.yaml
printf '# new\nmasqOutBound: true\nnonMasqueradeCIDRs:\n  - x # why\n\n  - 10.0.0.1/8\n  - 10.0.0.1/8\n' >moving.yaml
fingerprints "$PWD/deep/../moving.yaml" >after
what='fingerprints'
same_file 'stay when lines move' after before
fingerprints moving.yaml other.yaml moving.yaml >all
equal 'are unique' "$(sort -u all | wc -l)" 6
# More findings than the first table of them has room for.
{
	echo 'nonMasqueradeCIDRs:'
	for i in $(seq 500); do
		echo "- 10.$((i / 250)).$((i % 250)).1/24"
	done
} >many.yaml
fingerprints many.yaml >all
equal 'are unique among many' "$(sort -u all | wc -l)" 500

# -o junit

# xml EXPRESSION: it is true of the output as XML, whose root is named `it`. `cases` are its tests.
xml()
{
	if ! command -v python3 >/dev/null; then
		skip_part "XML: no python3 here"
	elif python3 -IS - "$1" "$work/out" 2>>"$work/err" <<'PYTHON'
import sys, xml.etree.ElementTree as tree
it = tree.parse(sys.argv[2]).getroot()
cases = list(it.iter("testcase"))
sys.exit(0 if eval(sys.argv[1]) else 1)
PYTHON
	then
		pass "XML: $1"
	else
		fail "not so in XML: $1"
	fi
}

# An input that is fine is a test that passed.
run 0 "$lint" -o junit /dev/null
xml 'it.tag == "testsuites" and [s.get("name") for s in it] == ["/dev/null"]'
xml 'it[0].get("tests") == "1" and it[0].get("failures") == "0" and len(cases) == 1 and len(cases[0]) == 0'
run 1 "$lint" -o junit broken.yaml "deep/a <b> & \"c\".yaml" /nonexistent/x
xml '[(s.get("name"), s.get("tests"), s.get("failures")) for s in it] == [("broken.yaml", "3", "3"), ("deep/a <b> & \"c\".yaml", "3", "3"), ("/nonexistent/x", "1", "1")]'
xml '[c.get("name") for c in cases] == 2 * ["key-case at 1:1", "host-bits at 3:3", "bad-address at 4:3"] + ["not-found"]'
xml '[c.get("line") for c in cases[:3]] == ["1", "3", "4"] and cases[6].get("line") is None'
xml '[c.find("failure").get("type") for c in cases] == 2 * ["warning", "error", "error"] + ["error"]'
xml 'cases[1].find("failure").get("message").endswith("has bits set after its prefix length")'
xml '"\n  write instead: 10.0.0.0/8\n" in cases[1].find("failure").text'
# A control character cannot stand in XML.
xml '"x%\r\ny/8 \ufffd<&>" in cases[2].find("failure").get("message")'
# What fails the run fails its test, and nothing else does.
run 0 "$lint" -o junit noted.yaml
xml 'it[0].get("failures") == "0" and cases[0].find("failure") is None and "[covered-entry]" in cases[0].find("system-out").text'
run 1 "$lint" -o junit --fail-on=note noted.yaml
xml 'it[0].get("failures") == "1" and cases[0].find("failure").get("type") == "note"'
run 1 "$lint" -o junit --fail-on=error broken.yaml
xml 'it[0].get("failures") == "2"'
run 0 "$lint" -o junit --fail-on=never broken.yaml
xml 'it[0].get("failures") == "0" and it[0].get("tests") == "3"'
# Of a directory, files that are something else are no tests.
mkdir -p tree
cp noted.yaml tree
printf 'kind: Service\n' >tree/service.yaml
run 0 "$lint" -o junit tree
xml '[s.get("name") for s in it] == ["tree/noted.yaml"]'
# Names are unique, also where many findings have one place.
printf 'masqOutBound: false\n' >off.yaml
run 0 "$lint" -o junit --baseline /dev/null off.yaml
xml 'len({c.get("name") for c in cases}) == len(cases) and len(cases) > 30'
# A file name need not be text.
cp broken.yaml $'odd\xff\x01.yaml'
run 1 "$lint" -o junit $'odd\xff\x01.yaml'
xml 'it[0].get("name") == "odd\ufffd\ufffd.yaml"'

# -o rdjson

run 0 "$lint" -o rdjson /dev/null
json 'it == {"source": {"name": "ipmasq-lint"}, "diagnostics": []}'
run 1 "$lint" -o rdjson broken.yaml "deep/a <b> & \"c\".yaml" /nonexistent/x
json '[d["code"]["value"] for d in it["diagnostics"]] == 2 * ["key-case", "host-bits", "bad-address"] + ["not-found"]'
json '[d["severity"] for d in it["diagnostics"][:3]] == ["WARNING", "ERROR", "ERROR"]'
json 'it["diagnostics"][3]["location"]["path"] == "deep/a <b> & \"c\".yaml"'
json 'it["diagnostics"][1]["location"]["range"] == {"start": {"line": 3, "column": 3}, "end": {"line": 3, "column": 13}}'
json 'it["diagnostics"][1]["suggestions"] == [{"range": {"start": {"line": 3, "column": 3}, "end": {"line": 3, "column": 13}}, "text": "10.0.0.0/8"}]'
json '"suggestions" not in it["diagnostics"][2] and it["diagnostics"][6]["location"] == {"path": "/nonexistent/x"}'
run 0 "$lint" -o rdjson noted.yaml
json '[d["severity"] for d in it["diagnostics"]] == ["INFO"]'
# Columns count bytes, in places and in suggestions.
run 1 "$lint" -o rdjson odd.json
json '[d["location"]["range"] for d in it["diagnostics"] if d["code"]["value"] == "unknown-key"] == [{"start": {"line": 2, "column": 2}, "end": {"line": 2, "column": 6}}]'
json '[d["suggestions"][0]["range"] for d in it["diagnostics"] if d["code"]["value"] == "key-case"] == [{"start": {"line": 2, "column": 11}, "end": {"line": 2, "column": 25}}]'

# The suggestions, written into the file, are what --fix writes.
sed '/x%/d; /10\.1\./d' broken.yaml >fixable.yaml
sed 's,"{0}","10.0.0.1/8",' odd.json >fixable.json
for file in fixable.yaml fixable.json many.yaml; do
	"$lint" -o rdjson $file >out-rdjson 2>err
	python3 -IS - $file <<'PYTHON' >suggested
import json, sys
lines = open(sys.argv[1], "rb").read().splitlines(keepends=True)
starts = [sum(map(len, lines[:i])) for i in range(len(lines) + 1)]
at = lambda p: starts[p["line"] - 1] + p["column"] - 1
text = b"".join(lines)
edits = [s for d in json.load(open("out-rdjson", encoding="utf-8"))["diagnostics"] for s in d.get("suggestions", [])]
for e in sorted(edits, key=lambda e: at(e["range"]["start"]), reverse=True):
    text = text[:at(e["range"]["start"])] + e["text"].encode() + text[at(e["range"]["end"]):]
sys.stdout.buffer.write(text)
PYTHON
	cp $file "fixed-$file"
	"$lint" --fix "fixed-$file" >out 2>err
	what=$file
	check 'has suggestions' grep -q '"suggestions"' out-rdjson
	same_file 'suggestions are what --fix writes' suggested "fixed-$file"
done

finish
