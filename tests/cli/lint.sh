#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The checks of ipmasq-lint: each fires on the bad example that --explain-check prints and not on
# the fixed one; the exact places; comments that ignore findings; --baseline; --fix.
set -u

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

cases=0

# found WHAT FINDINGS [OPTION...] < configuration: it has these findings in this order, each on a
# line LINE:COLUMN-ENDCOLUMN SEVERITY CODE. All are compared at once, at the end.
found()
{
	cases=$((cases + 1))
	what=$1
	printf '%s\n' "$1" "$2" >"case.$cases"
	shift 2
	"$lint" -o json --fail-on=never "$@" - >out 2>err
	cp out "case.$cases.json"
}

# Every example of the table that is one configuration in one file.
"$lint" --list-checks -o json >checks.json
python3 - <<'PYTHON'
import json, re
skipped = {"not-found", "unreadable", "too-large", "encoding", "conflict", "smallest-wins",
           "limit-64", "baseline", "verdict-change", "template", "hosts-file", "no-file",
           "united"}
groups = {}
for check in json.load(open("checks.json")):
    why, bad, good = re.fullmatch(r"(.*)\n\nBad:\n\n(.*)\nFixed:\n\n(.*)", check["help"], re.S).groups()
    assert why and check["summary"] and not check["summary"].endswith(".")
    if check["code"] in skipped:
        continue
    for name, text in ("bad", bad), ("good", good):
        text = re.sub(r"(?m)^    ", "", text)
        options = re.match(r"# ipmasq-lint (.*)\n", text)
        file = "%s.%s" % (check["code"], name)
        open(file, "w").write(text)
        groups.setdefault(options.group(1) if options else "", []).append(file)
with open("groups", "w") as index:
    for number, (options, files) in enumerate(groups.items()):
        index.write("%d %s %s\n" % (number, options, " ".join(files)))
PYTHON
while read -r number arguments; do
	# shellcheck disable=SC2086
	"$lint" -o json --fail-on=never $arguments </dev/null >"group.$number.json"
done <groups
python3 - >out 2>err <<'PYTHON'
import glob, json
found = {(it["file"], it["code"]) for name in glob.glob("group.*.json") for it in json.load(open(name))}
files = glob.glob("*.bad") + glob.glob("*.good")
assert len(files) >= 90, "few examples"
for file in files:
    code, name = file.rsplit(".", 1)
    if ((file, code) in found) != (name == "bad"):
        print("the %s example of %s is %sfound" % (name, code, "not " if name == "bad" else ""))
PYTHON
what='the examples of the table'
out_is ''
err_is_empty

