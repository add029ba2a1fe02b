#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# podCIDRs on the command lines: for which sources an answer is, what --source makes of it, and
# which sources a change of it concerns.
set -euo pipefail
# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

cat >pods.yaml <<'YAML'
podCIDRs:
  - 10.244.0.0/16
  - 10.245.0.0/16
nonMasqueradeSrcCIDRs: [10.244.1.7/32]
nonMasqueradeCIDRs: [10.0.0.0/8]
YAML
sed '/^podCIDRs/,/10.245/d' pods.yaml >all.yaml
printf 'podCIDRs: [%s"fd00:1::/32"]\n' "$(printf '10.%d.0.0/16, ' 1 3 5 7 9)" >many.yaml

# Without a source.
run 0 "$explain" -c pods.yaml 8.8.8.8
out_has '8.8.8.8: MASQUERADE, it will see the node'
out_has 'for         sources in podCIDRs, 10.244.0.0/16, 10.245.0.0/16; all others keep their address'
out_has "decided by  masqOutBound"
err_is_empty
run 0 "$explain" -c pods.yaml 10.1.1.1
out_has '10.1.1.1: RETURN, it will see the pod'
out_has 'for         sources in podCIDRs'
run 0 "$explain" -c many.yaml 8.8.8.8 2001:db8::1
out_has 'podCIDRs, 10.1.0.0/16, 10.3.0.0/16, 10.5.0.0/16, 10.7.0.0/16 and 1 more;'
out_has 'podCIDRs, fd00:1::/32;'
run 0 "$explain" -c pods.yaml 2001:db8::1
out_lacks 'sources in podCIDRs'
run 0 "$explain" -c pods.yaml 8.0.0.0/6
out_has '8.0.0.0/6: 3 parts'
out_has 'for         sources in podCIDRs'
run 0 "$explain" -c all.yaml 8.8.8.8
out_lacks 'sources in podCIDRs'

# With one: a pod, one that keeps its address, and sources that are no pods.
run 0 "$explain" -c pods.yaml --source 10.245.9.9 8.8.8.8
out_has '8.8.8.8: MASQUERADE'
out_has 'rule        -A IP-MASQ-AGENT -s 10.245.0.0/16 -m comment --comment "podCIDRs" -g IP-MASQ-AG.38ed.apods'
out_lacks 'sources in podCIDRs'
run 0 "$explain" -c pods.yaml --source 10.244.1.7 8.8.8.8
out_has "decided by  the pod's own address, 10.244.1.7/32 in nonMasqueradeSrcCIDRs (pods.yaml:4:25)"
for source in 10.243.255.255 10.246.0.0 192.0.2.1; do
	run 0 "$explain" -c pods.yaml --source $source 8.8.8.8
	out_has "8.8.8.8: RETURN, it will see the sender's own address"
	out_has 'decided by  podCIDRs: the source is in none of them (pods.yaml:1:1)'
	out_has 'overrides   MASQUERADE by masqOutBound'
	out_has 'rule        none matches'
done
run 1 "$explain" -q -c pods.yaml --source 192.0.2.1 8.8.8.8
run 0 "$explain" -q -c pods.yaml --source 10.244.0.1 8.8.8.8
run 0 "$explain" -q -c pods.yaml 8.8.8.8
out_is ''
err_is_empty

# --batch and --table say it once, on stderr.
run_batch()
{
	printf '8.8.8.8\n10.1.1.1\n2001:db8::1\n' >addresses
	"$explain" --batch "$@" <addresses >out 2>err || true
}
run_batch -c pods.yaml
out_is $'8.8.8.8\tMASQUERADE\tmasqOutBound\t-
10.1.1.1\tRETURN\tnonMasqueradeCIDRs\t10.0.0.0/8
2001:db8::1\tMASQUERADE\tmasqOutBoundIPv6\t-'
err_has 'note: the answers are for sources in podCIDRs, 10.244.0.0/16, 10.245.0.0/16; all others keep their address'
equal "one note" "$(grep -c podCIDRs err)" 1
run_batch -c all.yaml
err_is_empty
run 0 "$explain" --table -c many.yaml
err_has 'podCIDRs, 10.1.0.0/16, 10.3.0.0/16, 10.5.0.0/16, 10.7.0.0/16 and 1 more, fd00:1::/32;'
run 0 "$explain" --table -o json -c many.yaml
err_is_empty
printf '8.8.8.8\n10.1.1.1\n' >addresses
run 0 "$explain" --batch -c pods.yaml --source 192.0.2.1 <addresses
out_is $'8.8.8.8\tRETURN\tpodCIDRs\t-\n10.1.1.1\tRETURN\tpodCIDRs\t-'
err_is_empty

