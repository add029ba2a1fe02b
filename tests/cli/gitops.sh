#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Do the commands in examples/gitops and in .pre-commit-hooks.yaml do what they are there for: pass a
# good repository, and stop a bad one? The commands are taken out of the examples as they stand.
set -u

# shellcheck source=tests/support/cli.sh
. "${top_srcdir:-${srcdir:-.}}/tests/support/cli.sh"
export PATH="$tools:$PATH"

mkdir -p good/masquerade bad/masquerade
cp "$examples/same-vpc.yaml" good/masquerade/ip-masq-agent.yaml
printf 'nonMasqueradeCIDRs:\n- 10.0.0.1/8\n' >bad/masquerade/ip-masq-agent.yaml

# FILE PATTERN: the commands that stand behind a pattern, one a line.
commands() {
	sed -n "s/^ *$2//p" "$1"
}

# REPOSITORY: the last command's status, and the worst, as pipelines see them.
pipeline() {
	local command status=0
	(
		cd "$1" || exit
		while read -r command; do
			bash -ec "$command" || status=$?
		done <../commands
		exit $status
	)
}

for file in "$examples"/gitops/github-workflow.yaml "$examples"/gitops/gitlab-ci.yaml; do
	sed -n 's/^ *\(run:\|-\) \(ipmasq-lint .*\)/\2/p' "$file" >commands
	what=$(basename "$file")
	if [ "$(wc -l <commands)" = 2 ]; then pass 'has two commands'; else fail 'has not two commands'; fi
	run 0 pipeline good
	err_is_empty
	run 1 pipeline bad
	out_has 'masquerade/ip-masq-agent.yaml'
	out_has '10.0.0.0/8'
	cp bad/ipmasq.sarif out
	json 'it["runs"][0]["results"][0]["ruleId"] == "host-bits"'
	json 'it["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "masquerade/ip-masq-agent.yaml"'
done

# pre-commit hands the names of the files over, from the top of the repository.
commands "$source/.pre-commit-hooks.yaml" 'entry: ' >entries
what=.pre-commit-hooks.yaml
if [ "$(cat entries)" = "$(printf 'ipmasq-lint\nipmasq-lint --fix')" ]; then
	pass 'has two hooks'
else
	fail 'has other hooks'
fi
for hook in $(commands "$examples/gitops/pre-commit-config.yaml" '- id: '); do
	what=$hook
	if grep -q "^- id: $hook\$" "$source/.pre-commit-hooks.yaml"; then
		pass 'is a hook'
	else
		fail 'is no hook'
	fi
done
while read -r entry; do
	echo "$entry masquerade/ip-masq-agent.yaml" >commands
	run 0 pipeline good
	case $entry in
	*--fix) run 0 pipeline bad ;;
	*) run 1 pipeline bad ;;
	esac
done <entries
what='the hook that fixes'
if grep -q '^- 10\.0\.0\.0/8$' bad/masquerade/ip-masq-agent.yaml; then
	pass 'has fixed'
else
	fail 'has not fixed'
fi

# What is rendered comes through standard input, here from programs that print what the renderers do.
mkdir renderers rendered
for renderer in kustomize helm; do
	printf '#!/bin/sh\nexec cat "%s"\n' "$work/stream.$renderer.yaml" >renderers/$renderer
	chmod +x renderers/$renderer
done
export PATH="$work/renderers:$PATH"
grep -E '^    (kustomize|helm) .*ipmasq-lint' "$examples/gitops/README" | sed 's/^ *//' >commands
what='examples/gitops/README'
if [ "$(wc -l <commands)" = 2 ]; then pass 'has two commands'; else fail 'has not two commands'; fi

# Kustomize sorts the keys, so that data comes first, and writes no comments of its own.
cat >stream.kustomize.yaml <<'YAML'
apiVersion: v1
kind: ServiceAccount
metadata:
  name: ip-masq-agent
---
apiVersion: v1
data:
  config: |
    # ours
    nonMasqueradeCIDRs:
      - 10.0.0.0/8
      - 172.16.0.0/12   # the other site
    masqOutBound: true
kind: ConfigMap
metadata:
  labels:
    app: ip-masq-agent
  name: ip-masq-agent-8h2k9c4t7m
  namespace: kube-system
---
apiVersion: v1
data:
  config: 'nonMasqueradeCIDRs: [10.0.0.1/8]'
kind: ConfigMap
metadata:
  name: grafana