# No findings: the examples, and the configurations that other agents come with.
run 0 "$lint" --fail-on=note "$examples"/*.yaml "$examples"/*.json
out_is ''
found 'defaults' '' <<'YAML'
YAML
found 'ip-masq-agent' '' <<'YAML'
nonMasqueradeCIDRs:
  - 10.0.0.0/8
resyncInterval: 60s
YAML
found 'ip-masq-agent, the defaults written out' '' --profile kubernetes <<'YAML'
nonMasqueradeCIDRs:
  - 10.0.0.0/8
  - 172.16.0.0/12
  - 192.168.0.0/16
masqLinkLocal: false
resyncInterval: 60s
YAML
found 'GKE, the default destinations' '' --profile gke <<'YAML'
nonMasqueradeCIDRs:
  - 10.0.0.0/8
  - 172.16.0.0/12
  - 192.168.0.0/16
  - 100.64.0.0/10
  - 192.0.0.0/24
  - 192.0.2.0/24
  - 192.88.99.0/24
  - 198.18.0.0/15
  - 198.51.100.0/24
  - 203.0.113.0/24
  - 240.0.0.0/4
masqLinkLocal: false
resyncInterval: 60s
YAML
found 'AKS' '' --profile aks <<'YAML'
nonMasqueradeCIDRs:
  - 10.244.0.0/16
masqLinkLocal: true
YAML
found 'TKE' '' --profile tke <<'JSON'
{"NonMasqueradeCIDRs":["10.0.0.0/14","172.16.0.0/12"],"NonMasqueradeSrcCIDRs":null,"MasqLinkLocal":true,"ResyncInterval":"1m0s"}
JSON
found 'CCE' '' --profile cce <<'YAML'
nonMasqueradeCIDRs:
- 10.0.0.0/8
masqOutBound: true
YAML

# Places to the column, and cases close to the limits.
found 'duplicates' '4:3-13 warning duplicate-entry
7:3-16 warning duplicate-entry' <<'YAML'
nonMasqueradeCIDRs:
- 10.0.0.0/8
- 172.16.0.0/12
- 10.0.0.0/8
masqueradeCIDRs:
- "10.0.0.0/28"
- "10.0.0.0/28"
YAML
found 'a wider one, in whatever order' '2:22-33 note covered-entry
3:22-33 note covered-entry' <<'YAML'
masqOutBound: true
nonMasqueradeCIDRs: [10.1.0.0/16, 10.0.0.0/8,
                     10.2.3.0/24 , 192.168.0.0/16]
YAML
found 'one takes all of another' '1:19-32 note mergeable-entries
3:3-16 warning shadowed-entry' <<'YAML'
masqueradeCIDRs: [10.244.0.0/17, 10.244.128.0/17]
nonMasqueradeCIDRs:
- 10.244.0.0/16
- 172.16.0.0/12
YAML
found 'half of it' '1:19-32 note mergeable-entries
3:3-16 note shadowed-part' <<'YAML'
masqueradeCIDRs: [10.244.0.0/18, 10.244.64.0/18]
nonMasqueradeCIDRs:
- 10.244.0.0/16
YAML
found 'less than half of it' '' <<'YAML'
masqueradeCIDRs: [10.244.0.0/18, 10.244.128.0/19]
nonMasqueradeCIDRs:
- 10.244.0.0/16
YAML
found 'link-local, with the same verdict' '1:34-48 note shadowed-entry' <<'YAML'
nonMasqueradeCIDRs: [10.0.0.0/8, 169.254.0.0/16]
YAML
found 'IPv6 link-local, which the switch leaves alone' '3:3-12 note shadowed-entry' <<'YAML'
nonMasqueradeCIDRs:
- 10.0.0.0/8
- fe80::/10
- fc00::/7
masqLinkLocalIPv6: false
YAML
found 'IPv6 link-local that the list keeps' '' <<'YAML'
nonMasqueradeCIDRs: [10.0.0.0/8, "fe80::/10", "fc00::/7"]
masqLinkLocalIPv6: true
YAML
found 'IPv6 link-local within a wider entry' '' <<'YAML'
nonMasqueradeCIDRs: [10.0.0.0/8, "fe00::/7"]
YAML
found 'link-local that is masqueraded' '' <<'YAML'
nonMasqueradeCIDRs: [10.0.0.0/8, 169.254.0.0/16]
masqLinkLocal: true
YAML
found 'four that make one' '2:3-16 note mergeable-entries' <<'YAML'
nonMasqueradeCIDRs:
- 10.0.192.0/18
- 10.0.64.0/18
- 10.0.0.0/18
- 10.0.128.0/18
- 10.1.128.0/17
- 10.2.0.0/17
YAML
out_has 'make up 10.0.0.0/16 together'
{ echo nonMasqueradeCIDRs: && seq -f '- 10.%g.0.0/17' 0 64; } >many.yaml
found '65 entries' '66:3-15 note limit-64' <many.yaml
found '64 entries' '' <<<"$(sed '$d' many.yaml)"
found 'a limit of its own' '' <<<"$(cat many.yaml)
cidrLimit: 100"

found 'a short interval' '2:17-19 note interval-short' <<'YAML'
nonMasqueradeCIDRs: [10.0.0.0/8]
resyncInterval: 9s
YAML
found 'a long interval' '1:17-23 note interval-long' <<'YAML'
resyncInterval: 1h0m1s
YAML
found 'from ten seconds' '' <<<'resyncInterval: 10s'
found 'to an hour' '' <<<'resyncInterval: 1h'
found 'entries for nobody' '1:19-35 note special-range
1:37-48 note special-range
2:34-45 note special-range' <<'YAML'
masqueradeCIDRs: [203.0.113.128/25, 240.0.0.0/4]
nonMasqueradeCIDRs: [10.0.0.0/8, 127.0.0.0/8, 224.0.0.0/4, 192.0.2.0/24]
YAML

# What a configuration means as a whole.
found 'an empty list' '2:1-19 warning empty-list-masquerades-all
2:1-19 note pod-cidrs-missing' <<'YAML'
masqOutBound: true
nonMasqueradeCIDRs: []
YAML
found 'no list' '2:1-19 warning null-list
2:1-19 note pod-cidrs-missing' <<'YAML'
masqOutBound: true
nonMasqueradeCIDRs:
YAML
found 'an empty list where nothing is masqueraded' '' <<'YAML'
masqOutBound: false
nonMasqueradeCIDRs: []
YAML
found 'everything kept' '1:1-19 note nothing-masqueraded
1:22-31 note universal-entry' <<'YAML'
nonMasqueradeCIDRs: [0.0.0.0/0]
YAML
found 'everything masqueraded' '1:1-19 warning everything-masqueraded
1:1-19 note pod-cidrs-missing' <<'YAML'
nonMasqueradeCIDRs: ["fd00::/8"]
YAML
found 'IPv6 forgotten' '1:1-19 note pod-cidrs-missing
2:19-23 note ipv6-unlisted' <<'YAML'
nonMasqueradeCIDRs: [10.0.0.0/8]
masqOutBoundIPv6: true
YAML
# Row 49: the cluster has IPv6, and only IPv4 is listed.
found 'IPv6 forgotten, beside a list that has it' '2:1-19 warning ipv6-unlisted
2:1-19 note pod-cidrs-missing' <<'YAML'
masqueradeCIDRs: ["fd00:20::/48"]
nonMasqueradeCIDRs: [10.0.0.0/8]
YAML
found 'IPv6 forgotten, on a cluster that has it' '1:1-19 warning ipv6-unlisted
1:1-19 warning pod-range-masqueraded
1:1-19 note pod-cidrs-missing' --pod-cidr fd00:244::/56 <<'YAML'
nonMasqueradeCIDRs: [10.0.0.0/8]
YAML
found 'IPv6 forgotten, on a cluster whose nodes have it' '1:1-19 warning ipv6-unlisted
1:1-19 warning node-range-masqueraded
1:1-19 note pod-cidrs-missing' --node-cidr fd00:7::/64 <<'YAML'
nonMasqueradeCIDRs: [10.0.0.0/8]
YAML
found 'IPv6 off' '' --ipv6=off --node-cidr 10.1.0.0/16 --node-cidr fd00:7::/64 <<'YAML'
nonMasqueradeCIDRs: [10.0.0.0/8]
YAML
found 'IPv6 off by profile' '' --profile=kubernetes --node-cidr fd00:7::/64 <<'YAML'
nonMasqueradeCIDRs: [10.0.0.0/8]
YAML
found 'IPv6 on by decision' '2:1-19 note ipv6-unlisted
2:1-19 note pod-cidrs-missing' --ipv6=on <<'YAML'
masqueradeCIDRs: ["fd00:20::/48"]
nonMasqueradeCIDRs: [10.0.0.0/8]
YAML
found 'IPv6 listed' '' <<'YAML'
nonMasqueradeCIDRs: [10.0.0.0/8, "fd00::/8"]
masqOutBoundIPv6: true
YAML

# Ranges of the cluster that are masqueraded.
found 'pods' '1:15-19 warning pod-range-masqueraded
2:19-30 warning pod-range-masqueraded
3:1-19 note pod-cidrs-missing
3:22-33 note shadowed-part' --pod-cidr 10.0.0.0/14 --pod-cidr 10.8.0.0/16 <<'YAML'
masqOutBound: true
masqueradeCIDRs: [10.1.0.0/16]
nonMasqueradeCIDRs: [10.0.0.0/15, 10.8.0.0/16]
YAML
out_has "10.2.0.0/15 is masqueraded by masqOutBound"
out_has "10.1.0.0/16 is masqueraded by 10.1.0.0/16 in masqueradeCIDRs"
# The pods keep their address, but not the clients from outside.
found 'pods whose source is kept' '2:1-19 note pod-cidrs-missing' --pod-cidr 10.244.0.0/16 <<'YAML'
nonMasqueradeSrcCIDRs: [10.244.0.0/15]
nonMasqueradeCIDRs: [10.0.0.0/16]
YAML
found 'nodes and services' '1:1-19 warning node-range-masqueraded
1:1-19 warning service-range-masqueraded' --node-cidr 10.128.0.0/16 --service-cidr 172.20.0.0/16 <<'YAML'
nonMasqueradeCIDRs: [10.0.0.0/9]
YAML
found 'nodes and services that are kept' '' --node-cidr 10.0.0.0/16 --service-cidr 10.96.0.0/12 <<'YAML'
nonMasqueradeCIDRs: [10.0.0.0/9]
YAML
usage "option '--pod-cidr' takes CIDR" "$lint" --pod-cidr 10.0.0.1/8 -

# podCIDRs.
found 'podCIDRs, well' '' --pod-cidr 10.244.0.0/16 --pod-cidr fd00:244::/64 <<'YAML'
podCIDRs: [10.244.0.0/15, "fd00:244::/56"]
nonMasqueradeCIDRs: [10.0.0.0/8, "fd00::/8"]
YAML
found 'pods that keep their address anyway' '2:3-16 note mergeable-entries
2:3-16 warning pods-kept
3:3-16 note pods-kept
5:25-38 note mergeable-entries' <<'YAML'
podCIDRs:
- 10.244.0.0/16
- 10.245.0.0/16
- 10.247.0.0/16
nonMasqueradeSrcCIDRs: [10.244.0.0/17, 10.244.128.0/17, 10.245.7.0/24]
YAML
found 'sources that are no pods' '1:12-25 note pods-kept
2:25-36 warning outside-pods' <<'YAML'
podCIDRs: [10.244.0.0/16]
nonMasqueradeSrcCIDRs: [10.9.0.0/16, 10.244.1.0/24]
YAML
found 'entries that no pod has' '1:12-23 note special-range
1:25-36 note special-range' <<'YAML'
podCIDRs: [127.0.0.0/8, 224.0.0.0/4]
YAML
found 'podCIDRs with everything' '1:12-21 note universal-entry' <<'YAML'
podCIDRs: [0.0.0.0/0]
YAML
found 'podCIDRs without IPv6' '1:1-9 warning pod-family-missing' <<'YAML'
podCIDRs: [10.244.0.0/16]
nonMasqueradeCIDRs: [10.0.0.0/8, "fd00::/8"]
YAML
found 'podCIDRs without IPv6, which nothing names' '' <<'YAML'
podCIDRs: [10.244.0.0/16]
nonMasqueradeCIDRs: [10.0.0.0/8]
YAML
found 'podCIDRs without IPv6, which is off' '' --ipv6=off --pod-cidr fd00:244::/56 <<'YAML'
podCIDRs: [10.244.0.0/16]
YAML
found 'podCIDRs without IPv4' '1:1-9 warning pod-family-missing' <<'YAML'
podCIDRs: ["fd00:244::/56"]
nonMasqueradeCIDRs: [10.0.0.0/8, "fd00::/8"]
YAML
found 'pods that podCIDRs leaves out' '1:1-9 warning pod-range-left-out
1:1-9 warning pod-range-left-out' --pod-cidr 10.244.0.0/14 --pod-cidr 10.9.0.0/16 <<'YAML'
podCIDRs: [10.244.0.0/16, 10.246.128.0/17]
YAML
out_has "pod range 10.244.0.0/14: 10.245.0.0/16, 10.246.0.0/17, 10.247.0.0/16 are in no entry of podCIDRs"
out_has "pod range 10.9.0.0/16: 10.9.0.0/16 is in no entry of podCIDRs"
found 'traffic between pods, none of which podCIDRs has' '1:1-9 warning pod-range-left-out' --pod-cidr 172.31.0.0/16 <<'YAML'
podCIDRs: [10.244.0.0/16]
nonMasqueradeCIDRs: [10.0.0.0/8]
YAML
found 'no podCIDRs, where traffic to pods is masqueraded' '1:1-19 warning pod-range-masqueraded
1:1-19 note pod-cidrs-missing' --pod-cidr 172.20.0.0/16 <<'YAML'
nonMasqueradeCIDRs: [10.0.0.0/8]
YAML
found 'podCIDRs of which the agent knows nothing' '1:1-19 warning pod-range-masqueraded' --profile=tke --pod-cidr 172.20.0.0/16 <<'YAML'
nonMasqueradeCIDRs: [10.0.0.0/8]
YAML

# Comments ignore findings, but not errors.
found 'ignored' '6:52-66 note unused-ignore' <<'YAML'
# ipmasq-lint: ignore=unknown-key it is for a fork of the agent
# and this says more
masqLinkLoca: true
nonMasqueradeCIDRs:
- 10.0.0.0/8
- 10.1.0.0/16  # ipmasq-lint: ignore=covered-entry,shadowed-entry documents the pods
- 10.1.0.0/16  # ipmasq-lint: ignore=duplicate-entry
YAML
found 'not ignored' '1:22-29 warning bad-ignore
2:22-30 error bare-address
2:55-67 note unused-ignore
3:1-30 warning bad-ignore' <<'YAML'
#ipmasq-lint: ignore=no-such
nonMasqueradeCIDRs: [10.0.0.1]  # ipmasq-lint: ignore=bare-address
# ipmasq-lint: disable=syntax
YAML

# What a configuration changes against another one.
printf 'nonMasqueradeCIDRs: [10.0.0.0/8]\n' >old.yaml
printf 'masqueradeCIDRs: [10.9.0.0/16]\nnonMasqueradeCIDRs: [10.0.0.0/8, 192.168.0.0/16]\n' >new.yaml
run 0 "$lint" --baseline old.yaml new.yaml
out_has 'new.yaml: note: 2 CIDRs differ against the baseline: 65536 IPv4 destinations from RETURN to MASQUERADE, 65536 IPv4 destinations from MASQUERADE to RETURN [baseline]'
out_has 'new.yaml:1:19: note: 10.9.0.0/16 changes from RETURN to MASQUERADE: before by 10.0.0.0/8 in nonMasqueradeCIDRs (old.yaml:1:22), now by 10.9.0.0/16 in masqueradeCIDRs (new.yaml:1:19) [verdict-change]'
out_has 'new.yaml:2:34: note: 192.168.0.0/16 changes from MASQUERADE to RETURN: before by masqOutBound (built-in default), now by 192.168.0.0/16 in nonMasqueradeCIDRs (new.yaml:2:34) [verdict-change]'
run 1 "$lint" --fail-on=note --baseline old.yaml new.yaml
run 0 "$lint" --fail-on=note --baseline old.yaml old.yaml
out_is ''
run 3 "$lint" --baseline missing.yaml new.yaml
out_is ''
run 0 "$lint" --baseline - new.yaml <old.yaml
usage "stdin ('-') can be read once only" "$lint" --baseline - -

# What is certain is fixed; what a comment ignores is not.
cat >fix.yaml <<'YAML'
nonMasqueradeCIDRs:
- 10.1.0.0/16  # inside the next one
- 10.0.0.0/8
- 10.0.0.0/8   # again
- 10.2.0.0/16  # ipmasq-lint: ignore=covered-entry stays
masqueradeCIDRs: [10.9.1.0/24, 10.9.0.0/16, 10.9.0.0/16, 10.9.2.0/24]
YAML
run 0 "$lint" --fix fix.yaml
what='the fixed file'
cp fix.yaml out
out_is 'nonMasqueradeCIDRs:
- 10.0.0.0/8
- 10.2.0.0/16  # ipmasq-lint: ignore=covered-entry stays
masqueradeCIDRs: [10.9.0.0/16]'
printf '{\n  "nonMasqueradeCIDRs": [\n    "10.1.0.0/16",\n    "10.0.0.0/8",\n    "10.0.0.0/8"\n  ]\n}\n' >fix.json
run 0 "$lint" --fix fix.json
what='the fixed JSON'
cp fix.json out
out_is '{
  "nonMasqueradeCIDRs": [
    "10.0.0.0/8"
  ]
}'

python3 - $cases >out 2>err <<'PYTHON'
import json, sys
for number in range(1, int(sys.argv[1]) + 1):
    what, expected = open("case.%d" % number).read().split("\n", 1)
    got = ["%(line)s:%(column)s-%(endColumn)s %(severity)s %(code)s" % it
           for it in json.load(open("case.%d.json" % number))]
    if got != expected.split("\n")[:-1] and (got or expected.strip()):
        print("%s: found: %s, expected: %s" % (what, got, expected))
PYTHON
what="the findings of $cases cases"
out_is ''
err_is_empty

finish