# JSON.
run 0 "$explain" -o json -c pods.yaml 8.8.8.8
equal "the sources in JSON" "$(python3 -c '
import json
[answer] = json.load(open("out"))
print(answer["sources"], answer["verdict"], answer["origin"])')" \
	"['10.244.0.0/16', '10.245.0.0/16'] MASQUERADE masqOutBound"
run 0 "$explain" -o json -c pods.yaml --source 192.0.2.1 8.8.8.8 10.1.1.1
equal "a source outside in JSON" "$(python3 -c '
import json
for answer in json.load(open("out")):
    print("sources" in answer, answer["verdict"], answer["origin"], answer["entry"],
          answer["file"], answer["line"], answer["column"], answer["rule"],
          [entry["origin"] for entry in answer["overrides"]])')" \
	"False RETURN podCIDRs None pods.yaml 1 1 None ['masqOutBound']
False RETURN podCIDRs None pods.yaml 1 1 None ['nonMasqueradeCIDRs', 'masqOutBound']"

# --diff: the sources that differ.
sed 's/10\.245\.0\.0/10.246.0.0/' pods.yaml >moved.yaml
run 1 "$explain" --diff pods.yaml moved.yaml
out_is 'from 10.245.0.0/16: as the destination says -> RETURN
  before      in podCIDRs and not in nonMasqueradeSrcCIDRs: the destination decides
  after       podCIDRs: the source is in none of them (moved.yaml:1:1)
from 10.246.0.0/16: RETURN -> as the destination says
  before      podCIDRs: the source is in none of them (pods.yaml:1:1)
  after       in podCIDRs and not in nonMasqueradeSrcCIDRs: the destination decides
2 CIDRs differ: 65536 IPv4 sources from RETURN to what the destination says, 65536 IPv4 sources from what the destination says to RETURN'
run 1 "$explain" --diff all.yaml pods.yaml
out_has 'from 11.0.0.0/8: as the destination says -> RETURN'
out_has '4294836224 IPv4 sources from what the destination says to RETURN'
out_lacks 'IPv6'
run 0 "$explain" --diff pods.yaml pods.yaml
out_is 'no verdict differs'
# Ranges that are the same together.
sed -e 's/10\.244\.0\.0\/16/10.244.0.0\/15/' -e '/10\.245/d' pods.yaml >merged.yaml
run 0 "$explain" --diff pods.yaml merged.yaml
run 1 "$explain" -o json --diff pods.yaml moved.yaml
equal "sources in JSON" "$(python3 -c '
import json
for change in json.load(open("out")):
    [part] = change["parts"]
    print(change["side"], change["address"], change["before"], change["after"],
          part["before"] and part["before"]["origin"], part["after"] and part["after"]["origin"])')" \
	"source 10.245.0.0/16 MASQUERADE RETURN None podCIDRs
source 10.246.0.0/16 RETURN MASQUERADE podCIDRs None"

# The baseline of ipmasq-lint.
run 0 "$lint" --baseline pods.yaml moved.yaml
out_has '2 CIDRs differ against the baseline: 65536 IPv4 sources from RETURN to what the destination says'
out_has 'source 10.245.0.0/16 changes from what the destination says to RETURN: before by no entry of nonMasqueradeSrcCIDRs, now by podCIDRs (moved.yaml:1:1)'

# Other profiles do not know the key, and ignore it.
run 0 "$explain" -c pods.yaml --profile=kubernetes --source 192.0.2.1 8.8.8.8
out_has '8.8.8.8: MASQUERADE'
run 1 "$lint" --profile=tke pods.yaml
out_has 'pods.yaml:1:1: warning: the agent of the profile tke does not know podCIDRs and ignores it [unsupported-key]'

finish