---
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: ip-masq-agent
spec:
  template:
    spec:
      volumes:
      - configMap:
          items:
          - key: config
            path: ip-masq-agent
          name: ip-masq-agent-8h2k9c4t7m
        name: config
YAML
# Helm starts each document with its source, and leaves those empty that a condition is false for.
cat >stream.helm.yaml <<'YAML'
---
# Source: ip-masq-agent/templates/serviceaccount.yaml
---
# Source: ip-masq-agent/templates/configmap.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: release-name-ip-masq-agent
  annotations: {"helm.sh/hook": pre-install}
data:
  
  config: "nonMasqueradeCIDRs:\n- 10.0.0.0/8\n- 172.16.0.0/12\nmasqOutBound: true\n"
  notes: |-
    Thank you for installing {{ .Chart.Name }}: masqOutbound, 10.0.0.1/8.

---
# Source: ip-masq-agent/templates/daemonset.yaml
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: release-name-ip-masq-agent
YAML
run 0 pipeline rendered
out_is ''
err_is_empty

# COMMAND EXPECTED...: what is found in its stream, each FILE:LINE:COLUMN-ENDCOLUMN SEVERITY CODE.
finds() {
	run 1 bash -o pipefail -c "$1 -o json"
	python3 -c 'import json
for f in json.load(open("out")):
    print("%(file)s:%(line)s:%(column)s-%(endColumn)s %(severity)s %(code)s" % f)' >places 2>>err
	mv places out
	out_is "$(printf '%s\n' "${@:2}")"
	err_is_empty
}

sed -i 's,- 10\.0\.0\.0/8$,- 10.10.0.0/8,; s,172\.16\.0\.0/12,10.16.0.0/12,; s/masqOutBound/masqOutbound/' stream.kustomize.yaml
sed -i 's,10\.0\.0\.0/8,10.10.0.0/8,; s,172\.16\.0\.0/12,172.16.0.1/12,; s/masqOutBound: true/masqOutbound: 1/' stream.helm.yaml
run 1 pipeline rendered
out_has '<stdin>:11:9: error: "10.10.0.0/8" has bits set after its prefix length [host-bits]
'
out_has '        - 10.10.0.0/8'
out_has '<stdin>:12:35: error: "10.10.0.0/8" has bits set after its prefix length [host-bits]'
finds 'kustomize build overlays/production | ipmasq-lint -' \
	'<stdin>:11:9-20 error host-bits' '<stdin>:13:5-17 warning key-case'
finds 'helm template charts/ip-masq-agent | ipmasq-lint -' \
	'<stdin>:12:35-46 error host-bits' '<stdin>:12:50-63 error host-bits' \
	'<stdin>:12:65-77 warning key-case' '<stdin>:12:79-80 error type'
sed -i 's,10\.10\.0\.0/8,10.0.0.0/8,' stream.kustomize.yaml
finds 'kustomize build overlays/production | ipmasq-lint --pod-cidr 10.244.0.0/16 -' \
	'<stdin>:12:9-21 note covered-entry' '<stdin>:13:5-17 warning key-case'
run 1 bash -o pipefail -c 'kustomize build . | ipmasq-lint -o github -'
out_is '::notice file=<stdin>,line=12,col=9,endColumn=21,title=covered-entry::10.16.0.0/12 lies inside 10.0.0.0/8, which nonMasqueradeCIDRs has too (line 11)
::warning file=<stdin>,line=13,col=5,endColumn=17,title=key-case::the key is spelt masqOutBound; other agents do not know it like this; write instead: masqOutBound'

# A stream that breaks off, one that was not rendered, one without the agent, and none at all.
sed -i '11,$d' stream.kustomize.yaml
echo 'kind: "ConfigM' >>stream.kustomize.yaml
finds 'kustomize build overlays/production | ipmasq-lint -' '<stdin>:11:7-8 error syntax'
sed -i 's/10\.10\.0\.0/{{ .Values.range }}/' stream.helm.yaml
finds 'helm template charts/ip-masq-agent | ipmasq-lint -' '<stdin>:12:35-54 error template'
sed -i 's/^kind: ConfigMap/kind: Secret/' stream.helm.yaml
finds 'helm template charts/ip-masq-agent | ipmasq-lint -' '<stdin>:5:1-11 error manifest'
rm stream.helm.yaml
run 1 bash -o pipefail -c 'helm template charts/ip-masq-agent | ipmasq-lint -'
out_is ''

finish
