#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What one agent reads together is one configuration for every tool, in whatever way it comes; what
# no agent reads together is never united without a word. Every place that lists the profiles lists
# the same.
set -u

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

# configmap NAME KEY LINE...: a ConfigMap whose data key has these lines.
configmap()
{
	printf 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %s\ndata:\n  %s: |\n' "$1" "$2"
	shift 2
	printf '    %s\n' "$@"
}

# AKS: one ConfigMap of the service, one of the user; each in a file of its own in the volume.
theirs='nonMasqueradeCIDRs: [10.50.0.0/16]'
yours=$'nonMasqueradeCIDRs: [10.60.0.0/16]\nmasqLinkLocal: true'
mkdir volume manifests elsewhere
printf '%s\n' "$theirs" >volume/ip-masq-agent
printf '%s\n' "$yours" >volume/ip-masq-agent-reconciled
printf 'nonMasqueradeCIDRs: [10.70.0.0/16]\n' >volume/config
configmap azure-ip-masq-agent-config-reconciled ip-masq-agent-reconciled "$theirs" >manifests/a.yaml
configmap azure-ip-masq-agent-config ip-masq-agent "${yours%%$'\n'*}" "${yours#*$'\n'}" \
	>manifests/b.yaml
{ cat manifests/a.yaml && echo --- && cat manifests/b.yaml; } >both.yaml

# The ways in which it comes, for explain and apply: the words, and what stdin is.
while IFS='|' read -r ways stdin; do
	for address in 10.50.0.1:RETURN 10.60.0.1:RETURN 10.70.0.1:MASQUERADE \
		169.254.1.1:MASQUERADE 192.168.0.1:MASQUERADE; do
		# shellcheck disable=SC2086
		run 0 "$explain" --profile=aks $ways "${address%:*}" <"${stdin:-/dev/null}"
		out_has "${address%:*}: ${address#*:},"
		err_is_empty
	done
	# shellcheck disable=SC2086
	run 0 "$apply" --profile=aks --dry-run=ipv4 $ways <"${stdin:-/dev/null}"
	equal 'has the rules of both' \
		"$(grep -oE -- '-d [0-9./]+ .*-j RETURN' out | grep -oE '[0-9./]+/[0-9]+' | tr '\n' ' ')" \
		'10.50.0.0/16 10.60.0.0/16 '
done <<'WAYS'
-c volume
-c both.yaml
-c manifests/a.yaml -c manifests/b.yaml
-c -|both.yaml
WAYS

# Each file alone would be reported: one masquerades 10.60.0.0/16, the other 10.50.0.0/16.
for ways in '-c volume' '-c both.yaml' both.yaml 'manifests/a.yaml manifests/b.yaml' manifests; do
	# shellcheck disable=SC2086
	run 0 "$lint" --profile=aks --fail-on=note --pod-cidr=10.50.0.0/16 --pod-cidr=10.60.0.0/16 \
		$ways
	out_is ''
done
run 0 "$lint" --profile=aks --fail-on=note --pod-cidr=10.50.0.0/16 --pod-cidr=10.60.0.0/16 - \
	<both.yaml
out_is ''
# As PATH, the volume is read as by the agent: what it does not read is reported, and does not count.
run 1 "$lint" --profile=aks --fail-on=note --pod-cidr=10.50.0.0/16 --pod-cidr=10.60.0.0/16 \
	--pod-cidr=10.70.0.0/16 volume
out_has 'volume/config: warning: the agent of the profile aks reads files with a name like ip-masq* only, not this one [no-file]'
out_has 'pod range 10.70.0.0/16: 10.70.0.0/16 is masqueraded'
out_lacks 'pod range 10.50'
out_lacks 'pod range 10.60'
# An agent reads one directory: the two below are two clusters.
mkdir -p clusters/one clusters/two
cp manifests/a.yaml clusters/one
cp manifests/b.yaml clusters/two
run 1 "$lint" --profile=aks --pod-cidr=10.50.0.0/16 clusters
out_has 'clusters/two/b.yaml:7:5: warning: pod range 10.50.0.0/16'
out_lacks 'clusters/one'
# A file that cannot be read makes the rest another configuration, which is not judged.
printf 'nonMasqueradeCIDRs: [\n' >manifests/c.yaml
run 1 "$lint" --profile=aks --pod-cidr=10.80.0.0/16 manifests
out_has 'manifests/c.yaml:'
out_lacks 'pod-range-masqueraded'
rm manifests/c.yaml

# A directory without a file of the right name is none, and that is said.
cp volume/config elsewhere
while read -r tool words; do
	# shellcheck disable=SC2086
	"${!tool}" --profile=aks -c elsewhere $words >out 2>err </dev/null
	what="$tool -c elsewhere"
	cat out >>err
	err_has 'elsewhere: warning: no file here has a name like ip-masq*, as the agent of the profile aks wants: it uses its defaults [no-file]'
done <<'TOOLS'
explain 10.1.0.1
lint
apply --dry-run=ipv4
TOOLS
run 0 "$explain" --profile=aks -c elsewhere 10.1.0.1
out_has '10.1.0.1: RETURN,'

