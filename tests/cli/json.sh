#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Each JSON that the tools write without a node is of its schema (tools/schema), which is a promise:
# ipmasq-json(5). tests/kernel/json.sh has those of a node.
set -u

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"
# shellcheck source=tests/support/json_forms.sh
. "$root/tests/support/json_forms.sh"

# An empty configuration; one with all keys; and one of another agent, with a host name.
: >empty.yaml
cat >all.yaml <<-END
	podCIDRs: [10.244.0.0/16, fd00:244::/48]
	nonMasqueradeSrcCIDRs: [10.244.9.0/24]
	masqueradeCIDRs: [10.9.9.9/32, 10.8.0.0/16, 2001:db8:9::/48]
	nonMasqueradeCIDRs: [10.0.0.0/8, 2001:db8::/32]
	masqOutBound: false
END
printf '%s: [10.0.0.0/8, registry.example.com]\n' nonMasqueradeCIDRs masqueradeCIDRs >host.yaml
printf '192.0.2.7 registry.example.com\n' >hosts
cat >bad.yaml <<-END
	nonMasqueradeCIDRs: [10.0.0.1/8]
	masqOutbound: 7
END
cat >dump <<-END
	*nat
	:POSTROUTING ACCEPT [0:0]
	:CNI-1234 - [0:0]
	:IP-MASQ-AGENT - [0:0]
	-A POSTROUTING -s 10.244.1.7/32 -j CNI-1234
	-A POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE
	-A POSTROUTING -d 10.7.0.0/16 -j SNAT --to-source 192.0.2.1
	-A CNI-1234 -d 10.244.1.0/24 -j ACCEPT
	-A CNI-1234 -d 10.8.0.0/16 -j MASQUERADE
	COMMIT
END

# Exit status, schema, tool, and its arguments.
while read -r wanted schema tool arguments; do
	# A list of words.
	# shellcheck disable=SC2086
	run "$wanted" "${!tool}" -o json $arguments
	form "$schema"
done <<END
0 explain-answers explain -c all.yaml 10.9.9.9 10.1.2.3 8.8.8.8 2001:db8:9::1
0 explain-answers explain -c all.yaml --source 10.244.9.1 10.9.9.9 10.0.0.0/8
0 explain-answers explain -c all.yaml 10.0.0.0/8
0 explain-answers explain -c empty.yaml --ipv6=off ::1 10.0.0.0/8
0 explain-answers explain --profile=cce --hosts hosts -c host.yaml 192.0.2.7 192.0.2.0/24
0 explain-answers explain --profile=cilium -c empty.yaml 10.0.0.1
0 explain-answers explain -c all.yaml --table
0 explain-answers explain --profile=cce --hosts hosts -c host.yaml --table
0 explain-answers explain -c empty.yaml --ipv6=off --table
0 explain-diff explain --diff all.yaml all.yaml
1 explain-diff explain --diff empty.yaml all.yaml
1 explain-diff explain --diff all.yaml empty.yaml
1 explain-diff explain --profile=cce --hosts hosts --diff empty.yaml host.yaml
1 explain-diff explain --profile=cce --hosts hosts --diff host.yaml empty.yaml
1 explain-node explain -c empty.yaml --from dump --source 10.244.1.7 10.8.0.1 10.7.0.1
0 explain-node explain -c all.yaml --from dump --source 10.244.1.7 10.8.0.1
1 explain-node explain -c all.yaml --from dump 10.7.0.1 10.20.0.1
0 explain-node explain -c all.yaml --from dump 10.9.9.9
0 explain-node explain --profile=cce --hosts hosts -c host.yaml --from dump 192.0.2.7 8.8.8.8
0 lint-findings lint empty.yaml
1 lint-findings lint bad.yaml
1 lint-findings lint missing.yaml
1 lint-findings lint --require=2 empty.yaml
0 lint-findings lint --fail-on=never --baseline empty.yaml all.yaml
0 lint-findings lint --fail-on=never --baseline all.yaml empty.yaml
0 lint-checks lint --list-checks
0 lint-checks lint --explain-check host-bits
0 apply-scripts apply --dry-run -c all.yaml
0 apply-scripts apply --dry-run=ipv4 -c all.yaml
0 apply-scripts apply --dry-run --backend=nftables -c empty.yaml --ipv6=off
END
# Every finding of today is about a file.
judge_forms lint-findings.file

# There are no other forms: what else takes -o json says what it writes instead.
for word in --batch --map --convert=cilium; do
	usage "option '${word%=*}' writes" "$explain" -o json $word
done

what='tools/schema'
for schema in "$root"/tools/schema/*.schema.json; do
	schema=${schema##*/}
	check "ipmasq-json(5) names $schema" grep -q "$schema" "$root/tools/ipmasq-json.5"
	check "$schema is installed" grep -q "tools/schema/$schema" "$root/Makefile.am"
	check "there is a $schema of the last release" test -e "$root/tests/schema/$schema"
	check "$schema is of an output" grep -q "form ${schema%.schema.json}\|^[01] ${schema%.schema.json} " \
		"$root/tests/cli/json.sh" "$root/tests/kernel/json.sh"
done

finish
