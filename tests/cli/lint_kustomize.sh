#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Configurations that kustomizations make ConfigMaps of: files, literals and envs, in directories and
# by name, for each of the tools.
set -u

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

# found PLACE...: the findings, each as FILE:LINE:COLUMN:CODE, in this order.
found()
{
	json "['%s:%s:%s:%s' % (f['file'], f['line'], f['column'], f['code']) for f in it] == '$*'.split()"
}

mkdir -p one many/sub outside
cat >one/kustomization.yaml <<'YAML'
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
configMapGenerator:
- name: ip-masq-agent
  namespace: kube-system
  files: [config]
YAML
printf 'nonMasqueradeCIDRs:\n  - 10.50.0.1/16\n' >one/config
run 1 "$lint" -o json one
found one/config:2:5:host-bits
run 1 "$lint" -o json one/kustomization.yaml
found one/config:2:5:host-bits
run 1 "$lint" -o json --require=2 one
err_has 'ipmasq-lint: 1 configuration in 2 files'
for path in one one/kustomization.yaml; do
	run 3 "$explain" -c "$path" 10.50.1.1
	equal 'one finding' "$(grep -c 'host-bits' err)" 1
	err_has 'one/config:2:5: error: '
done

# All kinds; what is not a key of ours is for others.
cat >many/kustomization.yml <<'YAML'
configMapGenerator:
- name: ip-masq-agent
  files: ["config=sub/ranges.txt", ip-masq-agent, ./notes.txt, "logo=missing.png"]
  literals:
  - other=masqLinkLocal=1
  - 'ip-masq-b={"masqLinkLocal": 1}'
  - "ip-masq-c=\"resyncInterval: 60\""
  - |-
    ip-masq-d=nonMasqueradeCIDRs:
    - 10.2.0.1/16
  envs: [masq.env]
  env: more.env
- name: other
  files: [config=other.yaml]
  literals: ["config=masqLinkLocal: 1"]
- name: ip-masq-agent-2
  literals: &shared ["config=cidrLimit: x"]
- name: ip-masq-agent-3
  literals: *shared
- {}
- name: ip-masq-agent-4
  files: nonsense
  literals: {a: b}
helmCharts:
- name: cilium
  valuesInline:
    ipMasqAgent: {config: {resyncInterval: 61}}
YAML
printf 'nonMasqueradeCIDRs: [10.1.0.1/16]\n' >many/sub/ranges.txt
printf 'masqLinkLoca: true\n' >many/ip-masq-agent
printf 'masqLinkLocal: 1\n' >many/other.yaml
printf '# a comment\n\nA=b\n  ip-masq-e=cidrLimit: z\r\nnothing\nip-masq-f={"masqOutBound":1}' >many/masq.env
printf 'config2=masqLinkLocal: 1\nip-masq-g=masqLinkLocal: 2\n' >many/more.env
run 1 "$lint" -o json many
found many/kustomization.yml:6:34:type many/kustomization.yml:7:34:duration \
	many/kustomization.yml:10:7:host-bits many/kustomization.yml:17:41:integer \
	many/kustomization.yml:22:10:data-key many/kustomization.yml:27:44:duration \
	many/sub/ranges.txt:1:22:host-bits many/ip-masq-agent:1:1:unknown-key \
	many/masq.env:4:24:integer many/masq.env:6:27:type many/more.env:2:26:type \
	many/other.yaml:1:16:type
run 1 "$lint" -v --fail-on=warning many
err_has 'ipmasq-lint: 11 configurations in 6 files'
run 0 "$lint" --exclude many/kustomization.yml -o json one/../many --exclude '*'
found

# A union of all for the other tools, from the directory as by name.
mkdir whole
printf 'configMapGenerator:\n- name: ip-masq-agent\n  files: [config=a.list]\n  literals: ["ip-masq-x=masqueradeCIDRs: [10.9.0.0/16]"]\n  envs: [b.env]\n' >whole/kustomization.yaml
printf 'nonMasqueradeCIDRs: [10.8.0.0/16]\n' >whole/a.list
printf 'ip-masq-y={"nonMasqueradeCIDRs":["10.7.0.0/16"]}\n' >whole/b.env
for path in whole whole/ ./whole whole/kustomization.yaml; do
	run 0 "$explain" -c "$path" --batch <<<$'10.9.0.1\n10.8.0.1\n10.7.0.1\n10.6.0.1'
	out_is '10.9.0.1	MASQUERADE	masqueradeCIDRs	10.9.0.0/16
10.8.0.1	RETURN	nonMasqueradeCIDRs	10.8.0.0/16
10.7.0.1	RETURN	nonMasqueradeCIDRs	10.7.0.0/16
10.6.0.1	MASQUERADE	masqOutBound	-'
	err_is_empty
	run 0 "$apply" -c "$path" --dry-run=ipv4
	out_has '-d 10.7.0.0/16 '
done

# What is not read is told: outside of the directory, also by way of a link, and what is missing.
printf 'masqLinkLocal: 1\n' >outside/secret
ln -s ../../outside/secret many/sub/link
cat >many/kustomization.yml <<'YAML'
configMapGenerator:
- name: ip-masq-agent
  files:
  - config=../outside/secret
  - config=sub/../../outside/secret
  - config=sub/link
  - config=/etc/hostname
  - config=missing
  literals: ["config=masqLinkLocal: true"]
YAML
run 1 "$lint" -o json many/kustomization.yml
found many/kustomization.yml:4:5:generator-file many/kustomization.yml:5:5:generator-file \
	many/kustomization.yml:6:5:generator-file many/kustomization.yml:7:5:generator-file \
	many/kustomization.yml:8:5:generator-file
out_lacks "$(cat /etc/hostname)"
run 1 "$lint" -o json - <one/kustomization.yaml
found '<stdin>:6:11:generator-file'
out_has 'kustomize build'
printf 'configMapGenerator:\n- name: ip-masq-agent\n  files: [masq.conf, x.txt]\n' >many/kustomization.yml
run 1 "$lint" -o json many/kustomization.yml
found many/kustomization.yml:3:11:data-key
run 1 "$lint" -o json --exclude sub --exclude '*.yaml' many
found many/kustomization.yml:3:11:data-key
run 1 "$lint" --require --key 'masq.*' many/kustomization.yml
out_has 'there is no such file'
# A file that is the value of a key is no manifest.
cp one/kustomization.yaml one/config
run 1 "$lint" -o json one
found one/config:1:1:nested-manifest

# --fix fixes the files that are led to.
printf 'nonMasqueradeCIDRs:\n  - 10.50.0.1/16\n' >one/config
run 0 "$lint" --fix one
err_has 'one/config: fixed, 1 edit'
equal 'is fixed' "$(cat one/config)" "$(printf 'nonMasqueradeCIDRs:\n  - 10.50.0.0/16\n')"
printf 'masqOutbound: true\n' >whole/a.list
run 1 "$lint" --fix --dry-run whole/kustomization.yaml
out_has '+masqOutBound: true'

finish