# Two agents, or two ConfigMaps where the agent reads one: united, but not without a word.
configmap ip-masq-agent-config config 'NonMasqueradeCIDRs: [10.50.0.0/16]' >tke.yaml
configmap ip-masq-agent config 'nonMasqueradeCIDRs: [10.60.0.1/16]' >cilium.yaml
configmap ip-masq-agent config 'nonMasqueradeCIDRs: [10.70.0.0/16]' >other.yaml
{ cat tke.yaml && echo --- && cat other.yaml; } >mixed.yaml
{ cat other.yaml && echo --- && cat other.yaml; } >clusters.yaml
run 0 "$explain" -c mixed.yaml 10.50.0.1
err_has 'mixed.yaml:12:9: warning: this is for kubernetes, gke and cilium, and ip-masq-agent-config (mixed.yaml:4) for tke: no agent reads both, but here they are one configuration; choose one with --configmap, or give each on its own [united]'
run 0 "$explain" -c - 10.50.0.1 <mixed.yaml
err_has '<stdin>:12:9: warning:'
run 0 "$explain" --profile=cilium -c tke.yaml -c cilium.yaml 10.50.0.1
err_has 'cilium.yaml:4:9: warning:'
printf 'ipMasqAgent:\n  config:\n    nonMasqueradeCIDRs: [10.80.0.0/16]\n' >values.yaml
run 0 "$explain" -c tke.yaml -c values.yaml 10.50.0.1
err_has 'values.yaml:1:1: warning: this is for cilium, and ip-masq-agent-config (tke.yaml:4) for tke:'
run 0 "$apply" --dry-run=ipv4 -c mixed.yaml
err_has '[united]'
run 1 "$lint" -c mixed.yaml
out_has '[united]'
run 0 "$explain" -c clusters.yaml 10.50.0.1
err_has 'clusters.yaml:12:9: warning: this and ip-masq-agent (clusters.yaml:4) are one configuration here; choose one with --configmap, or give each on its own [united]'
run 0 "$explain" -c mixed.yaml --configmap=ip-masq-agent 10.50.0.1
err_is_empty
# As PATH, each is checked on its own.
run 0 "$lint" --fail-on=error mixed.yaml
out_lacks united
# Under aks as well, what is another agent's by its name is not read with the rest.
{ cat both.yaml && echo --- && cat tke.yaml; } >three.yaml
run 0 "$explain" --profile=aks -c three.yaml --key='*' 10.50.0.1
err_has '[united]'

# The lists of profiles.
"$explain" --profile=nobody 1.1.1.1 2>err
sed -n 's/.*: write \(.*\)$/\1/p' err | sed 's/,//g; s/ or / /' | tr ' ' '\n' | sort >names
what='the profiles'
check 'are several' test "$(wc -l <names)" -ge 7
for tool in "$explain" "$lint" "$apply"; do
	"$tool" --help >out
	grep -A3 -- '--profile=NAME' out | tr -d ',\n' | grep -oE 'apply: .* or [a-z]+' |
		sed 's/apply: //; s/ or / /' | tr -s ' ' '\n' | sort >listed
	what="the help of ${tool##*/}"
	same_file 'lists each profile' names listed
	sed -n "s/.*--profile) words='\(.*\)' ;;/\1/p" "$root/tools/completion/bash/${tool##*/}" |
		tr ' ' '\n' | sort >listed
	what="the completion of ${tool##*/}"
	same_file 'lists each profile' names listed
done
awk '/^\.Sh PROFILES/ { on = 1 } on && /^\.It Cm .* Ta / { print $3 } /^\.El/ { on = 0 }' \
	"$root/tools/ipmasq.conf.5" | sort >listed
what='the table of ipmasq.conf(5)'
same_file 'lists each profile' names listed
awk '/^    profile  / { on = 1; next } on && /^$/ { exit } on && /^    [a-z]/ { print $1 }' \
	"$root/README" | sort >listed
what='the table of the README'
same_file 'lists each profile' names listed

# The table of what is refused here, in ipmasq.conf(5), names the agents that the errors name.
awk '/^\.Ss What is refused here/ { on = 1 } on && /^\.It .* Ta / { print } /^\.El/ && on { exit }' \
	"$root/tools/ipmasq.conf.5" | sed 1d >rows
while IFS='|' read -r row text; do
	grep "^\.It $row" rows | sed 's/.* Ta //' | tr -d ',' | tr ' ' '\n' | sort >taken
	# shellcheck disable=SC2059
	printf "$text" >refused.yaml
	while read -r profile; do
		"$lint" --profile="$profile" refused.yaml >out
		! grep -q "the agent of the profile $profile takes this" out || echo "$profile"
	done <names | sort >said
	what="ipmasq.conf(5): $row"
	check 'names some' test -s taken
	same_file 'names the agents that take it' said taken
done <<'ROWS'
a null item|nonMasqueradeCIDRs: [null]\n
a key twice|masqLinkLocal: true\nmasqLinkLocal: true\n
a key in two|masqLinkLocal: true\nMasqLinkLocal: true\n
a second YAML|masqLinkLocal: true\n---\nmasqLinkLocal: true\n
a merge key|<<: {masqLinkLocal: true}\n
an interval|resyncInterval: 0s\n
a prefix length|nonMasqueradeCIDRs: [10.0.0.0/08]\n
ROWS
equal 'has no other rows' "$(wc -l <rows)" 7

# An agent without a chain: every mode of ipmasq-apply says so and does nothing.
for mode in '' --dry-run --check --remove --watch; do
	# shellcheck disable=SC2086
	run 2 "$apply" --profile=cilium $mode -c cilium.yaml
	out_is ''
	err_has 'the agent of the profile cilium has no chain of iptables'
done
# What the message says to write works.
run 0 "$explain" --profile=cilium -c cilium.yaml --convert=default
cp out converted.yaml
run 0 "$apply" --dry-run=ipv4 -c converted.yaml
out_has '-d 10.60.0.0/16'
run 0 "$explain" --profile=cilium -c cilium.yaml 10.60.1.1
out_has '10.60.1.1: RETURN,'
out_has 'rule        none: the agent of the profile cilium has no chain of iptables'
run 0 "$explain" --profile=cilium -o json -c cilium.yaml 10.60.1.1
out_has '"rule": null'

finish
