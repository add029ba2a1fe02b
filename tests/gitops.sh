#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Do the commands in examples/gitops and in .pre-commit-hooks.yaml do what they are there for: pass a
# good repository, and stop a bad one? The commands are taken out of the examples as they stand.
set -u

# shellcheck source=tests/cli.sh
. "${top_srcdir:-${srcdir:-.}}/tests/cli.sh"
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
what='the hook that mends'
if grep -q '^- 10\.0\.0\.0/8$' bad/masquerade/ip-masq-agent.yaml; then
	pass 'has mended'
else
	fail 'has not mended'
fi

finish
