#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ipmasq-explain --diff from end to end: its text, its JSON and its exit status.
set -u

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

cat >old.yaml <<'YAML'
nonMasqueradeCIDRs:
- 10.0.0.0/9
- 10.128.0.0/9
YAML
cat >new.yaml <<'YAML'
masqueradeCIDRs:
- 10.1.2.0/24
nonMasqueradeCIDRs:
- 10.0.0.0/13
- 192.0.2.1/32
masqOutBoundIPv6: true
YAML
printf 'nonMasqueradeCIDRs: [10.0.0.0/9, 10.128.0.0/9]\n' >same.yaml
printf 'nonMasqueradeSrcCIDRs: [10.244.3.7/32, "fd00:1::/64"]\n' >sources.yaml
printf 'nonMasqueradeCIDRs: [10.0.0.1/8]\n' >bad.yaml

run 1 "$explain" --diff old.yaml new.yaml
out_is '10.1.2.0/24: RETURN -> MASQUERADE
  before      10.0.0.0/9 in nonMasqueradeCIDRs (old.yaml:2:3)
  after       10.1.2.0/24 in masqueradeCIDRs (new.yaml:2:3)
10.8.0.0/13: RETURN -> MASQUERADE
10.16.0.0/12: RETURN -> MASQUERADE
10.32.0.0/11: RETURN -> MASQUERADE
10.64.0.0/10: RETURN -> MASQUERADE
  before      10.0.0.0/9 in nonMasqueradeCIDRs (old.yaml:2:3)
  after       masqOutBound, which is on: everything else is masqueraded (built-in default of profile "default")
10.128.0.0/9: RETURN -> MASQUERADE
  before      10.128.0.0/9 in nonMasqueradeCIDRs (old.yaml:3:3)
  after       masqOutBound, which is on: everything else is masqueraded (built-in default of profile "default")
192.0.2.1: MASQUERADE -> RETURN
  before      masqOutBound, which is on: everything else is masqueraded (built-in default of profile "default")
  after       192.0.2.1/32 in nonMasqueradeCIDRs (new.yaml:5:3)
7 CIDRs differ: 16253184 IPv4 destinations from RETURN to MASQUERADE, 1 IPv4 destination from MASQUERADE to RETURN'
err_is_empty

# A block that several entries decide names each of them.
printf 'nonMasqueradeCIDRs: []\n' >none.yaml
run 1 "$explain" --diff old.yaml none.yaml
out_is '10.0.0.0/8: RETURN -> MASQUERADE
  before      10.0.0.0/9 in nonMasqueradeCIDRs (old.yaml:2:3)
              10.128.0.0/9 in nonMasqueradeCIDRs (old.yaml:3:3)
  after       masqOutBound, which is on: everything else is masqueraded (built-in default of profile "default")
1 CIDR differs: 16777216 IPv4 destinations from RETURN to MASQUERADE'
{ echo nonMasqueradeCIDRs: && seq -f '- 10.0.0.%g/32' 0 255; } >many.yaml
run 1 "$explain" --diff many.yaml none.yaml
out_has '10.0.0.0/24: RETURN -> MASQUERADE'
out_has '              and 252 more'
out_lacks '10.0.0.4/32'

# An empty file means the defaults, so this is how a file differs from them.
run 1 "$explain" --diff /dev/null same.yaml
out_has '2 CIDRs differ: 1114112 IPv4 destinations from RETURN to MASQUERADE'

run 0 "$explain" --diff old.yaml same.yaml
out_is 'no verdict differs'
run 0 "$explain" -o json --diff old.yaml same.yaml
json 'it == []'

run 1 "$explain" -o json --diff none.yaml - <old.yaml
json 'len(it) == 1 and it[0]["address"] == "10.0.0.0/8" and it[0]["side"] == "destination"'
json 'it[0]["before"] == "MASQUERADE" and it[0]["after"] == "RETURN" and it[0]["addresses"] == "16777216"'
json '[part["address"] for part in it[0]["parts"]] == ["10.0.0.0/9", "10.128.0.0/9"]'
json 'it[0]["parts"][1]["before"] == {"origin": "masqOutBound", "entry": None, "host": None, "file": None, "line": None, "column": None}'
json 'it[0]["parts"][1]["after"] == {"origin": "nonMasqueradeCIDRs", "entry": "10.128.0.0/9", "host": None, "file": "<stdin>", "line": 3, "column": 3}'

# Pods whose traffic keeps its source for all destinations.
run 1 "$explain" --diff /dev/null sources.yaml
out_is 'from 10.244.3.7: as the destination says -> RETURN
  before      not in nonMasqueradeSrcCIDRs: the destination decides
  after       the pod'\''s own address, 10.244.3.7/32 in nonMasqueradeSrcCIDRs (sources.yaml:1:25)
from fd00:1::/64: as the destination says -> RETURN
  before      not in nonMasqueradeSrcCIDRs: the destination decides
  after       the pod'\''s own address, fd00:1::/64 in nonMasqueradeSrcCIDRs (sources.yaml:1:40)
2 CIDRs differ: 1 IPv4 source into nonMasqueradeSrcCIDRs, 18446744073709551616 IPv6 sources into nonMasqueradeSrcCIDRs'
run 1 "$explain" -o json --diff sources.yaml /dev/null
json 'len(it) == 2 and it[1]["side"] == "source" and it[1]["address"] == "fd00:1::/64"'
json 'it[1]["before"] == "RETURN" and it[1]["after"] == "MASQUERADE"'
json 'it[1]["parts"][0]["after"] is None and it[1]["parts"][0]["before"]["entry"] == "fd00:1::/64"'
out_lacks 'destination'

# A family without rules has no differences.
printf 'masqOutBoundIPv6: false\n' >six.yaml
run 1 "$explain" --diff /dev/null six.yaml
out_has '::/1: MASQUERADE -> RETURN'
run 0 "$explain" --ipv6=off --diff /dev/null six.yaml
out_is 'no verdict differs'
run 1 "$explain" --profile cce --diff /dev/null six.yaml
run 0 "$explain" --profile kubernetes --diff /dev/null six.yaml

# Errors in both are reported.
run 3 "$explain" --diff bad.yaml missing.yaml
out_is ''
err_has 'bad.yaml:1:22: error: '
err_has 'missing.yaml: error: there is no such file [not-found]'
IPMASQ_CONFIG=bad.yaml run 0 "$explain" --diff old.yaml old.yaml

usage "option '--diff' takes two configurations, OLD and NEW" "$explain" --diff old.yaml
usage "option '--diff' takes two configurations, OLD and NEW" "$explain" --diff a b c
usage "option '--diff' takes OLD and NEW, not '--config'" "$explain" --diff -c old.yaml a b
usage "option '--diff' cannot be combined with another question" "$explain" --diff --batch a b
usage "option '--diff' cannot be combined with another question" "$explain" --diff --table a b
usage "option '--diff' cannot be combined with another question" "$explain" --diff -q a b
usage "option '--diff' cannot be combined with another question" "$explain" --diff --source 10.0.0.1 a b
usage "stdin ('-') can be read once only" "$explain" --diff - -
offers '--diff ' ipmasq-explain --di

finish
