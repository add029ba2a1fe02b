#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The commands in examples/gitops and in .pre-commit-hooks.yaml pass a good repository and stop a
# bad one. They are taken from the examples as they are.
set -u

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"
export PATH="$tools:$PATH"

mkdir -p good/masquerade bad/masquerade
cp "$examples/same-vpc.yaml" good/masquerade/ip-masq-agent.yaml
printf 'nonMasqueradeCIDRs:\n- 10.0.0.1/8\n' >bad/masquerade/ip-masq-agent.yaml

# commands FILE PATTERN: the rest of each line after the pattern.
commands()
{
	sed -n "s/^ *$2//p" "$1"
}

# pipeline REPOSITORY: runs the lines of $work/commands in it, as a pipeline does. Exits with the
# status of the last one that failed.
pipeline()
{
	local command status=0
	(
		cd "$1" || exit
		while read -r command; do
			bash -ec "$command" || status=$?
		done <../commands
		exit $status
	)
}

# reviewdog comments on what it reads; here it only keeps that, and fails as told.
mkdir stubs
cat >stubs/reviewdog <<'SH'
#!/bin/sh
[ "$*" = "-f=rdjson -reporter=github-pr-review -fail-level=warning" ] || exit 2
cat >ipmasq.rdjson
! grep -q '"ERROR"\|"WARNING"' ipmasq.rdjson
SH
chmod +x stubs/reviewdog
export PATH="$work/stubs:$PATH"

# job FILE COMMANDS REPORT...: its commands pass the good repository and stop the bad one. The reports
# are those that they leave.
job()
{
	local report

	sed -n 's/^ *\(run:\|-\) \(ipmasq-lint .*\)/\2/p' "$examples/gitops/$1" >commands
	what=$1
	equal "has $2 commands" "$(wc -l <commands)" "$2"
	run 0 pipeline good
	err_is_empty
	run 1 pipeline bad
	what=$1
	for report in "${@:3}"; do
		check "good: leaves $report" [ -s "good/$report" ]
		has "bad: has the place in $report" 'masquerade/ip-masq-agent.yaml' "bad/$report"
		has "bad: has the fix in $report" '10\.0\.0\.0/8' "bad/$report"
	done
}

job github-workflow.yaml 2 ipmasq.sarif
cp bad/ipmasq.sarif out
json 'it["runs"][0]["results"][0]["ruleId"] == "host-bits"'
json 'it["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "masquerade/ip-masq-agent.yaml"'
job gitlab-ci.yaml 3 gl-code-quality-report.json ipmasq-junit.xml
# GitLab finds them by these names.
for report in codequality:gl-code-quality-report.json junit:ipmasq-junit.xml; do
	has "keeps ${report%:*}" "^ *${report%:*}: ${report#*:}\$" "$examples/gitops/gitlab-ci.yaml"
done
job reviewdog-workflow.yaml 1 ipmasq.rdjson

# pre-commit passes the names of the files, from the top of the repository.
commands "$root/.pre-commit-hooks.yaml" 'entry: ' >entries
what=.pre-commit-hooks.yaml
equal 'has two hooks' "$(cat entries)" "$(printf 'ipmasq-lint\nipmasq-lint --fix')"
for hook in $(commands "$examples/gitops/pre-commit-config.yaml" '- id: '); do
	what=$hook
	has 'is a hook' "^- id: $hook\$" "$root/.pre-commit-hooks.yaml"
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
has 'has fixed the file' '^- 10\.0\.0\.0/8$' bad/masquerade/ip-masq-agent.yaml

# Rendered manifests come through standard input, here from programs that print what renderers
# print.
mkdir renderers rendered
for renderer in kustomize helm; do
	printf '#!/bin/sh\nexec cat "%s"\n' "$work/stream.$renderer.yaml" >renderers/$renderer
	chmod +x renderers/$renderer
done
export PATH="$work/renderers:$PATH"
grep -E '^    (kustomize|helm) .*ipmasq-lint' "$examples/gitops/README" | sed 's/^ *//' >commands
what='examples/gitops/README'
equal 'has two commands' "$(wc -l <commands)" 2

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
# Helm starts each document with its source; a document whose condition is false is empty.
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

# finds COMMAND FINDING...: the findings in its stream, each FILE:LINE:COLUMN-ENDCOLUMN SEVERITY
# CODE.
finds()
{
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
::warning file=<stdin>,line=13,col=5,endColumn=17,title=key-case::the key is usually written masqOutBound; write instead: masqOutBound'

# A truncated stream, one that was not rendered, one without the agent, and an empty one.
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
