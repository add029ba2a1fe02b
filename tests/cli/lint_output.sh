#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The output of ipmasq-lint for code scanning services (SARIF) and for the logs of pipelines
# (github).
set -u

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

cat >broken.yaml <<'YAML'
masqOutbound: true
nonMasqueradeCIDRs:
- 10.0.0.1/8 # ours
- "x%\r\ny/8"
YAML

# The other tools do not have these formats.
for other in "$explain" "$apply"; do
	usage "option '--output' takes text|json, not 'github'" "$other" -o github
	usage "option '--output' takes text|json, not 'sarif'" "$other" -o sarif
done

# -o github

run 0 "$lint" -o github /dev/null
out_is ''
run 1 "$lint" -o github broken.yaml
out_is '::warning file=broken.yaml,line=1,col=1,endColumn=13,title=key-case::the key is usually written masqOutBound; write instead: masqOutBound
::error file=broken.yaml,line=3,col=3,endColumn=13,title=host-bits::"10.0.0.1/8" has bits set after its prefix length; write instead: 10.0.0.0/8
::error file=broken.yaml,line=4,col=3,endColumn=14,title=bad-address::"x%25%0D%0Ay/8" does not start with an IPv4 or IPv6 address'
run 0 "$lint" --fail-on=never -o github broken.yaml
run 1 "$lint" -o github - <broken.yaml
out_has '::error file=<stdin>,line=3,col=3,'
run 1 "$lint" -o github missing
out_is '::error file=missing,title=not-found::there is no such file'

# In names, separators of properties are escaped, and the working directory is left out.
mkdir -p deep/er
cp broken.yaml 'deep/a,b: 100%.yaml'
ln -s ../broken.yaml deep/link.yaml
for name in 'deep/a,b: 100%.yaml' './/deep/./a,b: 100%.yaml' "$PWD/deep/a,b: 100%.yaml" \
	'deep/er/../a,b: 100%.yaml' "../$(basename "$PWD")/deep/a,b: 100%.yaml"; do
	run 1 "$lint" -o github "$name"
	out_has '::error file=deep/a%2Cb%3A 100%25.yaml,line=3,'
done
# A link has its own name.
run 1 "$lint" -o github "$PWD/deep/link.yaml"
out_has 'file=deep/link.yaml,line=3,'
cd deep || exit 1
run 1 "$lint" -o github ../broken.yaml
out_has "file=$(dirname "$(pwd -P)")/broken.yaml,line=3,"
cd ..

offers 'github' ipmasq-lint -o gith

# -o sarif

run 0 "$lint" -o sarif /dev/null
json 'it["version"] == "2.1.0" and it["runs"][0]["results"] == []'
json 'it["runs"][0]["columnKind"] == "unicodeCodePoints"'
cp out empty.sarif
run 0 "$lint" --list-checks
cut -d ' ' -f 1 out | sort >codes
cp empty.sarif out
what='the rules of SARIF'
json 'sorted(r["id"] for r in it["runs"][0]["tool"]["driver"]["rules"]) == open("codes").read().split()'
json 'all(r["help"]["markdown"] and r["shortDescription"]["text"].endswith(".") and r["defaultConfiguration"]["level"] in ("error", "warning", "note") for r in it["runs"][0]["tool"]["driver"]["rules"])'

run 1 "$lint" -o sarif broken.yaml 'deep/a,b: 100%.yaml' /nonexistent/x
json '[r["ruleId"] for r in it["runs"][0]["results"]] == 2 * ["key-case", "host-bits", "bad-address"] + ["not-found"]'
json '[r["level"] for r in it["runs"][0]["results"]] == 2 * ["warning", "error", "error"] + ["error"]'
json 'all(it["runs"][0]["tool"]["driver"]["rules"][r["ruleIndex"]]["id"] == r["ruleId"] for r in it["runs"][0]["results"])'
json '[r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in it["runs"][0]["results"][2:4] + it["runs"][0]["results"][6:]] == ["broken.yaml", "deep/a%2Cb%3A%20100%25.yaml", "file:///nonexistent/x"]'
json '["uriBaseId" in r["locations"][0]["physicalLocation"]["artifactLocation"] for r in it["runs"][0]["results"]] == 6 * [True] + [False]'
json 'it["runs"][0]["results"][1]["locations"][0]["physicalLocation"]["region"] == dict(startLine=3, startColumn=3, endLine=3, endColumn=13)'
json 'it["runs"][0]["results"][1]["message"]["text"].endswith("; write 10.0.0.0/8 instead.")'
json 'it["runs"][0]["results"][1]["fixes"][0]["artifactChanges"][0]["replacements"] == [dict(deletedRegion=dict(startLine=3, startColumn=3, endLine=3, endColumn=13), insertedContent=dict(text="10.0.0.0/8"))]'
json '"fixes" not in it["runs"][0]["results"][2]'

# Columns count characters, also those of edits; a brace is doubled.
printf '# \303\274\r\n{"\303\274": 1, "MasqOutBound": true, "nonMasqueradeCIDRs": ["{0}"]}' >odd.json
run 1 "$lint" -o sarif odd.json
json '[r["message"]["text"][:7] for r in it["runs"][0]["results"] if r["ruleId"] == "bad-address"] == ["\"{{0}}\""]'
json '[r["fixes"][0]["artifactChanges"][0]["replacements"][0]["deletedRegion"] for r in it["runs"][0]["results"] if r["ruleId"] == "key-case"] == [dict(startLine=2, startColumn=10, endLine=2, endColumn=24)]'

# Fingerprints stay when lines move, and differ for two findings of the same text.
printf 'nonMasqueradeCIDRs:\n- 10.0.0.1/8\n- x\n- 10.0.0.1/8\n' >before.yaml
printf '# new\nmasqOutBound: true\nnonMasqueradeCIDRs:\n  - x # why\n\n  - 10.0.0.1/8\n  - 10.0.0.1/8\n' >after.yaml
# fingerprints NAME: those of the findings of one check, sorted.
fingerprints()
{
	"$lint" -o sarif "$1.yaml" >out 2>err
	python3 -c '
import json
for r in json.load(open("out"))["runs"][0]["results"]:
    print(r["ruleId"], *r["partialFingerprints"].values())' | grep -E '^host-' | sort
}
fingerprints before >old
fingerprints after >new
what='fingerprints'
same_file 'stay when lines move' new old
equal 'differ' "$(sort -u new | wc -l)" 3
offers 'sarif' ipmasq-lint -o s
usage "option '--list-checks' writes text or json" "$lint" --list-checks -o sarif
usage "option '--explain-check' writes text or json" "$lint" --explain-check key-case -o github

finish
